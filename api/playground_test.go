package api_test

import (
	"context"
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/chat"
	"github.com/parley-chat/parley/db"
)

// plays begins to try the draft of the party's agent out.
func (w *world) plays(t *testing.T, p party, asks string) chat.ConversationID {
	t.Helper()
	got := w.do(t, call{
		Method: "POST", Path: "/v1/agents/" + p.AgentID.String() + "/playground", Cookie: p.cookie, Body: map[string]any{"asks": asks},
	})
	require.Equal(t, http.StatusCreated, got.Status, got.Text)
	require.Equal(t, asks, got.JSON["asks"])
	id, err := chat.ParseID[chat.ConversationID](got.JSON["id"].(string))
	require.NoError(t, err)
	return id
}

func play(p party, method string, id chat.ConversationID, more string, body any) call {
	return call{Method: method, Path: "/v1/playground/" + id.String() + more, Cookie: p.cookie, Body: body}
}

func TestDraftIsTriedOut(t *testing.T) {
	t.Parallel()
	w := start(t)
	p := w.party(t)
	id := w.plays(t, p, "changes")
	got := w.do(t, play(p, "POST", id, "/turns", textMessage("Hello, draft?")))
	require.Equal(t, http.StatusAccepted, got.Status, got.Text)
	of := parseTurn(t, got)
	step := w.step(t, p, of, 1)
	say(step, "I am ", "the draft.")
	finish(t, step)

	shown := w.do(t, play(p, "GET", id, "", nil))
	assert.Equal(t, "Hello, draft?", shown.JSON["title"])
	changed := w.do(t, play(p, "PATCH", id, "", map[string]any{"asks": "all"}))
	require.Equal(t, http.StatusOK, changed.Status, changed.Text)
	assert.Equal(t, "all", changed.JSON["asks"])
	turns := w.do(t, call{Method: "GET", Path: "/v1/admin/conversations/" + id.String() + "/turns", Cookie: p.cookie})
	require.Equal(t, http.StatusOK, turns.Status, turns.Text)
	assert.InDelta(t, 0, turns.JSON["items"].([]any)[0].(map[string]any)["agentVersion"], 0)
	list := call{Method: "GET", Path: "/v1/agents/" + p.AgentID.String() + "/playground", Cookie: p.cookie}
	assert.Len(t, w.do(t, list).JSON["items"], 1)

	wrong := w.do(t, play(p, "PATCH", id, "", map[string]any{"asks": "sometimes"}))
	assert.Equal(t, http.StatusUnprocessableEntity, wrong.Status)
	assert.Contains(t, wrong.Text, "body.asks")
	blank := w.do(t, play(p, "POST", id, "/turns", textMessage(" ")))
	assert.Contains(t, blank.Text, "body.message.parts[0].text")

	require.Equal(t, http.StatusNoContent, w.do(t, play(p, "POST", id, "/stop", nil)).Status, "there is nothing to stop, which is no fault")
	require.Equal(t, http.StatusNoContent, w.do(t, play(p, "DELETE", id, "", nil)).Status)
	assert.Equal(t, http.StatusNotFound, w.do(t, play(p, "GET", id, "", nil)).Status)
	assert.Empty(t, w.do(t, list).JSON["items"])
}

