package turn

import (
	"context"
	"encoding/json"
	"log/slog"
	"time"

	"github.com/parley-chat/parley/chat"
	"github.com/parley-chat/parley/db"
	"github.com/parley-chat/parley/db/eventlog"
	"github.com/parley-chat/parley/telemetry"
)

// Call is a tool's call as one attempt finds it.
type Call struct {
	Row     db.ToolCall
	Tool    *chat.Tool // nil: the agent's version has no tool of this name
	Agent   chat.AgentID
	Visitor CallVisitor
	// Stopping: somebody has asked the turn to stop.
	Stopping bool
	// SigningNumber names the tenant's key for signatures.
	SigningNumber int
	// SealedSecrets are those that the tool's requests name, as far as there are any.
	SealedSecrets map[string][]byte

	service *Service
	tenant  chat.TenantID
	ref     chat.ToolCallRef
}

// CallVisitor is who the agent talks to.
type CallVisitor struct {
	ID         chat.VisitorID // zero if staff asks
	ExternalID string
	Name       string
	Email      string
	Traits     json.RawMessage
}

// CallOutcome is what has become of a call.
type CallOutcome struct {
	State      chat.ToolCallState // a final one
	Output     json.RawMessage    // of CallSucceeded
	Error      string             // of the others, for the model and the visitor
	ReusedFrom string             // the call that it was the outcome of before
}

// OpenCall reads all that an attempt at a call needs. It changes nothing.
//
// Errors: not_found if the call was never asked for.
func (s *Service) OpenCall(ctx context.Context, tenant chat.TenantID, ref chat.ToolCallRef) (*Call, error) {
	c := &Call{service: s, tenant: tenant, ref: ref}
	return c, s.db.Tenant(ctx, tenant, func(tx *db.TenantTx) error {
		row, err := tx.ToolCallContext(ctx, ref.CallID(tenant))
		if err != nil {
			return err
		}
		c.Row, c.Tool, c.Agent, c.Stopping = row.ToolCall, row.Config.Find(row.ToolCall.Tool), row.AgentID, row.Stopping
		c.SigningNumber = int(row.SigningNumber)
		c.Visitor = CallVisitor{ID: row.VisitorID, Name: row.VisitorName, Email: row.VisitorEmail, Traits: row.Traits}
		if row.ExternalID != nil {
			c.Visitor.ExternalID = *row.ExternalID
		}
		return c.loadSecrets(ctx, tx)
	})
}

func (c *Call) loadSecrets(ctx context.Context, tx *db.TenantTx) error {
	if c.Tool == nil || len(c.Tool.SecretNames()) == 0 {
		return nil
	}
	found, err := tx.ToolSecretsNamed(ctx, c.Tool.SecretNames())
	c.SealedSecrets = make(map[string][]byte, len(found))
	for _, secret := range found {
		c.SealedSecrets[secret.Name] = secret.SecretCiphertext
	}
	return err
}

// Replaced gives the outcome of the same change in an answer that this one
// replaces, nil if there is none: then the change may be made.
func (c *Call) Replaced(ctx context.Context) (*CallOutcome, error) {
	var found db.ToolCallReplacedRow
	err := c.service.db.Tenant(ctx, c.tenant, func(tx *db.TenantTx) (err error) {
		found, err = tx.ToolCallReplaced(ctx, c.Row.ID)
		return err
	})
	switch {
	case chat.CodeOf(err) == chat.CodeNotFound:
		return nil, nil
	case err != nil:
		return nil, err
	case found.State == chat.CallSucceeded:
		return &CallOutcome{State: chat.CallSucceeded, Output: found.Output, ReusedFrom: found.ID}, nil
	default:
		return &CallOutcome{State: chat.CallUnknown, Error: maybeDoneBefore, ReusedFrom: found.ID}, nil
	}
}

// Dispatch writes down that the call is about to be made. What it gives is the
// right to make it until the deadline.
//
// Errors: not_found if the call may not be made any more: it was canceled, it has
// an outcome, or an earlier attempt may have made it already.
func (c *Call) Dispatch(ctx context.Context, timeout time.Duration) (deadline time.Time, err error) {
	err = c.service.db.Tenant(ctx, c.tenant, func(tx *db.TenantTx) (err error) {
		c.Row, err = tx.ToolCallDispatch(ctx, timeout.Seconds(), c.Row.ID)
		return err
	})
	if err == nil {
		deadline = *c.Row.DeadlineAt
	}
	return deadline, err
}

