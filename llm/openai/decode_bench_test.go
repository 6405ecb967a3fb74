package openai

import (
	"encoding/json"
	"testing"

	"github.com/openai/openai-go/v3/responses"

	"github.com/parley-chat/parley/llm"
)

const benchmarkDelta = `{"type":"response.output_text.delta","sequence_number":412,` +
	`"item_id":"msg_68af4030592c81938ec0a5fbab4a3e9f05438e46b5f69a3b","output_index":0,"content_index":0,` +
	`"delta":" durable","logprobs":[]}` + "\n"

// BenchmarkDecode compares what a text delta costs when it is decoded into the
// SDK's union of all events and into our few fields.
func BenchmarkDecode(b *testing.B) {
	data := []byte(benchmarkDelta)
	b.Run("union", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			var event responses.ResponseStreamEventUnion
			if err := json.Unmarshal(data, &event); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("parser", func(b *testing.B) {
		b.ReportAllocs()
		var events []llm.Event
		for b.Loop() {
			var err error
			if events, err = (responsesParser{}).parse(data, events[:0]); err != nil {
				b.Fatal(err)
			}
		}
	})
}
