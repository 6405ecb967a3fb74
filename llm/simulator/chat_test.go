package simulator_test

import (
	"encoding/json"
	"maps"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/llm/simulator"
)

func chatBody(extra object) object {
	body := object{"model": "m", "messages": []object{
		{"role": "system", "content": "Be kind."}, {"role": "user", "content": "hello there"},
	}}
	maps.Copy(body, extra)
	return body
}

func (c client) chat(extra object) ([]frame, error) {
	c.t.Helper()
	extra["stream"] = true
	return c.frames(c.request(c.t.Context(), http.MethodPost, "/v1/chat/completions", chatBody(extra)))
}

func TestChatStream(t *testing.T) {
	t.Parallel()
	for _, withUsage := range []bool{false, true} {
		c := start(t, simulator.Config{})
		c.AddScript(simulator.Script{Text: "one \"two\" three"})
		frames, err := c.chat(object{"stream_options": object{"include_usage": withUsage}})
		require.NoError(t, err)
		require.Equal(t, "assistant", dig(frames[0].data, "choices", 0, "delta", "role"))
		require.Equal(t, "[DONE]", frames[len(frames)-1].raw)
		frames = frames[:len(frames)-1]
		if withUsage {
			last := frames[len(frames)-1].data
			require.Empty(t, last["choices"])
			require.EqualValues(t, 3, dig(last, "usage", "completion_tokens"))
			frames = frames[:len(frames)-1]
		}
		require.Equal(t, "stop", dig(frames[len(frames)-1].data, "choices", 0, "finish_reason"))
		var text strings.Builder
		for _, frame := range frames {
			require.Equal(t, "chat.completion.chunk", frame.data["object"])
			require.Equal(t, frames[0].data["id"], frame.data["id"])
			require.Equal(t, "m", frame.data["model"])
			require.NotContains(t, frame.data, "usage")
			piece, _ := dig(frame.data, "choices", 0, "delta").(object)["content"].(string)
			text.WriteString(piece)
		}
		require.Equal(t, "one \"two\" three", text.String())
	}
}

func TestChatCalls(t *testing.T) {
	t.Parallel()
	c := start(t, simulator.Config{})
	c.AddScript(simulator.Script{Text: "wait", Calls: []simulator.Call{
		{ID: "a", Name: "f", Arguments: json.RawMessage(`{"x":"some longer text"}`)}, {ID: "b", Name: "g"},
	}})
	frames, err := c.chat(object{})
	require.NoError(t, err)
	arguments, names := map[float64]string{}, map[float64]any{}
	for _, frame := range frames[:len(frames)-1] {
		for _, call := range asList(dig(frame.data, "choices", 0, "delta").(object)["tool_calls"]) {
			index := dig(call, "index").(float64)
			arguments[index] += dig(call, "function", "arguments").(string)
			if name := dig(call, "function").(object)["name"]; name != nil {
				names[index] = name
			}
		}
	}
	require.Equal(t, map[float64]string{0: `{"x":"some longer text"}`, 1: "{}"}, arguments)
	require.Equal(t, map[float64]any{0: "f", 1: "g"}, names)
	require.Equal(t, "tool_calls", dig(frames[len(frames)-2].data, "choices", 0, "finish_reason"))
}

func asList(value any) []any { list, _ := value.([]any); return list }

func TestChatWhole(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name   string
		script simulator.Script
		field  string
		want   any
		reason string
	}{
		{"text", simulator.Script{Text: "hi"}, "content", "hi", "stop"},
		{"refusal", simulator.Script{Refusal: "no"}, "refusal", "no", "stop"},
		{"reasoning", simulator.Script{Reasoning: "hm", Text: "hi"}, "reasoning_content", "hm", "stop"},
		{"filtered", simulator.Script{Text: "hi", Incomplete: "content_filter"}, "content", "hi", "content_filter"},
		{"call", simulator.Script{Calls: []simulator.Call{{Name: "f"}}}, "content", nil, "tool_calls"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			c := start(t, simulator.Config{})
			c.AddScript(test.script)
			status, body := c.call(http.MethodPost, "/v1/chat/completions", chatBody(nil))
			require.Equal(t, http.StatusOK, status)
			require.Equal(t, test.want, dig(body, "choices", 0, "message", test.field))
			require.Equal(t, test.reason, dig(body, "choices", 0, "finish_reason"))
			require.NotNil(t, dig(body, "usage", "total_tokens"))
		})
	}
}

func TestChatIsLimited(t *testing.T) {
	t.Parallel()
	for _, field := range []string{"max_tokens", "max_completion_tokens"} {
		c := start(t, simulator.Config{})
		c.AddScript(simulator.Script{Text: "one two three"})
		_, body := c.call(http.MethodPost, "/v1/chat/completions", chatBody(object{field: 2}))
		require.Equal(t, "one two", dig(body, "choices", 0, "message", "content"))
		require.Equal(t, "length", dig(body, "choices", 0, "finish_reason"))
	}
}

func TestChatFails(t *testing.T) {
	t.Parallel()
	c := start(t, simulator.Config{})
	c.AddFault(simulator.Fault{Times: 2, Tokens: 9, ErrorAfter: 6, Code: "server_error"})
	frames, err := c.chat(object{})
	require.NoError(t, err)
	require.Equal(t, "server_error", dig(frames[len(frames)-1].data, "error", "code"))
	status, _ := c.call(http.MethodPost, "/v1/chat/completions", chatBody(nil))
	require.Equal(t, http.StatusInternalServerError, status)
	c.AddScript(simulator.Script{Failed: "server_error"})
	status, _ = c.call(http.MethodPost, "/v1/chat/completions", chatBody(nil))
	require.Equal(t, http.StatusInternalServerError, status)
	c.AddFault(simulator.Fault{Times: 1, Tokens: 9, CutAfter: 4})
	frames, err = c.chat(object{})
	require.Error(t, err)
	require.Len(t, frames, 4)
	for _, body := range []object{{"messages": []object{{"role": "user", "content": "x"}}}, {"model": "m"}} {
		status, _ = c.call(http.MethodPost, "/v1/chat/completions", body)
		require.Equal(t, http.StatusBadRequest, status)
	}
}

func TestModels(t *testing.T) {
	t.Parallel()
	c := start(t, simulator.Config{})
	status, body := c.call(http.MethodGet, "/v1/models", nil)
	require.Equal(t, http.StatusOK, status)
	require.Equal(t, simulator.DefaultModel, dig(body, "data", 0, "id"))
	_, body = c.call(http.MethodGet, "/v1/models/gpt-4o", nil)
	require.Equal(t, "gpt-4o", body["id"])
	status, _ = c.call(http.MethodGet, "/models", nil)
	require.Equal(t, http.StatusOK, status, "the paths work without /v1")
}
