package workflows

import (
	"time"

	"go.temporal.io/sdk/workflow"

	"github.com/parley-chat/parley/chat"
)

// ApprovalInput names a question to people about a call. What was asked and what
// they have said is in its row.
type ApprovalInput struct {
	Tenant   chat.TenantID   `json:"tenant"`
	Approval chat.ApprovalID `json:"approval"`
	// Expires is how long people have from now on; RemindAfter is when they are told
	// again, 0: never.
	Expires     time.Duration `json:"expires"`
	RemindAfter time.Duration `json:"remindAfter,omitempty"`
}

// ApprovalWorkflow watches the clock for a question, for minutes or for weeks. It
// ends when people have decided, or when their time has run out.
func ApprovalWorkflow(ctx workflow.Context, in ApprovalInput) error {
	a := &approval{in: in, decided: workflow.GetSignalChannel(ctx, SignalDecided)}
	return a.run(ctx)
}

type approval struct {
	in      ApprovalInput
	decided workflow.ReceiveChannel
}

func (a *approval) run(ctx workflow.Context) error {
	workflow.Go(ctx, func(ctx workflow.Context) { // it may be decided before everybody is told
		if err := notifyApproval(ctx, a.in); err != nil {
			workflow.GetLogger(ctx).Warn("not everybody was told", "error", err)
		}
	})
	left := a.in.Expires
	if remind := a.in.RemindAfter; remind > 0 && remind < left {
		if a.decidedWithin(ctx, remind) {
			return ctx.Err()
		}
		if err := remindApproval(ctx, a.in); err != nil {
			workflow.GetLogger(ctx).Warn("nobody was reminded", "error", err)
		}
		left -= remind
	}
	if a.decidedWithin(ctx, left) {
		return ctx.Err()
	}
	return expireApproval(ctx, a.in)
}

// decidedWithin waits for the decision, or for the time to pass, or to be canceled.
func (a *approval) decidedWithin(ctx workflow.Context, wait time.Duration) (over bool) {
	timed, stop := workflow.WithCancel(ctx)
	defer stop()
	waiting := workflow.NewSelector(ctx)
	waiting.AddReceive(a.decided, func(signals workflow.ReceiveChannel, _ bool) {
		signals.Receive(ctx, nil)
		over = true
	})
	waiting.AddReceive(ctx.Done(), func(workflow.ReceiveChannel, bool) { over = true })
	waiting.AddFuture(workflow.NewTimer(timed, wait), func(workflow.Future) {})
	waiting.Select(ctx)
	return over
}
