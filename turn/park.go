package turn

import (
	"context"

	"github.com/parley-chat/parley/chat"
	"github.com/parley-chat/parley/db"
	"github.com/parley-chat/parley/telemetry"
)

// Parked says what has become of a turn that waits for people.
type Parked int

// What Park can find.
const (
	StillBusy Parked = iota // a call is under way, or all are over: the turn waits on
	WaitsLong               // its stream has ended; whoever decides has it gone on with
	GoesOn                  // a message came in: the next step answers that
)

// Park ends the stream of a turn that waits for nothing but people. Nothing is given
// up: the calls wait on, and once they are over another turn goes on. A message that
// came in meanwhile is answered at once instead.
func (s *Service) Park(ctx context.Context, tenant chat.TenantID, turn chat.TurnID) (Parked, error) {
	row, waits, err := s.waitsForPeople(ctx, tenant, turn)
	if err != nil {
		return StillBusy, err
	}
	switch {
	case row.Status == chat.TurnAwaitingApproval:
		return WaitsLong, nil // an earlier attempt has parked it
	case row.Status != chat.TurnRunning || !waits:
		return StillBusy, nil
	}
	step, err := s.TakeOver(ctx, tenant, turn)
	if err != nil || step.Over != nil {
		return StillBusy, err
	}
	step.Number = int(step.Row.Step) // the step that has asked is the newest
	ended, err := step.End(ctx, Ending{Status: chat.TurnAwaitingApproval, Finish: chat.FinishToolCalls})
	if err == nil && ended.Status == chat.TurnRunning {
		return GoesOn, nil
	}
	return WaitsLong, err
}

func (s *Service) waitsForPeople(ctx context.Context, tenant chat.TenantID, turn chat.TurnID) (row db.Turn, waits bool, err error) {
	err = s.db.Tenant(ctx, tenant, func(tx *db.TenantTx) error {
		if row, err = tx.TurnGet(ctx, turn); err != nil {
			return err
		}
		calls, err := tx.ToolCallListByTurn(ctx, turn)
		for _, call := range calls {
			if call.State == chat.CallAwaiting {
				waits = true
			} else if !call.State.Final() {
				waits = false
				break
			}
		}
		return err
	})
	return row, waits, err
}

// ErrBusy says that a turn cannot be gone on with yet: another one answers in its
// conversation, or its calls are not over.
var ErrBusy = chat.NewError(chat.CodeConflict, "Another answer is being given.")

// Continue starts another turn that tells the visitor what has become of the calls
// that a turn did not wait for. If there is nothing to tell, because the visitor has
// gone elsewhere or it has been told, it does nothing.
//
// Errors: ErrBusy, to be tried again; budget_exhausted and rate_limited.
func (s *Service) Continue(ctx context.Context, tenant chat.TenantID, turn chat.TurnID) error {
	ctx = telemetry.About(ctx, telemetry.Subject{Tenant: tenant, Turn: turn})
	var row db.Turn
	err := s.db.Tenant(ctx, tenant, func(tx *db.TenantTx) (err error) {
		row, err = tx.TurnGet(ctx, turn)
		return err
	})
	if err != nil {
		return err
	}
	if row.Status == chat.TurnRunning {
		return ErrBusy // it has gone on without the call, and will end
	}
	_, err = s.Start(ctx, tenant, Question{Conversation: row.ConversationID, continues: turn})
	if err == errNothingToTell { //nolint:errorlint // it is never wrapped
		return nil
	}
	return err
}

// errNothingToTell ends a claim that would have nothing to answer.
var errNothingToTell = chat.NewError(chat.CodeConflict, "There is nothing to go on with.")

// goOnWith makes the claim that of a turn that goes on with another.
func (c *claim) goOnWith(ctx context.Context) error {
	found, err := c.tx.TurnContinuable(ctx, c.question.continues)
	switch {
	case err != nil:
		return err
	case found.Turn.Status != chat.TurnAwaitingApproval && found.Turn.Status != chat.TurnCompleted:
		return errNothingToTell // it was stopped, or has failed
	case found.Open > 0 || found.Late == 0 || found.Continued || !found.Shown || c.conversation.DeletedAt != nil:
		return errNothingToTell
	case !c.state.ActiveTurnID.IsZero():
		return ErrBusy
	}
	c.stored = found.Turn.UserMessageID
	return c.tx.TurnContinued(ctx, found.Turn.ID)
}
