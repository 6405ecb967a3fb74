package api

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/parley-chat/parley/chat"
	"github.com/parley-chat/parley/db"
)

// Conversation is a visitor's talk with one agent.
type Conversation struct {
	ID           chat.ConversationID   `json:"id" format:"uuid"`
	AgentID      chat.AgentID          `json:"agentId" format:"uuid"`
	Title        string                `json:"title" doc:"The beginning of the first question; empty before."`
	Mode         chat.ConversationMode `json:"mode" enum:"agent,human" doc:"Who answers: a model, or people."`
	StaffName    string                `json:"staffName,omitempty" doc:"The person who answers in mode human; absent until somebody has come."`
	WaitingSince *time.Time            `json:"waitingSince,omitempty" doc:"Since when the visitor waits for a person's word."`
	Preview      string                `json:"preview,omitempty" doc:"The beginning of the newest message."`
	MessageCount int                   `json:"messageCount"`
	ActiveTurnID chat.TurnID           `json:"activeTurnId,omitzero" format:"uuid" doc:"The turn that runs now: its stream can be followed."`
	CreatedAt    time.Time             `json:"createdAt"`
	UpdatedAt    time.Time             `json:"updatedAt"`
}

type conversationOutput struct {
	Body Conversation
}

type conversationListOutput struct {
	Body List[Conversation]
}

// ConversationPath names a conversation in a path.
type ConversationPath struct {
	ID chat.ConversationID `path:"id" format:"uuid" doc:"The conversation."`
}

// IdempotencyKey is the header of every request that creates something.
type IdempotencyKey struct {
	IdempotencyKey string `header:"Idempotency-Key" maxLength:"200" pattern:"^[ -~]*$" patternDescription:"printable ASCII" doc:"Repeat the request with the same key and body and it is carried out once. 409 while the first is in flight, 422 with another body."`
}

type createConversationInput struct {
	IdempotencyKey
	Body struct {
		AgentID chat.AgentID `json:"agentId,omitzero" format:"uuid" doc:"Required with a secret key; a visitor token already names its agent."`
		ChatID  string       `json:"chatId,omitempty" maxLength:"200" doc:"The caller's own name for the conversation, unique per agent and visitor: an existing one is returned."`
	}
}

type listConversationsInput struct {
	Page
	AgentID chat.AgentID `query:"agentId" format:"uuid" doc:"Only this agent's conversations."`
}

type conversationStreamInput struct {
	ConversationPath
	LastEventID string `header:"Last-Event-ID" maxLength:"20" pattern:"^[0-9]*$" doc:"The last event seen: the stream goes on after it."`
}

func (s *Server) registerConversations() {
	visitor := access{audience: forVisitors, permission: PermChat, crossOrigin: true}
	creates := visitor
	creates.replays = true
	tags := []string{tagConversations}
	missing := []int{http.StatusNotFound}
	register(s, creates, huma.Operation{
		OperationID: "createConversation", Method: http.MethodPost, Path: "/v1/conversations", Tags: tags,
		Summary: "Start a conversation", DefaultStatus: http.StatusCreated, Errors: missing,
	}, s.createConversation)
	register(s, visitor, huma.Operation{
		OperationID: "listConversations", Method: http.MethodGet, Path: "/v1/conversations", Tags: tags,
		Summary:     "List conversations",
		Description: "Newest first. A visitor sees its own with the agent of its token; a secret key sees the tenant's.",
	}, s.listConversations)
	register(s, visitor, huma.Operation{
		OperationID: "getConversation", Method: http.MethodGet, Path: "/v1/conversations/{id}", Tags: tags,
		Summary: "Get a conversation", Errors: missing,
	}, s.getConversation)
	register(s, visitor, huma.Operation{
		OperationID: "deleteConversation", Method: http.MethodDelete, Path: "/v1/conversations/{id}", Tags: tags,
		Summary: "Delete a conversation", DefaultStatus: http.StatusNoContent, Errors: missing,
		Description: "A turn that runs in it is stopped.",
	}, s.deleteConversation)
	register(s, visitor, s.eventStreamOperation(huma.Operation{
		OperationID: "streamConversation", Path: "/v1/conversations/{id}/stream", Tags: tags, Errors: missing,
		Summary: "Follow a conversation",
	}), s.streamConversation)
}

