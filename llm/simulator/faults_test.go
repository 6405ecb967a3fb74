package simulator_test

import (
	"encoding/json"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/llm/simulator"
)

func (c client) fault(body object) {
	c.t.Helper()
	status, answer := c.call(http.MethodPost, "/_faults", body)
	require.Equal(c.t, http.StatusCreated, status, answer)
}

func TestErrorBeforeTheStream(t *testing.T) {
	t.Parallel()
	c := start(t, simulator.Config{})
	c.fault(object{"times": 2, "status": 429, "retryAfter": "7", "code": "rate_limit_exceeded", "message": "slow down"})
	for range 2 {
		response := c.request(t.Context(), http.MethodPost, "/v1/responses", streamed(nil))
		require.Equal(t, http.StatusTooManyRequests, response.status)
		require.Equal(t, "7", response.header.Get("Retry-After"))
	}
	require.NotEmpty(t, c.stream(nil), "the fault is used up")
	states := []string{}
	for _, entry := range c.Ledger() {
		states = append(states, entry.State)
	}
	require.Equal(t, []string{simulator.StateRejected, simulator.StateRejected, simulator.StateCompleted}, states)
	require.Equal(t, http.StatusTooManyRequests, c.Ledger()[0].Status)
}

func TestFaultsAreForTheirMatch(t *testing.T) {
	t.Parallel()
	c := start(t, simulator.Config{})
	c.fault(object{"match": object{"text": "BOOM"}, "status": 500})
	c.fault(object{"match": object{"model": "slow"}, "status": 503})
	c.fault(object{"match": object{"endpoint": "chat"}, "status": 409})
	c.fault(object{"tokens": 3}) // the default
	ask := func(path string, body object) int {
		status, _ := c.call(http.MethodPost, path, body)
		return status
	}
	require.Equal(t, 500, ask("/v1/responses", object{"model": "m", "input": "make it boom!"}))
	require.Equal(t, 200, ask("/v1/responses", object{"model": "m", "input": []object{
		{"role": "user", "content": "boom"}, {"role": "assistant", "content": "?"}, {"role": "user", "content": "never mind"},
	}}), "only the last message of the user counts")
	require.Equal(t, 503, ask("/v1/responses", object{"model": "slow", "input": "hi"}))
	require.Equal(t, 409, ask("/v1/chat/completions", object{"model": "m", "messages": []object{{"role": "user", "content": "hi"}}}))
	_, body := c.call(http.MethodPost, "/v1/responses", object{"model": "m", "input": "hi"})
	require.Equal(t, "w0 w1 w2 ", dig(body, "output", 0, "content", 0, "text"))

	_, listed := c.call(http.MethodGet, "/_faults", nil)
	require.Len(t, listed["rules"], 3)
	require.EqualValues(t, 3, dig(listed, "default", "tokens"))
	status, _ := c.call(http.MethodDelete, "/_faults", nil)
	require.Equal(t, http.StatusNoContent, status)
	require.Equal(t, 200, ask("/v1/responses", object{"model": "slow", "input": "boom"}))
}

func TestExactDeltas(t *testing.T) {
	t.Parallel()
	c := start(t, simulator.Config{})
	deltas := []string{"a", "", " ", "\n\n", "**b", "**", "é", "\x01"}
	c.AddFault(simulator.Fault{Deltas: deltas})
	var got []string
	for _, frame := range c.stream(nil) {
		if frame.str("type") == "response.output_text.delta" {
			got = append(got, frame.str("delta"))
		}
	}
	require.Equal(t, deltas, got)
}

func TestErrorInTheStream(t *testing.T) {
	t.Parallel()
	c := start(t, simulator.Config{})
	c.AddFault(simulator.Fault{Times: 1, Tokens: 50, ErrorAfter: 10, Code: "rate_limit_exceeded", Message: "too much"})
	frames := c.stream(nil)
	require.Len(t, frames, 11)
	last := frames[10]
	require.Equal(t, "error", last.name)
	require.Equal(t, "rate_limit_exceeded", last.data["code"])
	require.Equal(t, "too much", last.data["message"])
	require.EqualValues(t, 10, last.data["sequence_number"])
	require.Equal(t, simulator.StateFailed, c.Ledger()[0].State)
}

func TestCutConnection(t *testing.T) {
	t.Parallel()
	c := start(t, simulator.Config{})
	c.AddFault(simulator.Fault{Times: 1, Tokens: 50, CutAfter: 10})
	frames, err := c.frames(c.request(t.Context(), http.MethodPost, "/v1/responses", streamed(object{"background": true})))
	require.Error(t, err)
	require.Len(t, frames, 10)
	path := "/v1/responses/" + dig(frames[0].data, "response", "id").(string) + "?stream=true&starting_after=9"
	c.AddFault(simulator.Fault{Times: 1, CutAfter: 1, Match: simulator.Match{Endpoint: simulator.EndpointRetrieve}})
	again, err := c.frames(c.request(t.Context(), http.MethodGet, path, nil))
	require.Error(t, err, "a resumed stream can be cut, too")
	require.Len(t, again, 1)
	rest, err := c.frames(c.request(t.Context(), http.MethodGet, path, nil))
	require.NoError(t, err)
	require.Len(t, rest, 48)
	c.eventually(func(entry simulator.Entry) bool { return entry.Followed == "cut" && entry.Events == 10 })
	ledger := c.Ledger()
	require.Equal(t, simulator.EndpointRetrieve, ledger[2].Endpoint)
	require.EqualValues(t, 9, *ledger[2].StartingAfter)
	require.Equal(t, ledger[0].ResponseID, ledger[2].ResponseID)
}

