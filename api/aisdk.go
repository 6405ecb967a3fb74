package api

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/parley-chat/parley/chat"
	"github.com/parley-chat/parley/db"
	"github.com/parley-chat/parley/turn"
)

// ChatRequest is the body of the AI SDK's HTTP transport. Only the last user
// message is read: the history is the server's own.
type ChatRequest struct {
	_         struct{}      `additionalProperties:"true"`
	ID        string        `json:"id" minLength:"1" maxLength:"200" doc:"The chat: any string, unique per agent and visitor."`
	Messages  []ChatMessage `json:"messages" minItems:"1"`
	Trigger   string        `json:"trigger,omitempty" doc:"submit-message or regenerate-message."`
	MessageID string        `json:"messageId,omitempty" maxLength:"200" doc:"The message to edit, or the answer to give anew."`
	ClientTools
}

// ChatMessage is a message of the AI SDK.
type ChatMessage struct {
	_     struct{}          `additionalProperties:"true"`
	ID    string            `json:"id" maxLength:"200"`
	Role  string            `json:"role"`
	Parts []json.RawMessage `json:"parts"`
}

type chatInput struct {
	ID   chat.AgentID `path:"id" format:"uuid" doc:"The agent."`
	Body ChatRequest
}

type resumeChatInput struct {
	ID     chat.AgentID `path:"id" format:"uuid" doc:"The agent."`
	ChatID string       `path:"chatId" maxLength:"200" doc:"The id of the chat."`
	StreamPosition
}

func (s *Server) registerChat() {
	visitor := access{audience: forVisitors, permission: PermChat, crossOrigin: true}
	start := s.turnStreamOperation(huma.Operation{
		OperationID: "chat", Path: "/v1/agents/{id}/chat", Tags: []string{tagChat},
		Summary: "Ask, as the AI SDK's transport does", MaxBodyBytes: chatBodyLimit,
		Errors: []int{http.StatusNotFound, http.StatusConflict, http.StatusPaymentRequired, http.StatusServiceUnavailable},
	})
	start.Method = http.MethodPost
	start.Description = "For `useChat` with `DefaultChatTransport({api})`, unmodified. Repeating a user message attaches to its turn; its id with another text is 422, " +
		"but with the `messageId` of `sendMessage`, which edits it. That and `regenerate` begin a branch. " +
		"A last message of the assistant's with tool parts in the state `approval-responded` decides what the visitor is asked, and the stream goes on with that message. " +
		"Where a tool of the page is to be used (`clientTools`), the stream ends; a last message of the assistant's with its part in the state `output-available` or `output-error` goes on. " +
		"Should an answer have to be begun anew, the stream ends with an `error` chunk and the answer is in the history when it is complete. " + turnStreamText
	register(s, visitor, start, s.chat)

	resume := s.turnStreamOperation(huma.Operation{
		OperationID: "resumeChat", Path: "/v1/agents/{id}/chat/{chatId}/stream", Tags: []string{tagChat},
		Summary: "Resume, as the AI SDK's transport does", Errors: []int{http.StatusNotFound},
	})
	resume.Responses["204"] = &huma.Response{Description: "Nothing is running."}
	register(s, visitor, resume, s.resumeChat)
}

const regenerateTrigger = "regenerate-message"

// chat answers the newest message. The history that the client sends along is
// not read: the server has its own, which nobody can rewrite.
func (s *Server) chat(ctx context.Context, in *chatInput) (*streamOutput, error) {
	decisions, answers := decisionsIn(in.Body), answersIn(in.Body)
	if len(decisions)+len(answers) > 0 {
		return s.decideInChat(ctx, in, decisions, answers)
	}
	question, err := newestMessage(in.Body)
	if err != nil {
		return nil, err
	}
	agent, err := agentFor(actorOf(ctx), in.ID)
	if err != nil {
		return nil, err
	}
	err = s.tenantTx(ctx, func(tx *db.TenantTx) error {
		conversation, err := openConversation(ctx, tx, agent, in.Body.ID)
		if err != nil {
			return err
		}
		question.Conversation = conversation.ID
		return place(ctx, tx, &question, in.Body)
	})
	if err != nil {
		return nil, err
	}
	question.ClientTools = in.Body.names()
	claimed, err := s.ask(ctx, question)
	if err != nil {
		return nil, idReusedAt(err, fmt.Sprintf("body.messages[%d].id", len(in.Body.Messages)-1))
	}
	if !claimed.Kept.IsZero() {
		return s.keptOutput(ctx, claimed, true), nil
	}
	return s.followClaimed(ctx, claimed, sdkStream), nil
}

