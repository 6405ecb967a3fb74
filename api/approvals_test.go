package api_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/chat"
	"github.com/parley-chat/parley/db"
	"github.com/parley-chat/parley/secret"
	"github.com/parley-chat/parley/turn"
)

// question is what people are asked in a test.
type question struct {
	quorum    int32
	tool      chat.Tool
	asks      string
	arguments string
	minutes   int32
	roles     []string
	editable  bool
}

// asked is about a refund of 50 that may be one of up to 500.
var asked = question{
	tool: chat.Tool{
		Name: "refund", Title: "Refund an order", Description: "Gives money back.", Kind: chat.ToolHTTP, Class: chat.ClassWrite,
		InputSchema: json.RawMessage(`{"type":"object","properties":{"amount":{"type":"number","maximum":500}},"required":["amount"]}`),
		Policy: chat.ToolPolicy{Default: chat.DecideAskStaff, Rules: []chat.ToolRule{
			{When: "args.amount == 13", Then: chat.DecideDeny},
			{When: "args.amount == 14 && visitor.email == ''", Then: chat.DecideDeny},
			{When: "args.amount == 14 && visitor.id == ''", Then: chat.DecideDeny},
		}},
		HTTP: &chat.HTTPTool{Method: "POST", URL: "https://shop.example"},
	},
	asks: chat.AsksStaff, arguments: `{"amount": 50}`, minutes: 60, roles: []string{"owner", "agent"}, editable: true,
}

func (q question) ofVisitor() question {
	q.asks, q.roles = chat.AsksVisitor, []string{}
	return q
}

func (q question) hash() string { return turn.ArgumentsHash(json.RawMessage(q.arguments)) }

// approval leaves people asked about a call of the turn.
func (w *world) approval(t *testing.T, p party, of db.Turn, q question) chat.ApprovalID {
	t.Helper()
	ctx, id := context.Background(), chat.NewID[chat.ApprovalID]()
	call := "call_" + id.String()
	require.NoError(t, w.db.Tenant(ctx, p.TenantID, func(tx *db.TenantTx) error {
		rows, err := tx.ToolCallListByTurn(ctx, of.ID)
		require.NoError(t, err)
		require.NoError(t, tx.ToolCallInsert(ctx, db.ToolCallInsertParams{
			ID: call, TurnID: of.ID, ConversationID: of.ConversationID, AgentVersionID: of.AgentVersionID, Step: 1, Place: int32(len(rows)), Tool: q.tool.Name,
			Class: q.tool.Class, Arguments: json.RawMessage(q.arguments), State: chat.CallRequested,
		}))
		_, err = tx.ApprovalOpen(ctx, db.ApprovalOpenParams{
			CallID: call, ID: id, AgentID: of.AgentID, Asks: q.asks, Title: q.tool.Title, Quorum: max(q.quorum, 1), Roles: q.roles,
			Editable: q.editable, ExpiresInMinutes: q.minutes, OnExpiry: chat.DecideDeny,
		})
		return err
	}))
	return id
}

// acting gives a party whose agent has the tool, and a turn of it.
func (w *world) acting(t *testing.T, q question) (party, db.Turn) {
	t.Helper()
	p := w.publishing(t, q)
	return p, w.answered(t, p, "My money back!", "I ask.")
}

// publishing gives a party whose agent has the tool.
func (w *world) publishing(t *testing.T, q question) party {
	t.Helper()
	p, ctx := w.party(t), context.Background()
	p.ConversationID = w.own(t, p)
	require.NoError(t, w.db.Tenant(ctx, p.TenantID, func(tx *db.TenantTx) error {
		found, err := tx.AgentGet(ctx, p.AgentID)
		require.NoError(t, err)
		draft := found.Agent.Draft
		draft.Tools = []chat.Tool{q.tool}
		agent, err := tx.AgentDraftPut(ctx, db.AgentDraftPutParams{ID: p.AgentID, Name: found.Agent.Name, Draft: draft, Revision: found.Agent.DraftRevision})
		require.NoError(t, err)
		_, err = tx.AgentPublish(ctx, db.AgentPublishParams{
			ID: chat.NewID[chat.AgentVersionID](), AgentID: p.AgentID, Revision: agent.DraftRevision, PublishedBy: p.UserID,
		})
		return err
	}))
	return p
}

func decision(id chat.ApprovalID, body map[string]any) call {
	if body["argumentsHash"] == nil {
		body["argumentsHash"] = asked.hash()
	}
	return call{Method: "POST", Path: "/v1/approvals/" + id.String() + "/decision", Body: body}
}

