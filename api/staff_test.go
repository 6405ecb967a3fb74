package api_test

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/chat"
	"github.com/parley-chat/parley/db"
	"github.com/parley-chat/parley/db/dbtest"
	"github.com/parley-chat/parley/secret"
)

func TestAgentFromDraftToVersion(t *testing.T) {
	t.Parallel()
	w := start(t)
	p := w.party(t)
	staff := func(method, path string, body any) answer {
		return w.do(t, call{Method: method, Path: path, Cookie: p.cookie, Body: body})
	}
	made := staff("POST", "/v1/agents", map[string]any{"name": "Support", "config": map[string]any{
		"instructions": "Help.", "allowedOrigins": []string{"https://shop.example"}, "appearance": map[string]any{"color": "#112233"},
	}})
	require.Equal(t, http.StatusCreated, made.Status, made.Text)
	path := "/v1/agents/" + made.JSON["id"].(string)
	draft := made.JSON["draft"].(map[string]any)
	assert.Equal(t, "Help.", draft["instructions"])
	assert.Equal(t, "bottom-right", draft["appearance"].(map[string]any)["position"], "the rest has its defaults")
	assert.Equal(t, true, made.JSON["hasUnpublishedChanges"])
	assert.Nil(t, made.JSON["publishedVersion"])

	published := staff("POST", path+"/publish", map[string]any{"revision": made.JSON["revision"]})
	require.Equal(t, http.StatusCreated, published.Status, published.Text)
	assert.EqualValues(t, 1, published.JSON["number"])
	assert.Equal(t, "Owner", published.JSON["publishedBy"].(map[string]any)["name"])
	assert.Equal(t, false, staff("GET", path, nil).JSON["hasUnpublishedChanges"])

	changed := staff("PATCH", path, map[string]any{"revision": made.JSON["revision"], "draft": map[string]any{"greeting": "Ahoy!"}})
	require.Equal(t, http.StatusOK, changed.Status, changed.Text)
	assert.Equal(t, "Help.", changed.JSON["draft"].(map[string]any)["instructions"], "fields that are left out stay")
	assert.Equal(t, http.StatusConflict, staff("PATCH", path, map[string]any{"revision": made.JSON["revision"], "name": "Late"}).Status)
	require.Equal(t, http.StatusCreated, staff("POST", path+"/publish", map[string]any{"revision": changed.JSON["revision"]}).Status)

	versions := staff("GET", path+"/versions?limit=1", nil)
	require.Len(t, versions.JSON["items"], 1)
	assert.EqualValues(t, 2, versions.JSON["items"].([]any)[0].(map[string]any)["number"])
	older := staff("GET", path+"/versions?limit=1&cursor="+url.QueryEscape(versions.JSON["nextCursor"].(string)), nil)
	assert.EqualValues(t, 1, older.JSON["items"].([]any)[0].(map[string]any)["number"])
	assert.Nil(t, older.JSON["nextCursor"])

	restored := staff("POST", path+"/versions/1/restore", nil)
	require.Equal(t, http.StatusOK, restored.Status, restored.Text)
	assert.NotEqual(t, "Ahoy!", restored.JSON["draft"].(map[string]any)["greeting"])
	assert.Equal(t, true, restored.JSON["hasUnpublishedChanges"])
	require.Equal(t, http.StatusNoContent, staff("DELETE", path, nil).Status)
	assert.Equal(t, http.StatusNotFound, staff("GET", path, nil).Status)
	assert.NotContains(t, staff("GET", "/v1/agents", nil).Text, path)
}

