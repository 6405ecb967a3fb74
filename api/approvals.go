package api

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/google/uuid"

	"github.com/parley-chat/parley/chat"
	"github.com/parley-chat/parley/db"
	"github.com/parley-chat/parley/tool"
	"github.com/parley-chat/parley/turn"
)

// Approval is a question to the tenant's staff: may this call be made?
type Approval struct {
	ID             chat.ApprovalID     `json:"id" format:"uuid"`
	State          chat.ApprovalState  `json:"state" enum:"open,approved,denied,canceled"`
	CallID         string              `json:"callId"`
	CallState      chat.ToolCallState  `json:"callState" doc:"What has become of the call itself."`
	ConversationID chat.ConversationID `json:"conversationId" format:"uuid"`
	AgentID        chat.AgentID        `json:"agentId" format:"uuid"`
	AgentName      string              `json:"agentName"`
	Visitor        *Visitor            `json:"visitor,omitempty"`
	Tool           string              `json:"tool" doc:"The tool's name."`
	Title          string              `json:"title" doc:"What people call the tool."`
	Class          chat.ToolClass      `json:"class" enum:"read,idempotent,write"`
	Arguments      json.RawMessage     `json:"arguments" doc:"What the model has asked for."`
	ArgumentsHash  string              `json:"argumentsHash" doc:"Names the arguments: a decision is about exactly these."`
	Decided        json.RawMessage     `json:"decidedArguments,omitempty" doc:"What was approved, where that is something else."`
	Editable       bool                `json:"editable" doc:"Whoever approves may change the arguments."`
	Quorum         int                 `json:"quorum" doc:"How many different people have to approve."`
	Roles          []chat.MemberRole   `json:"roles" doc:"Who may decide."`
	MayDecide      bool                `json:"mayDecide" doc:"Whether you may."`
	ExpiresAt      time.Time           `json:"expiresAt"`
	OnExpiry       chat.ToolDecision   `json:"onExpiry" enum:"allow,deny" doc:"What silence means."`
	RemindedAt     *time.Time          `json:"remindedAt,omitempty"`
	Expired        bool                `json:"expired,omitempty" doc:"Nobody has decided in time."`
	Reason         string              `json:"reason,omitempty"`
	DecidedAt      *time.Time          `json:"decidedAt,omitempty"`
	CreatedAt      time.Time           `json:"createdAt"`
}

// ApprovalDetail is an approval with who has said what, and what came of it.
type ApprovalDetail struct {
	Approval
	TurnID      chat.TurnID     `json:"turnId" format:"uuid"`
	Voted       bool            `json:"voted,omitempty" doc:"You have decided; others are still to do so."`
	InputSchema json.RawMessage `json:"inputSchema,omitempty" doc:"The JSON Schema that the arguments have to fit."`
	Votes       []ApprovalVote  `json:"votes"`
	Output      json.RawMessage `json:"output,omitempty" doc:"What the call has brought."`
	Error       string          `json:"error,omitempty" doc:"Why it has brought nothing."`
}

// ApprovalVote is what one person has said.
type ApprovalVote struct {
	Name      string          `json:"name"`
	Approve   bool            `json:"approve"`
	Reason    string          `json:"reason,omitempty"`
	Arguments json.RawMessage `json:"arguments"`
	At        time.Time       `json:"at"`
}

// VisitorApproval is a question to the visitor.
type VisitorApproval struct {
	ID            chat.ApprovalID    `json:"id" format:"uuid"`
	State         chat.ApprovalState `json:"state" enum:"open,approved,denied,canceled"`
	CallID        string             `json:"callId"`
	Title         string             `json:"title"`
	Arguments     json.RawMessage    `json:"arguments"`
	ArgumentsHash string             `json:"argumentsHash"`
	ExpiresAt     time.Time          `json:"expiresAt"`
}

// Decision is what a person says.
type Decision struct {
	Approve       bool            `json:"approve"`
	Reason        string          `json:"reason,omitempty" maxLength:"1000" doc:"Why not: the agent is told."`
	ArgumentsHash string          `json:"argumentsHash" minLength:"64" maxLength:"64" doc:"Of the arguments that you have seen."`
	Arguments     json.RawMessage `json:"arguments,omitempty" doc:"Other arguments to approve, where the tool lets you edit them."`
}

// ApprovalPath names an approval in a path.
type ApprovalPath struct {
	ID chat.ApprovalID `path:"id" format:"uuid" doc:"The approval."`
}

type listApprovalsInput struct {
	Page
	State   chat.ApprovalState `query:"state" enum:"open,approved,denied,canceled" doc:"Only those in that state."`
	AgentID chat.AgentID       `query:"agentId" format:"uuid" doc:"Only this agent's."`
}