// Finish records what has become of the call, in the ledger and where the turn's
// readers and the model find it. If it is known already, nothing changes.
func (c *Call) Finish(ctx context.Context, outcome CallOutcome) error {
	f := finishing{call: c, outcome: outcome}
	err := c.service.db.Tenant(ctx, c.tenant, func(tx *db.TenantTx) error {
		f = finishing{call: c, outcome: outcome, tx: tx}
		if err := f.write(ctx); err != nil {
			return err
		}
		return c.service.log.Notify(ctx, tx)
	})
	if err == nil {
		f.tell(ctx)
	}
	return err
}

// finishing is the transaction that records an outcome. Whatever happens to the
// turn, the ledger gets it; the log gets it while the turn waits for its calls,
// and the stored answer if the turn is over.
type finishing struct {
	call    *Call
	outcome CallOutcome
	tx      *db.TenantTx

	turn     db.Turn
	finished bool // by this transaction
	lastSeq  int64
	chunks   []json.RawMessage
	eventSeq int64
	event    json.RawMessage
}

func (f *finishing) write(ctx context.Context) (err error) {
	if _, err = f.tx.ConversationLock(ctx, f.call.Row.ConversationID); err != nil {
		return err
	}
	if f.turn, err = f.tx.TurnLockCalling(ctx, f.call.Row.TurnID); err != nil {
		return err
	}
	params := db.ToolCallFinishParams{State: f.outcome.State, Output: f.outcome.Output, Error: f.outcome.Error, ID: f.call.Row.ID}
	if f.outcome.ReusedFrom != "" {
		params.ReusedFrom = &f.outcome.ReusedFrom
	}
	row, err := f.tx.ToolCallFinish(ctx, params)
	if chat.CodeOf(err) == chat.CodeNotFound {
		return nil
	}
	if err != nil {
		return err
	}
	f.finished, f.call.Row = true, row
	switch {
	case f.turn.Status == chat.TurnRunning && f.turn.Calling == row.Step:
		return f.append(ctx)
	case f.turn.Status != chat.TurnRunning:
		return f.amend(ctx)
	default: // its step is closed: the turn's end finds the outcome in the ledger
		return nil
	}
}

func (f *finishing) append(ctx context.Context) (err error) {
	if f.chunks, err = eventlog.Encode([]chat.Chunk{outcomeChunk(f.call.Row)}); err != nil {
		return err
	}
	f.lastSeq = f.turn.LastSeq + 1
	if err := f.tx.TurnEventAppend(ctx, f.turn.ID, f.turn.LastSeq, f.chunks); err != nil {
		return err
	}
	return f.tx.TurnAdvance(ctx, f.lastSeq, f.turn.ID)
}

// amend puts the outcome into the answer that was stored without it.
func (f *finishing) amend(ctx context.Context) error {
	message, err := f.tx.MessageGet(ctx, f.turn.AssistantMessageID)
	if err != nil {
		return err
	}
	if _, err := f.tx.MessagePartsPut(ctx, chat.Fold(message.Parts, outcomeChunk(f.call.Row)), message.ID); err != nil {
		return err
	}
	f.event, f.eventSeq, err = announceUpdate(ctx, f.tx, f.turn, message.ID)
	return err
}

func (f *finishing) tell(ctx context.Context) {
	if !f.finished {
		return
	}
	s, row := f.call.service, f.call.Row
	if f.chunks != nil {
		s.log.PublishTurn(f.call.tenant, f.turn.ID, f.lastSeq, f.chunks)
	}
	if f.event != nil {
		s.log.PublishConversation(f.call.tenant, f.turn.ConversationID, f.eventSeq, []json.RawMessage{f.event})
	}
	level := slog.LevelInfo
	if row.State == chat.CallUnknown {
		level = slog.LevelWarn
	}
	ctx = telemetry.About(ctx, telemetry.Subject{Conversation: row.ConversationID})
	s.metrics.ToolCalled(row.Class, row.State, row.FinishedAt.Sub(row.CreatedAt))
	s.logger.LogAttrs(ctx, level, "turn: a tool's call has ended", slog.String("call", row.ID),
		slog.String("tool", row.Tool), slog.String("state", string(row.State)), slog.Int("attempts", int(row.Attempts)))
}

// outcomeChunk tells a turn's readers what has become of a call that is over.
func outcomeChunk(row db.ToolCall) chat.Chunk {
	chunk := chat.Chunk{ToolCallID: row.ID, Dynamic: true}
	switch row.State {
	case chat.CallSucceeded:
		chunk.Type, chunk.Output = chat.ChunkToolOutput, row.Output
	case chat.CallDenied:
		chunk.Type, chunk.Dynamic = chat.ChunkToolOutputDenied, false
	default:
		chunk.Type, chunk.ErrorText = chat.ChunkToolOutputError, row.Error
	}
	return chunk
}
