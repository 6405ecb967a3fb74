package api_test

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/modelcontextprotocol/go-sdk/mcp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/internal/node/nodetest"
	"github.com/parley-chat/parley/llm/simulator"
)

// bearing sends a credential along.
type bearing struct {
	token, key string // key is the Idempotency-Key; "": none
	next       http.RoundTripper
}

func (b bearing) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.Header.Set("Authorization", "Bearer "+b.token)
	if b.key != "" {
		r.Header.Set("Idempotency-Key", b.key)
	}
	return b.next.RoundTrip(r)
}

// program is another program that uses the party's agent as an MCP server, with the
// official SDK. told counts the progress that it was told of.
func (w *world) program(t *testing.T, p party, token, key string) (session *mcp.ClientSession, told *atomic.Int32) {
	t.Helper()
	told = &atomic.Int32{}
	client := mcp.NewClient(&mcp.Implementation{Name: "test", Version: "1"}, &mcp.ClientOptions{
		ProgressNotificationHandler: func(context.Context, *mcp.ProgressNotificationClientRequest) { told.Add(1) },
	})
	session, err := client.Connect(t.Context(), &mcp.StreamableClientTransport{
		Endpoint: w.url + "/v1/agents/" + p.AgentID.String() + "/mcp", DisableStandaloneSSE: true,
		HTTPClient: &http.Client{Transport: bearing{token, key, w.client.Transport}},
	}, nil)
	require.NoError(t, err)
	t.Cleanup(func() { _ = session.Close() })
	return session, told
}

type toldAnswer struct{ Answer, Status, ConversationID, TurnID string }

func asks(t *testing.T, session *mcp.ClientSession, name string, arguments fields) (toldAnswer, string) {
	t.Helper()
	params := &mcp.CallToolParams{Name: name, Arguments: arguments}
	params.SetProgressToken("p1")
	result, err := session.CallTool(t.Context(), params)
	require.NoError(t, err)
	text := result.Content[0].(*mcp.TextContent).Text
	if result.IsError {
		return toldAnswer{}, text
	}
	var told toldAnswer
	raw, err := json.Marshal(result.StructuredContent)
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(raw, &told))
	assert.Equal(t, told.Answer, text)
	return told, ""
}

// TestAgentAnswersPrograms: by the Model Context Protocol, in a conversation that goes
// on.
func TestAgentAnswersPrograms(t *testing.T) {
	t.Parallel()
	env := nodetest.New(t)
	w := on(t, env.Start(t))
	p := w.party(t)
	session, told := w.program(t, p, p.secret, "")
	tools, err := session.ListTools(t.Context(), nil)
	require.NoError(t, err)
	require.Len(t, tools.Tools, 2)
	assert.Equal(t, []string{"answer", "ask"}, []string{tools.Tools[0].Name, tools.Tools[1].Name})

	words := strings.SplitAfter(strings.Repeat("word ", 40), " ")
	env.Simulator.AddFault(simulator.Fault{Times: 1, Match: simulator.Match{Text: "Tell me."}, Deltas: words, Pace: &simulator.Pace{IntervalMS: 60}})
	env.Simulator.AddScript(simulator.Script{Text: "As I said."})
	first, fault := asks(t, session, "ask", fields{"message": "Tell me."})
	require.Empty(t, fault)
	assert.Equal(t, "completed", first.Status)
	assert.Equal(t, strings.Repeat("word ", 40), first.Answer)
	assert.Positive(t, told.Load(), "it is told how far the answer has come")
	second, fault := asks(t, session, "ask", fields{"message": "And?", "conversationId": first.ConversationID})
	require.Empty(t, fault)
	assert.Equal(t, "As I said.", second.Answer)
	assert.Equal(t, first.ConversationID, second.ConversationID)
	history := w.do(t, call{Method: "GET", Path: "/v1/conversations/" + first.ConversationID + "/messages", Bearer: p.secret})
	assert.Len(t, history.JSON["items"], 4)

	again, fault := asks(t, session, "answer", fields{"turnId": first.TurnID})
	require.Empty(t, fault)
	assert.Equal(t, first, again)

	taken := w.do(t, call{Method: "POST", Path: "/v1/admin/conversations/" + first.ConversationID + "/takeover", Cookie: p.cookie, Body: fields{}})
	require.Equal(t, http.StatusOK, taken.Status, taken.Text)
	_, fault = asks(t, session, "ask", fields{"message": "And now?", "conversationId": first.ConversationID})
	assert.Contains(t, fault, "A person of the team answers")
}

