package crashtest

import (
	"context"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/chat"
	"github.com/parley-chat/parley/db"
	"github.com/parley-chat/parley/internal/bills"
	"github.com/parley-chat/parley/llm/simulator"
)

// requireBooks holds what the turn has in its books against the model's ledger.
func (c *chatting) requireBooks(ctx context.Context, t *testing.T) []db.Usage {
	t.Helper()
	d, err := db.Open(ctx, db.Config{URL: c.world.site.DatabaseURL, MaxConns: 1})
	require.NoError(t, err)
	defer d.Close()
	calls, err := bills.Read(ctx, d, c.world.site.Tenant, c.turn)
	require.NoError(t, err)
	require.Empty(t, bills.Check(c.world.model.about(ctx, c.text), calls))
	return calls
}

// about gives the requests about a question and about the answers to it.
func (m model) about(ctx context.Context, question string) (about []simulator.Entry) {
	m.t.Helper()
	ledger, err := m.servers.Ledger(ctx)
	require.NoError(m.t, err)
	for _, entry := range ledger {
		if entry.Text == question {
			about = append(about, entry)
		}
	}
	return about
}

// TestAnswerThatNobodyKeepsIsGivenAnew: where the provider may not, or cannot, keep
// an answer, a visitor sees it taken back once, and then the one whole answer.
func TestAnswerThatNobodyKeepsIsGivenAnew(t *testing.T) {
	t.Parallel()
	for name, settings := range map[string]map[string]string{
		"the agent's choice": nil,
		"Chat Completions":   {"PARLEY_MODEL_API": "chat"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, ctx := newWorld(t)
			if settings == nil {
				require.NoError(t, w.site.Configure(ctx, func(config *chat.AgentConfig) { config.Recovery = chat.RecoverRegenerate }))
			}
			first, second := w.node(ctx, settings), w.node(ctx, settings)
			c := w.converse(ctx, w.enter(ctx, first), words(60, simulator.Pace{FirstTokenMS: 50, IntervalMS: 50}))
			require.NoError(t, c.read(ctx, wordsAfter(0)))
			first.Kill()
			c.visitor = c.visitor.At(second.URL)
			require.NoError(t, c.read(ctx, toTheEnd))

			calls := c.requireWhole(ctx, t)
			require.Equal(t, 1, c.seen.Resets)
			asked, resumed := w.model.asked(ctx, c.text)
			require.Equal(t, 2, asked)
			require.Zero(t, resumed)
			require.Len(t, calls, 2)
			require.Equal(t, "unknown", calls[0].Source, "the killed call is in the books")
			require.Equal(t, "reported", calls[1].Source)
			for _, entry := range w.model.about(ctx, c.text) {
				require.False(t, entry.Background, "the provider was asked to keep an answer")
			}
		})
	}
}

// TestKilledBetweenStopAndCancel: the visitor has stopped the answer, but the node
// dies before it could tell the provider, which would speak to its end.
func TestKilledBetweenStopAndCancel(t *testing.T) {
	t.Parallel()
	w, ctx := newWorld(t)
	wire, byWire := w.gateToModel()
	first := w.node(ctx, byWire)
	second := w.node(ctx, nil)
	c := w.converse(ctx, w.enter(ctx, first), words(2000, simulator.Pace{FirstTokenMS: 50, IntervalMS: 100}))
	require.NoError(t, c.read(ctx, wordsAfter(0)))
	wire.hold(toServer)
	require.NoError(t, c.visitor.Stop(ctx, c.turn))
	first.Kill()
	require.Equal(t, simulator.StateRunning, w.model.about(ctx, c.text)[0].State, "the provider knew of it too early")

	c.visitor = c.visitor.At(second.URL)
	require.NoError(t, c.read(ctx, toTheEnd))
	require.Equal(t, chat.ChunkAbort, c.seen.Ended.Type)
	require.Zero(t, c.seen.Resets, "what was said stays")
	require.Equal(t, simulator.StateCancelled, w.model.about(ctx, c.text)[0].State)
	messages, err := c.visitor.Messages(ctx, c.conversation)
	require.NoError(t, err)
	require.Len(t, messages, 2)
	require.Equal(t, chat.MessageStopped, messages[1].State)
	require.Equal(t, c.seen.Text(), chat.Text(messages[1].Parts))
	require.True(t, strings.HasPrefix(c.want, c.seen.Said()))
	calls := c.requireBooks(ctx, t)
	require.Len(t, calls, 1)
	require.Equal(t, "reported", calls[0].Source)
}
