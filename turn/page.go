package turn

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"go.temporal.io/api/serviceerror"

	"github.com/parley-chat/parley/chat"
	"github.com/parley-chat/parley/db"
	"github.com/parley-chat/parley/telemetry"
	"github.com/parley-chat/parley/workflows"
)

// ForPage reports whether the call is for a page, and was offered.
func (c *Call) ForPage() bool { return c.Row.Page != nil }

// Offer lets the visitor's pages take the call, and shows it to them with what it is to
// be made with.
//
// Errors: not_found if that may not be any more: see Dispatch; ErrBusy, to be tried again.
func (c *Call) Offer(ctx context.Context) error {
	var f finishing
	err := c.service.db.Tenant(ctx, c.tenant, func(tx *db.TenantTx) (err error) {
		f = finishing{call: c, tx: tx}
		if err := f.lock(ctx); err != nil {
			return err
		}
		if f.turn.Status == chat.TurnRunning && !f.stepWaits() {
			return ErrBusy // nobody would see it before the turn has ended
		}
		if c.Row, err = tx.ToolCallOffer(ctx, c.Tool.Timeout().Seconds(), c.Row.ID); err != nil {
			return err
		}
		if err := f.show(ctx, offer(c.Row)); err != nil {
			return err
		}
		return c.service.log.Notify(ctx, tx)
	})
	if err == nil {
		f.publish()
	}
	return err
}

func offer(row db.ToolCall) chat.Chunk {
	return chat.Chunk{
		Type: chat.ChunkToolInputAvailable, ToolCallID: row.ID, ToolName: row.Tool, Dynamic: true,
		Input: row.Arguments, ProviderExecuted: new(false),
	}
}

// Withdraw ends a call that no page has taken. If one just has, it goes on.
func (c *Call) Withdraw(ctx context.Context, outcome CallOutcome) error {
	outcome.expected = chat.CallOffered
	return c.Finish(ctx, outcome)
}

var (
	errNoOffer  = chat.NewError(chat.CodeNotFound, "There is no such call.")
	errCallOver = chat.NewError(chat.CodeGone, "It is too late: nobody waits for this call any more.")
	errNotYours = chat.NewError(chat.CodeConflict, "Another page has taken this call.")
)

// OfferedCall gives a call of the conversation that pages are, or were, offered.
//
// Errors: not_found.
func (s *Service) OfferedCall(ctx context.Context, tenant chat.TenantID, in chat.ConversationID, id string) (*Call, error) {
	c, err := s.openCall(ctx, tenant, id)
	switch {
	case chat.CodeOf(err) == chat.CodeNotFound:
		return nil, errNoOffer
	case err != nil:
		return nil, err
	case c.Row.ConversationID != in || c.Tool == nil || !c.ForPage():
		return nil, errNoOffer
	}
	return c, nil
}

// Claim takes an offered call for a page. The first page gets it; the same one gets it
// again.
//
// Errors: gone if nobody waits for it any more.
func (c *Call) Claim(ctx context.Context, page string) (granted bool, err error) {
	err = c.service.db.Tenant(ctx, c.tenant, func(tx *db.TenantTx) error {
		return c.claim(ctx, tx, page)
	})
	return err == nil && *c.Row.Page == page, err
}

func (c *Call) claim(ctx context.Context, tx *db.TenantTx, page string) error {
	claimed, err := tx.ToolCallClaim(ctx, page, c.Tool.Timeout().Seconds(), c.Row.ID)
	if err == nil {
		c.Row = claimed
		return nil
	}
	if chat.CodeOf(err) != chat.CodeNotFound {
		return err
	}
	if c.Row, err = tx.ToolCallGet(ctx, c.Row.ID); err != nil {
		return err
	}
	if c.Row.State != chat.CallDispatched || time.Now().After(*c.Row.DeadlineAt) {
		return errCallOver
	}
	return nil
}

// PageAnswer is what a page says has become of a call.
type PageAnswer struct {
	// Page is the one that has taken the call; "": nobody asks which.
	Page string
	// Output is what came of it; nil: it did not work, for the reason that Error gives.
	Output json.RawMessage
	Error  string
}

// Answer records what a page says has become of the call, and has the turn go on. Only
// the first answer counts: the call is as it was answered after that.
//
// Errors: gone if nobody waits for it any more; conflict if another page has taken it.
func (c *Call) Answer(ctx context.Context, answer PageAnswer) error {
	ctx = telemetry.About(ctx, telemetry.Subject{Tenant: c.tenant, Turn: c.Row.TurnID})
	outcome := CallOutcome{State: chat.CallFailed, Error: answer.Error, answered: true}
	if answer.Output != nil {
		outcome.State, outcome.Output, outcome.Error = chat.CallSucceeded, answer.Output, ""
	}
	f := finishing{call: c, outcome: outcome}
	err := c.service.db.Tenant(ctx, c.tenant, func(tx *db.TenantTx) error {
		f = finishing{call: c, outcome: outcome, tx: tx}
		if err := c.mayAnswer(ctx, tx, answer.Page); err != nil || c.Row.Answered {
			return err
		}
		if err := f.write(ctx); err != nil {
			return err
		}
		return c.service.log.Notify(ctx, tx)
	})
	if err != nil {
		return err
	}
	f.tell(ctx)
	c.tellAnswered(ctx)
	return nil
}

// mayAnswer takes a call that nobody has taken for the page, so that no other page begins
// with it.
func (c *Call) mayAnswer(ctx context.Context, tx *db.TenantTx, page string) (err error) {
	// The order in which finishing locks.
	if _, err := tx.ConversationLock(ctx, c.Row.ConversationID); err != nil {
		return err
	}
	err = c.claim(ctx, tx, page)
	switch {
	case c.Row.Answered:
		return nil
	case err != nil:
		return err
	case page != "" && page != *c.Row.Page:
		return errNotYours
	default:
		return nil
	}
}

// tellAnswered tells the workflow that waits. Its loss costs seconds: the workflow looks
// by itself.
func (c *Call) tellAnswered(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), signalTimeout)
	defer cancel()
	ref := chat.ToolCallRef{Turn: c.Row.TurnID, Step: int(c.Row.Step), Index: int(c.Row.Place)}
	err := c.service.temporal.SignalWorkflow(ctx, workflows.ToolCallID(c.tenant, ref), "", workflows.SignalAnswered, nil)
	if _, gone := errors.AsType[*serviceerror.NotFound](err); err != nil && !gone {
		c.service.logger.WarnContext(ctx, "turn: that a page has answered will be seen later", "error", err)
	}
}
