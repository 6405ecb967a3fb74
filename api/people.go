package api

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humachi"

	"github.com/parley-chat/parley/api/sse"
	"github.com/parley-chat/parley/chat"
	"github.com/parley-chat/parley/db"
	"github.com/parley-chat/parley/turn"
)

// PersonRequest is what has come of asking for a person.
type PersonRequest struct {
	Mode      chat.ConversationMode `json:"mode" enum:"agent,human" doc:"human: a person was asked, or answers already."`
	StaffName string                `json:"staffName,omitempty" doc:"The person, if somebody has come."`
	OpensAt   *time.Time            `json:"opensAt,omitempty" doc:"When somebody is there to ask; absent if a person was asked now."`
}

// KeptMessage is a message that people answer.
type KeptMessage struct {
	ConversationID chat.ConversationID   `json:"conversationId" format:"uuid"`
	UserMessageID  chat.MessageID        `json:"userMessageId" format:"uuid"`
	Mode           chat.ConversationMode `json:"mode" enum:"human"`
	StaffName      string                `json:"staffName,omitempty" doc:"The person who answers; absent until somebody has come."`
}

type personOutput struct {
	Body PersonRequest
}

type takeInput struct {
	ConversationPath
	Body struct {
		Force bool `json:"force,omitempty" doc:"Also from another person who is in charge of it."`
	}
}

type writeInput struct {
	ConversationPath
	IdempotencyKey
	Body struct {
		Text string `json:"text" minLength:"1" maxLength:"32000"`
	}
}

type waitingCountOutput struct {
	Body struct {
		Waiting int64 `json:"waiting" doc:"How many visitors wait for a person's word."`
	}
}

func (s *Server) registerPeople() {
	s.registerPeopleForVisitors()
	reply := access{audience: forStaff, permission: PermConversationsReply}
	writes := reply
	writes.replays = true
	tags := []string{tagInbox}
	refused := []int{http.StatusNotFound, http.StatusConflict}
	register(s, access{audience: forStaff, permission: PermConversationsRead}, huma.Operation{
		OperationID: "countWaitingConversations", Method: http.MethodGet, Path: "/v1/admin/conversations/waiting", Tags: tags,
		Summary: "Count the visitors who wait for a person",
	}, s.countWaiting)
	register(s, reply, huma.Operation{
		OperationID: "takeConversation", Method: http.MethodPost, Path: "/v1/admin/conversations/{id}/takeover", Tags: tags,
		Summary: "Take a conversation over", Errors: refused,
		Description: "From then on you answer, and no model is asked. An answer that is being given is stopped. 409 if another person is in charge, unless you force it.",
	}, s.takeConversation)
	register(s, writes, huma.Operation{
		OperationID: "writeMessage", Method: http.MethodPost, Path: "/v1/admin/conversations/{id}/messages", Tags: tags,
		Summary: "Write to a visitor", DefaultStatus: http.StatusCreated, Errors: refused,
		Description: "Only while people answer the conversation: take it over first. Whoever writes first to a visitor who waits is in charge.",
	}, s.writeMessage)
	register(s, reply, huma.Operation{
		OperationID: "returnConversation", Method: http.MethodPost, Path: "/v1/admin/conversations/{id}/return", Tags: tags,
		Summary: "Give a conversation back to its agent", Errors: []int{http.StatusNotFound},
		Description: "The agent answers what the visitor has said last, if nobody has.",
	}, s.returnConversation)
	register(s, reply, huma.Operation{
		OperationID: "typeInConversation", Method: http.MethodPost, Path: "/v1/admin/conversations/{id}/typing", Tags: tags,
		Summary: "Show the visitor that you write", DefaultStatus: http.StatusNoContent, Errors: []int{http.StatusNotFound},
		Description: typingText,
	}, s.typeInConversation)
}

const typingText = "The conversation's readers are told for a few seconds; repeat it every 3 s while it is true. It is not stored."

func (s *Server) registerPeopleForVisitors() {
	visitor := access{audience: forVisitors, permission: PermChat, crossOrigin: true}
	tags := []string{tagConversations}
	missing := []int{http.StatusNotFound}
	register(s, visitor, huma.Operation{
		OperationID: "askForPerson", Method: http.MethodPost, Path: "/v1/conversations/{id}/person", Tags: tags,
		Summary: "Ask for a person", Errors: []int{http.StatusNotFound, http.StatusConflict},
		Description: "A person of the team is asked to go on. Outside of the team's hours nobody is, and opensAt says when somebody will be there. " +
			"If nobody writes in time the agent goes on. 409 where the agent hands over to nobody.",
	}, s.askForPerson)
	register(s, visitor, huma.Operation{
		OperationID: "cancelPerson", Method: http.MethodDelete, Path: "/v1/conversations/{id}/person", Tags: tags,
		Summary: "Go on with the agent", Errors: missing,
		Description: "Also while a person answers.",
	}, s.cancelPerson)
	register(s, visitor, huma.Operation{
		OperationID: "typeAsVisitor", Method: http.MethodPost, Path: "/v1/conversations/{id}/typing", Tags: tags,
		Summary: "Show the staff that the visitor writes", DefaultStatus: http.StatusNoContent, Errors: missing,
		Description: typingText,
	}, s.typeAsVisitor)
}

// ownFirst checks that the conversation is one that the actor may see.
func (s *Server) ownFirst(ctx context.Context, id chat.ConversationID) error {
	return s.tenantTx(ctx, func(tx *db.TenantTx) error {
		_, err := ownConversation(ctx, tx, id)
		return err
	})
}