func TestListsArePaged(t *testing.T) {
	t.Parallel()
	w := start(t)
	p := w.party(t)
	for range 4 {
		w.own(t, p)
		w.keyWith(t, p)
		require.Equal(t, http.StatusCreated, w.do(t, call{Method: "POST", Path: "/v1/agents", Cookie: p.cookie, Body: `{"name":"a"}`}).Status)
		w.answered(t, p, "question", "answer")
	}
	inbox := "/v1/admin/conversations"
	for path, want := range map[string]int{
		"/v1/agents": 5, "/v1/keys": 6, inbox: 5,
		inbox + "/" + p.ConversationID.String() + "/messages": 8, inbox + "/" + p.ConversationID.String() + "/turns": 4,
	} {
		assert.Len(t, w.collect(t, call{Path: path, Cookie: p.cookie}), want, path)
	}
	assert.Len(t, w.collect(t, call{Path: "/v1/conversations", Bearer: p.visitor}), 4)
	assert.Len(t, w.collect(t, call{Path: "/v1/conversations", Bearer: p.secret}), 5)
	backwards := w.do(t, call{Method: "GET", Path: inbox + "/" + p.ConversationID.String() + "/messages?order=desc&limit=1", Cookie: p.cookie})
	assert.EqualValues(t, 8, backwards.JSON["items"].([]any)[0].(map[string]any)["position"])
}

// collect reads a list in pages of two and gives the distinct ids.
func (w *world) collect(t *testing.T, c call) map[string]bool {
	t.Helper()
	ids, cursor := map[string]bool{}, ""
	for {
		page := c
		page.Method, page.Path = "GET", c.Path+"?limit=2&cursor="+url.QueryEscape(cursor)
		got := w.do(t, page)
		require.Equal(t, http.StatusOK, got.Status, got.Text)
		items := got.JSON["items"].([]any)
		require.LessOrEqual(t, len(items), 2)
		for _, item := range items {
			id := item.(map[string]any)["id"].(string)
			require.False(t, ids[id], "%s comes twice", id)
			ids[id] = true
		}
		next, more := got.JSON["nextCursor"].(string)
		if !more {
			return ids
		}
		cursor = next
	}
}

func TestKeysAreShownOnce(t *testing.T) {
	t.Parallel()
	w := start(t)
	p := w.party(t)
	create := func(kind string) answer {
		got := w.do(t, call{Method: "POST", Path: "/v1/keys", Cookie: p.cookie, Body: map[string]any{"kind": kind, "name": "Site"}})
		require.Equal(t, http.StatusCreated, got.Status, got.Text)
		return got
	}
	hidden, public := create("secret").JSON["key"].(string), create("publishable").JSON["key"].(string)
	list := w.do(t, call{Method: "GET", Path: "/v1/keys", Cookie: p.cookie})
	assert.NotContains(t, list.Text, hidden)
	assert.Contains(t, list.Text, hidden[:9])
	assert.Contains(t, list.Text, public)
	assert.Equal(t, http.StatusOK, w.do(t, call{Method: "GET", Path: "/v1/conversations", Bearer: hidden}).Status, "chat is its default scope")
	assert.Equal(t, http.StatusForbidden, w.do(t, call{Method: "GET", Path: "/v1/agents", Bearer: hidden}).Status)
}

func TestProviderKeyStaysInside(t *testing.T) {
	t.Parallel()
	w := start(t)
	p := w.party(t)
	put := func(body map[string]any) answer {
		return w.do(t, call{Method: "PUT", Path: "/v1/provider", Cookie: p.cookie, Body: body})
	}
	body := map[string]any{"api": "chat", "baseUrl": "https://api.example.com/v1/", "defaultModel": "m", "apiKey": "sk-provider-secret-x7Qp"}
	got := put(body)
	require.Equal(t, http.StatusOK, got.Status, got.Text)
	assert.Equal(t, "…x7Qp", got.JSON["keyHint"])
	assert.Equal(t, "https://api.example.com/v1", got.JSON["baseUrl"])
	assert.NotContains(t, got.Text, "provider-secret")

	delete(body, "apiKey")
	body["defaultModel"] = "other"
	kept := put(body)
	require.Equal(t, http.StatusOK, kept.Status, kept.Text)
	assert.Equal(t, "…x7Qp", kept.JSON["keyHint"])
	ctx := context.Background()
	require.NoError(t, w.db.Tenant(ctx, p.TenantID, func(tx *db.TenantTx) error {
		row, err := tx.ProviderGet(ctx)
		if err != nil {
			return err
		}
		plain, err := w.key.Open(row.SecretCiphertext, p.TenantID, secret.ProviderColumn)
		assert.Equal(t, "sk-provider-secret-x7Qp", string(plain))
		return err
	}))
	body["baseUrl"] = "https://evil.example/v1"
	moved := put(body)
	assert.Equal(t, http.StatusUnprocessableEntity, moved.Status, "the stored key is not sent to a new address: %s", moved.Text)
	require.Equal(t, http.StatusNoContent, w.do(t, call{Method: "DELETE", Path: "/v1/provider", Cookie: p.cookie}).Status)
	assert.Equal(t, http.StatusNotFound, w.do(t, call{Method: "GET", Path: "/v1/provider", Cookie: p.cookie}).Status)
}

