package activities

import (
	"context"

	"go.temporal.io/sdk/activity"

	"github.com/parley-chat/parley/chat"
	"github.com/parley-chat/parley/telemetry"
	"github.com/parley-chat/parley/turn"
	"github.com/parley-chat/parley/workflows"
)

// CloseTurn implements workflows.Activities.
func (a *Activities) CloseTurn(ctx context.Context, in workflows.CloseInput) error {
	ctx = telemetry.About(ctx, telemetry.Subject{Tenant: in.Tenant, Turn: in.Turn})
	step, err := a.turns.TakeOver(ctx, in.Tenant, in.Turn)
	if err != nil || step.Over != nil {
		return err
	}
	ending := turn.Ending{Status: chat.TurnFailed, Code: in.Code, Usage: a.abandon(ctx, in.Tenant, step)}
	if in.Stopped {
		ending.Status, ending.Code = chat.TurnStopped, ""
	}
	_, err = step.End(ctx, ending)
	return err
}

// abandon ends what the provider may still generate for a step whose process has
// died, and gives what it has cost. The turn is closed in any case.
func (a *Activities) abandon(ctx context.Context, tenant chat.TenantID, step *turn.Step) *turn.Usage {
	m, err := a.models.of(tenant, step.Account, step.Config)
	if err != nil {
		activity.GetLogger(ctx).Warn("the provider could not be told to stop", "error", err)
		return nil
	}
	return newSpeech(step, m).letGo(ctx)
}
