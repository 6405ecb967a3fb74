package api_test

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/chat"
	"github.com/parley-chat/parley/db"
	"github.com/parley-chat/parley/internal/node/nodetest"
	"github.com/parley-chat/parley/llm/simulator"
)

// inPage is about a tool that the visitor's page does.
var inPage = question{tool: chat.Tool{
	Name: "add_to_cart", Title: "Add to the cart", Description: "Puts something into the cart.", Kind: chat.ToolClient, Class: chat.ClassWrite,
	InputSchema:  json.RawMessage(`{"type":"object","properties":{"id":{"type":"string"}},"required":["id"]}`),
	OutputSchema: json.RawMessage(`{"type":"object","properties":{"items":{"type":"integer"}},"required":["items"]}`),
	Policy:       chat.ToolPolicy{Default: chat.DecideAllow},
}}

// offeredCall leaves a call of the turn's that pages are offered, since it was approved.
func (w *world) offeredCall(t *testing.T, p party, of db.Turn) (id string) {
	t.Helper()
	ctx := context.Background()
	q := asked
	q.tool, q.arguments = inPage.tool, `{"id": "xylophone"}`
	approval := w.approval(t, p, of, q)
	require.NoError(t, w.db.Tenant(ctx, p.TenantID, func(tx *db.TenantTx) error {
		decided, err := tx.ApprovalDecide(ctx, db.ApprovalDecideParams{ID: approval, State: chat.ApprovalApproved})
		require.NoError(t, err)
		id = decided.CallID
		_, err = tx.ToolCallOffer(ctx, 3600, id)
		return err
	}))
	return id
}

// page is a visitor's page with a cart, before which a call is.
type page struct {
	w            *world
	p            party
	conversation string
	call         string
	turn         string
	stream       *listener // after the offer
	parts        []chat.Part
}

func cartWorld(t *testing.T, text string) (*world, party) {
	t.Helper()
	env := nodetest.New(t)
	w := on(t, env.Start(t))
	p := w.publishing(t, inPage)
	env.Simulator.AddScript(simulator.Script{
		Match: simulator.Match{Offers: "add_to_cart"}, Times: 1,
		Calls: []simulator.Call{{Name: "add_to_cart", Arguments: json.RawMessage(`{"id": "4711"}`)}},
	})
	env.Simulator.AddScript(simulator.Script{AfterTools: true, Text: text})
	return w, p
}

// offersCall asks in the visitor's page until it is offered a call.
func offersCall(t *testing.T) page {
	t.Helper()
	w, p := cartWorld(t, "It is in there.")
	g := page{w: w, p: p, conversation: w.own(t, p).String()}
	body := textMessage("I take it.")
	body["clientTools"] = []any{"add_to_cart", "not a name"}
	g.stream = w.listen(t, call{Method: "POST", Path: "/v1/conversations/" + g.conversation + "/turns", Bearer: p.visitor, Body: body})
	require.Equal(t, http.StatusOK, g.stream.response.StatusCode)
	g.turn = g.stream.response.Header.Get("X-Parley-Turn-Id")
	for {
		chunk := chunkOf(t, g.stream.next())
		g.parts = chat.Fold(g.parts, chunk)
		if chunk.ForPage() {
			require.Equal(t, chat.ChunkToolInputAvailable, chunk.Type)
			require.JSONEq(t, `{"id": "4711"}`, string(chunk.Input), "the page is told what to do")
			g.call = chunk.ToolCallID
			return g
		}
	}
}

func (g page) post(t *testing.T, what string, body any, change ...func(*call)) answer {
	t.Helper()
	c := call{Method: "POST", Path: "/v1/conversations/" + g.conversation + "/tool-calls/" + g.call + "/" + what, Bearer: g.p.visitor, Body: body}
	for _, each := range change {
		each(&c)
	}
	return g.w.do(t, c)
}

