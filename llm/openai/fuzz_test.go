package openai

import (
	"testing"

	"github.com/parley-chat/parley/llm"
)

var fuzzSeeds = []string{
	benchmarkDelta, "", "null", "[]", `"text"`, "{", `{"type":7}`,
	`{"type":"response.created","response":null}`,
	`{"type":"response.completed","response":{"output":[{"type":"function_call"}],"usage":{"input_tokens":-1}}}`,
	`{"type":"response.output_item.done","item":{"type":"function_call","arguments":"{"}}`,
	`{"type":"error","error":{"code":3}}`, `{"type":"error","code":["x"]}`,
	`{"id":"c","choices":[{"delta":{"content":"hi","tool_calls":[{"index":-4,"function":{"arguments":"x"}}]},"finish_reason":"stop"}]}`,
	`{"choices":[{},{}],"usage":{}}`, `{"error":{}}`,
}

// Whatever a server sends, a parser gives well-formed events or an error of the
// port, and keeps what it was given.
func FuzzParsers(f *testing.F) {
	for _, seed := range fuzzSeeds {
		f.Add([]byte(seed), []byte(benchmarkDelta))
	}
	f.Fuzz(func(t *testing.T, first, second []byte) {
		for _, parser := range []parser{responsesParser{}, &chatParser{}} {
			events := []llm.Event{{Kind: llm.EventStarted, ResponseID: "before"}}
			for _, data := range [][]byte{first, second} {
				before := len(events)
				var err error
				events, err = parser.parse(data, events)
				if err != nil && llm.AsError(err) == nil {
					t.Fatalf("%q gives a foreign error %v", data, err)
				}
				checkEvents(t, data, events, before)
			}
			checkEvents(t, second, parser.end(events), len(events))
		}
	})
}

func checkEvents(t *testing.T, data []byte, events []llm.Event, before int) {
	t.Helper()
	if len(events) < before || events[0].ResponseID != "before" {
		t.Fatalf("%q loses events", data)
	}
	for _, event := range events[before:] {
		if event.Kind < llm.EventStarted || event.Kind > llm.EventDone {
			t.Fatalf("%q gives an event of kind %d", data, event.Kind)
		}
	}
}
