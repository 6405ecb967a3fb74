package turn

import (
	"context"
	"encoding/json"
	"slices"

	"github.com/parley-chat/parley/chat"
	"github.com/parley-chat/parley/db"
	"github.com/parley-chat/parley/llm"
)

// FollowUp is a finished turn that suggestions are wanted for.
type FollowUp struct {
	Config   chat.AgentConfig
	Visitor  chat.VisitorID
	Account  *Account
	Messages []llm.Message // up to and with the answer
	// Done: there is nothing to do, since the answer has its suggestions, or the
	// conversation has gone on without them.
	Done bool

	tenant chat.TenantID
	row    db.Turn
	call   call
}

// CallID is our name for the call that asks for the suggestions.
func (f FollowUp) CallID() string { return f.call.id.String() }

// OpenFollowUp reads what suggestions are made from, for one attempt at them. Unless
// there is nothing to do, the call to the model is in the books when it returns.
func (s *Service) OpenFollowUp(ctx context.Context, tenant chat.TenantID, turn chat.TurnID, attempt int32) (FollowUp, error) {
	f := FollowUp{tenant: tenant}
	err := s.db.Tenant(ctx, tenant, func(tx *db.TenantTx) (err error) {
		if f.row, err = tx.TurnGet(ctx, turn); err != nil {
			return err
		}
		given, err := loadBriefing(ctx, tx, f.row)
		if err != nil {
			return err
		}
		f.Config, f.Visitor, f.Account = given.context.Config, given.context.VisitorID, account(given.context)
		f.Messages = prompt(given.messages, nil, chat.Output{})
		f.Done = !wantsSuggestions(given.messages, f.row.AssistantMessageID)
		if f.Done {
			return nil
		}
		f.call, err = call{step: int(f.row.Step), attempt: attempt, purpose: forSuggestions}.open(ctx, tx, turn)
		return err
	})
	return f, err
}

// wantsSuggestions: the answer is still the conversation's newest message, and
// has none.
func wantsSuggestions(newestFirst []db.PromptMessagesRow, answer chat.MessageID) bool {
	if len(newestFirst) == 0 || newestFirst[0].ID != answer {
		return false
	}
	return !slices.ContainsFunc(newestFirst[0].Parts, isSuggestions)
}

func isSuggestions(part chat.Part) bool { return part.Type == chat.PartSuggestions }

// StoreSuggestions adds follow-up questions to the stored answer and tells the
// conversation's readers. No items: only what the model call cost is recorded.
func (s *Service) StoreSuggestions(ctx context.Context, f FollowUp, items []string, usage Usage) error {
	var event json.RawMessage
	var seq int64
	err := s.db.Tenant(ctx, f.tenant, func(tx *db.TenantTx) (err error) {
		if len(items) > 0 {
			if event, seq, err = addSuggestions(ctx, tx, f.row, items); err != nil {
				return err
			}
			if err := s.log.Notify(ctx, tx); err != nil {
				return err
			}
		}
		return f.call.settle(ctx, tx, f.row.ID, usage)
	})
	if err == nil && event != nil {
		s.log.PublishConversation(f.tenant, f.row.ConversationID, seq, []json.RawMessage{event})
	}
	return err
}

func addSuggestions(ctx context.Context, tx *db.TenantTx, row db.Turn, items []string) (json.RawMessage, int64, error) {
	if _, err := tx.ConversationLock(ctx, row.ConversationID); err != nil {
		return nil, 0, err
	}
	message, err := tx.MessageGet(ctx, row.AssistantMessageID)
	if err != nil {
		return nil, 0, err
	}
	chunk, err := chat.DataChunk(chat.ChunkSuggestions, "suggestions", chat.Suggestions{Items: items})
	if err != nil {
		return nil, 0, err
	}
	if _, err := tx.MessagePartsPut(ctx, chat.Fold(message.Parts, chunk), message.ID); err != nil {
		return nil, 0, err
	}
	return announceUpdate(ctx, tx, row, message.ID)
}

// announceUpdate tells a conversation's readers that a turn's answer says more than
// before. The conversation must be locked.
func announceUpdate(ctx context.Context, tx *db.TenantTx, row db.Turn, answer chat.MessageID) (json.RawMessage, int64, error) {
	event, err := json.Marshal(chat.ConversationEvent{
		Type: chat.EventMessageUpdated, MessageID: answer, Role: chat.RoleAssistant, TurnID: row.ID,
	})
	if err != nil {
		return nil, 0, err
	}
	seq, err := tx.ConversationEventAppend(ctx, event, row.ConversationID)
	return event, seq, err
}
