package workflows_test

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"github.com/parley-chat/parley/cmd/parley/replay"
	"github.com/parley-chat/parley/internal/node/nodetest"
	"github.com/parley-chat/parley/secret"
	"github.com/parley-chat/parley/temporal"
	"github.com/parley-chat/parley/turn/recording"
	"github.com/parley-chat/parley/workflows"
)

// TestRecordedHistoriesReplay keeps turns that were begun by an older build
// going: each history in testdata was recorded by a build that is in use
// somewhere. CONTRIBUTING.md says what to do when this fails.
func TestRecordedHistoriesReplay(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/history/*.json")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			t.Parallel()
			r := replayer(t)
			workflows.Register(r)
			require.NoError(t, r.ReplayWorkflowHistoryFromJSONFile(nil, file))
		})
	}
}

// TestRecordedTurnsReplay does the same with whole turns: each bundle was exported
// from a run on real servers. What the workflow asked for must be asked for again,
// with the same inputs, and the model's events must make the stored answer.
func TestRecordedTurnsReplay(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/turns/*" + recording.Extension)
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			t.Parallel()
			bundle, err := recording.Open(file)
			require.NoError(t, err)
			r := replay.New(func(r worker.WorkflowReplayer) { workflows.Register(r) }, nil)
			require.NoError(t, r.Bundle(bundle))
		})
	}
}

// TestReplayCatchesAnotherOrder shows that the test above can fail: a workflow
// that closes the turn before it asks the model does not fit a history in which
// the model was asked first.
func TestReplayCatchesAnotherOrder(t *testing.T) {
	t.Parallel()
	r := replayer(t)
	swapped := func(ctx workflow.Context, in workflows.TurnInput) error {
		options := workflow.ActivityOptions{StartToCloseTimeout: workflows.HeartbeatTimeout}
		return workflow.ExecuteActivity(workflow.WithActivityOptions(ctx, options), "CloseTurn", in).Get(ctx, nil)
	}
	r.RegisterWorkflowWithOptions(swapped, workflow.RegisterOptions{Name: "TurnWorkflow"})
	err := r.ReplayWorkflowHistoryFromJSONFile(nil, "testdata/history/turn-answered.json")
	require.ErrorContains(t, err, "ModelStep", "the diverging event is named")
}

func replayer(t *testing.T) worker.WorkflowReplayer {
	t.Helper()
	key, err := secret.ParseKey(nodetest.HistoryKey)
	require.NoError(t, err)
	aead, err := key.AEAD(secret.Payloads)
	require.NoError(t, err)
	r, err := worker.NewWorkflowReplayerWithOptions(worker.WorkflowReplayerOptions{DataConverter: temporal.DataConverter(aead)})
	require.NoError(t, err)
	return r
}
