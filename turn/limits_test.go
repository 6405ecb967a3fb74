package turn_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/chat"
	"github.com/parley-chat/parley/db/dbtest"
	"github.com/parley-chat/parley/llm/simulator"
)

// curious is a story whose model asks for another look as long as it is offered one.
func curious(ctx context.Context, t *testing.T, server *shop, change func(*chat.AgentConfig)) story {
	t.Helper()
	s := acting(ctx, t)
	config := priced()
	config.Tools = []chat.Tool{server.tool("order", chat.ClassRead)}
	change(&config)
	publish(ctx, t, s.n, s.f, config)
	look := []simulator.Call{call("order", `{"id": "4711"}`)}
	offered := simulator.Match{Offers: "order"}
	s.env.Simulator.AddScript(simulator.Script{Match: offered, Calls: look})
	s.env.Simulator.AddScript(simulator.Script{Match: offered, AfterTools: true, Calls: look})
	s.env.Simulator.AddScript(simulator.Script{AfterTools: true, Text: "It is lost."})
	return s
}

// TestModelThatCannotStopIsBroughtToAnEnd: the last time it is asked it is offered
// nothing to ask for, and what was set or, if nothing was, our own limit says when.
func TestModelThatCannotStopIsBroughtToAnEnd(t *testing.T) {
	t.Parallel()
	for steps, want := range map[int]int{1: 1, 3: 3, 0: chat.DefaultMaxSteps} {
		ctx := withDeadline(t)
		server := newShop(t, says(`{"status": "lost"}`))
		s := curious(ctx, t, server, func(config *chat.AgentConfig) { config.MaxSteps = steps })
		id := s.ask(ctx, t, "Where is it?")
		requireTold(ctx, t, s, id)
		require.Len(t, server.seen(), want-1)
		require.Len(t, s.env.Simulator.Ledger(), want)
		requireBooks(ctx, t, s.env, s.n, s.f, id)
		row, message := answerOf(ctx, t, s.n, s.f, id)
		require.Equal(t, chat.TurnCompleted, row.Status)
		if want > 1 {
			require.Equal(t, "It is lost.", chat.Text(message.Parts))
		}
	}
}

// TestAnswerThatCostsTooMuchEnds: with its last word where another step like the last
// one would be too much, and without one where it has come to that already.
func TestAnswerThatCostsTooMuchEnds(t *testing.T) {
	t.Parallel()
	ctx := withDeadline(t)
	server := newShop(t, says(`{"status": "lost"}`))
	free := curious(ctx, t, server, func(config *chat.AgentConfig) { config.MaxSteps = 4 })
	books := requireBooks(ctx, t, free.env, free.n, free.f, ended(ctx, t, free))
	require.Len(t, books, 4)
	one := books[0].CostMicros
	require.Positive(t, one)

	gentle := curious(ctx, t, server, func(config *chat.AgentConfig) { config.MaxCostMicros = 2*one + 1 })
	id := ended(ctx, t, gentle)
	row, message := answerOf(ctx, t, gentle.n, gentle.f, id)
	require.Equal(t, chat.TurnCompleted, row.Status)
	require.Equal(t, "It is lost.", chat.Text(message.Parts))
	require.Less(t, len(requireBooks(ctx, t, gentle.env, gentle.n, gentle.f, id)), 4)

	strict := curious(ctx, t, server, func(config *chat.AgentConfig) { config.MaxCostMicros = one })
	id = ended(ctx, t, strict)
	row, _ = answerOf(ctx, t, strict.n, strict.f, id)
	require.Equal(t, chat.TurnFailed, row.Status)
	require.Contains(t, row.ErrorMessage, "ask for less at once")
	require.Len(t, strict.env.Simulator.Ledger(), 1, "nothing more is paid")
}

func ended(ctx context.Context, t *testing.T, s story) chat.TurnID {
	t.Helper()
	id := s.ask(ctx, t, "Where is it?")
	readAll(ctx, t, s.n, s.f, id)
	return id
}

// TestLimitsLeaveOthersAlone: an answer within them is as it was.
func TestLimitsLeaveOthersAlone(t *testing.T) {
	t.Parallel()
	ctx := withDeadline(t)
	server := newShop(t, says(`{"status": "shipped"}`))
	s := acting(ctx, t)
	config := dbtest.Config
	config.Tools, config.MaxSteps, config.MaxCostMicros = []chat.Tool{server.tool("order", chat.ClassRead)}, 5, 1_000_000
	publish(ctx, t, s.n, s.f, config)
	s.asksFor("It is on its way.", call("order", `{"id": "1"}`))
	_, message := answerOf(ctx, t, s.n, s.f, ended(ctx, t, s))
	require.Equal(t, "It is on its way.", chat.Text(message.Parts))
}
