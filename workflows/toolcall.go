package workflows

import (
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/workflow"

	"github.com/parley-chat/parley/chat"
)

// ToolCallInput names a call to make. Everything else about it is in its row.
type ToolCallInput struct {
	Tenant chat.TenantID    `json:"tenant"`
	Call   chat.ToolCallRef `json:"call"`
	// Timeout is the tool's: after that nobody begins to make the call.
	Timeout time.Duration `json:"timeout"`
}

// ToolCallResult says what is left to be done for a call.
type ToolCallResult struct {
	// Asked: people are to decide, which is watched by an ApprovalWorkflow.
	Asked *ApprovalInput `json:"asked,omitempty"`
	// Offered: a page of the visitor's is to do it, and has so long until somebody looks
	// what has become of it.
	Offered time.Duration `json:"offered,omitempty"`
	// Late: the turn has gone on, or ended, without the outcome.
	Late bool `json:"late,omitempty"`
}

// ToolCallWorkflow brings one call of a tool to its end. It outlives the turn that
// asked for it: what has begun is recorded even if nobody waits any more, and what
// people decide is done, however late.
func ToolCallWorkflow(ctx workflow.Context, in ToolCallInput) error {
	c := &toolCall{in: in, answered: workflow.GetSignalChannel(ctx, SignalAnswered)}
	return c.run(ctx)
}

type toolCall struct {
	in       ToolCallInput
	asked    bool // people were
	answered workflow.ReceiveChannel
}

func (c *toolCall) run(ctx workflow.Context) error {
	result, err := c.untilOver(ctx)
	if err != nil {
		workflow.GetLogger(ctx).Error("the call has no outcome of its own", "error", err)
		detached, cancel := workflow.NewDisconnectedContext(ctx)
		defer cancel()
		if result, err = closeCall(detached, c.in); err != nil {
			return err
		}
	}
	if !c.asked || !result.Late {
		return nil
	}
	return continueTurn(ctx, TurnInput{Tenant: c.in.Tenant, Turn: c.in.Call.Turn})
}

func (c *toolCall) untilOver(ctx workflow.Context) (ToolCallResult, error) {
	for {
		result, err := callTool(ctx, c.in)
		switch {
		case err != nil:
			return result, err
		case result.Asked != nil:
			c.asked = true
			err = c.awaitPeople(ctx, *result.Asked)
		case result.Offered > 0:
			err = c.awaitPage(ctx, result.Offered)
		default:
			for c.answered.ReceiveAsync(nil) { // each is a hint at what is known by now
			}
			return result, nil
		}
		if err != nil {
			return result, err
		}
	}
}

// lookAgain is how soon it is looked whether a page has answered, should its signal have
// been lost.
const lookAgain = 10 * time.Second

// awaitPage waits until a page has answered, or for the time to look.
func (c *toolCall) awaitPage(ctx workflow.Context, wait time.Duration) error {
	timed, stop := workflow.WithCancel(ctx)
	defer stop()
	waiting := workflow.NewSelector(ctx)
	waiting.AddReceive(c.answered, func(signals workflow.ReceiveChannel, _ bool) { signals.Receive(ctx, nil) })
	waiting.AddReceive(ctx.Done(), func(workflow.ReceiveChannel, bool) {})
	waiting.AddFuture(workflow.NewTimer(timed, min(wait, lookAgain)), func(workflow.Future) {})
	waiting.Select(ctx)
	return ctx.Err()
}

func (c *toolCall) awaitPeople(ctx workflow.Context, in ApprovalInput) error {
	options := workflow.ChildWorkflowOptions{
		WorkflowID:            ApprovalID(in.Tenant, in.Approval),
		WorkflowIDReusePolicy: enumspb.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE,
		WorkflowTaskTimeout:   TaskTimeout,
		ParentClosePolicy:     enumspb.PARENT_CLOSE_POLICY_REQUEST_CANCEL,
		TypedSearchAttributes: workflow.GetTypedSearchAttributes(ctx),
	}
	return workflow.ExecuteChildWorkflow(workflow.WithChildOptions(ctx, options), ApprovalWorkflow, in).Get(ctx, nil)
}