func (s *Server) askForPerson(ctx context.Context, in *ConversationPath) (*personOutput, error) {
	if err := s.ownFirst(ctx, in.ID); err != nil {
		return nil, err
	}
	asked, err := s.turns.AskForPerson(ctx, actorOf(ctx).Tenant, in.ID)
	shown := personOf(asked.Conversation)
	if !asked.OpensAt.IsZero() {
		shown.OpensAt = &asked.OpensAt
	}
	return &personOutput{Body: shown}, err
}

func personOf(row db.Conversation) PersonRequest {
	return PersonRequest{Mode: row.Mode, StaffName: row.StaffName}
}

func (s *Server) cancelPerson(ctx context.Context, in *ConversationPath) (*personOutput, error) {
	if err := s.ownFirst(ctx, in.ID); err != nil {
		return nil, err
	}
	row, err := s.turns.CancelPerson(ctx, actorOf(ctx).Tenant, in.ID)
	return &personOutput{Body: personOf(row)}, err
}

// staffOf gives the actor as visitors are shown them. A program writes for the team.
func staffOf(actor Actor) turn.Staff {
	if actor.Kind == ActorUser {
		return turn.Staff{User: actor.User, Name: actor.Session.UserName}
	}
	return turn.Staff{Name: "Team"}
}

func (s *Server) takeConversation(ctx context.Context, in *takeInput) (*inboxConversationOutput, error) {
	actor := actorOf(ctx)
	if _, err := s.turns.Take(ctx, actor.Tenant, in.ID, staffOf(actor), in.Body.Force); err != nil {
		return nil, err
	}
	return s.changedByStaff(ctx, in.ID, "conversation.take")
}

func (s *Server) returnConversation(ctx context.Context, in *ConversationPath) (*inboxConversationOutput, error) {
	if _, err := s.turns.Return(ctx, actorOf(ctx).Tenant, in.ID); err != nil {
		return nil, err
	}
	return s.changedByStaff(ctx, in.ID, "conversation.return")
}

// changedByStaff notes what was done and shows what the conversation is then.
func (s *Server) changedByStaff(ctx context.Context, id chat.ConversationID, action string) (*inboxConversationOutput, error) {
	err := s.tenantTx(ctx, func(tx *db.TenantTx) error { return audit(ctx, tx, action, "conversation", id.String()) })
	if err != nil {
		return nil, err
	}
	return s.getInboxConversation(ctx, &ConversationPath{ID: id})
}

func (s *Server) writeMessage(ctx context.Context, in *writeInput) (*messageOutput, error) {
	text, err := PartInput{Text: in.Body.Text}.text("body")
	if err != nil {
		return nil, err
	}
	actor := actorOf(ctx)
	id, err := s.turns.Write(ctx, actor.Tenant, in.ID, staffOf(actor), []chat.Part{text})
	if err != nil {
		return nil, err
	}
	var message Message
	err = s.tenantTx(ctx, func(tx *db.TenantTx) error {
		row, err := tx.MessageShow(ctx, id)
		message = messageFor(actor)(db.MessageListAfterRow(row))
		return err
	})
	return &messageOutput{Body: message}, err
}

func (s *Server) countWaiting(ctx context.Context, _ *struct{}) (*waitingCountOutput, error) {
	out := &waitingCountOutput{}
	return out, s.tenantTx(ctx, func(tx *db.TenantTx) (err error) {
		out.Body.Waiting, err = tx.ConversationWaitingCount(ctx)
		return err
	})
}

func (s *Server) typeInConversation(ctx context.Context, in *ConversationPath) (*struct{}, error) {
	return nil, s.tellTyping(ctx, in.ID, chat.RoleAssistant)
}

func (s *Server) typeAsVisitor(ctx context.Context, in *ConversationPath) (*struct{}, error) {
	return nil, s.tellTyping(ctx, in.ID, chat.RoleUser)
}

func (s *Server) tellTyping(ctx context.Context, id chat.ConversationID, who chat.Role) error {
	if err := s.ownFirst(ctx, id); err != nil {
		return err
	}
	return s.log.Whisper(ctx, actorOf(ctx).Tenant, id, who)
}

// keptOutput says that people answer: as a message, or as a stream that has no answer.
func (s *Server) keptOutput(ctx context.Context, claimed turn.Claimed, streams bool) *streamOutput {
	kept := KeptMessage{
		ConversationID: claimed.Conversation.ID, UserMessageID: claimed.Kept, Mode: chat.ModeHuman, StaffName: claimed.Conversation.StaffName,
	}
	return &streamOutput{Body: func(out huma.Context) {
		out.SetHeader(modeHeader, string(chat.ModeHuman))
		if streams {
			s.streamKept(ctx, out, kept)
			return
		}
		_, w := humachi.Unwrap(out)
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusCreated)
		_ = json.NewEncoder(w).Encode(kept) // the client has gone when this fails
	}}
}

// streamKept is an answer without words: it says who answers.
func (s *Server) streamKept(ctx context.Context, out huma.Context, kept KeptMessage) {
	note := chat.HandoffNote{State: chat.HandoffWaiting}
	if kept.StaffName != "" {
		note = chat.HandoffNote{State: chat.HandoffTaken, Name: kept.StaffName}
	}
	data, _ := json.Marshal(note) //nolint:errchkjson // strings always encode
	out.SetHeader(streamHeader, "v1")
	ctx, cut := s.streamContext(ctx)
	to := s.openFrames(ctx, out, cut, 0, nil)
	defer to.close()
	for i, chunk := range []chat.Chunk{
		{Type: chat.ChunkStart},
		{Type: chat.ChunkType(chat.PartHandoff), ID: "handoff", Data: data},
		{Type: chat.ChunkFinish, FinishReason: chat.FinishOther},
	} {
		raw, _ := json.Marshal(chunk) //nolint:errchkjson // its data was encoded above
		to.event(int64(i+1), raw, false)
	}
	to.event(3, []byte(sse.Done), true)
}