func TestStaffDecides(t *testing.T) {
	t.Parallel()
	w := start(t)
	p, of := w.acting(t, asked)
	id := w.approval(t, p, of, asked)
	list := w.do(t, call{Method: "GET", Path: "/v1/approvals?state=open", Cookie: p.cookie})
	require.Equal(t, http.StatusOK, list.Status, list.Text)
	shown := list.JSON["items"].([]any)[0].(map[string]any)
	assert.Equal(t, id.String(), shown["id"])
	assert.Equal(t, true, shown["mayDecide"])
	assert.Equal(t, "Refund an order", shown["title"])
	assert.InDelta(t, 1, w.do(t, call{Method: "GET", Path: "/v1/approvals/count", Cookie: p.cookie}).JSON["open"], 0)

	one := w.do(t, call{Method: "GET", Path: "/v1/approvals/" + id.String(), Cookie: p.cookie})
	require.Equal(t, http.StatusOK, one.Status, one.Text)
	assert.Contains(t, one.Text, "maximum", "the schema that edited arguments have to fit")

	yes := decision(id, map[string]any{"approve": true, "arguments": map[string]any{"amount": 20}})
	yes.Cookie = p.cookie
	got := w.do(t, yes)
	require.Equal(t, http.StatusOK, got.Status, got.Text)
	assert.Equal(t, "approved", got.JSON["state"])
	assert.InDelta(t, 20, got.JSON["decidedArguments"].(map[string]any)["amount"], 0)
	assert.Equal(t, "approved", got.JSON["callState"])
	votes := got.JSON["votes"].([]any)
	require.Len(t, votes, 1)
	assert.Equal(t, "Owner", votes[0].(map[string]any)["name"])

	no := decision(id, map[string]any{"approve": false})
	no.Bearer = p.secret
	assert.Equal(t, "approved", w.do(t, no).JSON["state"], "a second decision gets the first one")
	assert.InDelta(t, 0, w.do(t, call{Method: "GET", Path: "/v1/approvals/count", Cookie: p.cookie}).JSON["open"], 0)
}

func TestDecisionsThatCannotBeTaken(t *testing.T) {
	t.Parallel()
	w := start(t)
	p, of := w.acting(t, asked)
	id := w.approval(t, p, of, asked)
	late := asked
	late.minutes = -1
	for name, c := range map[string]struct {
		id     chat.ApprovalID
		body   map[string]any
		role   chat.MemberRole
		status int
		field  string
	}{
		"a role that is not asked": {id: id, body: map[string]any{"approve": true}, role: chat.MemberAdmin, status: http.StatusNotFound},
		"a viewer":                 {id: id, body: map[string]any{"approve": true}, role: chat.MemberViewer, status: http.StatusForbidden},
		"other arguments than were seen": {
			id: id, body: map[string]any{"approve": true, "argumentsHash": fmt.Sprintf("%064d", 0)}, status: http.StatusConflict, field: "body.argumentsHash",
		},
		"arguments that do not fit":    {id: id, body: map[string]any{"approve": true, "arguments": map[string]any{"amount": 1000}}, status: http.StatusUnprocessableEntity, field: "body.arguments"},
		"arguments the policy forbids": {id: id, body: map[string]any{"approve": true, "arguments": map[string]any{"amount": 13}}, status: http.StatusUnprocessableEntity, field: "body.arguments"},
		"arguments forbidden for the visitor": {
			id: id, body: map[string]any{"approve": true, "arguments": map[string]any{"amount": 14}}, status: http.StatusUnprocessableEntity, field: "body.arguments",
		},
		"a question that is none":        {id: chat.NewID[chat.ApprovalID](), body: map[string]any{"approve": true}, status: http.StatusNotFound},
		"a question to the visitor":      {id: w.approval(t, p, of, asked.ofVisitor()), body: map[string]any{"approve": true}, status: http.StatusNotFound},
		"a question whose time has gone": {id: w.approval(t, p, of, late), body: map[string]any{"approve": true}, status: http.StatusGone},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			request := decision(c.id, c.body)
			request.Cookie = p.cookie
			if c.role != "" {
				request.Cookie = w.member(t, p.TenantID, c.role, false)
			}
			got := w.do(t, request)
			require.Equal(t, c.status, got.Status, got.Text)
			if c.field != "" {
				assert.Contains(t, got.Text, c.field)
			}
		})
	}
}

// TestWhoHasVotedIsTold: one of two has decided, and sees that it waits for another.
func TestWhoHasVotedIsTold(t *testing.T) {
	t.Parallel()
	w := start(t)
	two := asked
	two.quorum = 2
	p, of := w.acting(t, two)
	id := w.approval(t, p, of, two)
	yes := decision(id, map[string]any{"approve": true})
	yes.Cookie = p.cookie
	mine := w.do(t, yes)
	require.Equal(t, http.StatusOK, mine.Status, mine.Text)
	assert.Equal(t, "open", mine.JSON["state"])
	assert.Equal(t, true, mine.JSON["voted"])
	assert.Equal(t, false, mine.JSON["mayDecide"])
	yes.Cookie = w.member(t, p.TenantID, chat.MemberAgent, false)
	before := w.do(t, call{Method: "GET", Path: "/v1/approvals/" + id.String(), Cookie: yes.Cookie})
	assert.Nil(t, before.JSON["voted"])
	assert.Equal(t, true, before.JSON["mayDecide"])
	after := w.do(t, yes)
	assert.Equal(t, "approved", after.JSON["state"])
	assert.Nil(t, after.JSON["voted"], "it waits for nobody")
}

