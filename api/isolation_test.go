package api_test

import (
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"gopkg.in/yaml.v3"

	"github.com/parley-chat/parley/api"
	"github.com/parley-chat/parley/chat"
	"github.com/parley-chat/parley/db"
)

// operation is what the document says of one.
type operation struct {
	ID         string                `yaml:"operationId"`
	Security   []map[string][]string `yaml:"security"`
	Parameters []struct{ Name, In string }
	Method     string `yaml:"-"`
	Path       string `yaml:"-"`
}

func (o operation) takes(scheme string) bool {
	for _, option := range o.Security {
		if _, ok := option[scheme]; ok {
			return true
		}
	}
	return false
}

func operations(t *testing.T) []operation {
	t.Helper()
	text, err := api.OpenAPI()
	require.NoError(t, err)
	var document struct {
		Paths map[string]map[string]operation `yaml:"paths"`
	}
	require.NoError(t, yaml.Unmarshal(text, &document))
	var all []operation
	for path, methods := range document.Paths {
		for method, op := range methods {
			op.Method, op.Path = strings.ToUpper(method), path
			all = append(all, op)
		}
	}
	require.NotEmpty(t, all)
	return all
}

// victim is a tenant with one of everything, whose ids the others know.
type victim struct {
	party
	turn           db.Turn
	staff, visitor chat.ApprovalID // who are asked about calls of the turn
	mcp            string          // a server
	playground     chat.ConversationID
	offered        string // a call for pages
}

// attempt is how an operation is called: with the victim's ids wherever it takes
// any.
type attempt struct {
	body any
	// personal operations have no ids of anybody's: they act on the caller's own
	// tenant, and must only not show the victim's.
	personal bool
}

// attempts has an entry for every operation of the document. A new operation
// without one fails the test.
func attempts(v victim) map[string]attempt {
	message := textMessage("hello")
	sdk := map[string]any{"id": "chat", "trigger": "submit-message", "messages": []any{
		map[string]any{"id": "m1", "role": "user", "parts": []any{map[string]any{"type": "text", "text": "hello"}}},
	}}
	return map[string]attempt{
		"createConversation": {body: map[string]any{"agentId": v.AgentID}},
		"listConversations":  {personal: true},
		"getConversation":    {}, "deleteConversation": {}, "streamConversation": {}, "listMessages": {},
		"createTurn": {body: message}, "getTurn": {}, "streamTurn": {}, "stopTurn": {}, "exportTurn": {},
		"traceTurn": {}, "tracePrompt": {},
		"createPlayground": {body: map[string]any{}}, "listPlaygrounds": {}, "getPlayground": {}, "deletePlayground": {},
		"updatePlayground": {body: map[string]any{"asks": "none"}}, "playTurn": {body: message}, "stopPlayTurn": {}, "listPlayApprovals": {},
		"decidePlayApproval": {body: map[string]any{"approve": true, "argumentsHash": asked.hash()}},
		"chooseBranch":       {body: map[string]any{"messageId": v.turn.AssistantMessageID}},
		"rateMessage":        {body: map[string]any{"rating": "up"}},
		"chat":               {body: sdk}, "resumeChat": {},
		"agentMcp": {body: map[string]any{"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": map[string]any{"name": "ask", "arguments": map[string]any{"message": "hello"}}}},
		"signOut":  {personal: true}, "getMe": {personal: true},
		"switchTenant": {body: map[string]any{"tenantId": v.TenantID}},
		"listAgents":   {personal: true}, "createAgent": {personal: true, body: map[string]any{"name": "Mine", "config": map[string]any{"tools": []any{wholeTool()}}}},
		"getAgent": {}, "updateAgent": {body: map[string]any{"name": "Stolen", "revision": 1}}, "deleteAgent": {},
		"publishAgent": {body: map[string]any{"revision": 1}}, "listAgentVersions": {}, "restoreAgentVersion": {},
		"listKeys": {personal: true}, "createKey": {personal: true, body: map[string]any{"kind": "secret", "name": "Mine"}},
		"revokeKey":   {},
		"getProvider": {personal: true}, "deleteProvider": {personal: true},
		"putProvider":          {personal: true, body: map[string]any{"api": "chat", "baseUrl": "https://example.com", "defaultModel": "m", "apiKey": "key"}},
		"listInbox":            {personal: true},
		"getInboxConversation": {}, "listInboxMessages": {}, "listInboxTurns": {}, "streamInboxConversation": {}, "streamInboxTurn": {},
		"countWaitingConversations": {personal: true}, "takeConversation": {body: map[string]any{"force": true}}, "writeMessage": {body: map[string]any{"text": "hello"}},
		"returnConversation": {}, "typeInConversation": {}, "askForPerson": {}, "cancelPerson": {}, "typeAsVisitor": {},
		"listApprovals": {personal: true}, "countApprovals": {personal: true}, "getApproval": {},
		"decideApproval":        {body: map[string]any{"approve": true, "argumentsHash": asked.hash()}},
		"listVisitorApprovals":  {},
		"decideVisitorApproval": {body: map[string]any{"approve": true, "argumentsHash": asked.hash()}},
		"claimPageCall":         {body: map[string]any{"page": "mine"}}, "answerPageCall": {body: map[string]any{"output": "mine"}},
		"listBuiltInTools": {personal: true}, "listToolSecrets": {personal: true},
		"testTool":      {personal: true, body: map[string]any{"tool": asked.tool, "arguments": map[string]any{"amount": 1}}},
		"testPolicy":    {personal: true, body: map[string]any{"policy": asked.tool.Policy}},
		"putToolSecret": {personal: true, body: map[string]any{"value": "mine"}}, "deleteToolSecret": {},
		"listMcpServers": {personal: true}, "createMcpServer": {personal: true, body: mcpServer("Mine")},
		"getMcpServer": {}, "putMcpServer": {body: mcpServer("Stolen")}, "deleteMcpServer": {}, "listMcpTools": {},
		"getSigningSecret": {personal: true}, "rotateSigningSecret": {personal: true},
		"getLaunchChecklist": {personal: true}, "getSettings": {personal: true},
		"updateSettings":       {personal: true, body: map[string]any{"name": "Mine"}},
		"createIdentitySecret": {personal: true}, "deleteIdentitySecret": {personal: true}, "getUsage": {personal: true},
		"decodePayloads": {personal: true, body: map[string]any{"payloads": []any{}}},
		"encodePayloads": {personal: true, body: map[string]any{"payloads": []any{}}},
		// These two check what they are given themselves: see the tests of their own.
		"createWidgetSession": {personal: true, body: map[string]any{"agentId": v.AgentID, "publishableKey": "pk_wrong"}},
		"signIn":              {personal: true, body: map[string]any{"email": v.Email, "password": "wrong"}},
	}
}

