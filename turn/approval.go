package turn

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"slices"
	"time"

	"github.com/google/uuid"
	"go.temporal.io/api/serviceerror"

	"github.com/parley-chat/parley/chat"
	"github.com/parley-chat/parley/db"
	"github.com/parley-chat/parley/telemetry"
	"github.com/parley-chat/parley/workflows"
)

// The reasons for decisions that nobody has made.
const (
	nobodyDecided  = "Nobody has decided in time."
	notWanted      = "The answer has ended before anybody decided."
	deciderMissing = "There is no such question."
)

// Ask has people decide about the call. If they have been asked before, it gives
// what they were asked.
func (c *Call) Ask(ctx context.Context, asks string) (approval db.Approval, err error) {
	var added finishing
	err = c.service.db.Tenant(ctx, c.tenant, func(tx *db.TenantTx) error {
		added = finishing{call: c, tx: tx}
		if err := added.lock(ctx); err != nil {
			return err
		}
		approval, err = tx.ApprovalOpen(ctx, c.question(asks))
		if chat.CodeOf(err) == chat.CodeNotFound {
			approval, err = tx.ApprovalByCall(ctx, c.Row.ID)
			return err
		}
		if err != nil {
			return err
		}
		if err := added.append(ctx, chat.Chunk{Type: chat.ChunkToolApprovalRequest, ApprovalID: approval.ID.String(), ToolCallID: c.Row.ID}); err != nil {
			return err
		}
		return c.service.log.Notify(ctx, tx)
	})
	if err == nil {
		added.publish()
	}
	return approval, err
}

func (c *Call) question(asks string) db.ApprovalOpenParams {
	policy := c.Tool.Policy.Approval
	roles := []string{}
	if asks == chat.AsksStaff {
		for _, role := range deciders(policy) {
			roles = append(roles, string(role))
		}
	}
	onExpiry := cmp.Or(policy.OnExpiry, chat.DecideDeny)
	if asks == chat.AsksPlayer {
		onExpiry = chat.DecideDeny // what somebody wants to be asked about is not done behind their back
	}
	return db.ApprovalOpenParams{
		Decision: c.decision, DecidedBy: c.by,
		CallID: c.Row.ID, ID: chat.NewID[chat.ApprovalID](), AgentID: c.Agent, Asks: asks, Title: cmp.Or(c.Tool.Title, c.Tool.Name),
		Quorum: int32(quorum(policy, asks)), Roles: roles, Editable: policy.Editable && asks == chat.AsksStaff,
		ExpiresInMinutes: int32(cmp.Or(policy.ExpiresInMinutes, chat.DefaultApprovalMinutes)),
		OnExpiry:         onExpiry, RemindAfterMinutes: int32(policy.RemindAfterMinutes),
	}
}

func deciders(policy chat.ApprovalPolicy) []chat.MemberRole {
	if len(policy.Roles) > 0 {
		return policy.Roles
	}
	return []chat.MemberRole{chat.MemberOwner, chat.MemberAdmin, chat.MemberAgent}
}

func quorum(policy chat.ApprovalPolicy, asks string) int {
	if asks != chat.AsksStaff {
		return 1
	}
	return max(policy.Quorum, 1)
}

// Asked gives what people were asked about the call, and what they have said. A call
// that they were not asked about is not_found.
func (c *Call) Asked(ctx context.Context) (approval db.Approval, err error) {
	err = c.service.db.Tenant(ctx, c.tenant, func(tx *db.TenantTx) error {
		approval, err = tx.ApprovalByCall(ctx, c.Row.ID)
		return err
	})
	return approval, err
}

// Vote is what one person says about a call.
type Vote struct {
	// Voter is the id of a member, with the role that they have, or without one of the
	// visitor, or of the person who plays the visitor.
	Voter uuid.UUID
	Role  chat.MemberRole
	Name  string
	// Program: a secret key votes, which whoever made it has allowed to.
	Program bool

	Approve bool
	Reason  string
	// Hash names the arguments that the person has seen (ArgumentsHash).
	Hash string
	// Arguments replace them; nil: they stay as they are.
	Arguments json.RawMessage
}

// ArgumentsHash names arguments as they are stored, so that nobody approves what
// they have not seen.
func ArgumentsHash(arguments json.RawMessage) string {
	sum := sha256.Sum256(arguments)
	return hex.EncodeToString(sum[:])
}

