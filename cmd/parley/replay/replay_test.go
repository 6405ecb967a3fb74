package replay_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"github.com/parley-chat/parley/cmd/parley/replay"
	"github.com/parley-chat/parley/internal/node/nodetest"
	"github.com/parley-chat/parley/secret"
	"github.com/parley-chat/parley/temporal"
	"github.com/parley-chat/parley/workflows"
)

const testdata = "../../../workflows/testdata"

func current(r worker.WorkflowReplayer) { workflows.Register(r) }

// as registers another workflow under the name of the one that was recorded.
func as(variant any) replay.Register {
	return func(r worker.WorkflowReplayer) {
		r.RegisterWorkflowWithOptions(variant, workflow.RegisterOptions{Name: "TurnWorkflow"})
	}
}

// recorded reads a history that some build has made.
func recorded(t *testing.T, story string) *historypb.History {
	t.Helper()
	file, err := os.Open(filepath.Join(testdata, "history", "turn-"+story+".json"))
	require.NoError(t, err)
	defer func() { _ = file.Close() }()
	history, err := client.HistoryFromJSON(file, client.HistoryJSONOptions{})
	require.NoError(t, err)
	return history
}

func sealed(t *testing.T) converter.DataConverter {
	t.Helper()
	key, err := secret.ParseKey(nodetest.HistoryKey)
	require.NoError(t, err)
	aead, err := key.AEAD(secret.Payloads)
	require.NoError(t, err)
	return temporal.DataConverter(aead)
}

// The variants below are the workflow as somebody might change it by mistake.

type steps struct{ ctx workflow.Context }

func stepsIn(ctx workflow.Context) steps {
	return steps{workflow.WithActivityOptions(ctx, workflow.ActivityOptions{StartToCloseTimeout: time.Minute})}
}

func (s steps) ask(in workflows.TurnInput, number int) error {
	return workflow.ExecuteActivity(s.ctx, "ModelStep",
		workflows.StepInput{Tenant: in.Tenant, Turn: in.Turn, Step: number}).Get(s.ctx, nil)
}

func (s steps) close(in workflows.TurnInput) error {
	return workflow.ExecuteActivity(s.ctx, "CloseTurn", workflows.CloseInput{Tenant: in.Tenant, Turn: in.Turn}).Get(s.ctx, nil)
}

func faithful(ctx workflow.Context, in workflows.TurnInput) error { return stepsIn(ctx).ask(in, 1) }

func closesFirst(ctx workflow.Context, in workflows.TurnInput) error { return stepsIn(ctx).close(in) }

func waitsFirst(ctx workflow.Context, in workflows.TurnInput) error {
	if err := workflow.Sleep(ctx, time.Second); err != nil {
		return err
	}
	return stepsIn(ctx).ask(in, 1)
}

func doesNothing(workflow.Context, workflows.TurnInput) error { return nil }

func closesAfterwards(ctx workflow.Context, in workflows.TurnInput) error {
	if err := stepsIn(ctx).ask(in, 1); err != nil {
		return err
	}
	return stepsIn(ctx).close(in)
}

func miscounts(ctx workflow.Context, in workflows.TurnInput) error { return stepsIn(ctx).ask(in, 7) }

func forgetsVersion(ctx workflow.Context, in workflows.TurnInput) error {
	if workflow.GetVersion(ctx, "begin-by-closing", workflow.DefaultVersion, 1) == workflow.DefaultVersion {
		return stepsIn(ctx).ask(in, 1)
	}
	return stepsIn(ctx).close(in)
}

// randomly is not deterministic: each replay takes the next of its branches.
func randomly() any {
	turns := 0
	return func(ctx workflow.Context, in workflows.TurnInput) error {
		if turns++; turns%2 == 0 {
			return stepsIn(ctx).close(in)
		}
		return stepsIn(ctx).ask(in, 1)
	}
}

func TestDivergenceIsNamed(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		variant any
		event   int64
		kind    string
		wanted  string
	}{
		"another activity":  {closesFirst, 5, "ActivityTaskScheduled ModelStep", "ScheduleActivityTask CloseTurn"},
		"a timer before it": {waitsFirst, 5, "ActivityTaskScheduled ModelStep", "StartTimer"},
		"no activity":       {doesNothing, 5, "ActivityTaskScheduled ModelStep", "CompleteWorkflowExecution"},
		"one activity more": {closesAfterwards, 11, "WorkflowExecutionCompleted", "ScheduleActivityTask CloseTurn"},
		"another input":     {miscounts, 5, "ActivityTaskScheduled ModelStep", `"step":7`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := replay.New(as(c.variant), sealed(t)).History(recorded(t, "answered"))
			var d *replay.DivergedError
			require.ErrorAs(t, err, &d)
			require.Equal(t, c.event, d.Event.GetEventId(), err.Error())
			require.ErrorContains(t, err, c.kind)
			require.ErrorContains(t, err, c.wanted)
		})
	}
}

func TestWhatFitsReplays(t *testing.T) {
	t.Parallel()
	for name, variant := range map[string]any{
		"the current code": workflows.TurnWorkflow, "the same in other words": faithful, "a change behind a version": forgetsVersion,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.NoError(t, replay.New(as(variant), sealed(t)).History(recorded(t, "answered")))
		})
	}
}

// TestOpenHistoryReplaysAsFarAsItGoes: an answer can be exported before its
// workflow has noticed that it is stored.
func TestOpenHistoryReplaysAsFarAsItGoes(t *testing.T) {
	t.Parallel()
	history := recorded(t, "suggested")
	for i, event := range history.GetEvents() {
		// What a task has decided is recorded together with its completion.
		if i < 4 || event.GetEventType() == enumspb.EVENT_TYPE_WORKFLOW_TASK_COMPLETED {
			continue
		}
		sofar := &historypb.History{Events: history.GetEvents()[:i+1]}
		require.NoError(t, replay.New(current, sealed(t)).History(sofar), "up to event %d", i+1)
		require.Error(t, replay.New(as(closesFirst), sealed(t)).History(sofar), "up to event %d", i+1)
	}
}

// TestUndeterminedWorkflowIsCaught: the code itself has not changed, and yet
// decides otherwise the second time.
func TestUndeterminedWorkflowIsCaught(t *testing.T) {
	t.Parallel()
	r, history := replay.New(as(randomly()), sealed(t)), recorded(t, "answered")
	require.NoError(t, r.History(history))
	var d *replay.DivergedError
	require.ErrorAs(t, r.History(history), &d)
	require.EqualValues(t, 5, d.Event.GetEventId())
}

// TestMissingCancellationIsNamed: a stop has to reach the step that it was for.
func TestMissingCancellationIsNamed(t *testing.T) {
	t.Parallel()
	deaf := func(ctx workflow.Context, in workflows.TurnInput) error { return stepsIn(ctx).ask(in, 1) }
	err := replay.New(as(deaf), sealed(t)).History(recorded(t, "stopped"))
	var d *replay.DivergedError
	require.ErrorAs(t, err, &d)
	require.Contains(t, err.Error(), "ActivityTaskCancelRequested")
}
