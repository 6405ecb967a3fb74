package crashtest

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/chat"
	"github.com/parley-chat/parley/llm/simulator"
)

// TestKilledWhileAnAnswerIsHeldBack: what has not been checked is shown by nobody, also
// not by those who go on with the answer; what has been is stored, and the model is
// asked once.
func TestKilledWhileAnAnswerIsHeldBack(t *testing.T) {
	t.Parallel()
	const kills, bad = 3, 80
	w, ctx := newWorld(t)
	require.NoError(t, w.site.Configure(ctx, func(config *chat.AgentConfig) {
		config.Guardrails.Moderation.Output = true
		config.Guardrails.Redact = chat.Redaction{Kinds: []chat.RedactKind{chat.RedactEmail}, Answers: true}
	}))
	var said []string
	for i := range bad {
		said = append(said, fmt.Sprintf("This is %d. ", i), "Write to ", "some", "body@", fmt.Sprintf("example%d", i), ".com. ")
	}
	harmless := len(said)
	said = append(said, "You ", "idiot", ". ", "Bye. ")
	current := w.node(ctx, nil)
	c := w.converse(ctx, w.enter(ctx, current), answer{Deltas: said, Pace: &simulator.Pace{FirstTokenMS: 100, IntervalMS: 30}})
	written := int64(0)
	for range kills {
		require.NoError(t, c.read(ctx, wordsAfter(written)))
		require.Empty(t, c.seen.Ended.Type, "the answer was over too early")
		previous := current
		current = w.node(ctx, nil)
		previous.Kill()
		c.visitor = c.visitor.At(current.URL)
		written = c.written(ctx, t)
	}
	require.NoError(t, c.read(ctx, toTheEnd))
	shown, blocked := strings.CutSuffix(c.seen.Text(), "\n\n"+chat.DefaultBlockedMessage)
	require.True(t, blocked, c.seen.Text())
	whole := strings.Join(said[:harmless], "")
	for i := range bad {
		whole = strings.Replace(whole, fmt.Sprintf("somebody@example%d.com", i), "[email removed]", 1)
	}
	require.True(t, strings.HasPrefix(whole, shown), "%q", shown)
	require.Equal(t, chat.FinishContentFilter, c.seen.Ended.FinishReason)
	require.Zero(t, c.seen.Resets, "nothing was taken back")
	c.want = c.seen.Text()
	c.requireWhole(ctx, t)
	asked, resumed := w.model.asked(ctx, c.text)
	require.Equal(t, 1, asked, "the model was paid more than once")
	require.GreaterOrEqual(t, resumed, kills)
}