func TestPageTakesACallAndAnswers(t *testing.T) {
	t.Parallel()
	g := offersCall(t)
	taken := g.post(t, "claim", fields{"page": "one"})
	require.Equal(t, http.StatusOK, taken.Status, taken.Text)
	assert.Equal(t, true, taken.JSON["granted"])
	assert.Equal(t, "add_to_cart", taken.JSON["tool"])
	assert.Equal(t, fields{"id": "4711"}, taken.JSON["input"])
	assert.NotEmpty(t, taken.JSON["deadline"])
	assert.Equal(t, false, g.post(t, "claim", fields{"page": "two"}).JSON["granted"])
	assert.Equal(t, http.StatusConflict, g.post(t, "result", fields{"page": "two", "output": fields{"items": 9}}).Status)

	keyed := func(c *call) { c.Header = map[string]string{"Idempotency-Key": "k1"} }
	done := g.post(t, "result", fields{"page": "one", "output": fields{"items": 3}}, keyed)
	require.Equal(t, http.StatusOK, done.Status, done.Text)
	assert.Equal(t, "succeeded", done.JSON["state"])
	assert.JSONEq(t, done.Text, g.post(t, "result", fields{"page": "one", "output": fields{"items": 3}}, keyed).Text)
	again := g.post(t, "result", fields{"error": "No."})
	assert.Equal(t, fields{"items": float64(3)}, again.JSON["output"], "the first answer counts")
	assert.Equal(t, http.StatusGone, g.post(t, "claim", fields{"page": "three"}).Status)

	for _, f := range g.stream.rest() {
		if f.Data != "[DONE]" {
			g.parts = chat.Fold(g.parts, chunkOf(t, f))
		}
	}
	assert.JSONEq(t, `{"items": 3}`, string(toolPart(g.parts).Output), "the page said so itself")
	assert.Equal(t, "It is in there.", chat.Text(g.parts))
	listed := g.w.do(t, call{Path: "/v1/conversations/" + g.conversation + "/messages", Bearer: g.p.visitor})
	assert.Contains(t, listed.Text, `"items":3`)
}

func TestCallsOfPagesAreTheVisitorsOwn(t *testing.T) {
	t.Parallel()
	g := offersCall(t)
	for name, bearer := range map[string]string{"another visitor": g.w.visitorToken(t, g.p), "another tenant": g.w.party(t).secret} {
		by := func(c *call) { c.Bearer = bearer }
		assert.Equal(t, http.StatusNotFound, g.post(t, "claim", fields{"page": "x"}, by).Status, name)
		assert.Equal(t, http.StatusNotFound, g.post(t, "result", fields{"output": 1}, by).Status, name)
	}
	elsewhere := g
	elsewhere.conversation = g.w.own(t, g.p).String()
	assert.Equal(t, http.StatusNotFound, elsewhere.post(t, "result", fields{"output": 1}).Status, "in another conversation of the visitor's")
	elsewhere = g
	elsewhere.call = "call_unknown"
	assert.Equal(t, http.StatusNotFound, elsewhere.post(t, "claim", fields{"page": "x"}).Status)
	require.Equal(t, http.StatusOK, g.post(t, "result", fields{"error": "Sold out."}, func(c *call) { c.Bearer = g.p.secret }).Status, "a secret key may")
}

func TestAnswersOfPagesThatCannotBe(t *testing.T) {
	t.Parallel()
	g := offersCall(t)
	for name, c := range map[string]struct {
		body   any
		field  string
		status int
	}{
		"neither":        {fields{}, "body.output", 422},
		"both":           {fields{"output": fields{"items": 1}, "error": "No."}, "body.error", 422},
		"does not fit":   {fields{"output": fields{"items": "three"}}, "body.output", 422},
		"too long":       {fields{"output": fields{"items": 1, "more": strings.Repeat("x", 65<<10)}}, "body.output", 422},
		"far too long":   {fields{"output": strings.Repeat("x", 500<<10)}, "", 413},
		"too deep":       {`{"output":{"items":1,"more":` + strings.Repeat("[", 40) + strings.Repeat("]", 40) + `}}`, "body.output", 422},
		"a long reason":  {fields{"error": strings.Repeat("x", 1001)}, "body.error", 422},
		"a nameless one": {fields{"output": fields{"items": 1}, "page": strings.Repeat("x", 101)}, "body.page", 422},
	} {
		got := g.post(t, "result", c.body)
		assert.Equal(t, c.status, got.Status, "%s: %s", name, got.Text)
		assert.Contains(t, got.Text, c.field, name)
	}
	assert.Equal(t, 422, g.post(t, "claim", fields{"page": ""}).Status)
	require.Equal(t, http.StatusOK, g.post(t, "result", fields{"output": fields{"items": 1}}).Status, "none of these has ended the call")
}

// TestAnotherTurnWithTheSameKeyMayHaveOtherTools: the page has got one meanwhile.
func TestAnotherTurnWithTheSameKeyMayHaveOtherTools(t *testing.T) {
	t.Parallel()
	w := start(t)
	p := w.party(t)
	post := func(tools ...any) answer {
		body := textMessage("Hello.")
		body["clientTools"] = tools
		return w.do(t, call{Method: "POST", Path: "/v1/conversations/" + p.ConversationID.String() + "/turns", Bearer: p.secret, Body: body, Header: map[string]string{"Idempotency-Key": "k"}})
	}
	first, second := post("a"), post("a", "b")
	require.Equal(t, http.StatusAccepted, second.Status, second.Text)
	assert.Equal(t, first.JSON["id"], second.JSON["id"])
	assert.Equal(t, 422, post(make([]any, 65)...).Status)
}

