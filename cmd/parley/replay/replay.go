// Package replay runs workflows again from their histories, offline, with the
// workflow code of this build, and says where the code would not go on as the
// history does.
package replay

import (
	"errors"
	"log/slog"

	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/interceptor"
	sdklog "go.temporal.io/sdk/log"
	"go.temporal.io/sdk/worker"

	"github.com/parley-chat/parley/turn/recording"
)

// Register adds the workflows to replay with to a replayer.
type Register func(worker.WorkflowReplayer)

// Replayer replays histories.
type Replayer struct {
	register  Register
	converter converter.DataConverter
}

// New makes a replayer of histories whose payloads the converter reads; nil: they
// are not sealed, like those in bundles.
func New(register Register, payloads converter.DataConverter) *Replayer {
	if payloads == nil {
		payloads = converter.GetDefaultDataConverter()
	}
	return &Replayer{register, payloads}
}

// ErrNothingToReplay says that a bundle holds no history any more.
var ErrNothingToReplay = errors.New("the workflow's history was gone when the bundle was made")

// Bundle folds a recorded turn's model events, to see that they make the stored
// message, and replays its history.
func (r *Replayer) Bundle(b *recording.Bundle) error {
	if b.Manifest.Events.State != recording.StateGone {
		if err := b.Fold(); err != nil {
			return err
		}
	}
	if b.History == nil {
		return ErrNothingToReplay
	}
	return r.History(b.History)
}

// History replays one history. The error is a *DivergedError if the code would have
// done something else.
func (r *Replayer) History(history *historypb.History) error {
	wanted, err := r.run(history)
	if err != nil {
		return r.locate(err, history, wanted)
	}
	return r.compareInputs(history, wanted)
}

// run gives what the code has asked for, as far as it came.
func (r *Replayer) run(history *historypb.History) (*trace, error) {
	wanted := &trace{}
	replayer, err := worker.NewWorkflowReplayerWithOptions(worker.WorkflowReplayerOptions{
		DataConverter: r.converter, Interceptors: []interceptor.WorkerInterceptor{wanted},
	})
	if err != nil {
		return nil, err
	}
	r.register(replayer)
	quiet := sdklog.NewStructuredLogger(slog.New(slog.DiscardHandler))
	return wanted, replayer.ReplayWorkflowHistory(quiet, history)
}