// victimSecret is a tool secret of the victim's.
const victimSecret = "XYLOPHONE"

var pathParameter = regexp.MustCompile(`\{(\w+)\}`)

// path puts the victim's ids into an operation's path.
func (v victim) path(op operation) string {
	id := map[string]any{
		"/v1/conversations": v.ConversationID, "/v1/admin/conversations": v.ConversationID, "/v1/turns": v.turn.ID,
		"/v1/admin/turns": v.turn.ID, "/v1/messages": v.turn.AssistantMessageID, "/v1/agents": v.AgentID, "/v1/keys": v.key, "/v1/approvals": v.staff,
		"/v1/mcp-servers": v.mcp, "/v1/playground": v.playground,
	}
	return pathParameter.ReplaceAllStringFunc(op.Path, func(parameter string) string {
		switch parameter {
		case "{id}":
			collection, _, _ := strings.Cut(op.Path, "/{id}")
			return fmt.Sprint(id[collection])
		case "{number}", "{step}":
			return "1"
		case "{name}":
			return victimSecret
		case "{approval}":
			return v.visitor.String()
		case "{call}":
			return v.offered
		default:
			return "chat"
		}
	})
}

// credentials are one of each kind, for the header that it belongs in.
func credentials(p party) map[string]call {
	return map[string]call{
		"visitorToken": {Bearer: p.visitor}, "secretKey": {Bearer: p.secret}, "session": {Cookie: p.cookie},
	}
}

