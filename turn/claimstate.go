package turn

import (
	"context"

	"github.com/parley-chat/parley/chat"
	"github.com/parley-chat/parley/db"
)

// lock keeps others from the conversation, and reads what the claim decides on.
func (c *claim) lock(ctx context.Context) (err error) {
	c.conversation, err = c.tx.ConversationLock(ctx, c.question.Conversation)
	if err != nil {
		return err
	}
	if c.question.foreign(c.conversation) || c.conversation.DeletedAt != nil {
		return chat.NewError(chat.CodeNotFound, "There is no such conversation.")
	}
	c.agent = firstAgent(c.conversation.SpeakerID, c.conversation.AgentID)
	if err = c.loadState(ctx); c.agent == c.conversation.AgentID {
		return err
	}
	// The agent that the conversation was given to may be gone.
	if chat.CodeOf(err) == chat.CodeNotFound || err == nil && c.state.PublishedVersionID.IsZero() {
		c.agent = c.conversation.AgentID
		return c.loadState(ctx)
	}
	return err
}

func (c *claim) loadState(ctx context.Context) (err error) {
	c.state, err = c.tx.TurnClaimState(ctx, db.TurnClaimStateParams{
		ConversationID: c.conversation.ID,
		AgentID:        c.agent,
		IdempotencyKey: optional(c.question.Key),
		ClientID:       optional(c.question.ClientID),
	})
	if err != nil {
		return err
	}
	c.said = c.question.Parts
	return c.redact()
}

func firstAgent(speaker, own chat.AgentID) chat.AgentID {
	if speaker.IsZero() {
		return own
	}
	return speaker
}

// foreign reports whether the conversation is not the asking visitor's.
func (q Question) foreign(conversation db.Conversation) bool {
	return (!q.Visitor.IsZero() && q.Visitor != conversation.VisitorID) ||
		(!q.Agent.IsZero() && q.Agent != conversation.AgentID) ||
		(q.continues.IsZero() && q.Player != conversation.PlayedBy)
}

// plays reports whether the draft answers.
func (c *claim) plays() bool { return c.conversation.Kind == chat.KindPlayground }

// version is what answers: what is published, or the draft as it is now.
func (c *claim) version(ctx context.Context) (chat.AgentVersionID, error) {
	if !c.plays() {
		return c.state.PublishedVersionID, nil
	}
	if _, err := c.tx.AgentDraftFreeze(ctx, chat.NewID[chat.AgentVersionID](), c.agent); err != nil {
		return chat.AgentVersionID{}, err
	}
	return c.tx.AgentDraftFrozen(ctx, c.agent)
}
