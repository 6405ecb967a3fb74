package api

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/chat"
	"github.com/parley-chat/parley/db"
)

// Whatever a client sends as a message is either refused or becomes text parts
// that can be stored.
func FuzzNewestMessage(f *testing.F) {
	f.Add(`[{"id":"m","role":"user","parts":[{"type":"text","text":"hi"}]}]`)
	f.Add(`[{"id":"m","role":"user","parts":[{"type":"text","text":"\u0000 "},{"type":"file","url":"x"},7,null,[]]}]`)
	f.Add(`[{"id":"","role":"assistant","parts":[]},{"role":"user","parts":null}]`)
	f.Add("[{\"role\":\"user\",\"parts\":[{\"type\":\"text\",\"text\":\"\xff\"}]}]")
	f.Fuzz(func(t *testing.T, text string) {
		var messages []ChatMessage
		if json.Unmarshal([]byte(text), &messages) != nil || len(messages) == 0 {
			return // the schema does not let it through
		}
		question, err := newestMessage(ChatRequest{Messages: messages})
		if err != nil {
			require.Equal(t, chat.CodeInvalid, chat.CodeOf(err))
			return
		}
		require.NotEmpty(t, question.Parts)
		assert.NotContains(t, question.ClientID, "\x00")
		runes := 0
		for _, part := range question.Parts {
			assert.Equal(t, chat.PartText, part.Type)
			assert.NotEmpty(t, strings.TrimSpace(part.Text))
			assert.True(t, utf8.ValidString(part.Text))
			assert.NotContains(t, part.Text, "\x00")
			runes += utf8.RuneCountInString(part.Text)
		}
		assert.LessOrEqual(t, runes, maxMessageRunes)
	})
}

// What retold makes of a stored message folds into the same message again.
func TestRetoldChunksFoldIntoTheStoredParts(t *testing.T) {
	t.Parallel()
	parts := []chat.Part{
		{Type: chat.PartStepStart},
		{Type: chat.PartReasoning, ID: "r1", Text: "hm", State: "done"},
		{Type: chat.PartText, ID: "t1", Text: "first", State: "done"},
		{Type: chat.PartSteer, ID: "steer-1", Data: json.RawMessage(`{}`)},
		{Type: chat.PartStepStart},
		{Type: chat.PartText, ID: "t2", Text: "", State: "done"},
		{Type: chat.PartSuggestions, ID: "suggestions", Data: json.RawMessage(`{"items":["a"]}`)},
	}
	for status, end := range map[chat.TurnStatus]chat.ChunkType{
		chat.TurnCompleted: chat.ChunkFinish, chat.TurnStopped: chat.ChunkAbort, chat.TurnFailed: chat.ChunkError,
	} {
		chunks := retold(db.Turn{Status: status, ErrorMessage: "no"}, parts, false)
		var folded []chat.Part
		for _, chunk := range chunks {
			folded = chat.Fold(folded, chunk)
		}
		assert.Equal(t, parts, folded)
		assert.Equal(t, end, chunks[len(chunks)-1].Type)
		assertStepsAreClosed(t, chunks)
	}
	assert.Equal(t, chat.ChunkReset, retold(db.Turn{}, parts, true)[0].Type)
}

func assertStepsAreClosed(t *testing.T, chunks []chat.Chunk) {
	t.Helper()
	open := false
	for _, chunk := range chunks {
		if chunk.Type == chat.ChunkStartStep {
			assert.False(t, open, "a step begins inside another")
			open = true
		}
		if chunk.Type == chat.ChunkFinishStep {
			assert.True(t, open)
			open = false
		}
	}
}

// However a chunk was written, by us or by the database, visitors see the same of it.
func TestChunksForVisitors(t *testing.T) {
	t.Parallel()
	for raw, shown := range map[string]string{
		`{"type":"text-delta","id":"t1","delta":"a \"tool-box\""}`:                                                 `{"type":"text-delta","id":"t1","delta":"a \"tool-box\""}`,
		`{"input": {"a": 1}, "dynamic": true, "type": "tool-input-available", "toolName": "x", "toolCallId": "c"}`: `{"type":"tool-input-available","toolCallId":"c","toolName":"x","dynamic":true,"input":{}}`,
		`{"type":"tool-output-available","toolCallId":"c","output":[1],"preliminary":true}`:                        `{"type":"tool-output-available","toolCallId":"c","output":null,"preliminary":true}`,
		`{"type":"tool-output-denied","toolCallId":"c","reason":"We know him."}`:                                   `{"type":"tool-output-denied","toolCallId":"c"}`,
		`{"type":"tool-output-error","toolCallId":7,"output":[1],"errorText":"No."}`:                               `{"type":"tool-output-error","output":null,"errorText":"No."}`,
	} {
		assert.JSONEq(t, shown, string(chunkForVisitor([]byte(raw))))
	}
	no := false
	part := partForVisitor(chat.Part{Type: chat.PartTool, Approval: &chat.PartApproval{ID: "p", Approved: &no, Reason: "We know him."}})
	assert.Equal(t, &chat.PartApproval{ID: "p", Approved: &no}, part.Approval)
}
