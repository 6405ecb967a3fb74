package simulator_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/llm/simulator"
)

const deadline = 20 * time.Second

func TestEventOrder(t *testing.T) {
	t.Parallel()
	begin := []string{"response.created", "response.in_progress"}
	part := func(kind string, deltas int) []string {
		events := []string{"response.output_item.added", "response.content_part.added"}
		for range deltas {
			events = append(events, "response."+kind+".delta")
		}
		return append(events, "response."+kind+".done", "response.content_part.done", "response.output_item.done")
	}
	call := []string{
		"response.output_item.added", "response.function_call_arguments.delta",
		"response.function_call_arguments.done", "response.output_item.done",
	}
	reasoning := []string{
		"response.output_item.added", "response.reasoning_summary_part.added", "response.reasoning_summary_text.delta",
		"response.reasoning_summary_text.done", "response.reasoning_summary_part.done", "response.output_item.done",
	}
	for _, test := range []struct {
		name   string
		script simulator.Script
		want   [][]string
	}{
		{"text", simulator.Script{Text: "one two"}, [][]string{begin, part("output_text", 2), {"response.completed"}}},
		{"refusal", simulator.Script{Refusal: "no"}, [][]string{begin, part("refusal", 1), {"response.completed"}}},
		{"calls", simulator.Script{Calls: []simulator.Call{{Name: "f"}, {Name: "g"}}}, [][]string{begin, call, call, {"response.completed"}}},
		{"text, then a call", simulator.Script{Text: "wait", Calls: []simulator.Call{{Name: "f"}}}, [][]string{begin, part("output_text", 1), call, {"response.completed"}}},
		{"reasoning, then text", simulator.Script{Reasoning: "hm", Text: "yes"}, [][]string{begin, reasoning, part("output_text", 1), {"response.completed"}}},
		{"incomplete", simulator.Script{Text: "one", Incomplete: "content_filter"}, [][]string{begin, part("output_text", 1), {"response.incomplete"}}},
		{"failed", simulator.Script{Text: "one", Failed: "server_error"}, [][]string{begin, part("output_text", 1), {"response.failed"}}},
		{"nothing", simulator.Script{}, [][]string{begin, {"response.completed"}}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			c := start(t, simulator.Config{})
			c.AddScript(test.script)
			frames := c.stream(nil)
			var want []string
			for _, group := range test.want {
				want = append(want, group...)
			}
			require.Equal(t, want, types(frames))
			for i, frame := range frames {
				require.Equal(t, frame.str("type"), frame.name, "the event's name is its type")
				require.EqualValues(t, i, frame.data["sequence_number"])
			}
		})
	}
}

func TestTextEventsAgree(t *testing.T) {
	t.Parallel()
	c := start(t, simulator.Config{})
	const answer = "A \"quoted\" word, a tab\tand emoji 👩‍👩‍👧, \u2028 and \\ – endlich 終わり."
	c.AddScript(simulator.Script{Text: answer})
	frames := c.stream(object{"metadata": object{"a": "b"}, "max_output_tokens": 1000})
	require.Equal(t, answer, text(frames, "response.output_text.delta"))
	end := frames[len(frames)-1].data
	require.Equal(t, answer, dig(end, "response", "output", 0, "content", 0, "text"))
	require.Equal(t, "completed", dig(end, "response", "status"))
	require.Equal(t, "b", dig(end, "response", "metadata", "a"))
	usage := dig(end, "response", "usage").(object)
	require.EqualValues(t, len(frames)-8, usage["output_tokens"])
	require.EqualValues(t, int(usage["output_tokens"].(float64)+usage["input_tokens"].(float64)), usage["total_tokens"])
	for _, frame := range frames {
		if frame.str("type") == "response.output_text.done" {
			require.Equal(t, answer, frame.str("text"))
		}
		if id := frame.str("item_id"); id != "" {
			require.Equal(t, dig(end, "response", "output", 0, "id"), id)
		}
	}
	require.Equal(t, "in_progress", dig(frames[0].data, "response", "status"))
	require.Nil(t, dig(frames[0].data, "response", "usage"))
}