// TestAgentIsAskedOncePerKey: a program that repeats what it has sent gets the same.
func TestAgentIsAskedOncePerKey(t *testing.T) {
	t.Parallel()
	env := nodetest.New(t)
	w := on(t, env.Start(t))
	p := w.party(t)
	env.Simulator.AddScript(simulator.Script{Text: "Yes."})
	session, _ := w.program(t, p, p.secret, "order-7")
	first, fault := asks(t, session, "ask", fields{"message": "May I?"})
	require.Empty(t, fault)
	again, fault := asks(t, session, "ask", fields{"message": "May I?"})
	require.Empty(t, fault)
	assert.Equal(t, first, again)
	assert.Len(t, env.Simulator.Ledger(), 1)
	_, fault = asks(t, session, "ask", fields{"message": "Something else."})
	assert.NotEmpty(t, fault, "one key is one question")
}

func TestAgentAnswersNoOtherPrograms(t *testing.T) {
	t.Parallel()
	env := nodetest.New(t)
	w := on(t, env.Start(t))
	p, other := w.party(t), w.party(t)
	session, _ := w.program(t, p, p.secret, "")
	theirs, _ := w.program(t, other, other.secret, "")
	env.Simulator.AddScript(simulator.Script{Text: "Yes."})
	secret, fault := asks(t, theirs, "ask", fields{"message": "May I?"})
	require.Empty(t, fault)
	for name, c := range map[string]struct {
		tool      string
		arguments fields
		fault     string
	}{
		"another tenant's conversation": {"ask", fields{"message": "Hi", "conversationId": secret.ConversationID}, "no such conversation"},
		"another tenant's answer":       {"answer", fields{"turnId": secret.TurnID}, "no such turn"},
		"a conversation that is none":   {"ask", fields{"message": "Hi", "conversationId": "x"}, "no such conversation"},
		"nothing to say":                {"ask", fields{"message": " "}, "blank"},
		"too much to say":               {"ask", fields{"message": strings.Repeat("x", 32_001)}, "longer than"},
		"nothing asked":                 {"ask", fields{}, "message"},
	} {
		_, fault := asks(t, session, c.tool, c.arguments)
		assert.Contains(t, fault, c.fault, name)
		assert.NotContains(t, fault, "not_found", "%s: what we tell each other is not for programs", name)
	}
	env.Simulator.AddFault(simulator.Fault{Status: 400, Times: 1})
	_, fault = asks(t, session, "ask", fields{"message": "Fail."})
	assert.NotEmpty(t, fault, "a turn that fails is no answer")
	assert.NotContains(t, fault, "400")

	path := "/v1/agents/" + p.AgentID.String() + "/mcp"
	for name, body := range map[string]string{"no JSON": "{", "no request": `{"jsonrpc":"2.0"}`, "nothing": ""} {
		got := w.do(t, call{Method: "POST", Path: path, Bearer: p.secret, Body: body})
		assert.Equal(t, http.StatusBadRequest, got.Status, "%s: %s", name, got.Text)
		assertProblem(t, got)
	}
	assert.Equal(t, http.StatusNotFound, w.do(t, call{Method: "POST", Path: path, Bearer: other.secret, Body: `{}`}).Status)
	assert.Equal(t, http.StatusUnauthorized, w.do(t, call{Method: "POST", Path: path, Bearer: p.visitor, Body: `{}`}).Status)
}
