package api

import (
	"cmp"
	"context"
	"encoding/json"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/parley-chat/parley/chat"
	"github.com/parley-chat/parley/db"
	"github.com/parley-chat/parley/turn"
)

// Playground is a conversation in which a member tries an agent's draft out.
type Playground struct {
	Conversation
	AgentName string        `json:"agentName"`
	Asks      chat.PlayAsks `json:"asks" enum:"none,changes,all" doc:"About which calls of tools you are asked, beyond what the tools' policies ask. Nothing that a policy asks or denies becomes less."`
}

// PlaygroundPath names a conversation of the playground in a path.
type PlaygroundPath struct {
	ID chat.ConversationID `path:"id" format:"uuid" doc:"The conversation."`
}

type playgroundOutput struct {
	Body Playground
}

type playgroundListOutput struct {
	Body List[Playground]
}

// PlaygroundAsks is what its person wants to be asked about.
type PlaygroundAsks struct {
	Asks chat.PlayAsks `json:"asks,omitempty" enum:"none,changes,all" doc:"Left out: changes, which are calls of tools that are no reads."`
}

type createPlaygroundInput struct {
	AgentPath
	IdempotencyKey
	Body PlaygroundAsks
}

type listPlaygroundsInput struct {
	AgentPath
	Page
}

type updatePlaygroundInput struct {
	PlaygroundPath
	Body struct {
		Asks chat.PlayAsks `json:"asks" enum:"none,changes,all"`
	}
}

type playTurnInput struct {
	PlaygroundPath
	IdempotencyKey
	Body TurnInput
}

// PlaygroundApprovalPath names a question to whoever plays.
type PlaygroundApprovalPath struct {
	PlaygroundPath
	Approval chat.ApprovalID `path:"approval" format:"uuid" doc:"The approval."`
}

type decidePlaygroundInput struct {
	PlaygroundApprovalPath
	Body struct {
		Approve       bool   `json:"approve"`
		Reason        string `json:"reason,omitempty" maxLength:"1000" doc:"Why not: the agent is told."`
		ArgumentsHash string `json:"argumentsHash" minLength:"64" maxLength:"64"`
	}
}

func (s *Server) registerPlayground() {
	plays := access{audience: forMembers, permission: PermAgentsWrite}
	creates := plays
	creates.replays = true
	tags, missing := []string{tagPlayground}, []int{http.StatusNotFound}
	register(s, creates, huma.Operation{
		OperationID: "createPlayground", Method: http.MethodPost, Path: "/v1/agents/{id}/playground", Tags: tags,
		Summary: "Begin to try a draft out", DefaultStatus: http.StatusCreated, Errors: missing,
		Description: "A conversation with the agent's draft, of you alone. Visitors do not meet it, and no list of conversations has it. Everything else is real: models cost money, and tools act.",
	}, s.createPlayground)
	register(s, plays, huma.Operation{
		OperationID: "listPlaygrounds", Method: http.MethodGet, Path: "/v1/agents/{id}/playground", Tags: tags,
		Summary: "List where you try the draft out", Description: "Newest first.", Errors: missing,
	}, s.listPlaygrounds)
	register(s, plays, huma.Operation{
		OperationID: "getPlayground", Method: http.MethodGet, Path: "/v1/playground/{id}", Tags: tags,
		Summary: "Get a conversation of the playground", Errors: missing,
	}, s.getPlayground)
	register(s, plays, huma.Operation{
		OperationID: "updatePlayground", Method: http.MethodPatch, Path: "/v1/playground/{id}", Tags: tags,
		Summary: "Change what you are asked about", Errors: missing,
	}, s.updatePlayground)
	register(s, plays, huma.Operation{
		OperationID: "deletePlayground", Method: http.MethodDelete, Path: "/v1/playground/{id}", Tags: tags,
		Summary: "Delete a conversation of the playground", DefaultStatus: http.StatusNoContent, Errors: missing,
	}, s.deletePlayground)
	s.registerPlay(plays, tags)
}

