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
	Trigger   string        `json:"trigger,omitempty" doc:"submit-message. regenerate-message is refused with 422."`
	MessageID string        `json:"messageId,omitempty" maxLength:"200"`
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
		Errors: []int{http.StatusNotFound, http.StatusPaymentRequired, http.StatusServiceUnavailable},
	})
	start.Method = http.MethodPost
	start.Description = "For `useChat` with `DefaultChatTransport({api})`, unmodified. Repeating a user message attaches to its turn; its id with another text is 422. " +
		"Should an answer have to be begun anew, the stream ends with an `error` chunk and the answer is in the history when it is complete. " + turnStreamText
	register(s, visitor, start, s.chat)

	resume := s.turnStreamOperation(huma.Operation{
		OperationID: "resumeChat", Path: "/v1/agents/{id}/chat/{chatId}/stream", Tags: []string{tagChat},
		Summary: "Resume, as the AI SDK's transport does", Errors: []int{http.StatusNotFound},
	})
	resume.Responses["204"] = &huma.Response{Description: "Nothing is running."}
	register(s, visitor, resume, s.resumeChat)
}

// chat answers the newest message. The history that the client sends along is
// not read: the server has its own, which nobody can rewrite.
func (s *Server) chat(ctx context.Context, in *chatInput) (*streamOutput, error) {
	if in.Body.Trigger == "regenerate-message" {
		return nil, chat.NewError(chat.CodeInvalid, "An answer cannot be regenerated: a conversation has no branches. Ask again instead.").At("body.trigger")
	}
	parts, clientID, err := newestMessage(in.Body.Messages)
	if err != nil {
		return nil, err
	}
	agent, err := agentFor(actorOf(ctx), in.ID)
	if err != nil {
		return nil, err
	}
	var conversation db.Conversation
	err = s.tenantTx(ctx, func(tx *db.TenantTx) (err error) {
		conversation, err = openConversation(ctx, tx, agent, in.Body.ID)
		return err
	})
	if err != nil {
		return nil, err
	}
	claimed, err := s.ask(ctx, turn.Question{Conversation: conversation.ID, Parts: parts, ClientID: clientID})
	if err != nil {
		return nil, idReusedAt(err, fmt.Sprintf("body.messages[%d].id", len(in.Body.Messages)-1))
	}
	return s.followClaimed(ctx, claimed, sdkStream), nil
}

func newestMessage(messages []ChatMessage) ([]chat.Part, string, error) {
	at := fmt.Sprintf("body.messages[%d]", len(messages)-1)
	newest := messages[len(messages)-1]
	if newest.Role != string(chat.RoleUser) {
		return nil, "", chat.NewError(chat.CodeInvalid, "The last message must be the user's.").At(at + ".role")
	}
	texts := make([]TextInput, len(newest.Parts))
	for i, raw := range newest.Parts {
		if err := json.Unmarshal(raw, &texts[i]); err != nil || texts[i].Type != string(chat.PartText) {
			return nil, "", chat.NewError(chat.CodeInvalid, "Only text can be sent.").At(fmt.Sprintf("%s.parts[%d].type", at, i))
		}
	}
	if len(texts) == 0 {
		return nil, "", chat.NewError(chat.CodeInvalid, "The message is empty.").At(at + ".parts")
	}
	parts, err := partsOf(texts, at+".parts")
	return parts, chat.CleanText(newest.ID), err
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
