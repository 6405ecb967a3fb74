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
	ending := turn.Ending{Status: chat.TurnFailed, Code: in.Code}
	if in.Stopped {
		ending = turn.Ending{Status: chat.TurnStopped}
	}
	return a.turns.Close(ctx, in.Tenant, in.Turn, ending)
}
