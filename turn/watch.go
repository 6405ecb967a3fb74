package turn

import (
	"context"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"
	sdktemporal "go.temporal.io/sdk/temporal"

	"github.com/parley-chat/parley/chat"
	"github.com/parley-chat/parley/db"
	"github.com/parley-chat/parley/telemetry"
	"github.com/parley-chat/parley/workflows"
)

// Watched is what the clock of a handoff is to do.
type Watched struct {
	// Over: the conversation is its agent's again, and nothing is left to answer.
	Over bool
	// Wait is how long people have left; 0: nobody waits for them.
	Wait time.Duration
}

// WatchHandoff looks at a handoff. Where people had their time the agent goes on, and
// where it goes on it answers what was left.
func (s *Service) WatchHandoff(ctx context.Context, tenant chat.TenantID, id chat.HandoffID) (Watched, error) {
	row, err := s.watched(ctx, tenant, id)
	if err != nil {
		return Watched{Over: chat.CodeOf(err) == chat.CodeNotFound}, ignoreMissing(err)
	}
	if row.EndedAt == nil && row.DueAt != nil && !time.Now().Before(*row.DueAt) {
		if row, err = s.giveUpOnPeople(ctx, tenant, row); err != nil {
			return Watched{}, err
		}
	}
	switch {
	case row.EndedAt != nil:
		return Watched{Over: true}, s.settleHandoff(ctx, tenant, row)
	case row.DueAt != nil:
		return Watched{Wait: max(time.Until(*row.DueAt), time.Millisecond)}, nil
	default:
		return Watched{}, nil
	}
}

func ignoreMissing(err error) error {
	if chat.CodeOf(err) == chat.CodeNotFound {
		return nil
	}
	return err
}

func (s *Service) watched(ctx context.Context, tenant chat.TenantID, id chat.HandoffID) (row db.Handoff, err error) {
	err = s.db.Tenant(ctx, tenant, func(tx *db.TenantTx) error {
		if err := tx.HandoffWatched(ctx, id); err != nil {
			return err
		}
		row, err = tx.HandoffGet(ctx, id)
		return err
	})
	return row, err
}

func (s *Service) handoff(ctx context.Context, tenant chat.TenantID, id chat.HandoffID) (row db.Handoff, err error) {
	err = s.db.Tenant(ctx, tenant, func(tx *db.TenantTx) error {
		row, err = tx.HandoffGet(ctx, id)
		return err
	})
	return row, err
}

// giveUpOnPeople has the agent go on, unless somebody has written in this moment.
func (s *Service) giveUpOnPeople(ctx context.Context, tenant chat.TenantID, row db.Handoff) (db.Handoff, error) {
	_, err := s.withPeople(ctx, tenant, row.ConversationID, func(ctx context.Context, p *people) error {
		open, err := p.tx.HandoffGet(ctx, row.ID)
		if err != nil || open.EndedAt != nil || open.DueAt == nil || time.Now().Before(*open.DueAt) {
			return err
		}
		return p.end(ctx, endUnanswered, chat.HandoffUnanswered)
	})
	if chat.CodeOf(err) == chat.CodeNotFound { // the conversation is deleted
		now := time.Now()
		row.EndedAt = &now
		return row, nil
	}
	if err != nil {
		return row, err
	}
	return s.handoff(ctx, tenant, row.ID)
}

// settleHandoff has what was left answered, and remembers that.
func (s *Service) settleHandoff(ctx context.Context, tenant chat.TenantID, row db.Handoff) error {
	_, err := s.Start(ctx, tenant, Question{Conversation: row.ConversationID, left: true})
	switch {
	case err == nil, err == errNothingToTell: //nolint:errorlint // it is never wrapped
	case passes(err):
		return err // tried again: whoever settles now leaves the visitor without an answer
	default:
		s.logger.WarnContext(ctx, "handoff: what was left is not answered", "error", err)
	}
	return s.db.Tenant(ctx, tenant, func(tx *db.TenantTx) error { return tx.HandoffSettled(ctx, row.ID) })
}

// passes says that what was refused may be done later.
func passes(err error) bool {
	switch chat.CodeOf(err) {
	case chat.CodeRateLimited, chat.CodeUnavailable, chat.CodeInternal:
		return true
	default:
		return false
	}
}

// hintHandoff has the clock of a handoff looked at anew, and started if need be. Its
// loss costs time: the reconciler does it again.
func (s *Service) hintHandoff(ctx context.Context, tenant chat.TenantID, row db.Handoff) {
	if row.ID.IsZero() {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), startTimeout)
	defer cancel()
	s.hinted.Remove(row.ID)
	if err := s.startHandoff(ctx, tenant, row.ID, row.ConversationID); err != nil {
		s.logger.WarnContext(ctx, "handoff: its clock will be looked at later", "error", err)
	}
}

func (s *Service) startHandoff(ctx context.Context, tenant chat.TenantID, id chat.HandoffID, conversation chat.ConversationID) error {
	options := client.StartWorkflowOptions{
		TaskQueue:             s.queue,
		WorkflowTaskTimeout:   workflows.TaskTimeout,
		WorkflowIDReusePolicy: enumspb.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE,
		Priority:              sdktemporal.Priority{FairnessKey: tenant.String()},
		TypedSearchAttributes: sdktemporal.NewSearchAttributes(
			workflows.TenantAttribute.ValueSet(tenant.String()),
			workflows.ConversationAttribute.ValueSet(conversation.String()),
		),
	}
	_, err := s.temporal.SignalWithStartWorkflow(ctx, workflows.HandoffID(tenant, id), workflows.SignalHandoff, nil, options,
		workflows.HandoffWorkflow, workflows.HandoffInput{Tenant: tenant, Handoff: id})
	return err
}

// takeUpHandoff is for handoffs whose workflow has missed something.
func (s *Service) takeUpHandoff(ctx context.Context, row db.HandoffUnsettledRow) error {
	if s.hinted.Contains(row.ID) {
		return nil
	}
	s.hinted.Add(row.ID, struct{}{})
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	ctx = telemetry.About(ctx, telemetry.Subject{Tenant: row.TenantID, Conversation: row.ConversationID})
	return s.startHandoff(ctx, row.TenantID, row.ID, row.ConversationID)
}

// HandoffSummons is who is told that a visitor waits, and where.
type HandoffSummons struct {
	Conversation chat.ConversationID
	Agent        string
	Members      []db.MembersByRoleRow
}

// answerers may answer visitors.
var answerers = []string{string(chat.MemberOwner), string(chat.MemberAdmin), string(chat.MemberAgent)}

// SummonStaff gives those who can answer a visitor who waits; nobody if somebody has come.
func (s *Service) SummonStaff(ctx context.Context, tenant chat.TenantID, id chat.HandoffID) (summons HandoffSummons, err error) {
	wanted := false
	err = s.db.Tenant(ctx, tenant, func(tx *db.TenantTx) error {
		row, err := tx.HandoffGet(ctx, id)
		if err != nil {
			return err
		}
		wanted = row.EndedAt == nil && row.TakenAt == nil
		found, err := tx.ConversationStaffGet(ctx, row.ConversationID)
		summons.Conversation, summons.Agent = row.ConversationID, found.AgentName
		return err
	})
	if err != nil || !wanted {
		return summons, ignoreMissing(err)
	}
	return summons, s.db.System(ctx, func(tx *db.SystemTx) (err error) {
		summons.Members, err = tx.MembersByRole(ctx, tenant, answerers)
		return err
	})
}