func TestCallsCarryTheirArguments(t *testing.T) {
	t.Parallel()
	c := start(t, simulator.Config{})
	c.AddScript(simulator.Script{Calls: []simulator.Call{
		{ID: "call_1", Name: "weather", Arguments: json.RawMessage(`{"city":"Utrecht","days":3}`)},
		{Name: "broken", Arguments: json.RawMessage(`"{not json"`)},
	}})
	frames := c.stream(nil)
	output := dig(frames[len(frames)-1].data, "response", "output").([]any)
	require.Len(t, output, 2)
	require.JSONEq(t, `{"city":"Utrecht","days":3}`, dig(output, 0, "arguments").(string))
	require.Equal(t, "call_1", dig(output, 0, "call_id"))
	require.Equal(t, "weather", dig(output, 0, "name"))
	require.Equal(t, "{not json", dig(output, 1, "arguments"))
	require.NotEmpty(t, dig(output, 1, "call_id"))
	pieces := map[float64]string{}
	for _, frame := range frames {
		if frame.str("type") == "response.function_call_arguments.delta" {
			pieces[frame.data["output_index"].(float64)] += frame.str("delta")
		}
	}
	require.Equal(t, map[float64]string{0: `{"city":"Utrecht","days":3}`, 1: "{not json"}, pieces)
}

func TestOutputIsLimited(t *testing.T) {
	t.Parallel()
	c := start(t, simulator.Config{})
	c.AddScript(simulator.Script{Text: "one two three four"})
	frames := c.stream(object{"max_output_tokens": 2})
	end := frames[len(frames)-1].data
	require.Equal(t, "response.incomplete", end["type"])
	require.Equal(t, "max_output_tokens", dig(end, "response", "incomplete_details", "reason"))
	require.Equal(t, "one two", dig(end, "response", "output", 0, "content", 0, "text"))
	require.Equal(t, "incomplete", dig(end, "response", "output", 0, "status"))
	require.EqualValues(t, 2, dig(end, "response", "usage", "output_tokens"))
}

func TestWholeResponse(t *testing.T) {
	t.Parallel()
	c := start(t, simulator.Config{})
	c.AddScript(simulator.Script{Text: "All at once."})
	status, response := c.call(http.MethodPost, "/v1/responses", object{"model": "m", "input": "hi"})
	require.Equal(t, http.StatusOK, status)
	require.Equal(t, "completed", response["status"])
	require.Equal(t, "All at once.", dig(response, "output", 0, "content", 0, "text"))
	status, again := c.call(http.MethodGet, "/v1/responses/"+response["id"].(string), nil)
	require.Equal(t, http.StatusOK, status)
	require.Equal(t, response, again)
	status, _ = c.call(http.MethodDelete, "/v1/responses/"+response["id"].(string), nil)
	require.Equal(t, http.StatusOK, status)
	status, fault := c.call(http.MethodGet, "/v1/responses/"+response["id"].(string), nil)
	require.Equal(t, http.StatusNotFound, status)
	require.Equal(t, "invalid_request_error", dig(fault, "error", "type"))
}

func TestUnstoredResponseIsForgotten(t *testing.T) {
	t.Parallel()
	c := start(t, simulator.Config{})
	_, response := c.call(http.MethodPost, "/v1/responses", object{"model": "m", "input": "hi", "store": false})
	status, _ := c.call(http.MethodGet, "/v1/responses/"+response["id"].(string), nil)
	require.Equal(t, http.StatusNotFound, status)
}

func TestOldResponsesMakeRoom(t *testing.T) {
	t.Parallel()
	c := start(t, simulator.Config{KeptResponses: 2})
	var ids []string
	for range 3 {
		_, response := c.call(http.MethodPost, "/v1/responses", object{"model": "m", "input": "hi"})
		ids = append(ids, response["id"].(string))
	}
	for i, want := range []int{http.StatusNotFound, http.StatusOK, http.StatusOK} {
		status, _ := c.call(http.MethodGet, "/v1/responses/"+ids[i], nil)
		require.Equal(t, want, status)
	}
}