type approvalListOutput struct {
	Body List[Approval]
}

type approvalOutput struct {
	Body ApprovalDetail
}

type approvalCountOutput struct {
	Body struct {
		Open int64 `json:"open" doc:"How many wait for a decision."`
	}
}

type decideInput struct {
	ApprovalPath
	Body Decision
}

// VisitorApprovalPath names an approval of a conversation.
type VisitorApprovalPath struct {
	ConversationPath
	Approval chat.ApprovalID `path:"approval" format:"uuid" doc:"The approval."`
}

type visitorApprovalListOutput struct {
	Body List[VisitorApproval]
}

type visitorApprovalOutput struct {
	Body VisitorApproval
}

type decideAsVisitorInput struct {
	VisitorApprovalPath
	Body struct {
		Approve       bool   `json:"approve"`
		ArgumentsHash string `json:"argumentsHash" minLength:"64" maxLength:"64"`
	}
}

var errNoApproval = chat.NewError(chat.CodeNotFound, "There is no such question.")

func (s *Server) registerApprovals() {
	reads := access{audience: forStaff, permission: PermConversationsRead}
	tags, missing := []string{tagApprovals}, []int{http.StatusNotFound}
	register(s, reads, huma.Operation{
		OperationID: "listApprovals", Method: http.MethodGet, Path: "/v1/approvals", Tags: tags,
		Summary: "List what staff is asked", Description: "Newest first.",
	}, s.listApprovals)
	register(s, reads, huma.Operation{
		OperationID: "countApprovals", Method: http.MethodGet, Path: "/v1/approvals/count", Tags: tags,
		Summary: "Count what waits for a decision",
	}, s.countApprovals)
	register(s, reads, huma.Operation{
		OperationID: "getApproval", Method: http.MethodGet, Path: "/v1/approvals/{id}", Tags: tags,
		Summary: "Get an approval", Errors: missing,
	}, s.getApproval)
	register(s, access{audience: forStaff, permission: PermApprovalsDecide}, huma.Operation{
		OperationID: "decideApproval", Method: http.MethodPost, Path: "/v1/approvals/{id}/decision", Tags: tags,
		Summary: "Approve or deny", Errors: []int{http.StatusNotFound, http.StatusConflict, http.StatusGone},
		Description: "The first word of each person counts; whoever decides a second time gets what was decided. When time has run out, or nobody needs to know any more, it is 410.",
	}, s.decideApproval)
	visitor := access{audience: forVisitors, permission: PermChat, crossOrigin: true}
	register(s, visitor, huma.Operation{
		OperationID: "listVisitorApprovals", Method: http.MethodGet, Path: "/v1/conversations/{id}/approvals", Tags: tags,
		Summary: "List what the visitor is asked", Errors: missing,
		Description: "Those that wait for the visitor, oldest first. What staff is asked is not among them.",
	}, s.listVisitorApprovals)
	register(s, visitor, huma.Operation{
		OperationID: "decideVisitorApproval", Method: http.MethodPost, Path: "/v1/conversations/{id}/approvals/{approval}/decision", Tags: tags,
		Summary: "Approve or deny as the visitor", Errors: []int{http.StatusNotFound, http.StatusConflict, http.StatusGone},
	}, s.decideVisitorApproval)
}

func (s *Server) listApprovals(ctx context.Context, in *listApprovalsInput) (*approvalListOutput, error) {
	var before chat.ApprovalID
	if err := in.afterID(&before); err != nil {
		return nil, err
	}
	var rows []db.ApprovalListRow
	err := s.tenantTx(ctx, func(tx *db.TenantTx) (err error) {
		rows, err = tx.ApprovalList(ctx, db.ApprovalListParams{State: in.State, AgentID: in.AgentID, Before: before, Max: in.more()})
		return err
	})
	if err != nil {
		return nil, err
	}
	actor := actorOf(ctx)
	return &approvalListOutput{Body: listOf(in.Page, rows,
		func(row db.ApprovalListRow) Approval { return approvalOf(row, actor) },
		func(row db.ApprovalListRow) string { return row.Approval.ID.String() })}, nil
}

func (s *Server) countApprovals(ctx context.Context, _ *struct{}) (*approvalCountOutput, error) {
	var out approvalCountOutput
	err := s.tenantTx(ctx, func(tx *db.TenantTx) (err error) {
		out.Body.Open, err = tx.ApprovalOpenCount(ctx)
		return err
	})
	return &out, err
}