// tenantTx runs a transaction for the tenant that the request acts for.
func (s *Server) tenantTx(ctx context.Context, act func(*db.TenantTx) error) error {
	return s.db.Tenant(ctx, actorOf(ctx).Tenant, act)
}

var errNoConversation = chat.NewError(chat.CodeNotFound, "There is no such conversation.")

// owns is the rule of what an actor may see of its tenant's conversations: a
// visitor its own with the agent of its token, a program those of visitors, and
// staff all.
func (a Actor) owns(conversation db.Conversation) bool {
	if conversation.Kind == chat.KindPlayground {
		return a.Kind == ActorUser
	}
	return a.Kind != ActorVisitor || (conversation.VisitorID == a.Visitor && conversation.AgentID == a.Agent)
}

func ownConversation(ctx context.Context, tx *db.TenantTx, id chat.ConversationID) (db.ConversationGetRow, error) {
	row, err := tx.ConversationGet(ctx, id)
	if err != nil || !actorOf(ctx).owns(row.Conversation) {
		return row, unknownOr(err, errNoConversation)
	}
	noteOf(ctx).conversation = id
	return row, nil
}

// unknownOr gives the missing thing its name; other errors stay.
func unknownOr(err error, missing *chat.Error) error {
	if err == nil {
		return missing
	}
	return unknownAs(err, missing)
}

func conversationOf(row db.Conversation, active chat.TurnID) Conversation {
	return Conversation{
		ID: row.ID, AgentID: row.AgentID, Title: row.Title, Mode: row.Mode, StaffName: row.StaffName, WaitingSince: row.WaitingSince, Preview: row.Preview,
		MessageCount: int(row.MessageCount), ActiveTurnID: active, CreatedAt: row.CreatedAt, UpdatedAt: row.UpdatedAt,
	}
}

func (s *Server) createConversation(ctx context.Context, in *createConversationInput) (*conversationOutput, error) {
	agent, err := agentFor(actorOf(ctx), in.Body.AgentID)
	if err != nil {
		return nil, err
	}
	var row db.ConversationGetRow
	err = s.tenantTx(ctx, func(tx *db.TenantTx) error {
		opened, err := openConversation(ctx, tx, agent, in.Body.ChatID)
		if err != nil {
			return err
		}
		row, err = tx.ConversationGet(ctx, opened.ID)
		return err
	})
	if err != nil {
		return nil, err
	}
	return &conversationOutput{Body: conversationOf(row.Conversation, row.ActiveTurnID)}, nil
}

var errNoAgent = chat.NewError(chat.CodeNotFound, "There is no such agent, or it is not published.")

// agentFor settles which agent a request is about: a visitor's token has one and
// no other exists for it.
func agentFor(actor Actor, asked chat.AgentID) (chat.AgentID, error) {
	switch {
	case actor.Kind == ActorVisitor && (asked.IsZero() || asked == actor.Agent):
		return actor.Agent, nil
	case actor.Kind == ActorVisitor:
		return asked, errNoAgent
	case asked.IsZero():
		return asked, chat.NewError(chat.CodeInvalid, "A secret key must say which agent.").At("body.agentId")
	}
	return asked, nil
}

// openConversation makes a conversation, or finds the one of that chat id.
func openConversation(ctx context.Context, tx *db.TenantTx, agent chat.AgentID, chatID string) (db.Conversation, error) {
	if _, err := tx.AgentPublished(ctx, agent); err != nil {
		return db.Conversation{}, unknownAs(err, errNoAgent)
	}
	id, visitor := chat.NewID[chat.ConversationID](), actorOf(ctx).Visitor
	if chatID == "" {
		return tx.ConversationInsert(ctx, db.ConversationInsertParams{ID: id, AgentID: agent, VisitorID: visitor})
	}
	chatID = chat.CleanText(chatID)
	return tx.ConversationByChat(ctx, db.ConversationByChatParams{ID: id, AgentID: agent, VisitorID: visitor, ChatID: &chatID})
}

