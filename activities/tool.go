package activities

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/temporal"

	"github.com/parley-chat/parley/chat"
	"github.com/parley-chat/parley/db"
	"github.com/parley-chat/parley/secret"
	"github.com/parley-chat/parley/telemetry"
	"github.com/parley-chat/parley/tool"
	"github.com/parley-chat/parley/turn"
	"github.com/parley-chat/parley/workflows"
)

const (
	// maxCalls is how often a call is made that may be repeated.
	maxCalls = 4
	// callPause lies before the second time, twice as much before the third.
	callPause = 250 * time.Millisecond
	// probePause lies between two looks at whether a call was done whose answer is
	// lost. The server may still be at it.
	probePause   = 2 * time.Second
	probeTimeout = 10 * time.Second
	// recordWithin bounds how long an outcome is held while the database is away. It
	// is in nobody else's memory.
	recordWithin = 45 * time.Second
	recordPause  = 200 * time.Millisecond
)

// Error types of calls that are tried again.
const (
	errorToolAgain = "tool_again"
	errorToolMoved = "tool_moved"
)

// CallTool implements workflows.Activities.
func (a *Activities) CallTool(ctx context.Context, in workflows.ToolCallInput) (workflows.ToolCallResult, error) {
	defer triesOf(ctx).beat(ctx)()
	ctx = telemetry.About(ctx, telemetry.Subject{Tenant: in.Tenant, Turn: in.Call.Turn})
	call, err := a.turns.OpenCall(ctx, in.Tenant, in.Call)
	if err != nil {
		return workflows.ToolCallResult{}, err
	}
	c := toolCall{Activities: a, Call: call, tenant: in.Tenant, timeout: in.Timeout}
	asked, err := c.goOn(ctx)
	result := workflows.ToolCallResult{Asked: asked, Late: asked == nil && !c.Row.Told}
	if asked == nil && c.ForPage() && !c.Row.State.Final() {
		result.Offered, result.Late = max(time.Until(*c.Row.DeadlineAt), recordPause), false
	}
	return result, err
}

// CloseCall implements workflows.Activities.
func (a *Activities) CloseCall(ctx context.Context, in workflows.ToolCallInput) (workflows.ToolCallResult, error) {
	ctx = telemetry.About(ctx, telemetry.Subject{Tenant: in.Tenant, Turn: in.Call.Turn})
	call, err := a.turns.OpenCall(ctx, in.Tenant, in.Call)
	if err != nil {
		return workflows.ToolCallResult{}, err
	}
	c := toolCall{Activities: a, Call: call, tenant: in.Tenant}
	if !call.Row.State.Final() {
		err = c.finish(ctx, tool.TimedOut(call.Row.Class, call.Row.DispatchedAt != nil))
	}
	return workflows.ToolCallResult{Late: !c.Row.Told}, err
}

// toolCall is one attempt at a call.
type toolCall struct {
	*Activities
	*turn.Call
	tenant  chat.TenantID
	timeout time.Duration
}

// goOn does what the call's state asks for. It gives the question if people are to
// decide.
func (c toolCall) goOn(ctx context.Context) (*workflows.ApprovalInput, error) {
	switch state := c.Row.State; {
	case state.Final():
		return nil, nil
	case c.ForPage():
		return nil, c.awaitPage(ctx)
	case c.Stopping && state != chat.CallDispatched:
		return nil, c.finish(ctx, stoppedBefore)
	case state == chat.CallDispatched && c.Row.Class == chat.ClassWrite:
		return nil, c.findOut(ctx)
	case state == chat.CallDispatched:
		return nil, c.make(ctx)
	case state == chat.CallApproved:
		return nil, c.makeOnce(ctx)
	case state == chat.CallAwaiting:
		return c.hear(ctx)
	default:
		return c.decide(ctx)
	}
}