func approvalOf(row db.ApprovalListRow, actor Actor) Approval {
	a := row.Approval
	shown := Approval{
		ID: a.ID, State: a.State, CallID: a.CallID, CallState: row.CallState, ConversationID: a.ConversationID,
		AgentID: a.AgentID, AgentName: row.AgentName, Tool: a.Tool, Title: a.Title, Class: row.Class,
		Arguments: a.Arguments, ArgumentsHash: turn.ArgumentsHash(a.Arguments), Decided: a.DecidedArguments,
		Editable: a.Editable, Quorum: int(a.Quorum), Roles: []chat.MemberRole{},
		ExpiresAt: a.ExpiresAt, OnExpiry: a.OnExpiry, RemindedAt: a.RemindedAt, Expired: a.Expired, Reason: a.Reason,
		DecidedAt: a.DecidedAt, CreatedAt: a.CreatedAt,
	}
	for _, role := range turn.Deciders(a) {
		shown.Roles = append(shown.Roles, chat.MemberRole(role))
		shown.MayDecide = shown.MayDecide || string(actor.Role) == role
	}
	shown.MayDecide = (shown.MayDecide || actor.Kind == ActorKey) && actor.May(PermApprovalsDecide)
	if !row.VisitorID.IsZero() {
		shown.Visitor = &Visitor{ID: row.VisitorID, Name: row.VisitorName, Email: row.VisitorEmail}
		if row.ExternalID != nil {
			shown.Visitor.ExternalID = *row.ExternalID
		}
	}
	return shown
}

func (s *Server) getApproval(ctx context.Context, in *ApprovalPath) (*approvalOutput, error) {
	shown, err := s.approvalDetail(ctx, in.ID)
	return &approvalOutput{Body: shown}, err
}

func (s *Server) approvalDetail(ctx context.Context, id chat.ApprovalID) (shown ApprovalDetail, err error) {
	err = s.tenantTx(ctx, func(tx *db.TenantTx) error {
		row, votes, t, err := loadApproval(ctx, tx, id)
		if err != nil {
			return err
		}
		shown = ApprovalDetail{
			Approval: approvalOf(db.ApprovalListRow{
				Approval: row.Approval, TurnID: row.TurnID, CallState: row.CallState, Class: row.Class, AgentName: row.AgentName,
				VisitorID: row.VisitorID, ExternalID: row.ExternalID, VisitorName: row.VisitorName, VisitorEmail: row.VisitorEmail,
			}, actorOf(ctx)),
			TurnID: row.TurnID, Votes: make([]ApprovalVote, len(votes)), Output: row.Output, Error: row.Error,
		}
		if t != nil {
			shown.InputSchema = t.InputSchema
		}
		for i, vote := range votes {
			shown.Votes[i] = ApprovalVote{Name: vote.Name, Approve: vote.Approve, Reason: vote.Reason, Arguments: vote.Arguments, At: vote.CreatedAt}
			shown.Voted = shown.Voted || vote.Voter.String() == actorOf(ctx).ID()
		}
		shown.Voted = shown.Voted && shown.State == chat.ApprovalOpen
		shown.MayDecide = shown.MayDecide && !shown.Voted
		return nil
	})
	return shown, err
}

// loadApproval reads a question to staff with the tool that it is about, nil if the
// agent's version has none of that name.
func loadApproval(ctx context.Context, tx *db.TenantTx, id chat.ApprovalID) (row db.ApprovalGetRow, votes []db.ApprovalVote, t *chat.Tool, err error) {
	if row, err = tx.ApprovalGet(ctx, id); err != nil {
		return row, nil, nil, unknownAs(err, errNoApproval)
	}
	if row.Approval.Asks != chat.AsksStaff {
		return row, nil, nil, errNoApproval
	}
	version, err := tx.AgentVersionByCall(ctx, row.Approval.CallID)
	if err != nil {
		return row, nil, nil, err
	}
	votes, err = tx.ApprovalVoteList(ctx, id)
	return row, votes, version.Config.Find(row.Approval.Tool), err
}

func (s *Server) decideApproval(ctx context.Context, in *decideInput) (*approvalOutput, error) {
	arguments, err := s.editedArguments(ctx, in)
	if err != nil {
		return nil, err
	}
	actor := actorOf(ctx)
	vote := turn.Vote{
		Role: actor.Role, Name: voterName(actor), Approve: in.Body.Approve, Reason: chat.CleanText(in.Body.Reason),
		Hash: in.Body.ArgumentsHash, Arguments: arguments, Program: actor.Kind == ActorKey,
	}
	if vote.Voter, err = uuid.Parse(actor.ID()); err != nil {
		return nil, err
	}
	if _, err := s.turns.Vote(ctx, actor.Tenant, in.ID, vote); err != nil {
		return nil, unknownAs(err, errNoApproval)
	}
	err = s.tenantTx(ctx, func(tx *db.TenantTx) error { return audit(ctx, tx, "approval.decide", "approval", in.ID.String()) })
	if err != nil {
		return nil, err
	}
	return s.getApproval(ctx, &in.ApprovalPath)
}

