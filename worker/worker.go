// Package worker runs workflows and activities: registration, task queues and
// tuning.
package worker

import (
	"cmp"
	"fmt"
	"time"

	"go.temporal.io/sdk/client"
	sdkworker "go.temporal.io/sdk/worker"

	"github.com/parley-chat/parley/workflows"
)

const (
	// Each stream holds an activity slot for as long as the model speaks, so the
	// slots bound the streams of one node. The SDK's default is 1,000.
	turnSlots = 4000
	// stickyTimeout is how soon a workflow whose node has died is given to another.
	stickyTimeout = time.Second
	// drainTimeout is how long a worker that stops waits for its activities. They
	// hand their turns over at once; only closing transactions take time.
	drainTimeout = 10 * time.Second
	// workflowPollers and activityPollers ask for tasks at the same time. Each task
	// costs its poller a round trip and some commits of Temporal's, so that the
	// SDK's two bring no more than some 50 tasks a second; what waits for longer
	// than stickyTimeout is done twice.
	workflowPollers = 16
	activityPollers = 8
	// maxBeatGap keeps the SDK from holding heartbeats back until just before the
	// timeout, which a busy machine would miss.
	maxBeatGap = workflows.HeartbeatTimeout / 2
)

// Worker serves one task queue.
type Worker struct{ worker sdkworker.Worker }

// Start runs a worker for the turns' queue ("" means workflows.QueueTurns). It must share the client that starts
// workflows, which is what lets a turn begin without a trip through the queue.
func Start(temporal client.Client, queue string, activities workflows.Activities) (*Worker, error) {
	w := sdkworker.New(temporal, cmp.Or(queue, workflows.QueueTurns), sdkworker.Options{
		MaxConcurrentActivityExecutionSize: turnSlots,
		MaxConcurrentWorkflowTaskPollers:   workflowPollers,
		MaxConcurrentActivityTaskPollers:   activityPollers,
		StickyScheduleToStartTimeout:       stickyTimeout,
		WorkerStopTimeout:                  drainTimeout,
		MaxHeartbeatThrottleInterval:       maxBeatGap,
		DefaultHeartbeatThrottleInterval:   maxBeatGap,
	})
	workflows.Register(w)
	w.RegisterActivity(activities)
	if err := w.Start(); err != nil {
		return nil, fmt.Errorf("worker: %w", err)
	}
	return &Worker{w}, nil
}

// Stop takes no new work, lets running activities hand over, and returns.
func (w *Worker) Stop() { w.worker.Stop() }