func (s *Server) listConversations(ctx context.Context, in *listConversationsInput) (*conversationListOutput, error) {
	before, err := in.beforeMoment()
	if err != nil {
		return nil, err
	}
	actor := actorOf(ctx)
	var rows []db.ConversationListByVisitorRow
	err = s.tenantTx(ctx, func(tx *db.TenantTx) error {
		if actor.Kind == ActorVisitor {
			rows, err = tx.ConversationListByVisitor(ctx, db.ConversationListByVisitorParams{
				VisitorID: actor.Visitor, AgentID: actor.Agent, Before: before.at, BeforeID: before.id, Max: in.more(),
			})
			return err
		}
		all, err := tx.ConversationList(ctx, db.ConversationListParams{
			AgentID: in.AgentID, Before: before.at, BeforeID: before.id, Max: in.more(),
		})
		for _, row := range all {
			rows = append(rows, db.ConversationListByVisitorRow{Conversation: row.Conversation, ActiveTurnID: row.ActiveTurnID})
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return &conversationListOutput{Body: listOf(in.Page, rows,
		func(row db.ConversationListByVisitorRow) Conversation {
			return conversationOf(row.Conversation, row.ActiveTurnID)
		},
		func(row db.ConversationListByVisitorRow) string {
			return momentCursor(row.Conversation.UpdatedAt, row.Conversation.ID)
		})}, nil
}

func (s *Server) getConversation(ctx context.Context, in *ConversationPath) (*conversationOutput, error) {
	var row db.ConversationGetRow
	err := s.tenantTx(ctx, func(tx *db.TenantTx) (err error) {
		row, err = ownConversation(ctx, tx, in.ID)
		return err
	})
	if err != nil {
		return nil, err
	}
	return &conversationOutput{Body: conversationOf(row.Conversation, row.ActiveTurnID)}, nil
}

func (s *Server) deleteConversation(ctx context.Context, in *ConversationPath) (*struct{}, error) {
	deleted, err := json.Marshal(chat.ConversationEvent{Type: chat.EventDeleted})
	if err != nil {
		return nil, err
	}
	var row db.ConversationGetRow
	var seq int64
	err = s.tenantTx(ctx, func(tx *db.TenantTx) error {
		if row, err = lockOwnConversation(ctx, tx, in.ID); err != nil {
			return err
		}
		if seq, err = deleteLocked(ctx, tx, row, deleted); err != nil {
			return err
		}
		return s.log.Notify(ctx, tx)
	})
	if err != nil {
		return nil, err
	}
	s.log.PublishConversation(row.Conversation.TenantID, in.ID, seq, []json.RawMessage{deleted})
	if row.ActiveTurnID.IsZero() {
		return nil, nil
	}
	if err := s.turns.Stop(ctx, row.Conversation.TenantID, row.ActiveTurnID); err != nil {
		s.logger.WarnContext(ctx, "the turn of a deleted conversation will stop late", "error", err)
	}
	return nil, nil
}

// lockOwnConversation waits for whoever is claiming a turn in the conversation,
// so that the row names it, and keeps others from it.
func lockOwnConversation(ctx context.Context, tx *db.TenantTx, id chat.ConversationID) (db.ConversationGetRow, error) {
	if _, err := tx.ConversationLock(ctx, id); err != nil {
		return db.ConversationGetRow{}, unknownAs(err, errNoConversation)
	}
	return ownConversation(ctx, tx, id)
}

// deleteLocked deletes the conversation and records that its turn is to stop. It
// gives the number of the event that tells so.
func deleteLocked(ctx context.Context, tx *db.TenantTx, row db.ConversationGetRow, event json.RawMessage) (int64, error) {
	id := row.Conversation.ID
	if _, err := tx.ConversationDelete(ctx, id); err != nil {
		return 0, err
	}
	if !row.ActiveTurnID.IsZero() {
		if _, err := tx.TurnRequestStop(ctx, row.ActiveTurnID); err != nil {
			return 0, err
		}
	}
	if err := audit(ctx, tx, "conversation.delete", "conversation", id.String()); err != nil {
		return 0, err
	}
	return tx.ConversationEventAppend(ctx, event, id)
}

func (s *Server) streamConversation(ctx context.Context, in *conversationStreamInput) (*streamOutput, error) {
	var row db.ConversationGetRow
	err := s.tenantTx(ctx, func(tx *db.TenantTx) (err error) {
		row, err = ownConversation(ctx, tx, in.ID)
		return err
	})
	if err != nil {
		return nil, err
	}
	return s.followConversation(ctx, row.Conversation, in.LastEventID)
}