func voterName(actor Actor) string {
	if actor.Kind == ActorKey {
		return "API key"
	}
	return actor.Session.UserName
}

// editedArguments checks other arguments like those of the model: they fit the
// schema, and the tool's policy does not forbid them.
func (s *Server) editedArguments(ctx context.Context, in *decideInput) (json.RawMessage, error) {
	if len(in.Body.Arguments) == 0 || !in.Body.Approve {
		return nil, nil
	}
	const field = "body.arguments"
	edited, err := chat.CleanJSON(in.Body.Arguments)
	if err != nil {
		return nil, chat.NewError(chat.CodeInvalid, "The arguments are not a JSON document.").At(field)
	}
	var row db.ApprovalGetRow
	var t *chat.Tool
	err = s.tenantTx(ctx, func(tx *db.TenantTx) (err error) {
		row, _, t, err = loadApproval(ctx, tx, in.ID)
		return err
	})
	if err != nil || t == nil {
		return nil, unknownAs(err, errNoApproval)
	}
	if err := tool.Check(*t, edited); err != nil {
		return nil, chat.NewError(chat.CodeInvalid, "The arguments do not fit: "+err.Error()+".").At(field)
	}
	facts := tool.Facts{Arguments: edited, Agent: row.Approval.AgentID.String(), Visitor: askedBy(row)}
	if decision, _ := tool.Decide(t.Policy, facts); decision == chat.DecideDeny {
		return nil, chat.NewError(chat.CodeInvalid, "The tool's policy forbids these arguments.").At(field)
	}
	return edited, nil
}

// askedBy is the visitor whose call it is, as the tool's policy knows them.
func askedBy(row db.ApprovalGetRow) tool.Visitor {
	v := tool.Visitor{Name: row.VisitorName, Email: row.VisitorEmail, Traits: row.VisitorTraits}
	if !row.VisitorID.IsZero() {
		v.ID = row.VisitorID.String()
	}
	if row.ExternalID != nil {
		v.ExternalID = *row.ExternalID
	}
	return v
}

func (s *Server) listVisitorApprovals(ctx context.Context, in *ConversationPath) (*visitorApprovalListOutput, error) {
	var rows []db.Approval
	err := s.tenantTx(ctx, func(tx *db.TenantTx) (err error) {
		if _, err = ownConversation(ctx, tx, in.ID); err != nil {
			return err
		}
		rows, err = tx.ApprovalListOpen(ctx, in.ID, chat.AsksVisitor)
		return err
	})
	out := visitorApprovalListOutput{Body: List[VisitorApproval]{Items: make([]VisitorApproval, len(rows))}}
	for i, row := range rows {
		out.Body.Items[i] = visitorApprovalOf(row)
	}
	return &out, err
}

func visitorApproval(ctx context.Context, tx *db.TenantTx, in *VisitorApprovalPath) (db.ApprovalGetRow, error) {
	if _, err := ownConversation(ctx, tx, in.ID); err != nil {
		return db.ApprovalGetRow{}, err
	}
	row, err := tx.ApprovalGet(ctx, in.Approval)
	if err == nil && (row.Approval.ConversationID != in.ID || row.Approval.Asks != chat.AsksVisitor) {
		err = errNoApproval
	}
	return row, unknownAs(err, errNoApproval)
}

func visitorApprovalOf(a db.Approval) VisitorApproval {
	return VisitorApproval{
		ID: a.ID, State: a.State, CallID: a.CallID, Title: a.Title, Arguments: a.Arguments,
		ArgumentsHash: turn.ArgumentsHash(a.Arguments), ExpiresAt: a.ExpiresAt,
	}
}

func (s *Server) decideVisitorApproval(ctx context.Context, in *decideAsVisitorInput) (*visitorApprovalOutput, error) {
	var row db.ApprovalGetRow
	err := s.tenantTx(ctx, func(tx *db.TenantTx) (err error) {
		row, err = visitorApproval(ctx, tx, &in.VisitorApprovalPath)
		return err
	})
	if err != nil {
		return nil, err
	}
	vote := turn.Vote{Voter: row.VisitorID.Bytes(), Name: row.VisitorName, Approve: in.Body.Approve, Hash: in.Body.ArgumentsHash}
	decided, err := s.turns.Vote(ctx, actorOf(ctx).Tenant, in.Approval, vote)
	return &visitorApprovalOutput{Body: visitorApprovalOf(decided)}, unknownAs(err, errNoApproval)
}