// decide lets the policy speak.
func (c toolCall) decide(ctx context.Context) (*workflows.ApprovalInput, error) {
	if c.Tool == nil {
		return nil, c.finish(ctx, tool.Outcome{State: chat.CallFailed, Error: "There is no tool of this name."})
	}
	decision, by, err := tool.DecideBy(c.Tool.Policy, tool.Facts{Arguments: c.Row.Arguments, Agent: c.Agent.String(), Visitor: c.visitor()})
	if err != nil {
		activity.GetLogger(ctx).Warn("a tool's policy cannot decide", "tool", c.Tool.Name, "error", err)
	}
	decision = c.Decided(decision, by)
	switch {
	case decision == chat.DecideAllow:
		return nil, c.makeOnce(ctx)
	case decision.Asks() != "":
		return c.ask(ctx, decision.Asks())
	default:
		return nil, c.finish(ctx, tool.Outcome{State: chat.CallDenied})
	}
}

// makeOnce makes a call unless the same was done for the answer that this one
// replaces.
func (c toolCall) makeOnce(ctx context.Context) error {
	if over, err := c.takenOver(ctx); over || err != nil {
		return err
	}
	return c.make(ctx)
}

// takenOver reports whether the call has got its outcome from the same change in
// the answer that this one replaces.
func (c toolCall) takenOver(ctx context.Context) (bool, error) {
	if c.Row.Class == chat.ClassRead {
		return false, nil
	}
	done, err := c.Replaced(ctx)
	if err != nil || done == nil {
		return false, err
	}
	return true, c.record(ctx, *done)
}

// stoppedBefore is the outcome of what was not begun when the answer was stopped.
var stoppedBefore = tool.Outcome{State: chat.CallCanceled, Error: "The answer was stopped before this was done. It was not done."}

// offer has the visitor's pages make the call.
func (c toolCall) offer(ctx context.Context) error {
	err := c.Offer(ctx)
	switch chat.CodeOf(err) {
	case chat.CodeNotFound, chat.CodeConflict:
		return again(errorToolMoved, callPause)
	default:
		return err
	}
}

// awaitPage ends a call that no page has answered in time.
func (c toolCall) awaitPage(ctx context.Context) error {
	taken := c.Row.State == chat.CallDispatched
	switch {
	case c.Stopping && !taken:
		return c.withdraw(ctx, stoppedBefore)
	case time.Now().Before(*c.Row.DeadlineAt):
		return nil
	case taken:
		return c.finish(ctx, tool.PageSilent(c.Row.Class))
	default:
		return c.withdraw(ctx, tool.NoPage)
	}
}

func (c toolCall) withdraw(ctx context.Context, outcome tool.Outcome) error {
	return c.Withdraw(ctx, turn.CallOutcome{State: outcome.State, Error: outcome.Error})
}

// make dispatches the call and makes it.
func (c toolCall) make(ctx context.Context) error {
	if c.Tool.Kind == chat.ToolHandoff {
		return c.handOver(ctx)
	}
	if c.Tool.Kind == chat.ToolClient {
		return c.offer(ctx)
	}
	request, err := c.request()
	if err != nil {
		return err
	}
	deadline, err := c.Dispatch(ctx, c.timeout)
	if chat.CodeOf(err) == chat.CodeNotFound {
		return again(errorToolMoved, callPause) // something has changed: look at it anew
	}
	if err != nil {
		return err
	}
	bounded, cancel := context.WithDeadline(context.WithoutCancel(ctx), deadline)
	defer cancel()
	request.Progress = c.progress(bounded)
	outcome := c.tools.Run(bounded, request)
	pause := max(outcome.RetryAfter, callPause<<min(c.Row.Attempts, maxCalls))
	if outcome.Again && c.Row.Attempts < maxCalls && time.Until(deadline) > pause {
		return again(errorToolAgain, pause)
	}
	return c.finish(ctx, outcome)
}

// handOver gives the conversation to somebody else.
func (c toolCall) handOver(ctx context.Context) error {
	if _, err := c.Dispatch(ctx, c.timeout); chat.CodeOf(err) == chat.CodeNotFound {
		return again(errorToolMoved, callPause) // something has changed: look at it anew
	} else if err != nil {
		return err
	}
	outcome, err := c.HandOver(ctx)
	if err != nil {
		return err
	}
	return c.record(ctx, outcome)
}

