package activities

import (
	"context"
	"errors"
	"time"

	"go.temporal.io/sdk/temporal"

	"github.com/parley-chat/parley/chat"
	"github.com/parley-chat/parley/db"
	"github.com/parley-chat/parley/telemetry"
	"github.com/parley-chat/parley/tool"
	"github.com/parley-chat/parley/turn"
	"github.com/parley-chat/parley/workflows"
)

// ask has people decide about a call. What was done for a replaced answer needs no
// decision: nobody would do it again.
func (c toolCall) ask(ctx context.Context, asks string) (*workflows.ApprovalInput, error) {
	if over, err := c.takenOver(ctx); over || err != nil {
		return nil, err
	}
	approval, err := c.Ask(ctx, asks)
	if err != nil {
		return nil, err
	}
	return asked(c.tenant, approval), nil
}

func asked(tenant chat.TenantID, approval db.Approval) *workflows.ApprovalInput {
	in := workflows.ApprovalInput{Tenant: tenant, Approval: approval.ID, Expires: max(time.Until(approval.ExpiresAt), 0)}
	if approval.ReminderDue != nil && approval.RemindedAt == nil {
		in.RemindAfter = max(time.Until(*approval.ReminderDue), time.Second)
	}
	return &in
}

// hear finds out what people have said.
func (c toolCall) hear(ctx context.Context) (*workflows.ApprovalInput, error) {
	approval, err := c.Asked(ctx)
	if err != nil {
		return nil, err
	}
	switch approval.State {
	case chat.ApprovalOpen:
		return asked(c.tenant, approval), nil
	case chat.ApprovalCanceled:
		return nil, c.finish(ctx, tool.Outcome{State: chat.CallCanceled, Error: "The answer was given up before anybody decided. This was not done."})
	case chat.ApprovalDenied:
		return nil, c.finish(ctx, tool.Outcome{State: chat.CallDenied, Error: approval.Reason})
	default: // the call was released in the same moment
		return nil, again(errorToolMoved, callPause)
	}
}

// ParkTurn implements workflows.Activities.
func (a *Activities) ParkTurn(ctx context.Context, in workflows.TurnInput) (workflows.Parking, error) {
	ctx = telemetry.About(ctx, telemetry.Subject{Tenant: in.Tenant, Turn: in.Turn})
	parked, err := a.turns.Park(ctx, in.Tenant, in.Turn)
	switch parked {
	case turn.WaitsLong:
		return workflows.ParkingDone, err
	case turn.GoesOn:
		return workflows.ParkingGoesOn, err
	default:
		return workflows.ParkingBusy, err
	}
}

// ContinueTurn implements workflows.Activities.
func (a *Activities) ContinueTurn(ctx context.Context, in workflows.TurnInput) error {
	ctx = telemetry.About(ctx, telemetry.Subject{Tenant: in.Tenant, Turn: in.Turn})
	err := a.turns.Continue(ctx, in.Tenant, in.Turn)
	if code := chat.CodeOf(err); code == chat.CodeNotFound {
		return nil // the conversation is gone
	} else if code == chat.CodeBudgetExhausted {
		return temporal.NewNonRetryableApplicationError("nobody tells the visitor: the budget is exhausted", workflows.ErrorInternal, err)
	}
	return err
}

// NotifyApproval implements workflows.Activities.
func (a *Activities) NotifyApproval(ctx context.Context, in workflows.ApprovalInput) error {
	return a.writeTo(ctx, in, false)
}

// RemindApproval implements workflows.Activities.
func (a *Activities) RemindApproval(ctx context.Context, in workflows.ApprovalInput) error {
	return a.writeTo(ctx, in, true)
}

// writeTo sends a letter with a link of their own to each person who may decide. One
// who cannot be reached keeps no other from being told.
func (a *Activities) writeTo(ctx context.Context, in workflows.ApprovalInput, again bool) error {
	ctx = telemetry.About(ctx, telemetry.Subject{Tenant: in.Tenant})
	summons, err := a.turns.SummonMembers(ctx, in.Tenant, in.Approval, again)
	if err != nil {
		return err
	}
	var failed []error
	for _, member := range summons.Members {
		letter, err := a.letters.write(in, summons, member, again)
		if err == nil {
			err = a.letters.Mailer.Send(ctx, letter)
		}
		failed = append(failed, err)
	}
	return errors.Join(failed...)
}

// ExpireApproval implements workflows.Activities.
func (a *Activities) ExpireApproval(ctx context.Context, in workflows.ApprovalInput) error {
	ctx = telemetry.About(ctx, telemetry.Subject{Tenant: in.Tenant})
	return a.turns.ExpireApproval(ctx, in.Tenant, in.Approval)
}