// TestNoOperationCrossesTenants drives every operation of the document with
// another tenant's credentials and the victim's ids.
//
//nolint:tparallel // the victim is looked at again when all subtests have ended
func TestNoOperationCrossesTenants(t *testing.T) {
	t.Parallel()
	w := start(t)
	v := victim{party: w.publishing(t, inPage)}
	v.turn = w.answered(t, v.party, "What is the secret word?", "The word is ", "xylophone.")
	v.staff, v.visitor = w.approval(t, v.party, v.turn, asked), w.approval(t, v.party, v.turn, asked.ofVisitor())
	require.Equal(t, http.StatusOK, w.do(t, call{Method: "PUT", Path: "/v1/tool-secrets/" + victimSecret, Bearer: v.secret, Body: `{"value":"xylophone"}`}).Status)
	v.mcp = w.mcpServer(t, v.party, mcpServer("xylophone"))
	v.playground = w.plays(t, v.party, "all")
	v.offered = w.offeredCall(t, v.party, v.turn)
	known := attempts(v)
	before := w.snapshot(t, v)
	t.Run("operations", func(t *testing.T) {
		for _, op := range operations(t) {
			t.Run(op.ID, func(t *testing.T) {
				t.Parallel()
				attempt, ok := known[op.ID]
				require.True(t, ok, "the operation %s %s is not covered: add it to attempts", op.Method, op.Path)
				w.attack(t, v, op, attempt)
			})
		}
	})
	assert.Equal(t, before, w.snapshot(t, v), "nothing of the victim's may have changed")
}

func (w *world) attack(t *testing.T, v victim, op operation, a attempt) {
	t.Helper()
	request := call{Method: op.Method, Path: v.path(op), Body: a.body}
	if len(op.Security) == 0 {
		got := w.do(t, request)
		assert.GreaterOrEqual(t, got.Status, 400, got.Text)
		return
	}
	assert.Equal(t, http.StatusUnauthorized, w.do(t, request).Status, "without a credential")
	request.Bearer = v.publishable
	assert.Equal(t, http.StatusUnauthorized, w.do(t, request).Status, "with a publishable key")
	for scheme, credential := range credentials(w.party(t)) {
		request.Bearer, request.Cookie = credential.Bearer, credential.Cookie
		got := w.do(t, request)
		switch {
		case !op.takes(scheme):
			assert.Equal(t, http.StatusUnauthorized, got.Status, "%s: %s", scheme, got.Text)
		case op.Path == "/operator/codec/decode", op.Path == "/operator/codec/encode":
			assert.Equal(t, http.StatusForbidden, got.Status, "%s: %s", scheme, got.Text)
		case a.personal:
			assert.NotContains(t, got.Text, "xylophone")
			assert.NotContains(t, got.Text, v.TenantID.String())
			assert.NotContains(t, got.Text, v.AgentID.String())
			assert.NotEqual(t, http.StatusInternalServerError, got.Status, got.Text)
		default:
			assert.Equal(t, http.StatusNotFound, got.Status, "%s: %s", scheme, got.Text)
			assert.Equal(t, "not_found", got.JSON["code"])
		}
	}
	w.attackFromWithin(t, v, op, request, a)
}

// attackFromWithin tries another visitor of the same tenant, and a key that has
// no scope.
func (w *world) attackFromWithin(t *testing.T, v victim, op operation, request call, a attempt) {
	t.Helper()
	request.Cookie = ""
	sameTenant := op.ID == "createConversation" || op.ID == "chat" || op.ID == "resumeChat"
	if op.takes("visitorToken") && !a.personal && !sameTenant {
		request.Bearer = w.visitorToken(t, v.party)
		got := w.do(t, request)
		assert.Equal(t, http.StatusNotFound, got.Status, "another visitor: %s", got.Text)
	}
	if op.takes("secretKey") {
		request.Bearer = w.keyWith(t, v.party)
		got := w.do(t, request)
		assert.Equal(t, http.StatusForbidden, got.Status, "a key without scopes: %s", got.Text)
	}
}

// snapshot is everything that the victim can see of its own.
func (w *world) snapshot(t *testing.T, v victim) map[string]string {
	t.Helper()
	seen := map[string]string{}
	for _, path := range []string{
		"/v1/agents", "/v1/agents/" + v.AgentID.String() + "/versions", "/v1/settings", "/v1/provider", "/v1/usage",
		"/v1/turns/" + v.turn.ID.String() + "/trace", "/v1/approvals/" + v.staff.String(), "/v1/tool-secrets", "/v1/mcp-servers", "/v1/signing-secret", "/v1/admin/conversations", "/v1/admin/conversations/" + v.ConversationID.String() + "/messages",
		"/v1/admin/conversations/" + v.ConversationID.String() + "/turns",
	} {
		seen[path] = w.do(t, call{Method: "GET", Path: path, Bearer: v.secret, Header: map[string]string{"X-Request-Id": "snapshot"}}).Text
	}
	return seen
}