func (s *Server) registerPlay(plays access, tags []string) {
	missing := []int{http.StatusNotFound}
	register(s, plays, huma.Operation{
		OperationID: "playTurn", Method: http.MethodPost, Path: "/v1/playground/{id}/turns", Tags: tags,
		Summary: "Ask the draft", MaxBodyBytes: turnBodyLimit, DefaultStatus: http.StatusAccepted,
		Description: "Like the turns of visitors, answered by the draft as it is now.",
		Errors:      []int{http.StatusNotFound, http.StatusConflict, http.StatusPaymentRequired, http.StatusServiceUnavailable},
	}, s.playTurn)
	register(s, plays, huma.Operation{
		OperationID: "stopPlayTurn", Method: http.MethodPost, Path: "/v1/playground/{id}/stop", Tags: tags,
		Summary: "Stop the answer", DefaultStatus: http.StatusNoContent, Errors: missing,
		Description: "Asks the turn that runs, if one does, to end with what it has written so far.",
	}, s.stopPlayTurn)
	register(s, plays, huma.Operation{
		OperationID: "listPlayApprovals", Method: http.MethodGet, Path: "/v1/playground/{id}/approvals", Tags: tags,
		Summary: "List what you are asked", Errors: missing,
		Description: "What waits for you: because you wanted to be asked, or because you play the visitor. What your team is asked is among its approvals.",
	}, s.listPlayApprovals)
	register(s, plays, huma.Operation{
		OperationID: "decidePlayApproval", Method: http.MethodPost, Path: "/v1/playground/{id}/approvals/{approval}/decision", Tags: tags,
		Summary: "Approve or deny as whoever plays", Errors: []int{http.StatusNotFound, http.StatusConflict, http.StatusGone},
	}, s.decidePlayApproval)
}

func playgroundOf(row db.PlaygroundGetRow) Playground {
	return Playground{
		Conversation: conversationOf(row.Conversation, row.ActiveTurnID), AgentName: row.AgentName, Asks: row.Conversation.PlayAsks,
	}
}

// playing gives a conversation in which the actor tries a draft out.
func playing(ctx context.Context, tx *db.TenantTx, id chat.ConversationID) (db.PlaygroundGetRow, error) {
	row, err := tx.PlaygroundGet(ctx, id, actorOf(ctx).User)
	if err != nil {
		return row, unknownAs(err, errNoConversation)
	}
	noteOf(ctx).conversation = id
	return row, nil
}

// changePlayground runs a change and shows the conversation as it is then.
func (s *Server) changePlayground(ctx context.Context, id chat.ConversationID, change func(*db.TenantTx) error) (*playgroundOutput, error) {
	var row db.PlaygroundGetRow
	err := s.tenantTx(ctx, func(tx *db.TenantTx) (err error) {
		if err := change(tx); err != nil {
			return err
		}
		row, err = playing(ctx, tx, id)
		return err
	})
	if err != nil {
		return nil, err
	}
	return &playgroundOutput{Body: playgroundOf(row)}, nil
}

var errNoSuchAgent = chat.NewError(chat.CodeNotFound, "There is no such agent.")

func (s *Server) createPlayground(ctx context.Context, in *createPlaygroundInput) (*playgroundOutput, error) {
	id := chat.NewID[chat.ConversationID]()
	return s.changePlayground(ctx, id, func(tx *db.TenantTx) error {
		_, err := tx.PlaygroundInsert(ctx, db.PlaygroundInsertParams{
			ID: id, AgentID: in.ID, PlayedBy: actorOf(ctx).User, PlayAsks: cmp.Or(in.Body.Asks, chat.PlayAsksChanges),
		})
		if err != nil {
			return unknownAs(err, errNoSuchAgent)
		}
		return audit(ctx, tx, "playground.create", "agent", in.ID.String())
	})
}

func (s *Server) listPlaygrounds(ctx context.Context, in *listPlaygroundsInput) (*playgroundListOutput, error) {
	before, err := in.beforeMoment()
	if err != nil {
		return nil, err
	}
	var rows []db.PlaygroundListRow
	err = s.tenantTx(ctx, func(tx *db.TenantTx) error {
		if _, err := tx.AgentGet(ctx, in.ID); err != nil {
			return unknownAs(err, errNoSuchAgent)
		}
		rows, err = tx.PlaygroundList(ctx, db.PlaygroundListParams{
			AgentID: in.ID, PlayedBy: actorOf(ctx).User, Before: before.at, BeforeID: before.id, Max: in.more(),
		})
		return err
	})
	if err != nil {
		return nil, err
	}
	return &playgroundListOutput{Body: listOf(in.Page, rows,
		func(row db.PlaygroundListRow) Playground { return playgroundOf(db.PlaygroundGetRow(row)) },
		func(row db.PlaygroundListRow) string {
			return momentCursor(row.Conversation.UpdatedAt, row.Conversation.ID)
		})}, nil
}

