package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"
	temporal "go.temporal.io/sdk/client"
	"go.temporal.io/sdk/log"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"
)

// engine measures what any turn costs at least: a workflow of one activity, both
// of which do nothing, started as Parley starts its own. The worker is this
// process.
func (b *bench) engine(ctx context.Context) error {
	connected, err := temporal.DialContext(ctx, temporal.Options{
		HostPort: b.stack.TemporalAddress, Namespace: "parley",
		Logger:            log.NewStructuredLogger(slog.New(slog.DiscardHandler)),
		ConnectionOptions: temporal.ConnectionOptions{GrpcCompression: &temporal.GrpcCompressionNone{}},
	})
	if err != nil {
		return err
	}
	defer connected.Close()
	e := &engine{client: connected, queue: "engine-" + uuid.NewString()}
	w := worker.New(connected, e.queue, worker.Options{})
	w.RegisterWorkflow(e.workflow)
	w.RegisterActivity(nothing)
	if err := w.Start(); err != nil {
		return err
	}
	defer w.Stop()
	before, own := b.accounts(), ownCPU()
	length := time.Duration(b.less(16)) * time.Second
	ran, err := e.run(ctx, length)
	if err != nil {
		return err
	}
	used, own := b.accounts().since(before), ownCPU()-own
	each := time.Duration(max(1, ran))
	b.add(row{
		what: "the engine alone, 20 clients: workflows of one activity that does nothing, a second",
		ours: fmt.Sprintf("%.0f (CPU each: worker %s, Temporal %s, Postgres %s)", float64(ran)/length.Seconds(),
			ms(own/each), ms(used.temporal/each), ms(used.postgres/each)),
	}, result{})
	return nil
}

type engine struct {
	client  temporal.Client
	queue   string
	waiting sync.Map // workflow id → channel that is closed when it has run
}

func nothing(context.Context) error { return nil }

func (e *engine) workflow(ctx workflow.Context) error {
	ctx = workflow.WithActivityOptions(ctx, workflow.ActivityOptions{StartToCloseTimeout: time.Minute})
	err := workflow.ExecuteActivity(ctx, nothing).Get(ctx, nil)
	waiting, _ := e.waiting.LoadAndDelete(workflow.GetInfo(ctx).WorkflowExecution.ID)
	if done, ok := waiting.(chan struct{}); ok {
		close(done)
	}
	return err
}

// run has 20 clients start one workflow after the other, and counts them.
func (e *engine) run(ctx context.Context, length time.Duration) (ran int64, err error) {
	ctx, cancel := context.WithTimeout(ctx, length)
	defer cancel()
	var count atomic.Int64
	var group sync.WaitGroup
	errs := make([]error, 20)
	for i := range errs {
		group.Go(func() {
			for errs[i] == nil {
				if errs[i] = e.once(ctx); errs[i] == nil {
					count.Add(1)
				}
			}
			if ctx.Err() != nil {
				errs[i] = nil // the time is up
			}
		})
	}
	group.Wait()
	return count.Load(), errors.Join(errs...)
}

func (e *engine) once(ctx context.Context) error {
	id, done := uuid.NewString(), make(chan struct{})
	e.waiting.Store(id, done)
	options := temporal.StartWorkflowOptions{ID: id, TaskQueue: e.queue, EnableEagerStart: true}
	if _, err := e.client.ExecuteWorkflow(ctx, options, e.workflow); err != nil {
		return err
	}
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