// Vote takes in what a person says about a call. It gives the approval as it stands
// then; who has voted before, or votes on one that is decided, gets that.
//
// Errors: not_found, also for those who may not decide; conflict if the arguments
// are not those that were asked about or may not be edited; gone if nobody needs to
// know any more, or time has run out.
func (s *Service) Vote(ctx context.Context, tenant chat.TenantID, id chat.ApprovalID, vote Vote) (db.Approval, error) {
	v := voting{vote: vote}
	err := s.db.Tenant(ctx, tenant, func(tx *db.TenantTx) error {
		v = voting{vote: vote, tx: tx}
		return v.run(ctx, id)
	})
	if err != nil {
		return db.Approval{}, err
	}
	if v.decided {
		s.tellDecided(ctx, tenant, id)
	}
	return v.approval, nil
}

type voting struct {
	vote     Vote
	tx       *db.TenantTx
	approval db.Approval
	decided  bool // by this vote
}

func (v *voting) run(ctx context.Context, id chat.ApprovalID) (err error) {
	if v.approval, err = v.tx.ApprovalLock(ctx, id); err != nil {
		return err
	}
	if err := v.mayDecide(ctx); err != nil {
		return err
	}
	switch {
	case v.approval.State == chat.ApprovalCanceled:
		return chat.NewError(chat.CodeGone, "Nobody needs to decide this any more: the answer has ended.")
	case v.approval.Expired, v.approval.State == chat.ApprovalOpen && !time.Now().Before(v.approval.ExpiresAt):
		return chat.NewError(chat.CodeGone, "It is too late: the time to decide has run out.")
	case v.approval.State != chat.ApprovalOpen:
		return nil
	}
	arguments, err := v.arguments()
	if err != nil {
		return err
	}
	_, err = v.tx.ApprovalVote(ctx, db.ApprovalVoteParams{
		ApprovalID: id, Voter: v.vote.Voter, Name: v.vote.Name, Approve: v.vote.Approve, Arguments: arguments, Reason: v.vote.Reason,
	})
	if chat.CodeOf(err) == chat.CodeNotFound {
		return nil // the first word counts
	}
	if err != nil {
		return err
	}
	return v.count(ctx, arguments)
}

// mayDecide answers those who may not as if there was nothing: a visitor, or who plays
// one, may decide about their own conversations alone, members if their role is asked.
func (v *voting) mayDecide(ctx context.Context) error {
	missing := chat.NewError(chat.CodeNotFound, deciderMissing)
	if v.approval.Asks == chat.AsksStaff {
		if !v.vote.Program && !slices.Contains(Deciders(v.approval), string(v.vote.Role)) {
			return missing
		}
		return nil
	}
	found, err := v.tx.ApprovalGet(ctx, v.approval.ID)
	if err != nil {
		return err
	}
	asked := found.VisitorID.Bytes()
	if !found.PlayedBy.IsZero() {
		asked = found.PlayedBy.Bytes()
	}
	if v.vote.Role != "" || v.vote.Program || asked != [16]byte(v.vote.Voter) {
		return missing
	}
	return nil
}

func (v *voting) arguments() (json.RawMessage, error) {
	if v.vote.Hash != ArgumentsHash(v.approval.Arguments) {
		return nil, chat.NewError(chat.CodeConflict, "These are not the arguments that were asked about. Load the question again.").At("body.argumentsHash")
	}
	if v.vote.Arguments == nil || bytes.Equal(v.vote.Arguments, v.approval.Arguments) {
		return v.approval.Arguments, nil
	}
	if !v.approval.Editable {
		return nil, chat.NewError(chat.CodeConflict, "The arguments of this call may not be edited.").At("body.arguments")
	}
	return v.vote.Arguments, nil
}

func (v *voting) count(ctx context.Context, arguments json.RawMessage) error {
	params := db.ApprovalDecideParams{ID: v.approval.ID, State: chat.ApprovalDenied, Reason: v.vote.Reason}
	if v.vote.Approve {
		count, err := v.tx.ApprovalCount(ctx, v.approval.ID, arguments)
		if err != nil || count < int64(v.approval.Quorum) {
			return err
		}
		params.State = chat.ApprovalApproved
		if !bytes.Equal(arguments, v.approval.Arguments) {
			params.DecidedArguments = arguments
		}
	}
	return v.decide(ctx, params)
}

