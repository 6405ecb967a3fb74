package crashtest

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/chat"
	"github.com/parley-chat/parley/db/dbtest"
	"github.com/parley-chat/parley/internal/visitor"
	"github.com/parley-chat/parley/llm/simulator"
)

// TestKilledWhileAVisitorWaitsForAPerson: the node dies while people have time to come, and
// the next one while the agent answers in their place. The visitor is not forgotten, and is
// answered once.
func TestKilledWhileAVisitorWaitsForAPerson(t *testing.T) {
	t.Parallel()
	w, ctx := newWorld(t)
	require.NoError(t, w.site.Configure(ctx, func(config *chat.AgentConfig) {
		config.Human = chat.HumanHandoff{Enabled: true, AnswerMinutes: 1}
	}))
	first := w.node(ctx, nil)
	c := w.converse(ctx, w.enter(ctx, first), words(60, simulator.Pace{FirstTokenMS: 100, IntervalMS: 50}))
	require.NoError(t, c.visitor.AskForPerson(ctx, c.conversation))
	for range 2 { // the visitor's connection broke, and the widget tries again
		require.NoError(t, c.visitor.Write(ctx, c.conversation, c.text, c.key))
	}
	first.Kill()
	dbtest.AgeHandoffs(t, w.site.DatabaseURL, w.site.Tenant, 2*time.Minute)

	second := w.node(ctx, nil)
	c.visitor = c.visitor.At(second.URL)
	require.Eventually(t, func() bool { return len(c.messages(ctx, t)) == 4 }, patience, pollEvery)
	c.turn = c.messages(ctx, t)[3].Turn
	require.NoError(t, c.read(ctx, wordsAfter(0)))
	second.Kill()

	c.visitor = c.visitor.At(w.node(ctx, nil).URL)
	require.NoError(t, c.read(ctx, toTheEnd))
	require.Equal(t, c.want, c.seen.Text())
	said := c.messages(ctx, t)
	require.Len(t, said, 4)
	require.Contains(t, string(said[0].Parts[0].Data), chat.HandoffWaiting)
	require.Equal(t, c.text, chat.Text(said[1].Parts))
	require.Contains(t, string(said[2].Parts[0].Data), chat.HandoffUnanswered)
	require.Equal(t, c.want, chat.Text(said[3].Parts))
	asked, _ := w.model.asked(ctx, c.text)
	require.Equal(t, 1, asked, "the model was paid more than once")
}

func (c *chatting) messages(ctx context.Context, t *testing.T) []visitor.Message {
	t.Helper()
	messages, err := c.visitor.Messages(ctx, c.conversation)
	require.NoError(t, err)
	return messages
}