// newestMessage gives the question that a request ends with. The SDK leaves out
// the answer that it wants anew, but of one that was given in several streams
// only the last part.
func newestMessage(request ChatRequest) (turn.Question, error) {
	last := len(request.Messages) - 1
	for request.Trigger == regenerateTrigger && last > 0 && request.Messages[last].Role == string(chat.RoleAssistant) {
		last--
	}
	at := fmt.Sprintf("body.messages[%d]", last)
	newest := request.Messages[last]
	if newest.Role != string(chat.RoleUser) {
		return turn.Question{}, errNotAsked(request)
	}
	at += ".parts"
	inputs := make([]PartInput, len(newest.Parts))
	for i, raw := range newest.Parts {
		if err := readPart(raw, &inputs[i], fmt.Sprintf("%s[%d]", at, i)); err != nil {
			return turn.Question{}, err
		}
	}
	if len(inputs) == 0 {
		return turn.Question{}, chat.NewError(chat.CodeInvalid, "The message is empty.").At(at)
	}
	parts, err := partsOf(inputs, at)
	return turn.Question{Parts: parts, ClientID: chat.CleanText(newest.ID), At: at}, err
}

// readPart reads a part that is a text, or answers a form.
func readPart(raw json.RawMessage, into *PartInput, at string) error {
	var head struct {
		Type chat.PartType `json:"type"`
	}
	if err := json.Unmarshal(raw, &head); err != nil || head.Type != chat.PartText && head.Type != chat.PartForm {
		return wrongAt(at+".type", "Only text can be sent, and what was filled into a form.")
	}
	if err := json.Unmarshal(raw, into); err != nil {
		return wrongAt(at, "This part is not what its type says.")
	}
	return nil
}

func errNotAsked(request ChatRequest) error {
	return wrongAt(fmt.Sprintf("body.messages[%d].role", len(request.Messages)-1), "The last message must be the user's.")
}

// place finds out where a question stands. Whatever the client edits or wants
// answered anew may never have arrived here: then it is asked for the first time.
func place(ctx context.Context, tx *db.TenantTx, question *turn.Question, request ChatRequest) error {
	named := chat.CleanText(request.MessageID)
	if request.Trigger == regenerateTrigger {
		stored, err := storedMessage(ctx, tx, question.Conversation, question.ClientID, named)
		if err == nil && !stored.ID.IsZero() {
			*question = turn.Question{Conversation: question.Conversation, Fork: turn.Fork{Regenerate: stored.ID}}
		}
		return err
	}
	stored, err := storedMessage(ctx, tx, question.Conversation, named)
	if err != nil || stored.ID.IsZero() {
		return err
	}
	// The SDK names the last message as well when it merely sends it again.
	if named != question.ClientID || !chat.SameText(stored.Parts, question.Parts) {
		question.Fork.Edit = stored.ID
	}
	return nil
}

// storedMessage gives the first message of the conversation that has one of the
// names: a client's own id for it, or ours, which it knows from a stream or from
// the history. None: the zero row.
func storedMessage(ctx context.Context, tx *db.TenantTx, in chat.ConversationID, names ...string) (db.MessageByClientRow, error) {
	for _, name := range names {
		found, err := tx.MessageByClient(ctx, in, name)
		if err == nil || chat.CodeOf(err) != chat.CodeNotFound {
			return found, err
		}
		id, err := chat.ParseID[chat.MessageID](name)
		if err != nil {
			continue
		}
		message, err := tx.MessageGet(ctx, id)
		if err == nil && message.ConversationID == in {
			return db.MessageByClientRow{ID: message.ID, Role: message.Role, Parts: message.Parts}, nil
		}
		if err := ignoreMissing(err); err != nil {
			return db.MessageByClientRow{}, err
		}
	}
	return db.MessageByClientRow{}, nil
}

// resumeChat goes on with the stream of what runs in a chat, if anything does.
func (s *Server) resumeChat(ctx context.Context, in *resumeChatInput) (*streamOutput, error) {
	agent, err := agentFor(actorOf(ctx), in.ID)
	if err != nil {
		return nil, err
	}
	var running *db.Turn
	err = s.tenantTx(ctx, func(tx *db.TenantTx) error {
		row, err := runningIn(ctx, tx, agent, chat.CleanText(in.ChatID))
		running = row
		return err
	})
	if err != nil {
		return nil, err
	}
	if running == nil {
		return &streamOutput{Body: func(out huma.Context) { out.SetStatus(http.StatusNoContent) }}, nil
	}
	return s.resumeTurn(ctx, *running, in.StreamPosition, sdkStream)
}

// runningIn gives the turn that runs in a chat, or nil.
func runningIn(ctx context.Context, tx *db.TenantTx, agent chat.AgentID, chatID string) (*db.Turn, error) {
	if _, err := tx.AgentPublished(ctx, agent); err != nil {
		return nil, unknownAs(err, errNoAgent)
	}
	conversation, err := tx.ConversationFindChat(ctx, agent, actorOf(ctx).Visitor, &chatID)
	if err != nil {
		return nil, ignoreMissing(err)
	}
	row, err := tx.TurnActive(ctx, conversation.ID)
	if err != nil {
		return nil, ignoreMissing(err)
	}
	return &row, nil
}

func ignoreMissing(err error) error {
	if chat.CodeOf(err) == chat.CodeNotFound {
		return nil
	}
	return err
}
