package workflows

import (
	"time"

	"go.temporal.io/sdk/workflow"

	"github.com/parley-chat/parley/chat"
)

// HandoffInput names a stretch in which people answer a conversation. Who has asked
// for it and who answers is in its row.
type HandoffInput struct {
	Tenant  chat.TenantID  `json:"tenant"`
	Handoff chat.HandoffID `json:"handoff"`
	// Notified: the staff have been told, before the history was begun anew.
	Notified bool `json:"notified,omitempty"`
}

// HandoffWatch says what the clock of a handoff is to do next.
type HandoffWatch struct {
	// Over: the agent answers again.
	Over bool `json:"over,omitempty"`
	// Wait is how long people have left to say something; 0: nobody waits for them.
	Wait time.Duration `json:"wait,omitempty"`
}

// HandoffWorkflow watches the clock while people answer a conversation, for minutes or
// for weeks: when a visitor has waited for long enough, the agent goes on.
func HandoffWorkflow(ctx workflow.Context, in HandoffInput) error {
	h := &handoff{in: in, hints: workflow.GetSignalChannel(ctx, SignalHandoff)}
	return h.run(ctx)
}

type handoff struct {
	in    HandoffInput
	hints workflow.ReceiveChannel
}

func (h *handoff) run(ctx workflow.Context) error {
	if !h.in.Notified {
		workflow.Go(ctx, func(ctx workflow.Context) { // somebody may come before everybody is told
			if err := notifyHandoff(ctx, h.in); err != nil {
				workflow.GetLogger(ctx).Warn("not everybody was told", "error", err)
			}
		})
	}
	for {
		h.drain() // all that they hint at is seen at the next look
		watched, err := watchHandoff(ctx, h.in)
		if err != nil || watched.Over {
			h.drain()
			return err
		}
		if workflow.GetInfo(ctx).GetContinueAsNewSuggested() {
			h.in.Notified = true
			return workflow.NewContinueAsNewError(ctx, HandoffWorkflow, h.in)
		}
		if err := h.await(ctx, watched.Wait); err != nil {
			return err
		}
	}
}

func (h *handoff) drain() {
	for h.hints.ReceiveAsync(nil) {
	}
}

// await waits for a hint, or for the time to pass if there is any.
func (h *handoff) await(ctx workflow.Context, wait time.Duration) error {
	timed, stop := workflow.WithCancel(ctx)
	defer stop()
	waiting := workflow.NewSelector(ctx)
	waiting.AddReceive(h.hints, func(hints workflow.ReceiveChannel, _ bool) { hints.Receive(ctx, nil) })
	waiting.AddReceive(ctx.Done(), func(workflow.ReceiveChannel, bool) {})
	if wait > 0 {
		waiting.AddFuture(workflow.NewTimer(timed, wait), func(workflow.Future) {})
	}
	waiting.Select(ctx)
	return ctx.Err()
}
