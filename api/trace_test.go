package api_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.temporal.io/api/serviceerror"

	"github.com/parley-chat/parley/chat"
	"github.com/parley-chat/parley/db/dbtest"
)

func traceOf(of chat.TurnID, more string) call {
	return call{Method: "GET", Path: "/v1/turns/" + of.String() + "/trace" + more}
}

func TestTraceIsShown(t *testing.T) {
	t.Parallel()
	w := start(t)
	p := w.party(t)
	row := w.answered(t, p, "Is the marzipan fresh?", "It ", "is.")
	trace := traceOf(row.ID, "")
	trace.Cookie = p.cookie
	got := w.do(t, trace)
	require.Equal(t, http.StatusOK, got.Status, got.Text)
	assert.Equal(t, "completed", got.JSON["status"])
	assert.InDelta(t, 1, got.JSON["agentVersion"], 0)
	assert.Equal(t, "complete", got.JSON["log"])
	assert.Equal(t, "gone", got.JSON["attempts"], "nobody has run a workflow")
	assert.NotEmpty(t, got.JSON["firstTextAt"])
	assert.NotContains(t, got.JSON, "temporalUrl")
	steps := got.JSON["steps"].([]any)
	require.Len(t, steps, 1)
	step := steps[0].(map[string]any)
	assert.Equal(t, "It is.", step["text"])
	assert.NotEmpty(t, step["begunAt"])
	assert.NotEmpty(t, step["endedAt"])
	calls := step["calls"].([]any)
	require.Len(t, calls, 1)
	assert.Equal(t, "unknown", calls[0].(map[string]any)["state"], "nobody has reported what it used")

	prompt := traceOf(row.ID, "/1/prompt")
	prompt.Cookie = p.cookie
	asked := w.do(t, prompt)
	require.Equal(t, http.StatusOK, asked.Status, asked.Text)
	assert.Equal(t, dbtest.Config.Instructions, asked.JSON["instructions"])
	assert.Equal(t, []any{map[string]any{"role": "user", "text": "Is the marzipan fresh?"}}, asked.JSON["messages"])
	assert.Equal(t, "unknown", asked.JSON["state"])
	prompt.Path = traceOf(row.ID, "/2/prompt").Path
	assert.Equal(t, http.StatusNotFound, w.do(t, prompt).Status)
	prompt.Path = traceOf(row.ID, "/0/prompt").Path
	assert.Contains(t, w.do(t, prompt).Text, "path.step")
}

func TestTraceWithoutTemporalSaysSo(t *testing.T) {
	t.Parallel()
	w := start(t, pastOf(&told{err: serviceerror.NewUnavailable("nobody is there")}))
	p := w.party(t)
	row := w.answered(t, p, "Hello?", "Hi.")
	trace := traceOf(row.ID, "")
	trace.Cookie = w.member(t, p.TenantID, chat.MemberOwner, true)
	got := w.do(t, trace)
	require.Equal(t, http.StatusOK, got.Status, got.Text)
	assert.Equal(t, "unavailable", got.JSON["attempts"])
	assert.Contains(t, got.JSON["temporalUrl"], webURL, "an operator is shown the run")
}

// TestWhoMaySeeATrace: all who may see agents and conversations, and keys that may take
// turns out or look at them. Visitors never.
func TestWhoMaySeeATrace(t *testing.T) {
	t.Parallel()
	w := start(t)
	p := w.party(t)
	row := w.answered(t, p, "Hello?", "Hi.")
	for _, path := range []string{"", "/1/prompt"} {
		as := func(bearer, cookie string) int {
			c := traceOf(row.ID, path)
			c.Bearer, c.Cookie = bearer, cookie
			return w.do(t, c).Status
		}
		for _, role := range []chat.MemberRole{chat.MemberOwner, chat.MemberAdmin, chat.MemberAgent, chat.MemberViewer} {
			assert.Equal(t, http.StatusOK, as("", w.member(t, p.TenantID, role, false)), role)
		}
		assert.Equal(t, http.StatusOK, as(w.keyWith(t, p, "turns:export"), ""))
		assert.Equal(t, http.StatusOK, as(w.keyWith(t, p, "turns:trace"), ""))
		assert.Equal(t, http.StatusForbidden, as(w.keyWith(t, p, "chat", "conversations:read", "agents:read"), ""))
		assert.Equal(t, http.StatusUnauthorized, as(p.visitor, ""))
		assert.Equal(t, http.StatusUnauthorized, as(p.publishable, ""))
		assert.Equal(t, http.StatusNotFound, as(w.party(t).secret, ""))
		assert.Equal(t, http.StatusNotFound, as("", w.party(t).cookie))
	}
}

func TestTraceHoldsNoSecrets(t *testing.T) {
	t.Parallel()
	w := start(t)
	p := w.publishing(t, asked)
	put := w.do(t, call{Method: "PUT", Path: "/v1/provider", Cookie: p.cookie, Body: map[string]any{
		"api": "responses", "baseUrl": "https://api.example.com/v1", "defaultModel": "m", "apiKey": "sk-provider-secret",
	}})
	require.Equal(t, http.StatusOK, put.Status, put.Text)
	row := w.answered(t, p, "My money back!", "I ask.")
	w.approval(t, p, row, asked)
	for _, path := range []string{"", "/1/prompt"} {
		c := traceOf(row.ID, path)
		c.Cookie = p.cookie
		got := w.do(t, c)
		require.Equal(t, http.StatusOK, got.Status, got.Text)
		for _, secret := range append(w.secretsOf(t, p), "https://shop.example", "api.example.com") {
			assert.NotContains(t, got.Text, secret)
		}
	}
}