// progress shows the turn's readers how far the call has come. It is not worth a
// call's while to fail for it, nor to wait.
func (c toolCall) progress(ctx context.Context) func(tool.Progress) {
	var busy atomic.Bool
	return func(p tool.Progress) {
		if !busy.CompareAndSwap(false, true) {
			return
		}
		go func() {
			defer busy.Store(false)
			said, err := json.Marshal(p)
			if err == nil {
				err = c.Report(ctx, said)
			}
			if err != nil && ctx.Err() == nil {
				activity.GetLogger(ctx).Warn("a call's progress cannot be shown", "call", c.Row.ID, "error", err)
			}
		}()
	}
}

// findOut is for a change that an earlier attempt may have made. It is not made
// again, whatever the tool's server says: before the deadline the attempt that is
// thought dead, or the server, may still be at it, and after it the model decides
// anew.
func (c toolCall) findOut(ctx context.Context) error {
	if c.Tool == nil || c.Tool.HTTP == nil || c.Tool.HTTP.Probe == nil {
		return c.finish(ctx, tool.TimedOut(c.Row.Class, true))
	}
	request, err := c.request()
	if err != nil {
		return err
	}
	late := time.Now().After(*c.Row.DeadlineAt)
	bounded, cancel := context.WithTimeout(context.WithoutCancel(ctx), probeTimeout)
	defer cancel()
	outcome := c.tools.Probe(bounded, request)
	if outcome.State != chat.CallSucceeded && !late {
		return again(errorToolAgain, min(probePause, max(time.Until(*c.Row.DeadlineAt), recordPause)))
	}
	return c.finish(ctx, outcome)
}

func again(kind string, pause time.Duration) error {
	return temporal.NewApplicationErrorWithOptions("the call has no outcome yet", kind, temporal.ApplicationErrorOptions{NextRetryDelay: pause})
}

// request puts together what the tool's server is sent. The secrets live for the
// call alone.
func (c toolCall) request() (tool.Call, error) {
	signing, err := c.key.Signing(c.tenant, c.SigningNumber)
	if err != nil {
		return tool.Call{}, err
	}
	secrets := make(map[string]string, len(c.SealedSecrets))
	for name, sealed := range c.SealedSecrets {
		plain, err := c.key.Open(sealed, c.tenant, secret.ToolColumn)
		if err != nil {
			return tool.Call{}, fmt.Errorf("secret %s: %w", name, err)
		}
		secrets[name] = string(plain)
	}
	request := tool.Call{
		ID: c.Row.ID, Tool: *c.Tool, Arguments: c.Row.Arguments, Visitor: c.visitor(),
		Conversation: c.Row.ConversationID.String(), Secrets: secrets, SigningKey: signing,
	}
	if c.Server != nil {
		request.Server = &tool.Server{Tenant: c.tenant, Config: *c.Server, Secrets: secrets}
	}
	return request, nil
}

func (c toolCall) visitor() tool.Visitor {
	v := tool.Visitor{ExternalID: c.Visitor.ExternalID, Name: c.Visitor.Name, Email: c.Visitor.Email, Traits: json.RawMessage(`{}`)}
	if !c.Visitor.ID.IsZero() {
		v.ID, v.Traits = c.Visitor.ID.String(), c.Visitor.Traits
	}
	return v
}

func (c toolCall) finish(ctx context.Context, outcome tool.Outcome) error {
	return c.record(ctx, turn.CallOutcome{State: outcome.State, Output: outcome.Output, Error: outcome.Error})
}

// record holds on to an outcome while the database is away: of a change nobody
// could find it out again.
func (c toolCall) record(ctx context.Context, outcome turn.CallOutcome) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), recordWithin)
	defer cancel()
	for {
		err := c.Finish(ctx, outcome)
		if err == nil || !db.Unavailable(err) && !errors.Is(err, context.DeadlineExceeded) {
			return err
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(recordPause):
		}
	}
}