func TestPace(t *testing.T) {
	t.Parallel()
	c := start(t, simulator.Config{FirstToken: 5 * time.Millisecond, TokenInterval: time.Millisecond})
	took := func(fault simulator.Fault) time.Duration {
		fault.Times = 1
		c.AddFault(fault)
		begin := time.Now()
		c.stream(nil)
		return time.Since(begin)
	}
	require.GreaterOrEqual(t, took(simulator.Fault{Tokens: 11}), 15*time.Millisecond, "the simulator's own pace")
	require.GreaterOrEqual(t, took(simulator.Fault{Tokens: 11, Pace: &simulator.Pace{FirstTokenMS: 50, IntervalMS: 10}}), 150*time.Millisecond)
	require.GreaterOrEqual(t, took(simulator.Fault{Tokens: 11, StallAfter: 8, StallMS: 200}), 215*time.Millisecond)
}

func TestControlIsStrict(t *testing.T) {
	t.Parallel()
	c := start(t, simulator.Config{})
	for _, path := range []string{"/_faults", "/_scripts"} {
		status, _ := c.call(http.MethodPost, path, object{"typo": true})
		require.Equal(t, http.StatusBadRequest, status)
	}
}

func TestScripts(t *testing.T) {
	t.Parallel()
	c := start(t, simulator.Config{})
	for _, script := range []object{
		{"match": object{"text": "weather"}, "calls": []object{{"name": "weather", "arguments": object{"city": "Utrecht"}}}},
		{"match": object{"text": "weather"}, "afterTools": true, "text": "It rains."},
		{"match": object{"text": "once"}, "times": 1, "text": "Only once."},
		{"match": object{"text": "json"}, "json": object{"a": 1}},
	} {
		status, answer := c.call(http.MethodPost, "/_scripts", script)
		require.Equal(t, http.StatusCreated, status, answer)
	}
	answer := func(input any) object {
		_, body := c.call(http.MethodPost, "/v1/responses", object{"model": "m", "input": input})
		return body
	}
	said := func(body object) any { return dig(body, "output", 0, "content", 0, "text") }
	require.Equal(t, "function_call", dig(answer("What is the weather?"), "output", 0, "type"))
	require.Equal(t, "It rains.", said(answer([]object{
		{"role": "user", "content": []object{{"type": "input_text", "text": "What is the weather?"}}},
		{"type": "function_call", "call_id": "c", "name": "weather", "arguments": "{}"},
		{"type": "function_call_output", "call_id": "c", "output": "rain"},
	})))
	require.Equal(t, "Only once.", said(answer("once")))
	require.NotEqual(t, "Only once.", said(answer("once")))
	require.Equal(t, `{"a":1}`, said(answer("json please")))
	_, listed := c.call(http.MethodGet, "/_scripts", nil)
	require.Len(t, listed["scripts"], 3)
	status, _ := c.call(http.MethodDelete, "/_scripts", nil)
	require.Equal(t, http.StatusNoContent, status)
	require.Equal(t, "message", dig(answer("What is the weather?"), "output", 0, "type"))
}

// Parley asks for follow-up questions right after an answer: what was set up for
// the answer must not become theirs.
func TestDocumentsAreNotFilledWithText(t *testing.T) {
	t.Parallel()
	c := start(t, simulator.Config{})
	c.AddFault(simulator.Fault{Tokens: 10})
	c.AddScript(simulator.Script{Text: "plain text"})
	document := c.document(`{"type":"object","properties":{"items":{"type":"array","items":{"type":"string"}}}}`)
	require.Len(t, dig(document, "items"), 3)
	require.True(t, c.Ledger()[0].Structured)
	c.AddScript(simulator.Script{JSON: json.RawMessage(`{"items":["scripted"]}`)})
	require.Equal(t, object{"items": []any{"scripted"}}, c.document(`{"type":"object"}`))
}

func TestLedgerIsBoundedAndReset(t *testing.T) {
	t.Parallel()
	c := start(t, simulator.Config{LedgerEntries: 3})
	for range 5 {
		c.stream(object{"instructions": "Be kind.", "input": "hello there"})
	}
	status, body := c.call(http.MethodGet, "/_ledger", nil)
	require.Equal(t, http.StatusOK, status)
	require.Len(t, body["entries"], 3)
	require.EqualValues(t, 3, dig(body, "entries", 0, "id"))
	entry := c.Ledger()[2]
	require.EqualValues(t, 5, entry.ID)
	require.Equal(t, simulator.EndpointResponses, entry.Endpoint)
	require.Equal(t, "m", entry.Model)
	require.Equal(t, "hello there", entry.Text)
	require.Equal(t, "end", entry.Followed)
	require.Positive(t, entry.InputTokens)
	require.Positive(t, entry.OutputTokens)
	require.Equal(t, entry.OutputTokens+8, entry.Events)
	status, _ = c.call(http.MethodDelete, "/_ledger", nil)
	require.Equal(t, http.StatusNoContent, status)
	require.Empty(t, c.Ledger())
	c.stream(nil)
	require.Len(t, c.Ledger(), 1)
}
