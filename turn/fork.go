package turn

import (
	"context"

	"github.com/parley-chat/parley/chat"
)

// Fork asks beside what was said, which stays as it is: one of the two, or none
// for a question that goes on where the conversation is.
type Fork struct {
	// Regenerate is an answer to give anew, or a message to answer anew. The
	// question is stored already, so that it has no Parts and no ClientID.
	Regenerate chat.MessageID
	// Edit is a message of which the question is another version.
	Edit chat.MessageID
}

// ErrAnswering refuses to leave a branch while an answer is written on it.
var ErrAnswering = chat.NewError(chat.CodeConflict, "An answer is being written. Wait for its end, or stop it first.")

// ErrNoMessage says that a message is not the conversation's.
var ErrNoMessage = chat.NewError(chat.CodeNotFound, "There is no such message in this conversation.")

// fork turns the conversation to the place where the question stands, or will
// stand.
func (c *claim) fork(ctx context.Context) error {
	var err error
	switch fork := c.question.Fork; {
	case !fork.Regenerate.IsZero():
		err = c.regenerate(ctx, fork.Regenerate)
	case !fork.Edit.IsZero():
		err = c.edit(ctx, fork.Edit)
	default:
		return nil
	}
	if err == nil {
		c.canceled, err = c.tx.ApprovalCancelReplaced(ctx, notWanted, c.conversation.ID)
	}
	return err
}

func (c *claim) regenerate(ctx context.Context, target chat.MessageID) error {
	const field = "body.regenerate"
	message, err := c.tx.MessageVersion(ctx, c.conversation.ID, target)
	if err != nil {
		return noMessage(err, field)
	}
	at := message.Position
	c.stored = target
	if message.Role == chat.RoleAssistant {
		at, c.stored = message.Parent, message.ParentID
	}
	if c.stored.IsZero() {
		return chat.NewError(chat.CodeInvalid, "That message answers nothing.").At(field)
	}
	return c.tx.ConversationFork(ctx, at, c.conversation.ID)
}

func (c *claim) edit(ctx context.Context, target chat.MessageID) error {
	const field = "body.edit"
	message, err := c.tx.MessageVersion(ctx, c.conversation.ID, target)
	if err != nil {
		return noMessage(err, field)
	}
	if message.Role != chat.RoleUser {
		return chat.NewError(chat.CodeInvalid, "An answer cannot be edited.").At(field)
	}
	return c.tx.ConversationFork(ctx, message.Parent, c.conversation.ID)
}

func noMessage(err error, field string) error {
	if chat.CodeOf(err) != chat.CodeNotFound {
		return err
	}
	return ErrNoMessage.At(field)
}

// saidBefore gives the turn that a message with the question's ClientID was
// claimed for. A client may keep its id for a message that is edited: then the
// message that has it is the one to edit, not this question said before.
func (c *claim) saidBefore() chat.TurnID {
	if edited := c.question.Fork.Edit; !edited.IsZero() && edited == c.state.ClientMessageID {
		return chat.TurnID{}
	}
	return c.state.ClientTurnID
}
