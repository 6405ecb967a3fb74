package turn

import (
	"bytes"
	"context"

	"github.com/parley-chat/parley/chat"
	"github.com/parley-chat/parley/db"
)

// errPersonAnswers refuses what only a model could do.
var errPersonAnswers = chat.NewError(chat.CodeConflict, "A person answers in this conversation now.")

// keep stores the question for the people who answer the conversation, and has their
// clock run.
func (c *claim) keep(ctx context.Context) (err error) {
	switch {
	case !c.question.continues.IsZero(), c.question.left:
		return errNothingToTell
	case c.question.Fork != (Fork{}):
		return errPersonAnswers
	}
	if err := c.readForm(ctx); err != nil {
		return err
	}
	message := chat.NewID[chat.MessageID]()
	if err := c.announce(chat.ConversationEvent{Type: chat.EventMessageAdded, MessageID: message, Role: chat.RoleUser}); err != nil {
		return err
	}
	c.claimed = Claimed{Kept: message, Conversation: c.conversation}
	title, shown := c.title(), preview(c.question.Parts)
	if _, err := c.tx.MessageAdd(ctx, db.MessageAddParams{
		ID: message, ConversationID: c.conversation.ID, Role: chat.RoleUser, Parts: c.question.Parts,
		Title: &title, Preview: &shown, Events: c.events,
		ClientID: optional(c.question.ClientID), IdempotencyKey: optional(c.question.Key), BodyHash: c.question.BodyHash,
	}); err != nil {
		return err
	}
	c.waits, err = c.tx.HandoffVisitorWaits(ctx, c.conversation.ID)
	return err
}

// keptBefore gives the message if the request was kept for people before.
func (c *claim) keptBefore() chat.MessageID {
	switch {
	case c.state.KeyedBodyHash != nil:
		return c.state.KeyedMessageID
	case !c.question.Fork.Edit.IsZero():
		return chat.MessageID{}
	default:
		return c.state.ClientMessageID
	}
}

func (c *claim) repeatKept(kept chat.MessageID) error {
	if c.state.KeyedBodyHash != nil {
		if !bytes.Equal(c.state.KeyedBodyHash, c.question.BodyHash) {
			return errKeyReused
		}
	} else if !chat.SameText(c.state.ClientParts, c.question.Parts) && !chat.SameText(c.state.ClientParts, c.said) {
		return ErrMessageIDReused
	}
	c.claimed = Claimed{Kept: kept, Conversation: c.conversation, Repeated: true}
	return nil
}

// takeUpLeft makes the claim that of a turn which answers what the visitor last said
// while people were to answer.
func (c *claim) takeUpLeft(ctx context.Context) error {
	if !c.state.ActiveTurnID.IsZero() || c.conversation.DeletedAt != nil {
		return errNothingToTell
	}
	left, err := c.tx.MessageLeft(ctx, c.conversation.ID)
	if chat.CodeOf(err) == chat.CodeNotFound {
		return errNothingToTell
	}
	c.stored = left
	return err
}
