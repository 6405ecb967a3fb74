package worker_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"github.com/parley-chat/parley/internal/node/nodetest"
)

const patience = time.Minute

// story is a workflow as two builds tell it: the new one has begun to wait before
// it asks, behind a version.
const story = "story"

func oldStory(ctx workflow.Context) error { return ask(ctx) }

func newStory(ctx workflow.Context) error {
	if workflow.GetVersion(ctx, "waits-first", workflow.DefaultVersion, 1) != workflow.DefaultVersion {
		if err := workflow.Sleep(ctx, time.Millisecond); err != nil {
			return err
		}
	}
	return ask(ctx)
}

func ask(ctx workflow.Context) error {
	ctx = workflow.WithActivityOptions(ctx, workflow.ActivityOptions{StartToCloseTimeout: patience})
	return workflow.ExecuteActivity(ctx, "ask").Get(ctx, nil)
}

// builds are workers for one queue, each with its own version of the story.
type builds struct {
	temporal client.Client
	queue    string
}

func (b builds) start(t *testing.T, told func(workflow.Context) error) worker.Worker {
	t.Helper()
	w := worker.New(b.temporal, b.queue, worker.Options{LocalActivityWorkerOnly: true})
	w.RegisterWorkflowWithOptions(told, workflow.RegisterOptions{Name: story})
	require.NoError(t, w.Start())
	return w
}

// TestOldBuildLeavesWhatItCannotReplay: while nodes are replaced, one of the old
// build can get a run that the new one has begun. It must not decide anything in
// it, and the run goes on as soon as a node of the new build takes it.
func TestOldBuildLeavesWhatItCannotReplay(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(t.Context(), 2*patience)
	defer cancel()
	b := builds{nodetest.New(t).Start(t).Temporal, "builds-" + uuid.NewString()}
	asked, answer := make(chan struct{}), make(chan struct{})
	asks := worker.New(b.temporal, b.queue, worker.Options{DisableWorkflowWorker: true})
	asks.RegisterActivityWithOptions(func(context.Context) error {
		close(asked)
		<-answer
		return nil
	}, activity.RegisterOptions{Name: "ask"})
	require.NoError(t, asks.Start())
	defer asks.Stop()

	fresh := b.start(t, newStory)
	run, err := b.temporal.ExecuteWorkflow(ctx, client.StartWorkflowOptions{
		ID: b.queue, TaskQueue: b.queue, WorkflowTaskTimeout: 2 * time.Second,
	}, story)
	require.NoError(t, err)
	<-asked
	fresh.Stop()
	old := b.start(t, oldStory)
	close(answer)
	require.Eventually(t, func() bool { return b.failed(ctx, t, run.GetID()) }, patience, 50*time.Millisecond,
		"the old build did not notice that it cannot go on")
	old.Stop()
	fresh = b.start(t, newStory)
	defer fresh.Stop()
	require.NoError(t, run.Get(ctx, nil))
}

// failed reports whether a task of the workflow was given back because its code
// would not go on as its history does.
func (b builds) failed(ctx context.Context, t *testing.T, id string) bool {
	t.Helper()
	events := b.temporal.GetWorkflowHistory(ctx, id, "", false, enumspb.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
	for events.HasNext() {
		event, err := events.Next()
		require.NoError(t, err)
		if event.GetWorkflowTaskFailedEventAttributes().GetCause() == enumspb.WORKFLOW_TASK_FAILED_CAUSE_NON_DETERMINISTIC_ERROR {
			return true
		}
	}
	return false
}