func TestSimulationIsSaidUntilThereIsAProvider(t *testing.T) {
	t.Parallel()
	w := start(t)
	p := w.party(t)
	simulated := func() any {
		me := w.do(t, call{Method: "GET", Path: "/v1/me", Cookie: p.cookie})
		require.Equal(t, http.StatusOK, me.Status, me.Text)
		return me.JSON["platform"].(map[string]any)["simulated"]
	}
	assert.Equal(t, true, simulated())
	put := w.do(t, call{Method: "PUT", Path: "/v1/provider", Cookie: p.cookie, Body: map[string]any{
		"api": "responses", "baseUrl": "https://api.example.com/v1", "defaultModel": "m", "apiKey": "sk-provider",
	}})
	require.Equal(t, http.StatusOK, put.Status, put.Text)
	assert.Equal(t, false, simulated())
}

func TestLaunchChecklistTurnsDone(t *testing.T) {
	t.Parallel()
	w := start(t)
	// A tenant as it is after `parley tenant create`.
	ctx := context.Background()
	var made db.CreatedTenant
	require.NoError(t, w.db.System(ctx, func(tx *db.SystemTx) (err error) {
		made, err = tx.TenantCreate(ctx, db.NewTenant{Name: "New", Owner: db.NewUser{
			Email: chat.NewID[chat.UserID]().String() + "@example.com", Name: "Owner", PasswordHash: "none",
		}})
		return err
	}))
	p := party{cookie: w.session(t, made.Tenant.ID, made.Owner.ID)}
	done := func() (ids []string) {
		got := w.do(t, call{Method: "GET", Path: "/v1/launch-checklist", Cookie: p.cookie})
		for _, item := range got.JSON["items"].([]any) {
			if item.(map[string]any)["done"].(bool) {
				ids = append(ids, item.(map[string]any)["id"].(string))
			}
		}
		return ids
	}
	assert.Empty(t, done())
	agent := w.do(t, call{Method: "POST", Path: "/v1/agents", Cookie: p.cookie, Body: `{"name":"First"}`})
	p.AgentID = chat.AgentID{}
	require.NoError(t, p.AgentID.UnmarshalText([]byte(agent.JSON["id"].(string))))
	w.publish(t, p, map[string]any{"allowedOrigins": []string{customer}})
	assert.Equal(t, []string{"agent-published", "origins-set"}, done())
	key := w.do(t, call{Method: "POST", Path: "/v1/keys", Cookie: p.cookie, Body: `{"kind":"publishable","name":"Site"}`})
	p.publishable = key.JSON["key"].(string)
	p.visitor = w.visitorToken(t, p)
	assert.Equal(t, []string{"agent-published", "origins-set", "key-created", "snippet-seen"}, done())
	w.own(t, p)
	assert.Equal(t, []string{"agent-published", "origins-set", "key-created", "snippet-seen", "first-conversation"}, done())
}

