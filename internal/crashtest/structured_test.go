package crashtest

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/chat"
	"github.com/parley-chat/parley/llm/simulator"
)

// TestKilledInTheMiddleOfADocument kills the node that reads a text out of a document
// again and again, in the middle of escape sequences too. The text is exact, and the
// model is asked once.
func TestKilledInTheMiddleOfADocument(t *testing.T) {
	t.Parallel()
	const kills = 3
	w, ctx := newWorld(t)
	require.NoError(t, w.site.Configure(ctx, func(config *chat.AgentConfig) {
		config.Output = chat.Output{Kind: chat.OutputSuggestions}
	}))
	said := words(60, simulator.Pace{})
	text := strings.Join(said.Deltas, "")
	document, err := json.Marshal(map[string]any{"response": text, "suggestions": []string{"And then?"}})
	require.NoError(t, err)
	current := w.node(ctx, nil)
	c := w.converse(ctx, w.enter(ctx, current), simulator.Fault{
		Document: true, Deltas: inPieces(string(document), 5), Pace: &simulator.Pace{FirstTokenMS: 100, IntervalMS: 60},
	})
	c.want = text
	written := int64(0)
	for kill := range kills {
		require.NoError(t, c.read(ctx, wordsAfter(written)))
		require.Empty(t, c.seen.Ended.Type, "the answer was over after %d kills", kill)
		current.Kill()
		current = w.node(ctx, nil)
		c.visitor = c.visitor.At(current.URL)
		written = c.written(ctx, t)
	}
	require.NoError(t, c.read(ctx, toTheEnd))
	c.requireWhole(ctx, t)
	require.Equal(t, text, c.seen.Said(), "nothing was taken back")
	asked, resumed := w.model.asked(ctx, c.text)
	require.Equal(t, 1, asked, "the model was paid more than once")
	require.GreaterOrEqual(t, resumed, kills)
}

// inPieces cuts a text after every so many characters, wherever that is.
func inPieces(text string, length int) (pieces []string) {
	runes := []rune(text)
	for from := 0; from < len(runes); from += length {
		pieces = append(pieces, string(runes[from:min(from+length, len(runes))]))
	}
	return pieces
}