func TestVisitorDecides(t *testing.T) {
	t.Parallel()
	w := start(t)
	p, of := w.acting(t, asked)
	id := w.approval(t, p, of, asked.ofVisitor())
	staff := w.approval(t, p, of, asked)
	all := "/v1/conversations/" + of.ConversationID.String() + "/approvals"
	path := all + "/" + id.String()
	list := w.do(t, call{Method: "GET", Path: all, Bearer: p.visitor})
	require.Equal(t, http.StatusOK, list.Status, list.Text)
	require.Len(t, list.JSON["items"], 1, "what staff is asked is not the visitor's")
	shown := list.JSON["items"].([]any)[0].(map[string]any)
	assert.Equal(t, id.String(), shown["id"])
	assert.InDelta(t, 50, shown["arguments"].(map[string]any)["amount"], 0)
	body := map[string]any{"approve": true, "argumentsHash": shown["argumentsHash"]}
	assert.Equal(t, http.StatusNotFound, w.do(t, call{Method: "POST", Path: path + "/decision", Bearer: w.visitorToken(t, p), Body: body}).Status)
	got := w.do(t, call{Method: "POST", Path: path + "/decision", Bearer: p.visitor, Body: body})
	require.Equal(t, http.StatusOK, got.Status, got.Text)
	assert.Equal(t, "approved", got.JSON["state"])
	assert.Empty(t, w.do(t, call{Method: "GET", Path: all, Bearer: p.visitor}).JSON["items"])
	assert.Equal(t, http.StatusNotFound, w.do(t, call{Method: "POST", Path: all + "/" + staff.String() + "/decision", Bearer: p.visitor, Body: body}).Status)
}

// link is what a letter to the member would hold.
func (w *world) link(t *testing.T, p party, user chat.UserID, id chat.ApprovalID) string {
	t.Helper()
	text, err := w.key.SignLink(secret.Link{Tenant: p.TenantID.String(), User: user.String(), Approval: id.String(), Expires: time.Now().Add(time.Hour)})
	require.NoError(t, err)
	return "/approvals/" + text
}

// TestLinkInALetter: to look decides nothing, to post does, and once.
func TestLinkInALetter(t *testing.T) {
	t.Parallel()
	w := start(t)
	p, of := w.acting(t, asked)
	id := w.approval(t, p, of, asked)
	path := w.link(t, p, p.UserID, id)
	form := map[string]string{"Content-Type": "application/x-www-form-urlencoded"}
	for range 2 {
		got := w.do(t, call{Method: "GET", Path: path})
		require.Equal(t, http.StatusOK, got.Status, got.Text)
		assert.Contains(t, got.Text, "Refund an order")
		assert.Contains(t, got.Text, ">50<")
		assert.Contains(t, got.Text, `value="approve"`)
		assert.Contains(t, got.Header.Get("Content-Security-Policy"), "form-action 'self'")
		assert.NotContains(t, got.Header.Get("Content-Security-Policy"), "unsafe")
	}
	wrong := w.do(t, call{Method: "POST", Path: path, Header: form, Body: "decision=approve&hash=" + fmt.Sprintf("%064d", 0)})
	assert.Equal(t, http.StatusConflict, wrong.Status)
	assert.Contains(t, wrong.Text, "not the arguments")
	assert.Equal(t, http.StatusUnprocessableEntity, w.do(t, call{Method: "POST", Path: path, Header: form, Body: "hash=" + asked.hash()}).Status)
	done := w.do(t, call{Method: "POST", Path: path, Header: form, Body: "decision=deny&reason=Too+much.&hash=" + asked.hash()})
	require.Equal(t, http.StatusOK, done.Status, done.Text)
	assert.Contains(t, done.Text, "This has been denied.")
	assert.Contains(t, done.Text, "Too much.")
	again := w.do(t, call{Method: "POST", Path: path, Header: form, Body: "decision=approve&hash=" + asked.hash()})
	assert.Contains(t, again.Text, "This has been denied.", "a second decision gets the first one")

	for name, other := range map[string]string{
		"a link that was changed":          path[:len(path)-3] + "xxx",
		"a link of one who is no member":   w.link(t, p, chat.NewID[chat.UserID](), id),
		"a link to another tenant's":       w.link(t, w.party(t), p.UserID, id),
		"a link to a question that is not": w.link(t, p, p.UserID, chat.NewID[chat.ApprovalID]()),
	} {
		for _, method := range []string{"GET", "POST"} {
			got := w.do(t, call{Method: method, Path: other, Header: form, Body: "decision=approve&hash=" + asked.hash()})
			assert.Equal(t, http.StatusNotFound, got.Status, name)
			assert.NotContains(t, got.Text, "Refund", name)
		}
	}
}