// Every place to resume from gives exactly the rest of the stream, after its end
// and while it runs.
func TestResume(t *testing.T) {
	t.Parallel()
	for _, pace := range []int64{0, 3} {
		t.Run(strconv.FormatInt(pace, 10), func(t *testing.T) {
			t.Parallel()
			c := start(t, simulator.Config{})
			c.AddFault(simulator.Fault{Tokens: 20, Pace: &simulator.Pace{IntervalMS: pace}})
			response := c.request(t.Context(), http.MethodPost, "/v1/responses", streamed(object{"background": true}))
			reader := bufio.NewReader(response.body)
			first, err := c.frame(reader)
			require.NoError(t, err)
			require.NoError(t, response.body.Close())
			path := "/v1/responses/" + dig(first.data, "response", "id").(string) + "?stream=true"
			all, err := c.frames(c.request(t.Context(), http.MethodGet, path, nil))
			require.NoError(t, err)
			require.Len(t, all, 28)
			require.Equal(t, first, all[0])
			for after := range all {
				rest, err := c.frames(c.request(t.Context(), http.MethodGet, fmt.Sprintf("%s&starting_after=%d", path, after), nil))
				require.NoError(t, err)
				require.Equal(t, append([]frame{}, all[after+1:]...), append([]frame{}, rest...), "after %d", after)
			}
			beyond, err := c.frames(c.request(t.Context(), http.MethodGet, path+"&starting_after=9999", nil))
			require.NoError(t, err)
			require.Empty(t, beyond)
		})
	}
}

func TestBackgroundGoesOnWithoutItsClient(t *testing.T) {
	t.Parallel()
	c := start(t, simulator.Config{})
	c.AddFault(simulator.Fault{Tokens: 30, Pace: &simulator.Pace{IntervalMS: 5}})
	c.leaveAfterFirst(object{"background": true})
	c.eventually(func(entry simulator.Entry) bool {
		return entry.State == simulator.StateCompleted && entry.OutputTokens == 30 && entry.Followed == "cut"
	})
}

func TestForegroundEndsWithItsClient(t *testing.T) {
	t.Parallel()
	c := start(t, simulator.Config{})
	c.AddFault(simulator.Fault{Tokens: 1000, Pace: &simulator.Pace{IntervalMS: 50}})
	c.leaveAfterFirst(nil)
	c.eventually(func(entry simulator.Entry) bool {
		return entry.State == simulator.StateAbandoned && entry.OutputTokens < 1000 && entry.Followed == "cut"
	})
}

// leaveAfterFirst asks for a response and leaves when it has begun. It gives the
// response's id.
func (c client) leaveAfterFirst(body object) string {
	c.t.Helper()
	ctx, leave := context.WithCancel(c.t.Context())
	defer leave()
	response := c.request(ctx, http.MethodPost, "/v1/responses", streamed(body))
	first, err := c.frame(bufio.NewReader(response.body))
	require.NoError(c.t, err)
	return dig(first.data, "response", "id").(string)
}

// eventually waits until the ledger's first entry is as it should be.
func (c client) eventually(good func(simulator.Entry) bool) {
	c.t.Helper()
	require.Eventually(c.t, func() bool {
		entries := c.Ledger()
		return len(entries) > 0 && good(entries[0])
	}, deadline, 2*time.Millisecond, "the ledger's entry never became as wanted")
}

