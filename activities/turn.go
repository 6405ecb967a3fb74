package activities

import (
	"context"

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
	ending := turn.Ending{Status: chat.TurnFailed, Code: in.Code, Usage: a.models.Abandon(ctx, in.Tenant, step)}
	if in.Stopped {
		ending.Status, ending.Code = chat.TurnStopped, ""
	}
	_, err = step.End(ctx, ending)
	return err
}

// Abandon ends what the provider may still generate for a step whose process has
// died, and gives what it has cost. The turn is closed in any case.
func (m *Models) Abandon(ctx context.Context, tenant chat.TenantID, step *turn.Step) *turn.Usage {
	models, err := m.of(tenant, step.Account, step.Config)
	if err != nil {
		step.Logger().WarnContext(ctx, "the provider could not be told to stop", "error", err)
		return nil
	}
	return newSpeech(step, models, 0).letGo(ctx)
}
