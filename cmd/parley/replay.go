package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"

	"github.com/spf13/cobra"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	sdklog "go.temporal.io/sdk/log"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"github.com/parley-chat/parley/secret"
	"github.com/parley-chat/parley/temporal"
	"github.com/parley-chat/parley/workflows"
)

// runningTurns selects what a new build would have to go on with.
const runningTurns = "ExecutionStatus = 'Running' AND TaskQueue = '" + workflows.QueueTurns + "'"

func replayCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "replay [workflow id]…",
		Short: "Check that this build can go on with workflows that another has begun",
		Long: `Replays the histories of the named workflows, or of all running turns, with the
code of this build. Run it with a new build before the old one is replaced: a
workflow that does not replay would be stuck.`,
		RunE: func(cmd *cobra.Command, ids []string) error {
			r, err := newReplay(cmd.Context())
			if err != nil {
				return err
			}
			defer r.temporal.Close()
			if len(ids) == 0 {
				if ids, err = r.running(cmd.Context()); err != nil {
					return err
				}
			}
			return r.all(cmd.Context(), ids, cmd.OutOrStdout())
		},
	}
}

// replay holds a service with histories and the code to replay them with.
type replay struct {
	namespace string
	temporal  client.Client
	replayer  worker.WorkflowReplayer
	logger    sdklog.Logger
}

func newReplay(ctx context.Context) (*replay, error) {
	d, err := newDoctor()
	if err != nil {
		return nil, err
	}
	cfg := d.cfg
	if cfg.TemporalAddress == "" {
		return nil, errors.New("set TEMPORAL_ADDRESS, or start Parley in this folder with `make run`")
	}
	if cfg.SecretKey == "" && d.running {
		if cfg.SecretKey, err = ownSecretKey(cfg.Home); err != nil {
			return nil, err
		}
	}
	key, err := secret.ParseKey(cfg.SecretKey)
	if err != nil {
		return nil, fmt.Errorf("PARLEY_SECRET_KEY: %w", err)
	}
	aead, err := key.AEAD(secret.Payloads)
	if err != nil {
		return nil, err
	}
	quiet := slog.New(slog.DiscardHandler)
	connected, err := temporal.Dial(ctx, temporal.Config{
		Address: cfg.TemporalAddress, Namespace: cfg.TemporalNamespace,
		APIKey: cfg.TemporalAPIKey, TLS: cfg.TemporalTLS, AEAD: aead, Logger: quiet,
	})
	if err != nil {
		return nil, err
	}
	replayer, err := worker.NewWorkflowReplayerWithOptions(worker.WorkflowReplayerOptions{
		DataConverter: temporal.DataConverter(aead),
	})
	if err != nil {
		connected.Close()
		return nil, err
	}
	replayer.RegisterWorkflow(workflows.TurnWorkflow)
	return &replay{cfg.TemporalNamespace, connected, replayer, sdklog.NewStructuredLogger(quiet)}, nil
}

// running lists the ids of the turns that are going on.
func (r *replay) running(ctx context.Context) (ids []string, err error) {
	request := &workflowservice.ListWorkflowExecutionsRequest{Query: runningTurns}
	for {
		page, err := r.temporal.ListWorkflow(ctx, request)
		if err != nil {
			return nil, err
		}
		for _, execution := range page.GetExecutions() {
			ids = append(ids, execution.GetExecution().GetWorkflowId())
		}
		if request.NextPageToken = page.GetNextPageToken(); len(request.NextPageToken) == 0 {
			return ids, nil
		}
	}
}

func (r *replay) all(ctx context.Context, ids []string, out io.Writer) error {
	failed := 0
	for _, id := range ids {
		err := r.replayer.ReplayWorkflowExecution(ctx, r.temporal.WorkflowService(), r.logger, r.namespace, workflow.Execution{ID: id})
		if err != nil {
			failed++
			fmt.Fprintf(out, "FAIL  %s: %v\n", id, err)
			continue
		}
		fmt.Fprintf(out, "ok    %s\n", id)
	}
	fmt.Fprintf(out, "%d of %d workflows replay with this build\n", len(ids)-failed, len(ids))
	if failed > 0 {
		return errors.New("do not deploy this build: it cannot go on with what has begun")
	}
	return nil
}
