package turn

import (
	"context"
	"errors"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"

	"github.com/parley-chat/parley/chat"
	"github.com/parley-chat/parley/db"
	"github.com/parley-chat/parley/telemetry"
	"github.com/parley-chat/parley/workflows"
)

const (
	reconcileEvery = time.Second
	// unstartedAfter is how old a claimed turn without a step is before it is
	// given a workflow once more.
	unstartedAfter = time.Second
	// silentAfter is how long a running turn may commit nothing before its
	// workflow is looked for. A thinking model is silent too, so this only asks.
	silentAfter    = 20 * time.Second
	reconcileBatch = 500
)

// Reconcile finds running turns that nothing runs, until the context ends: those
// whose node died before the workflow was started get it, those whose workflow
// has ended without closing them get a truthful end. The row is the authority,
// since a workflow's id is forgotten with its retention.
func (s *Service) Reconcile(ctx context.Context) {
	ticker := time.NewTicker(reconcileEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		if err := s.reconcile(ctx); err != nil && ctx.Err() == nil {
			s.logger.WarnContext(ctx, "turn: reconciling failed, will try again", "error", err)
		}
	}
}

func (s *Service) reconcile(ctx context.Context) error {
	var unstarted []db.TurnUnstartedRow
	var silent []db.TurnSilentRow
	err := s.db.System(ctx, func(tx *db.SystemTx) (err error) {
		if unstarted, err = tx.TurnUnstarted(ctx, unstartedAfter.Seconds(), reconcileBatch); err != nil {
			return err
		}
		silent, err = tx.TurnSilent(ctx, silentAfter.Seconds(), reconcileBatch)
		return err
	})
	if err != nil {
		return err
	}
	var failed []error
	for _, row := range unstarted {
		failed = append(failed, s.startUnstarted(ctx, row))
	}
	for _, row := range silent {
		failed = append(failed, s.examine(ctx, row))
	}
	return errors.Join(failed...)
}

func (s *Service) startUnstarted(ctx context.Context, row db.TurnUnstartedRow) error {
	if s.started.Contains(row.ID) {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	ctx = telemetry.About(ctx, telemetry.Subject{Tenant: row.TenantID, Conversation: row.ConversationID, Turn: row.ID})
	started, err := s.startWorkflow(ctx, row.TenantID, ref{row.ID, row.ConversationID, row.AgentID})
	if started {
		s.metrics.Reconciled("started")
	}
	return err
}

// examine closes a turn whose workflow can no longer do it. One that has not
// begun and has no workflow is not lost but late: it is started.
func (s *Service) examine(ctx context.Context, row db.TurnSilentRow) error {
	tenant, turn := row.TenantID, row.ID
	ctx = telemetry.About(ctx, telemetry.Subject{Tenant: tenant, Turn: turn})
	description, err := s.temporal.DescribeWorkflowExecution(ctx, workflows.TurnID(tenant, turn), "")
	var gone *serviceerror.NotFound
	switch {
	case errors.As(err, &gone) && row.LastSeq <= 1:
		s.started.Remove(turn)
		return nil
	case errors.As(err, &gone):
	case err != nil:
		return err
	case description.GetWorkflowExecutionInfo().GetStatus() == enumspb.WORKFLOW_EXECUTION_STATUS_RUNNING:
		return nil
	}
	s.logger.WarnContext(ctx, "turn: closed as failed, its workflow is gone")
	step, err := s.TakeOver(ctx, tenant, turn)
	if err != nil || step.Over != nil {
		return err
	}
	_, err = step.End(ctx, Ending{Status: chat.TurnFailed, Code: workflows.ErrorInternal})
	if err == nil {
		s.metrics.Reconciled("closed")
	}
	return err
}