// sdkPage is a chat of the AI SDK whose page has been handed a call.
func sdkPage(t *testing.T) (page, map[string]any) {
	t.Helper()
	w, p := cartWorld(t, "It is in there.")
	g := page{w: w, p: p}
	body := sdkRequest("chat", "m1", "I take it.")
	body["clientTools"] = []any{"add_to_cart"}
	l := w.listen(t, call{Method: "POST", Path: sdkPath(p), Bearer: p.visitor, Body: body})
	g.turn = l.response.Header.Get("X-Parley-Turn-Id")
	frames := l.rest()
	var handed []chat.Chunk
	for _, f := range frames[:len(frames)-1] {
		chunk := chunkOf(t, f)
		g.parts = chat.Fold(g.parts, chunk)
		if chunk.Type == chat.ChunkToolInputAvailable && chunk.ForPage() {
			handed = append(handed, chunk)
		}
	}
	require.Len(t, handed, 1, "the SDK hands each such chunk to the page")
	require.Equal(t, chat.FinishToolCalls, chunkOf(t, frames[len(frames)-2]).FinishReason)
	require.JSONEq(t, `{"id": "4711"}`, string(handed[0].Input))
	g.call = handed[0].ToolCallID
	return g, body
}

// answers is the SDK's request once its page has made the call.
func (g page) answers(body map[string]any, part map[string]any) map[string]any {
	part["type"], part["toolName"], part["toolCallId"], part["input"] = "dynamic-tool", "add_to_cart", g.call, map[string]any{}
	next := sdkRequest("chat", "m1", "I take it.")
	next["messages"] = append(body["messages"].([]any), map[string]any{"id": "a1", "role": "assistant", "parts": []any{map[string]any{"type": "step-start"}, part}})
	return next
}

func TestSDKPageMakesACall(t *testing.T) {
	t.Parallel()
	g, body := sdkPage(t)
	resumed := g.w.listen(t, call{Path: sdkPath(g.p) + "/chat/stream", Bearer: g.p.visitor}).rest()
	assert.Contains(t, textOf(resumed), `"providerExecuted": false`, "a page that was loaded again is offered it, too")
	request := g.answers(body, map[string]any{"state": "output-available", "output": map[string]any{"items": 3}})
	frames := g.w.listen(t, call{Method: "POST", Path: sdkPath(g.p), Bearer: g.p.visitor, Body: request}).rest()
	require.JSONEq(t, `{"type":"start"}`, frames[0].Data)
	for _, f := range frames[1 : len(frames)-1] {
		chunk := chunkOf(t, f)
		assert.False(t, chunk.Type == chat.ChunkToolInputAvailable && chunk.ForPage(), "it is not handed over again")
		g.parts = chat.Fold(g.parts, chunk)
	}
	assert.Equal(t, chat.ToolPartOutput, toolPart(g.parts).State)
	assert.Equal(t, "It is in there.", chat.Text(g.parts))
	again := g.w.listen(t, call{Method: "POST", Path: sdkPath(g.p), Bearer: g.p.visitor, Body: request}).rest()
	assert.Contains(t, textOf(again), "It is in there.", "a second answer gets what came of the first")
}

func TestSDKPageSaysThatItDidNotWork(t *testing.T) {
	t.Parallel()
	g, body := sdkPage(t)
	bad := g.w.do(t, call{Method: "POST", Path: sdkPath(g.p), Bearer: g.p.visitor, Body: g.answers(body, map[string]any{"state": "output-available", "output": 7})})
	require.Equal(t, http.StatusUnprocessableEntity, bad.Status, bad.Text)
	assert.Contains(t, bad.Text, "body.messages[3].parts[1].output")
	request := g.answers(body, map[string]any{"state": "output-error", "errorText": "Sold out."})
	frames := g.w.listen(t, call{Method: "POST", Path: sdkPath(g.p), Bearer: g.p.visitor, Body: request}).rest()
	assert.Contains(t, textOf(frames), "Sold out.")
	assert.Contains(t, textOf(frames), "It is in there.")
}

// TestSDKAnswersOfOthers: a call that is none of the visitor's pages' is nobody's to
// answer.
func TestSDKAnswersOfOthers(t *testing.T) {
	t.Parallel()
	g, body := sdkPage(t)
	part := map[string]any{"state": "output-available", "output": map[string]any{"items": 3}}
	stranger := g.w.do(t, call{Method: "POST", Path: sdkPath(g.p), Bearer: g.w.visitorToken(t, g.p), Body: g.answers(body, part)})
	assert.Equal(t, http.StatusNotFound, stranger.Status, stranger.Text)
	unknown := g
	unknown.call = "call_unknown"
	got := g.w.do(t, call{Method: "POST", Path: sdkPath(g.p), Bearer: g.p.visitor, Body: unknown.answers(body, part)})
	assert.Equal(t, http.StatusUnprocessableEntity, got.Status)
	assert.Contains(t, got.Text, "body.messages[3].role")
}
