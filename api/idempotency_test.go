package api_test

import (
	"context"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/db"
)

func keyed(c call, key string) call {
	c.Header = map[string]string{"Idempotency-Key": key}
	return c
}

func TestCreatingOnceWithAKey(t *testing.T) {
	t.Parallel()
	w := start(t)
	p := w.party(t)
	create := call{Method: "POST", Path: "/v1/agents", Cookie: p.cookie, Body: map[string]any{"name": "Once"}}
	first := w.do(t, keyed(create, "k"))
	require.Equal(t, http.StatusCreated, first.Status, first.Text)
	assert.Empty(t, first.Header.Get("Idempotency-Replayed"))
	again := w.do(t, keyed(create, "k"))
	assert.Equal(t, http.StatusCreated, again.Status)
	assert.Equal(t, "true", again.Header.Get("Idempotency-Replayed"))
	assert.JSONEq(t, first.Text, again.Text)

	other := create
	other.Body = map[string]any{"name": "Twice"}
	reused := w.do(t, keyed(other, "k"))
	assert.Equal(t, http.StatusUnprocessableEntity, reused.Status)
	assert.Equal(t, "key_reused", reused.JSON["code"])
	assertProblem(t, reused)
	assert.NotEqual(t, first.JSON["id"], w.do(t, keyed(create, "another")).JSON["id"])
	assert.NotEqual(t, first.JSON["id"], w.do(t, create).JSON["id"], "without a key each request counts")

	someone := create
	someone.Cookie = w.member(t, p.TenantID, "admin", false)
	assert.NotEqual(t, first.JSON["id"], w.do(t, keyed(someone, "k")).JSON["id"], "keys are each person's own")
}

func TestFailureFreesTheKey(t *testing.T) {
	t.Parallel()
	w := start(t)
	p := w.party(t)
	bad := call{Method: "POST", Path: "/v1/agents", Cookie: p.cookie, Body: `{"name":""}`}
	assert.Equal(t, http.StatusUnprocessableEntity, w.do(t, keyed(bad, "k")).Status)
	good := call{Method: "POST", Path: "/v1/agents", Cookie: p.cookie, Body: `{"name":"Fine"}`}
	assert.Equal(t, http.StatusCreated, w.do(t, keyed(good, "k")).Status)
}

func TestKeyInFlight(t *testing.T) {
	t.Parallel()
	w := start(t)
	p := w.party(t)
	create := keyed(call{Method: "POST", Path: "/v1/agents", Cookie: p.cookie, Body: `{"name":"Slow"}`}, "k")
	made := w.do(t, create)
	require.Equal(t, http.StatusCreated, made.Status)
	ctx := context.Background()
	require.NoError(t, w.db.Tenant(ctx, p.TenantID, func(tx *db.TenantTx) error {
		// As it was while the first request was at work.
		return tx.IdempotencyKeyFinish(ctx, db.IdempotencyKeyFinishParams{
			Scope: "createAgent /v1/agents user " + p.UserID.String(), Key: "k",
		})
	}))
	got := w.do(t, create)
	assert.Equal(t, http.StatusConflict, got.Status, got.Text)
	assertProblem(t, got)
}

func TestTurnIsAskedOnce(t *testing.T) {
	t.Parallel()
	w := start(t)
	p := w.party(t)
	path := "/v1/conversations/" + w.own(t, p).String() + "/turns"
	ask := keyed(call{Method: "POST", Path: path, Bearer: p.visitor, Body: textMessage("hi")}, "k")
	var asked sync.WaitGroup
	answers := make([]answer, 8)
	for i := range answers {
		asked.Go(func() { answers[i] = w.do(t, ask) })
	}
	asked.Wait()
	for _, got := range answers {
		require.Equal(t, http.StatusAccepted, got.Status, got.Text)
		assert.Equal(t, answers[0].JSON["id"], got.JSON["id"])
	}
	other := ask
	other.Body = textMessage("ho")
	reused := w.do(t, other)
	assert.Equal(t, http.StatusUnprocessableEntity, reused.Status, reused.Text)
	assert.Equal(t, "key_reused", reused.JSON["code"])
}

// A repeated POST that wants the stream is given the same turn's.
func TestRepeatedTurnIsStreamedAgain(t *testing.T) {
	t.Parallel()
	w := start(t)
	p := w.party(t)
	path := "/v1/conversations/" + p.ConversationID.String() + "/turns"
	ask := keyed(call{Method: "POST", Path: path, Bearer: p.secret, Body: textMessage("Count.")}, "k")
	got := w.do(t, ask)
	require.Equal(t, http.StatusAccepted, got.Status, got.Text)
	row := w.turnRow(t, p, parseTurn(t, got))
	step := w.step(t, p, row.ID, 1)
	say(step, "one ", "two")
	finish(t, step)
	assert.Equal(t, "one two", heard(t, w.listen(t, ask).rest(), 0))
	assert.Equal(t, "completed", w.do(t, keyed(call{Method: "POST", Path: path, Bearer: p.secret, Body: textMessage("Count.")}, "k")).JSON["status"])
}

// The key, or the client's own id, of a message is that message's, whether it
// began a turn or joined one.
func TestMessagesAreNotConfused(t *testing.T) {
	t.Parallel()
	w := start(t)
	p := w.party(t)
	path := "/v1/conversations/" + w.own(t, p).String() + "/turns"
	ask := func(key, id, text string) answer {
		body := textMessage(text)
		body["message"].(map[string]any)["id"] = id
		return w.do(t, keyed(call{Method: "POST", Path: path, Bearer: p.visitor, Body: body}, key))
	}
	turn := ask("k1", "m1", "one").JSON["id"]
	steered := ask("k2", "m2", "two")
	require.Equal(t, true, steered.JSON["steered"], steered.Text)
	for _, c := range []struct{ name, key, id, text, field string }{
		{"the key of the first", "k1", "", "other", "header.Idempotency-Key"},
		{"the key of the first, with its id", "k1", "m1", "other", "header.Idempotency-Key"},
		{"the id of the first", "", "m1", "other", "body.message.id"},
		{"the id of the first, with a new key", "k3", "m1", "other", "body.message.id"},
		{"the key of the second", "k2", "", "other", "header.Idempotency-Key"},
		{"the key of the second, with a new id", "k2", "m3", "other", "header.Idempotency-Key"},
		{"the id of the second", "", "m2", "other", "body.message.id"},
	} {
		got := ask(c.key, c.id, c.text)
		badInput{status: http.StatusUnprocessableEntity, field: c.field}.judge(t, got)
		assert.Equal(t, "key_reused", got.JSON["code"], c.name)
	}
	for _, c := range [][3]string{{"k1", "m1", "one"}, {"", "m1", "one"}, {"k2", "m2", "two"}, {"", "m2", "two"}, {"k4", "m2", "two"}} {
		got := ask(c[0], c[1], c[2])
		require.Equal(t, http.StatusAccepted, got.Status, got.Text)
		assert.Equal(t, turn, got.JSON["id"], "the same message again")
	}
	messages := w.do(t, call{Method: "GET", Path: strings.TrimSuffix(path, "turns") + "messages", Bearer: p.visitor})
	assert.Len(t, messages.JSON["items"], 2)
}
