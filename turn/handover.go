package turn

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/parley-chat/parley/chat"
	"github.com/parley-chat/parley/db"
)

// HandOver gives the conversation of a call to whom its tool hands over: to people, or
// to another agent, which goes on with the next step. It may be done again.
func (c *Call) HandOver(ctx context.Context) (CallOutcome, error) {
	if c.Row.Tool == chat.HandoffToPerson {
		return c.toPeople(ctx)
	}
	to := c.Config.HandoffTo(c.Row.Tool)
	if to == nil {
		return failedHandoff("There is nobody of this name."), nil
	}
	return c.toAgent(ctx, *to)
}

func failedHandoff(why string) CallOutcome { return CallOutcome{State: chat.CallFailed, Error: why} }

func (c *Call) toPeople(ctx context.Context) (CallOutcome, error) {
	human := c.Config.Human
	switch at, ok := human.Opens(time.Now()); {
	case !ok:
		return failedHandoff("Nobody of the team is there."), nil
	case !at.IsZero():
		return failedHandoff(fmt.Sprintf("Nobody of the team is there now. Somebody will be from %s on (%s). Tell the visitor, and help as far as you can.",
			at.Format("Monday, 2 January 2006, 15:04"), human.Hours.Zone)), nil
	}
	_, err := c.service.withPeople(ctx, c.tenant, c.Row.ConversationID, func(ctx context.Context, p *people) error {
		_, err := p.tx.HandoffByCall(ctx, c.Row.ID)
		if err == nil || chat.CodeOf(err) != chat.CodeNotFound || p.conversation.Mode == chat.ModeHuman {
			return ignoreMissing(err)
		}
		return p.open(ctx, db.HandoffOpenParams{
			AskedBy: "agent", CallID: &c.Row.ID, Reason: noteIn(c.Row.Arguments), AnswerMinutes: int32(human.Minutes()),
		})
	})
	if chat.CodeOf(err) == chat.CodeNotFound {
		return failedHandoff("This conversation is not given to people."), nil
	}
	if err != nil {
		return CallOutcome{}, err
	}
	output, err := json.Marshal(map[string]any{
		"result": "A person of the team was asked and reads along from here on. Tell the visitor so, and say no more.",
	})
	return CallOutcome{State: chat.CallSucceeded, Output: output}, err
}

// toAgent finds out what the other agent is at this moment. It goes on with the version
// that was published now, whatever is published meanwhile.
func (c *Call) toAgent(ctx context.Context, to chat.AgentHandoff) (outcome CallOutcome, err error) {
	err = c.service.db.Tenant(ctx, c.tenant, func(tx *db.TenantTx) error {
		count, err := tx.TurnHandoffCount(ctx, c.Row.TurnID)
		if err != nil {
			return err
		}
		if count >= chat.MostAgentHandoffs {
			outcome = failedHandoff("This question was handed over too often. Answer it as well as you can.")
			return nil
		}
		found, err := tx.AgentPublished(ctx, to.AgentID)
		if chat.CodeOf(err) == chat.CodeNotFound {
			outcome = failedHandoff("That assistant is not there any more. Go on yourself.")
			return nil
		}
		if err != nil {
			return err
		}
		outcome.State = chat.CallSucceeded
		outcome.Output, err = json.Marshal(chat.HandedOver{
			AgentID: to.AgentID, VersionID: found.AgentVersion.ID, Name: found.Name, Context: cmp.Or(to.Context, chat.ContextConversation),
		})
		return err
	})
	return outcome, err
}

// noteIn is what the model says that it is about.
func noteIn(arguments json.RawMessage) string {
	var said struct{ Note string }
	if json.Unmarshal(arguments, &said) != nil {
		return ""
	}
	return said.Note
}

// turnOver lets the agent speak that the step before has handed over to.
func turnOver(ctx context.Context, tx *db.TenantTx, row db.Turn) (db.Turn, error) {
	output, err := tx.TurnHandedOver(ctx, row.ID, row.Step)
	if err != nil {
		return row, ignoreMissing(err)
	}
	var to chat.HandedOver
	if err := json.Unmarshal(output, &to); err != nil {
		return row, err
	}
	if to.VersionID == row.AgentVersionID {
		return row, nil
	}
	return tx.TurnHandOver(ctx, to.AgentID, to.VersionID, row.ID)
}