// TestPlaygroundIsNoVisitors: no list, search or count of visitors' conversations has it,
// no program and no visitor reaches it, and other members may look and not touch.
func TestPlaygroundIsNoVisitors(t *testing.T) {
	t.Parallel()
	w := start(t)
	p := w.party(t)
	id := w.plays(t, p, "changes")
	of := parseTurn(t, w.do(t, play(p, "POST", id, "/turns", textMessage("marzipan"))))
	step := w.step(t, p, of, 1)
	say(step, "Fresh.")
	finish(t, step)

	for _, path := range []string{"/v1/admin/conversations", "/v1/admin/conversations?query=marzipan", "/v1/conversations"} {
		got := w.do(t, call{Method: "GET", Path: path, Bearer: p.secret})
		require.Equal(t, http.StatusOK, got.Status)
		assert.NotContains(t, got.Text, id.String(), path)
	}
	one, turnPath := "/v1/conversations/"+id.String(), "/v1/turns/"+of.String()
	for _, c := range []call{
		{Method: "GET", Path: one}, {Method: "GET", Path: one + "/messages"}, {Method: "GET", Path: one + "/approvals"},
		{Method: "POST", Path: one + "/turns", Body: textMessage("And I?")}, {Method: "DELETE", Path: one},
		{Method: "GET", Path: turnPath}, {Method: "GET", Path: turnPath + "/stream"}, {Method: "POST", Path: turnPath + "/stop"},
	} {
		for _, bearer := range []string{p.secret, p.visitor} {
			c.Bearer = bearer
			got := w.do(t, c)
			assert.Equal(t, http.StatusNotFound, got.Status, "%s %s: %s", c.Method, c.Path, got.Text)
		}
	}
	for _, path := range []string{"/v1/admin" + one[len("/v1"):], turnPath + "/trace", turnPath + "/export"} {
		assert.Equal(t, http.StatusNotFound, w.do(t, call{Method: "GET", Path: path, Bearer: p.secret}).Status, path)
	}
	other := p
	other.cookie = w.member(t, p.TenantID, chat.MemberAdmin, false)
	assert.Equal(t, http.StatusOK, w.do(t, call{Method: "GET", Path: turnPath + "/trace", Cookie: other.cookie}).Status)
	assert.Equal(t, http.StatusNotFound, w.do(t, play(other, "GET", id, "", nil)).Status)
	assert.Equal(t, http.StatusNotFound, w.do(t, play(other, "POST", id, "/turns", textMessage("And I?"))).Status)
	assert.Equal(t, http.StatusNotFound, w.do(t, play(other, "DELETE", id, "", nil)).Status)
}

// TestWhoMayPlay: those who may change the draft.
func TestWhoMayPlay(t *testing.T) {
	t.Parallel()
	w := start(t)
	p := w.party(t)
	for role, want := range map[chat.MemberRole]int{
		chat.MemberAdmin: http.StatusCreated, chat.MemberAgent: http.StatusForbidden, chat.MemberViewer: http.StatusForbidden,
	} {
		got := w.do(t, call{
			Method: "POST", Path: "/v1/agents/" + p.AgentID.String() + "/playground", Cookie: w.member(t, p.TenantID, role, false), Body: map[string]any{},
		})
		assert.Equal(t, want, got.Status, "%s: %s", role, got.Text)
	}
}

// TestPlayerDecides: what visitors would be asked, and what only the player is. What the
// team is asked is for the team.
func TestPlayerDecides(t *testing.T) {
	t.Parallel()
	w := start(t)
	p := w.publishing(t, asked)
	id := w.plays(t, p, "all")
	of := w.turnRow(t, p, parseTurn(t, w.do(t, play(p, "POST", id, "/turns", textMessage("My money back!")))))
	players := asked.ofVisitor()
	players.asks = chat.AsksPlayer
	mine, visitors, team := w.approval(t, p, of, players), w.approval(t, p, of, asked.ofVisitor()), w.approval(t, p, of, asked)

	list := w.do(t, play(p, "GET", id, "/approvals", nil))
	require.Equal(t, http.StatusOK, list.Status, list.Text)
	require.Len(t, list.JSON["items"], 2)
	decide := func(approval chat.ApprovalID, body map[string]any) answer {
		body["argumentsHash"] = asked.hash()
		return w.do(t, play(p, "POST", id, "/approvals/"+approval.String()+"/decision", body))
	}
	assert.Equal(t, "denied", decide(mine, map[string]any{"approve": false, "reason": "Not today."}).JSON["state"])
	assert.Equal(t, "approved", decide(visitors, map[string]any{"approve": true}).JSON["state"])
	assert.Equal(t, http.StatusNotFound, decide(team, map[string]any{"approve": true}).Status)
	other := w.plays(t, p, "all")
	elsewhere := play(p, "POST", other, "/approvals/"+team.String()+"/decision", map[string]any{"approve": true, "argumentsHash": asked.hash()})
	assert.Equal(t, http.StatusNotFound, w.do(t, elsewhere).Status)
	assert.Empty(t, w.do(t, play(p, "GET", id, "/approvals", nil)).JSON["items"])

	trace := w.do(t, call{Method: "GET", Path: "/v1/turns/" + of.ID.String() + "/trace", Cookie: p.cookie})
	require.Equal(t, http.StatusOK, trace.Status, trace.Text)
	require.NoError(t, w.db.Tenant(context.Background(), p.TenantID, func(tx *db.TenantTx) error {
		row, err := tx.ApprovalGet(context.Background(), mine)
		assert.Equal(t, "Not today.", row.Approval.Reason)
		return err
	}))
}