func TestInboxSearchAndLinks(t *testing.T) {
	t.Parallel()
	w := start(t)
	p := w.party(t)
	row := w.answered(t, p, "Is the marzipan fresh?", "It is.")
	search := func(query string) answer {
		return w.do(t, call{Method: "GET", Path: "/v1/admin/conversations?query=" + url.QueryEscape(query), Cookie: p.cookie})
	}
	assert.Len(t, search("marzipan").JSON["items"], 1)
	assert.Empty(t, search("nougat").JSON["items"])
	assert.Empty(t, search("marzipan -fresh").JSON["items"])
	path := "/v1/admin/conversations/" + p.ConversationID.String() + "/turns"
	turns := w.do(t, call{Method: "GET", Path: path, Cookie: p.cookie})
	assert.NotContains(t, turns.Text, "temporalUrl", "only operators may look there")
	turns = w.do(t, call{Method: "GET", Path: path, Cookie: w.member(t, p.TenantID, chat.MemberOwner, true)})
	shown := turns.JSON["items"].([]any)[0].(map[string]any)
	assert.Equal(t, webURL+"/namespaces/parley/workflows/turn%2F"+p.TenantID.String()+"%2F"+row.ID.String(), shown["temporalUrl"])
	assert.EqualValues(t, 1, shown["agentVersion"])
}

func TestFeedback(t *testing.T) {
	t.Parallel()
	w := start(t)
	p := w.party(t)
	row := w.answered(t, p, "Hello?", "Hello.")
	rate := func(id chat.MessageID, body string) answer {
		return w.do(t, call{Method: "POST", Path: "/v1/messages/" + id.String() + "/feedback", Bearer: p.secret, Body: body})
	}
	got := rate(row.AssistantMessageID, `{"rating":"up","comment":"good"}`)
	require.Equal(t, http.StatusOK, got.Status, got.Text)
	assert.Equal(t, map[string]any{"rating": "up", "comment": "good"}, got.JSON["feedback"])
	assert.Equal(t, "down", rate(row.AssistantMessageID, `{"rating":"down"}`).JSON["feedback"].(map[string]any)["rating"])
	assert.Nil(t, rate(row.AssistantMessageID, `{"rating":null}`).JSON["feedback"])
	assert.Equal(t, http.StatusNotFound, rate(row.UserMessageID, `{"rating":"up"}`).Status, "a question cannot be rated")
}

