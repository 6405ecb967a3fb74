package turn

import (
	"context"
	"errors"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"
	sdktemporal "go.temporal.io/sdk/temporal"

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
	// callLostAfter is how old a call without an outcome is, whose turn is over, before
	// it is given a workflow once more.
	callLostAfter = workflows.CallGrace + 2*chat.MaxToolTimeout*time.Second
	// untoldAfter is how long ago people have decided about a call that has not gone on.
	untoldAfter = 5 * time.Second
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
	var lost []db.ToolCallLostRow
	var untold []db.ApprovalUntoldRow
	var handoffs []db.HandoffUnsettledRow
	err := s.db.System(ctx, func(tx *db.SystemTx) (err error) {
		if unstarted, err = tx.TurnUnstarted(ctx, unstartedAfter.Seconds(), reconcileBatch); err != nil {
			return err
		}
		if silent, err = tx.TurnSilent(ctx, silentAfter.Seconds(), reconcileBatch); err != nil {
			return err
		}
		if lost, err = tx.ToolCallLost(ctx, callLostAfter.Seconds(), reconcileBatch); err != nil {
			return err
		}
		if untold, err = tx.ApprovalUntold(ctx, untoldAfter.Seconds(), reconcileBatch); err != nil {
			return err
		}
		handoffs, err = tx.HandoffUnsettled(ctx, untoldAfter.Seconds(), reconcileBatch)
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
	for _, row := range lost {
		failed = append(failed, s.takeUpCall(ctx, row))
	}
	for _, row := range untold {
		failed = append(failed, s.tellAgain(ctx, row))
	}
	for _, row := range handoffs {
		failed = append(failed, s.takeUpHandoff(ctx, row))
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
	ending := Ending{Status: chat.TurnFailed, Code: workflows.ErrorInternal}
	if s.abandon != nil {
		ending.Usage = s.abandon(ctx, tenant, step)
	}
	_, err = step.End(ctx, ending)
	if err == nil {
		s.metrics.Reconciled("closed")
	}
	return err
}

// takeUpCall gives a call whose workflow was lost another one, which finds out what
// has become of it.
func (s *Service) takeUpCall(ctx context.Context, row db.ToolCallLostRow) error {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	ctx = telemetry.About(ctx, telemetry.Subject{Tenant: row.TenantID, Turn: row.TurnID})
	in := workflows.ToolCallInput{
		Tenant: row.TenantID, Call: chat.ToolCallRef{Turn: row.TurnID, Step: int(row.Step), Index: int(row.Place)},
		Timeout: chat.DefaultToolTimeout * time.Second,
	}
	_, err := s.temporal.ExecuteWorkflow(ctx, client.StartWorkflowOptions{
		ID:                       workflows.ToolCallID(in.Tenant, in.Call),
		TaskQueue:                s.queue,
		WorkflowTaskTimeout:      workflows.TaskTimeout,
		WorkflowIDConflictPolicy: enumspb.WORKFLOW_ID_CONFLICT_POLICY_USE_EXISTING,
		Priority:                 sdktemporal.Priority{FairnessKey: row.TenantID.String()},
	}, workflows.ToolCallWorkflow, in)
	return err
}