func (v *voting) decide(ctx context.Context, params db.ApprovalDecideParams) (err error) {
	v.approval, err = v.tx.ApprovalDecide(ctx, params)
	v.decided = err == nil
	return err
}

// ExpireApproval decides as the tool's policy says for when nobody does. An approval
// that is decided stays as it is, and one whose time has not come yet as well.
func (s *Service) ExpireApproval(ctx context.Context, tenant chat.TenantID, id chat.ApprovalID) error {
	return s.db.Tenant(ctx, tenant, func(tx *db.TenantTx) error {
		approval, err := tx.ApprovalLock(ctx, id)
		if err != nil || approval.State != chat.ApprovalOpen || time.Now().Before(approval.ExpiresAt) {
			return err
		}
		v := voting{tx: tx}
		params := db.ApprovalDecideParams{ID: id, State: chat.ApprovalDenied, Expired: true, Reason: nobodyDecided}
		if approval.OnExpiry == chat.DecideAllow {
			params.State = chat.ApprovalApproved
		}
		return v.decide(ctx, params)
	})
}

// Summons is who is to be told of an approval, and what of it.
type Summons struct {
	Approval db.Approval
	Agent    string
	Members  []db.MembersByRoleRow
}

// SummonMembers gives those who may decide about an open approval that asks staff;
// nobody otherwise. Once they are told again, the owners are told as well, and may
// decide.
func (s *Service) SummonMembers(ctx context.Context, tenant chat.TenantID, id chat.ApprovalID, again bool) (summons Summons, err error) {
	err = s.db.Tenant(ctx, tenant, func(tx *db.TenantTx) error {
		if again {
			if _, err := tx.ApprovalReminded(ctx, id); err != nil {
				return err
			}
		}
		found, err := tx.ApprovalGet(ctx, id)
		summons.Approval, summons.Agent = found.Approval, found.AgentName
		return err
	})
	if chat.CodeOf(err) == chat.CodeNotFound {
		return summons, nil // it is decided
	}
	if err != nil || summons.Approval.Asks != chat.AsksStaff || summons.Approval.State != chat.ApprovalOpen {
		return summons, err
	}
	return summons, s.db.System(ctx, func(tx *db.SystemTx) (err error) {
		summons.Members, err = tx.MembersByRole(ctx, tenant, Deciders(summons.Approval))
		return err
	})
}

// Deciders are the roles that may decide about an approval: also owners, once
// everybody has been told again.
func Deciders(approval db.Approval) []string {
	if approval.RemindedAt == nil || slices.Contains(approval.Roles, string(chat.MemberOwner)) {
		return approval.Roles
	}
	return append(slices.Clone(approval.Roles), string(chat.MemberOwner))
}

// tellDecided tells the workflow that watches the clock. Its loss costs time: the
// reconciler does it again.
func (s *Service) tellDecided(ctx context.Context, tenant chat.TenantID, id chat.ApprovalID) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), signalTimeout)
	defer cancel()
	err := s.signalDecided(ctx, tenant, id)
	if err != nil {
		s.logger.WarnContext(ctx, "approval: the decision will be told later", "error", err)
	}
}

func (s *Service) signalDecided(ctx context.Context, tenant chat.TenantID, id chat.ApprovalID) error {
	return s.temporal.SignalWorkflow(ctx, workflows.ApprovalID(tenant, id), "", workflows.SignalDecided, nil)
}

// tellAgain is for decisions whose signal was lost. If the workflow is gone as well,
// the call gets another one.
func (s *Service) tellAgain(ctx context.Context, row db.ApprovalUntoldRow) error {
	ctx = telemetry.About(ctx, telemetry.Subject{Tenant: row.TenantID, Turn: row.TurnID})
	err := s.signalDecided(ctx, row.TenantID, row.ID)
	if _, gone := errors.AsType[*serviceerror.NotFound](err); gone {
		return s.takeUpCall(ctx, db.ToolCallLostRow{TenantID: row.TenantID, TurnID: row.TurnID, Step: row.Step, Place: row.Place})
	}
	return err
}