func TestCancel(t *testing.T) {
	t.Parallel()
	c := start(t, simulator.Config{})
	c.AddFault(simulator.Fault{Tokens: 1000, Pace: &simulator.Pace{IntervalMS: 50}})
	response := c.request(t.Context(), http.MethodPost, "/v1/responses", streamed(object{"background": true}))
	reader := bufio.NewReader(response.body)
	first, err := c.frame(reader)
	require.NoError(t, err)
	path := "/v1/responses/" + dig(first.data, "response", "id").(string)
	var cancelled object
	for range 2 {
		var status int
		status, cancelled = c.call(http.MethodPost, path+"/cancel", nil)
		require.Equal(t, http.StatusOK, status)
		require.Equal(t, "cancelled", cancelled["status"])
	}
	for err == nil {
		var next frame
		next, err = c.frame(reader)
		require.NotEqual(t, "response.completed", next.name)
	}
	_, got := c.call(http.MethodGet, path, nil)
	require.Equal(t, "cancelled", got["status"])
	entry := c.Ledger()[0]
	require.Equal(t, simulator.StateCancelled, entry.State)
	require.NotNil(t, entry.FinishedAt)
	require.Less(t, entry.OutputTokens, 1000)
	require.EqualValues(t, entry.Reported.InputTokens, dig(cancelled, "usage", "input_tokens"))
	require.EqualValues(t, entry.Reported.OutputTokens, dig(cancelled, "usage", "output_tokens"), "what was said until then")
	require.Equal(t, entry.OutputTokens, entry.Reported.OutputTokens)
}

func TestBackgroundCanBePolled(t *testing.T) {
	t.Parallel()
	c := start(t, simulator.Config{})
	c.AddFault(simulator.Fault{Tokens: 5, Pace: &simulator.Pace{FirstTokenMS: 30, IntervalMS: 5}})
	_, response := c.call(http.MethodPost, "/v1/responses", object{"model": "m", "input": "hi", "background": true})
	require.Equal(t, "in_progress", response["status"])
	path := "/v1/responses/" + response["id"].(string)
	require.Eventually(t, func() bool {
		_, response = c.call(http.MethodGet, path, nil)
		return response["status"] == "completed"
	}, deadline, 5*time.Millisecond)
	require.Equal(t, "w0 w1 w2 w3 w4 ", dig(response, "output", 0, "content", 0, "text"))
}

func TestResponsesRefused(t *testing.T) {
	t.Parallel()
	c := start(t, simulator.Config{})
	long := fmt.Sprintf("%065d", 0)
	for _, test := range []struct {
		name  string
		body  any
		param any
	}{
		{"no model", object{"input": "hi"}, "model"},
		{"no input", object{"model": "m"}, "input"},
		{"input of a wrong type", object{"model": "m", "input": 7}, "input"},
		{"model of a wrong type", object{"model": 7, "input": "hi"}, "model"},
		{"not an object", "hello", nil},
		{"background without store", object{"model": "m", "input": "hi", "background": true, "store": false}, "background"},
		{"long safety identifier", object{"model": "m", "input": "hi", "safety_identifier": long}, "safety_identifier"},
		{"long metadata", object{"model": "m", "input": "hi", "metadata": object{long: "x"}}, "metadata"},
		{"an earlier response", object{"model": "m", "input": "hi", "previous_response_id": "resp_1"}, "previous_response_id"},
	} {
		status, body := c.call(http.MethodPost, "/v1/responses", test.body)
		require.Equal(t, http.StatusBadRequest, status, test.name)
		if test.param != nil {
			require.Equal(t, test.param, dig(body, "error", "param"), test.name)
		}
	}
	for _, entry := range c.Ledger() {
		require.Equal(t, simulator.StateRejected, entry.State)
	}
}

func TestOnlyBackgroundStreamsResume(t *testing.T) {
	t.Parallel()
	c := start(t, simulator.Config{})
	frames := c.stream(nil)
	path := "/v1/responses/" + dig(frames[0].data, "response", "id").(string)
	for _, test := range []struct {
		method, path string
		want         int
	}{
		{http.MethodGet, path + "?stream=true", http.StatusBadRequest},
		{http.MethodGet, path + "?stream=true&starting_after=x", http.StatusBadRequest},
		{http.MethodPost, path + "/cancel", http.StatusBadRequest},
		{http.MethodGet, "/v1/responses/resp_none?stream=true", http.StatusNotFound},
		{http.MethodPost, "/v1/responses/resp_none/cancel", http.StatusNotFound},
		{http.MethodDelete, "/v1/responses/resp_none", http.StatusNotFound},
		{http.MethodGet, "/v1/elsewhere", http.StatusNotFound},
	} {
		status, body := c.call(test.method, test.path, nil)
		require.Equal(t, test.want, status, test.path)
		require.NotEmpty(t, dig(body, "error", "message"))
	}
}