// TestWhatStaffDoIsNoted: each operation with which staff change something leaves
// a line that says who did what. A new one fails here until it does.
func TestWhatStaffDoIsNoted(t *testing.T) {
	t.Parallel()
	w := start(t)
	p := w.party(t)
	w.setPassword(t, p.UserID, "correct horse")
	agent, server := "/v1/agents/"+p.AgentID.String(), "/v1/mcp-servers/"+w.mcpServer(t, p, mcpServer("There"))
	taken := "/v1/admin/conversations/" + w.own(t, p).String()
	// They change nothing, or what they change is a conversation, which is its own record.
	unnoted := []string{"testPolicy", "agentMcp", "writeMessage", "typeInConversation", "playTurn", "stopPlayTurn"}
	played := w.plays(t, p, "all")
	players := asked.ofVisitor()
	players.asks = chat.AsksPlayer
	question := w.approval(t, p, w.turnRow(t, p, parseTurn(t, w.do(t, play(p, "POST", played, "/turns", textMessage("Play!"))))), players)
	playground := "/v1/playground/" + played.String()
	deeds := []struct {
		operation, action string
		call
	}{
		{"createAgent", "agent.create", call{Method: "POST", Path: "/v1/agents", Body: `{"name":"Noted"}`}},
		{"updateAgent", "agent.update", call{Method: "PATCH", Path: agent, Body: `{"name":"New","revision":1}`}},
		{"publishAgent", "agent.publish", call{Method: "POST", Path: agent + "/publish", Body: `{"revision":2}`}},
		{"restoreAgentVersion", "agent.restore", call{Method: "POST", Path: agent + "/versions/1/restore"}},
		{"createPlayground", "playground.create", call{Method: "POST", Path: agent + "/playground", Body: `{}`}},
		{"updatePlayground", "playground.update", call{Method: "PATCH", Path: playground, Body: `{"asks":"none"}`}},
		{"decidePlayApproval", "approval.decide", call{
			Method: "POST", Path: playground + "/approvals/" + question.String() + "/decision",
			Body: map[string]any{"approve": true, "argumentsHash": asked.hash()},
		}},
		{"deletePlayground", "conversation.delete", call{Method: "DELETE", Path: playground}},
		{"deleteAgent", "agent.delete", call{Method: "DELETE", Path: agent}},
		{"decideApproval", "approval.decide", decision(w.approval(t, p, w.answered(t, p, "My money back!", "I ask."), asked), map[string]any{"approve": true})},
		{"takeConversation", "conversation.take", call{Method: "POST", Path: taken + "/takeover", Body: `{}`}},
		{"returnConversation", "conversation.return", call{Method: "POST", Path: taken + "/return"}},
		{"putToolSecret", "tool-secret.put", call{Method: "PUT", Path: "/v1/tool-secrets/SHOP_KEY", Body: `{"value":"v"}`}},
		{"deleteToolSecret", "tool-secret.delete", call{Method: "DELETE", Path: "/v1/tool-secrets/SHOP_KEY"}},
		{"createMcpServer", "mcp-server.create", call{Method: "POST", Path: "/v1/mcp-servers", Body: mcpServer("Noted")}},
		{"putMcpServer", "mcp-server.put", call{Method: "PUT", Path: server, Body: mcpServer("New")}},
		{"deleteMcpServer", "mcp-server.delete", call{Method: "DELETE", Path: server}},
		{"rotateSigningSecret", "signing-secret.rotate", call{Method: "POST", Path: "/v1/signing-secret/rotate"}},
		{"testTool", "tool.test", call{Method: "POST", Path: "/v1/tools/test", Body: `{"tool":{"name":"current_time","kind":"builtin","class":"read","policy":{"default":"allow"}}}`}},
		{"createKey", "key.create", call{Method: "POST", Path: "/v1/keys", Body: `{"kind":"publishable","name":"k"}`}},
		{"revokeKey", "key.revoke", call{Method: "DELETE", Path: "/v1/keys/" + p.key.String()}},
		{"putProvider", "provider.put", call{Method: "PUT", Path: "/v1/provider", Body: `{"api":"chat","baseUrl":"https://a.example","defaultModel":"m","apiKey":"k"}`}},
		{"deleteProvider", "provider.delete", call{Method: "DELETE", Path: "/v1/provider"}},
		{"updateSettings", "settings.update", call{Method: "PATCH", Path: "/v1/settings", Body: `{"name":"New"}`}},
		{"createIdentitySecret", "identity-secret.create", call{Method: "POST", Path: "/v1/settings/identity-secret"}},
		{"deleteIdentitySecret", "identity-secret.delete", call{Method: "DELETE", Path: "/v1/settings/identity-secret"}},
		{"signIn", "session.sign-in", signIn(p.Email, "correct horse")},
		{"switchTenant", "session.switch", call{Method: "POST", Path: "/v1/auth/switch", Body: map[string]any{"tenantId": p.TenantID}}},
		{"signOut", "session.sign-out", call{Method: "POST", Path: "/v1/auth/sign-out"}},
	}
	noted := map[string]bool{}
	for _, deed := range deeds {
		noted[deed.operation] = true
		before := dbtest.Audit(t, p.TenantID)
		deed.Cookie, deed.Header = w.session(t, p.TenantID, p.UserID), map[string]string{"X-Request-Id": "to-" + deed.operation}
		got := w.do(t, deed.call)
		require.Less(t, got.Status, 300, "%s: %s", deed.operation, got.Text)
		lines := dbtest.Audit(t, p.TenantID)[len(before):]
		require.NotEmpty(t, lines, deed.operation)
		want := dbtest.AuditLine{ActorID: p.UserID.String(), Action: deed.action, RequestID: "to-" + deed.operation}
		assert.Equal(t, want, lines[0])
	}
	for _, op := range operations(t) {
		if op.Method != http.MethodGet && !slices.Contains(unnoted, op.ID) && op.takes("session") && !strings.HasPrefix(op.Path, "/operator/") {
			assert.True(t, noted[op.ID], "%s leaves no line that is looked at here", op.ID)
		}
	}
}
