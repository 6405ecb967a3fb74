package turn_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/chat"
	"github.com/parley-chat/parley/db"
	"github.com/parley-chat/parley/db/dbtest"
	"github.com/parley-chat/parley/internal/bills"
	"github.com/parley-chat/parley/internal/node"
	"github.com/parley-chat/parley/internal/node/nodetest"
	"github.com/parley-chat/parley/llm/openai"
	"github.com/parley-chat/parley/llm/simulator"
	"github.com/parley-chat/parley/turn"
)

// requireBooks holds the books on the tenant's turns, which are all that the model
// was ever asked for, against the ledger and the month.
func requireBooks(ctx context.Context, t *testing.T, env *nodetest.Env, n *node.Node, f dbtest.Fixture, turns ...chat.TurnID) []db.Usage {
	t.Helper()
	calls, err := bills.Read(ctx, n.DB, f.TenantID, turns...)
	require.NoError(t, err)
	require.Empty(t, bills.Check(env.Simulator.Ledger(), calls))
	var sum int64
	for _, call := range calls {
		sum += call.CostMicros
	}
	require.NoError(t, n.DB.Tenant(ctx, f.TenantID, func(tx *db.TenantTx) error {
		month, err := tx.UsageMonthGet(ctx)
		require.Equal(t, sum, month.CostMicros)
		return err
	}))
	return calls
}

// priced is a configuration whose model costs something.
func priced() chat.AgentConfig {
	config := dbtest.Config
	config.Model = "gpt-4o"
	return config
}

func TestCallIsInTheBooksBeforeItIsAnswered(t *testing.T) {
	t.Parallel()
	env := nodetest.New(t)
	n, ctx := env.Start(t), withDeadline(t)
	f := dbtest.Tenant(t, n.DB)
	publish(ctx, t, n, f, priced())
	env.Simulator.AddFault(interruptibly("one two three four five six"))
	claimed, err := n.Turns.Start(ctx, f.TenantID, question(f, "Count!"))
	require.NoError(t, err)

	until(ctx, t, n, f, claimed.Turn.ID, chat.ChunkTextDelta)
	calls, err := bills.Read(ctx, n.DB, f.TenantID, claimed.Turn.ID)
	require.NoError(t, err)
	require.Len(t, calls, 1)
	require.Equal(t, "unknown", calls[0].Source)
	require.Zero(t, calls[0].CostMicros)
	require.Equal(t, calls[0].ID.String(), env.Simulator.Ledger()[0].RequestID)

	second, err := n.Turns.Start(ctx, f.TenantID, question(f, "And on!"))
	require.NoError(t, err)
	require.True(t, second.Steered)
	readAll(ctx, t, n, f, claimed.Turn.ID)
	calls = requireBooks(ctx, t, env, n, f, claimed.Turn.ID)
	require.Len(t, calls, 2, "one for each step")
	for _, call := range calls {
		require.Equal(t, "reported", call.Source)
		require.Positive(t, call.CostMicros)
	}
}

// TestStoppedAnswerIsBilled: what a provider reports of a stopped answer is paid,
// and where it reports nothing the budget is charged with an estimate: else a
// visitor who stops each answer would have them for nothing.
func TestStoppedAnswerIsBilled(t *testing.T) {
	t.Parallel()
	for api, source := range map[openai.API]string{openai.APIResponses: "reported", openai.APIChat: "unknown"} {
		t.Run(string(api), func(t *testing.T) {
			t.Parallel()
			env := nodetest.New(t)
			env.Config.Platform.API = api
			n, ctx := env.Start(t), withDeadline(t)
			f := dbtest.Tenant(t, n.DB)
			publish(ctx, t, n, f, priced())
			env.Simulator.AddFault(slowly(strings.Repeat("word ", 2000)))
			claimed, err := n.Turns.Start(ctx, f.TenantID, question(f, "Tell me everything."))
			require.NoError(t, err)
			until(ctx, t, n, f, claimed.Turn.ID, chat.ChunkTextDelta)
			require.NoError(t, n.Turns.Stop(ctx, f.TenantID, claimed.Turn.ID))
			readAll(ctx, t, n, f, claimed.Turn.ID)

			calls := requireBooks(ctx, t, env, n, f, claimed.Turn.ID)
			require.Len(t, calls, 1)
			require.Equal(t, source, calls[0].Source)
			require.Positive(t, calls[0].CostMicros)
			require.Eventually(t, func() bool { return env.Simulator.Ledger()[0].FinishedAt != nil }, patience, 10*time.Millisecond,
				"the model does not speak on to nobody")
			budget := calls[0].CostMicros
			require.NoError(t, n.DB.Tenant(ctx, f.TenantID, func(tx *db.TenantTx) error {
				_, err := tx.TenantPut(ctx, db.TenantPutParams{Name: "Spent", MonthlyBudgetMicros: &budget})
				return err
			}))
			_, err = n.Turns.Start(ctx, f.TenantID, question(f, "More!"))
			require.Equal(t, chat.CodeBudgetExhausted, chat.CodeOf(err))
		})
	}
}

// TestStoppedBeforeTheModelIsAsked: nothing is asked, and nothing is charged.
func TestStoppedBeforeTheModelIsAsked(t *testing.T) {
	t.Parallel()
	env := nodetest.New(t)
	n, ctx := env.Start(t), withDeadline(t)
	f := dbtest.Tenant(t, n.DB)
	publish(ctx, t, n, f, priced())
	env.Simulator.AddFault(simulator.Fault{Status: 503, Times: 1, RetryAfter: "20"})
	claimed, err := n.Turns.Start(ctx, f.TenantID, question(f, "Hello?"))
	require.NoError(t, err)
	require.Eventually(t, func() bool { // what the model has refused is known to us as well
		progress, err := n.Turns.Progress(ctx, f.TenantID, claimed.Turn.ID)
		return err == nil && progress.State == turn.StateRetrying
	}, patience, 10*time.Millisecond)
	require.NoError(t, n.Turns.Stop(ctx, f.TenantID, claimed.Turn.ID))
	chunks := readAll(ctx, t, n, f, claimed.Turn.ID)
	require.Equal(t, chat.ChunkAbort, chunks[len(chunks)-1].Type)
	require.Len(t, env.Simulator.Ledger(), 1)
	for _, call := range requireBooks(ctx, t, env, n, f, claimed.Turn.ID) {
		require.Equal(t, "unknown", call.Source)
		require.Zero(t, call.CostMicros)
	}
}
