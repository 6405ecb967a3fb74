package activities

import (
	"context"
	"errors"

	"github.com/parley-chat/parley/telemetry"
	"github.com/parley-chat/parley/workflows"
)

// NotifyHandoff implements workflows.Activities. One who cannot be reached keeps no
// other from being told.
func (a *Activities) NotifyHandoff(ctx context.Context, in workflows.HandoffInput) error {
	ctx = telemetry.About(ctx, telemetry.Subject{Tenant: in.Tenant})
	summons, err := a.turns.SummonStaff(ctx, in.Tenant, in.Handoff)
	if err != nil {
		return err
	}
	var failed []error
	for _, member := range summons.Members {
		failed = append(failed, a.letters.Mailer.Send(ctx, a.letters.visitorWaits(summons, member)))
	}
	return errors.Join(failed...)
}

// WatchHandoff implements workflows.Activities.
func (a *Activities) WatchHandoff(ctx context.Context, in workflows.HandoffInput) (workflows.HandoffWatch, error) {
	ctx = telemetry.About(ctx, telemetry.Subject{Tenant: in.Tenant})
	watched, err := a.turns.WatchHandoff(ctx, in.Tenant, in.Handoff)
	return workflows.HandoffWatch(watched), err
}
