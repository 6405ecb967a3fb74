package turn

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/chat"
	"github.com/parley-chat/parley/db"
	"github.com/parley-chat/parley/llm"
)

// TestPromptKeepsTheOrderInWhichThingsWereHeard: a message that came in during
// an answer stands between the answer's halves.
func TestPromptKeepsTheOrderInWhichThingsWereHeard(t *testing.T) {
	t.Parallel()
	first, steering, next := chat.NewID[chat.MessageID](), chat.NewID[chat.MessageID](), chat.NewID[chat.MessageID]()
	marker, err := chat.DataChunk(chat.ChunkSteer, "steer-1", chat.Steer{MessageIDs: []chat.MessageID{steering}})
	require.NoError(t, err)
	answer := chat.Fold([]chat.Part{chat.TextPart("Half.")}, marker)
	answer = append(answer, chat.TextPart("Other half."))
	newestFirst := []db.PromptMessagesRow{
		{ID: next, Role: chat.RoleUser, Parts: []chat.Part{chat.TextPart("Next?")}},
		{ID: chat.NewID[chat.MessageID](), Role: chat.RoleAssistant, Parts: answer},
		{ID: steering, Role: chat.RoleUser, Parts: []chat.Part{chat.TextPart("Wait!")}},
		{ID: first, Role: chat.RoleUser, Parts: []chat.Part{chat.TextPart("First?")}},
	}
	require.Equal(t, []llm.Message{
		{Role: chat.RoleUser, Text: "First?"},
		{Role: chat.RoleAssistant, Text: "Half."},
		{Role: chat.RoleUser, Text: "Wait!"},
		{Role: chat.RoleAssistant, Text: "Other half."},
		{Role: chat.RoleUser, Text: "Next?"},
	}, prompt(newestFirst, nil))
}

func TestShorten(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"short":                      "short",
		"  two\nlines  ":             "two lines",
		"one two three four five":    "one two…",
		"überlanges Wort ohne Ende":  "überlanges…",
		"abcdefghijklmnopqrstuvwxyz": "abcdefghijkl…",
	} {
		require.Equal(t, want, shorten(text, 12), text)
	}
}
