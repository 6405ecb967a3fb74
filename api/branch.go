package api

import (
	"context"
	"encoding/json"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/parley-chat/parley/chat"
	"github.com/parley-chat/parley/db"
	"github.com/parley-chat/parley/turn"
)

type chooseBranchInput struct {
	ConversationPath
	Body struct {
		MessageID chat.MessageID `json:"messageId" format:"uuid" doc:"One of a message's versions."`
	}
}

func (s *Server) registerBranch() {
	visitor := access{audience: forVisitors, permission: PermChat, crossOrigin: true}
	register(s, visitor, huma.Operation{
		OperationID: "chooseBranch", Method: http.MethodPost, Path: "/v1/conversations/{id}/branch",
		Tags: []string{tagConversations}, Summary: "Show another version", Errors: []int{http.StatusNotFound, http.StatusConflict},
		Description: "The conversation goes on from the newest branch that the message is on: its messages are listed, and the next turn answers there. " +
			"Nothing changes if the message is shown already. While a turn runs it is a conflict.",
	}, s.chooseBranch)
}

func (s *Server) chooseBranch(ctx context.Context, in *chooseBranchInput) (*conversationOutput, error) {
	var row db.ConversationGetRow
	var event json.RawMessage
	var seq int64
	err := s.tenantTx(ctx, func(tx *db.TenantTx) (err error) {
		if row, err = lockOwnConversation(ctx, tx, in.ID); err != nil {
			return err
		}
		if event, seq, err = turnTo(ctx, tx, row, in.Body.MessageID); err != nil || event == nil {
			return err
		}
		return s.log.Notify(ctx, tx)
	})
	if err != nil {
		return nil, err
	}
	if event != nil {
		s.log.PublishConversation(row.Conversation.TenantID, in.ID, seq, []json.RawMessage{event})
	}
	return &conversationOutput{Body: conversationOf(row.Conversation, row.ActiveTurnID)}, nil
}

// turnTo makes the conversation show the message and gives what its readers are
// told, nil if it is shown already. What runs must end first: its answer would
// follow a message that it does not answer.
func turnTo(ctx context.Context, tx *db.TenantTx, row db.ConversationGetRow, message chat.MessageID) (json.RawMessage, int64, error) {
	id := row.Conversation.ID
	version, err := tx.MessageVersion(ctx, id, message)
	if err != nil {
		return nil, 0, unknownAs(err, turn.ErrNoMessage.At("body.messageId"))
	}
	if version.Shown {
		return nil, 0, nil
	}
	if !row.ActiveTurnID.IsZero() {
		return nil, 0, turn.ErrAnswering
	}
	if err := tx.ConversationFork(ctx, version.Newest, id); err != nil {
		return nil, 0, err
	}
	event, err := json.Marshal(chat.ConversationEvent{Type: chat.EventBranchChanged, MessageID: message})
	if err != nil {
		return nil, 0, err
	}
	seq, err := tx.ConversationEventAppend(ctx, event, id)
	return event, seq, err
}
