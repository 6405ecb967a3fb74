package turn_test

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"

	"github.com/parley-chat/parley/chat"
	"github.com/parley-chat/parley/db/dbtest"
	"github.com/parley-chat/parley/db/eventlog"
	"github.com/parley-chat/parley/internal/node/nodetest"
	"github.com/parley-chat/parley/turn"
)

// cutOff cannot reach Temporal.
type cutOff struct{ client.Client }

func (cutOff) ExecuteWorkflow(context.Context, client.StartWorkflowOptions, any, ...any) (client.WorkflowRun, error) {
	return nil, errors.New("nobody is there")
}

// TestHandoffIsForTheFirstAttemptAlone: the node that claimed a turn could not
// start it, another one has begun to answer and died, and the first is given the
// second attempt. What it knows is from before the first.
func TestHandoffIsForTheFirstAttemptAlone(t *testing.T) {
	t.Parallel()
	env := nodetest.New(t)
	n, ctx := env.Start(t), withDeadline(t)
	f := dbtest.Tenant(t, n.DB)
	silent := slowly("This goes on and on.")
	silent.StallAfter, silent.StallMS = 6, time.Minute.Milliseconds()
	env.Simulator.AddFault(silent)
	alone := turn.NewService(n.DB, n.Log, cutOff{}, slog.New(slog.DiscardHandler), env.Config.Turns)
	claimed, err := alone.Start(ctx, f.TenantID, question(f, "Well?"))
	require.NoError(t, err)
	until(ctx, t, n, f, claimed.Turn.ID, chat.ChunkTextDelta)

	step, err := alone.OpenStep(ctx, f.TenantID, claimed.Turn.ID, turn.Attempt{Step: 1, Number: 2})
	require.NoError(t, err)
	defer step.Release()
	require.Greater(t, step.Row.WriterEpoch, claimed.Turn.WriterEpoch)
	require.Equal(t, env.Simulator.Ledger()[0].ResponseID, step.Checkpoint.ResponseID, "the model would be asked again")
}

// TestEarlierAttemptGivesWay: a process that was frozen with its tasks begins them
// in any order. The attempt that Temporal waits for is the last one.
func TestEarlierAttemptGivesWay(t *testing.T) {
	t.Parallel()
	d, ctx := dbtest.Open(t), withDeadline(t)
	f := dbtest.Tenant(t, d)
	quiet := slog.New(slog.DiscardHandler)
	alone := turn.NewService(d, eventlog.New(d, quiet), cutOff{}, quiet, turn.Options{Limits: turn.DefaultLimits})
	claimed, err := alone.Start(ctx, f.TenantID, question(f, "Well?"))
	require.NoError(t, err)
	later, err := alone.OpenStep(ctx, f.TenantID, claimed.Turn.ID, turn.Attempt{Step: 1, Number: 3})
	require.NoError(t, err)
	defer later.Release()
	_, err = alone.OpenStep(ctx, f.TenantID, claimed.Turn.ID, turn.Attempt{Step: 1, Number: 2})
	require.ErrorIs(t, err, eventlog.ErrFenced)
	_, err = later.End(ctx, turn.Ending{Status: chat.TurnCompleted})
	require.NoError(t, err, "the later attempt is still the only writer")
}
