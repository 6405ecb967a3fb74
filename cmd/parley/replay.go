package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"

	"github.com/spf13/cobra"
	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/worker"

	"github.com/parley-chat/parley/cmd/parley/replay"
	"github.com/parley-chat/parley/secret"
	"github.com/parley-chat/parley/temporal"
	"github.com/parley-chat/parley/turn/recording"
	"github.com/parley-chat/parley/workflows"
)

// runningTurns selects what a new build would have to go on with.
const runningTurns = "ExecutionStatus = 'Running' AND TaskQueue = '" + workflows.QueueTurns + "'"

// The exit codes of replay, besides 1 for what could not be asked or read.
const (
	exitDiverged = 2 // this build would not go on as the history does
	exitUnproven = 3 // nothing diverges, but a bundle's history was gone
)

func replayCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "replay [workflow id | file.turn]…",
		Short: "Check that this build can go on with what another has begun",
		Long: `Replays histories with the workflow code of this build: those of the named
workflows, of all running turns if none is named, or, offline, those in bundles
that an export has made. Run it with a new build before the old one is replaced:
a workflow that does not replay would be stuck.

Of a bundle it also checks that the model events make the stored message.

Exit codes: 0, everything matches; 1, something could not be read; 2, something
does not match; 3, all that could be replayed matches, but a bundle's history
was gone when it was made.`,
		RunE: func(cmd *cobra.Command, args []string) error {
			bundles, ids := splitReplay(args)
			results := replayBundles(bundles)
			if len(ids) > 0 || len(args) == 0 {
				replayed, err := replayWorkflows(cmd.Context(), ids)
				if err != nil {
					return err
				}
				results = append(results, replayed...)
			}
			return reportReplay(cmd.OutOrStdout(), results)
		},
	}
}

func splitReplay(args []string) (bundles, ids []string) {
	for _, arg := range args {
		if strings.HasSuffix(arg, recording.Extension) {
			bundles = append(bundles, arg)
		} else {
			ids = append(ids, arg)
		}
	}
	return bundles, ids
}

func registerWorkflows(r worker.WorkflowReplayer) { workflows.Register(r) }

// replayed is what became of one history.
type replayed struct {
	name  string
	facts string
	err   error
}

func replayBundles(paths []string) (results []replayed) {
	replayer := replay.New(registerWorkflows, nil)
	for _, path := range paths {
		result := replayed{name: path}
		bundle, err := recording.Open(path)
		if err == nil {
			result.facts = fmt.Sprintf(" (%s: %d history events, %d model events)", bundle.Turn.Status,
				bundle.Manifest.History.Count, bundle.Manifest.Events.Count)
			result.err = replayer.Bundle(bundle)
		} else {
			result.err = unreadable{err}
		}
		results = append(results, result)
	}
	return results
}

// unreadable is a history that says nothing about this build.
type unreadable struct{ error }

func reportReplay(out io.Writer, results []replayed) error {
	var diverged, gone, broken int
	for _, result := range results {
		word := "FAIL "
		switch _, damaged := errors.AsType[unreadable](result.err); {
		case result.err == nil:
			fmt.Fprintf(out, "ok    %s%s\n", result.name, result.facts)
			continue
		case errors.Is(result.err, replay.ErrNothingToReplay):
			word = "gone "
			gone++
		case damaged:
			broken++
		default:
			diverged++
		}
		fmt.Fprintf(out, "%s %s: %v\n", word, result.name, result.err)
	}
	fmt.Fprintf(out, "%d of %d workflows replay with this build\n", len(results)-diverged-gone-broken, len(results))
	switch {
	case diverged > 0:
		return exitError{exitDiverged, "do not deploy this build: it cannot go on with what has begun"}
	case broken > 0:
		return fmt.Errorf("%d of them could not be read", broken)
	case gone > 0:
		return exitError{exitUnproven, fmt.Sprintf("the histories of %d bundles were gone: nothing is proven of them", gone)}
	}
	return nil
}

// replayWorkflows replays what the service that the environment names has of the
// workflows, or of all running turns.
func replayWorkflows(ctx context.Context, ids []string) ([]replayed, error) {
	cfg, key, err := historySettings()
	if err != nil {
		return nil, err
	}
	aead, err := key.AEAD(secret.Payloads)
	if err != nil {
		return nil, err
	}
	from, err := temporal.Dial(ctx, temporal.Config{
		Address: cfg.TemporalAddress, Namespace: cfg.TemporalNamespace,
		APIKey: cfg.TemporalAPIKey, TLS: cfg.TemporalTLS, AEAD: aead, Logger: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		return nil, err
	}
	defer from.Close()
	if len(ids) == 0 {
		if ids, err = running(ctx, from); err != nil {
			return nil, err
		}
	}
	replayer := replay.New(registerWorkflows, temporal.DataConverter(aead))
	results := make([]replayed, len(ids))
	for i, id := range ids {
		results[i].name = id
		history, err := historyOf(ctx, from, id)
		if err == nil {
			err = replayer.History(history)
		}
		results[i].err = err
	}
	return results, nil
}

func historySettings() (config, *secret.Key, error) {
	d, err := newDoctor()
	if err != nil {
		return config{}, nil, err
	}
	cfg := d.cfg
	if cfg.TemporalAddress == "" {
		return cfg, nil, errors.New("set TEMPORAL_ADDRESS, or start Parley in this folder with `make run`")
	}
	if cfg.SecretKey == "" && d.running {
		if cfg.SecretKey, err = ownSecretKey(cfg.Home); err != nil {
			return cfg, nil, err
		}
	}
	key, err := secret.ParseKey(cfg.SecretKey)
	if err != nil {
		return cfg, nil, fmt.Errorf("PARLEY_SECRET_KEY: %w", err)
	}
	return cfg, key, nil
}

// running lists the ids of the turns that are going on.
func running(ctx context.Context, from client.Client) (ids []string, err error) {
	request := &workflowservice.ListWorkflowExecutionsRequest{Query: runningTurns}
	for {
		page, err := from.ListWorkflow(ctx, request)
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

func historyOf(ctx context.Context, from client.Client, id string) (*historypb.History, error) {
	history := &historypb.History{}
	events := from.GetWorkflowHistory(ctx, id, "", false, enumspb.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
	for events.HasNext() {
		event, err := events.Next()
		if err != nil {
			return nil, unreadable{err}
		}
		history.Events = append(history.Events, event)
	}
	return history, nil
}