func (s *Server) getPlayground(ctx context.Context, in *PlaygroundPath) (*playgroundOutput, error) {
	return s.changePlayground(ctx, in.ID, func(*db.TenantTx) error { return nil })
}

func (s *Server) updatePlayground(ctx context.Context, in *updatePlaygroundInput) (*playgroundOutput, error) {
	return s.changePlayground(ctx, in.ID, func(tx *db.TenantTx) error {
		if _, err := playing(ctx, tx, in.ID); err != nil {
			return err
		}
		if err := tx.PlaygroundAsksPut(ctx, in.Body.Asks, in.ID); err != nil {
			return err
		}
		return audit(ctx, tx, "playground.update", "conversation", in.ID.String())
	})
}

func (s *Server) deletePlayground(ctx context.Context, in *PlaygroundPath) (*struct{}, error) {
	if _, err := s.getPlayground(ctx, in); err != nil {
		return nil, err
	}
	return s.deleteConversation(ctx, &ConversationPath{ID: in.ID})
}

func (s *Server) playTurn(ctx context.Context, in *playTurnInput) (*turnOutput, error) {
	question, err := questionOf(in.Body)
	if err != nil {
		return nil, err
	}
	body, err := json.Marshal(in.Body)
	if err != nil {
		return nil, err
	}
	question.Conversation, question.Player = in.ID, actorOf(ctx).User
	question.Key, question.BodyHash = in.IdempotencyKey.IdempotencyKey, hashOf(body)
	claimed, err := s.ask(ctx, question)
	if err != nil {
		return nil, idReusedAt(err, "body.message.id")
	}
	shown := turnOf(claimed.Turn)
	shown.Steered = claimed.Steered
	return &turnOutput{Body: shown}, nil
}

func (s *Server) stopPlayTurn(ctx context.Context, in *PlaygroundPath) (*struct{}, error) {
	var row db.PlaygroundGetRow
	err := s.tenantTx(ctx, func(tx *db.TenantTx) (err error) {
		row, err = playing(ctx, tx, in.ID)
		return err
	})
	if err != nil || row.ActiveTurnID.IsZero() {
		return nil, err
	}
	return nil, s.turns.Stop(ctx, row.Conversation.TenantID, row.ActiveTurnID)
}

func (s *Server) listPlayApprovals(ctx context.Context, in *PlaygroundPath) (*visitorApprovalListOutput, error) {
	var rows []db.Approval
	err := s.tenantTx(ctx, func(tx *db.TenantTx) (err error) {
		if _, err = playing(ctx, tx, in.ID); err != nil {
			return err
		}
		rows, err = tx.ApprovalListPlayed(ctx, in.ID)
		return err
	})
	out := visitorApprovalListOutput{Body: List[VisitorApproval]{Items: make([]VisitorApproval, len(rows))}}
	for i, row := range rows {
		out.Body.Items[i] = visitorApprovalOf(row)
	}
	return &out, err
}

func (s *Server) decidePlayApproval(ctx context.Context, in *decidePlaygroundInput) (*visitorApprovalOutput, error) {
	actor := actorOf(ctx)
	err := s.tenantTx(ctx, func(tx *db.TenantTx) error {
		if _, err := playing(ctx, tx, in.ID); err != nil {
			return err
		}
		row, err := tx.ApprovalGet(ctx, in.Approval)
		if err == nil && (row.Approval.ConversationID != in.ID || row.Approval.Asks == chat.AsksStaff) {
			err = errNoApproval
		}
		return unknownAs(err, errNoApproval)
	})
	if err != nil {
		return nil, err
	}
	vote := turn.Vote{
		Voter: actor.User.Bytes(), Name: voterName(actor), Approve: in.Body.Approve,
		Reason: chat.CleanText(in.Body.Reason), Hash: in.Body.ArgumentsHash,
	}
	decided, err := s.turns.Vote(ctx, actor.Tenant, in.Approval, vote)
	if err != nil {
		return nil, unknownAs(err, errNoApproval)
	}
	err = s.tenantTx(ctx, func(tx *db.TenantTx) error {
		return audit(ctx, tx, "approval.decide", "approval", in.Approval.String())
	})
	return &visitorApprovalOutput{Body: visitorApprovalOf(decided)}, err
}
