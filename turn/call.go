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
	Config  chat.AgentConfig
	Agent   chat.AgentID
	Visitor CallVisitor
	// Edited: people have changed what the model had asked for.
	Edited bool
	// Stopping: somebody has asked the turn to stop.
	Stopping bool
	// SigningNumber names the tenant's key for signatures.
	SigningNumber int
	// Server is that of an MCP tool; nil: it has been removed.
	Server *chat.MCPServer
	// SealedSecrets are those that the requests name, as far as there are any.
	SealedSecrets map[string][]byte

	service *Service
	tenant  chat.TenantID
	plays   chat.PlayAsks
	// decision is what was decided in this attempt, and by what.
	decision chat.ToolDecision
	by       string
}

// byPlayground says of a decision that the person who tries the draft out wants it so.
const byPlayground = "playground"

// Decided notes what the tool's policy says of the call, and by what. Where somebody
// tries a draft out it gives another decision: to ask them before what is allowed.
func (c *Call) Decided(decision chat.ToolDecision, by string) chat.ToolDecision {
	if decision == chat.DecideAllow && c.plays.About(c.Row.Class) {
		decision, by = chat.DecideAskPlayer, byPlayground
	}
	c.decision, c.by = decision, by
	return decision
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

	// expected is the state that the call must have; "": any that is not final.
	expected chat.ToolCallState
	answered bool // a page says so
}

// OpenCall reads all that an attempt at a call needs. It changes nothing.
//
// Errors: not_found if the call was never asked for.
func (s *Service) OpenCall(ctx context.Context, tenant chat.TenantID, ref chat.ToolCallRef) (*Call, error) {
	return s.openCall(ctx, tenant, ref.CallID(tenant))
}

func (s *Service) openCall(ctx context.Context, tenant chat.TenantID, id string) (*Call, error) {
	c := &Call{service: s, tenant: tenant}
	return c, s.db.Tenant(ctx, tenant, func(tx *db.TenantTx) error {
		row, err := tx.ToolCallContext(ctx, id)
		if err != nil {
			return err
		}
		c.Config = row.Config
		c.Row, c.Tool, c.Agent, c.Stopping = row.ToolCall, row.Config.Find(row.ToolCall.Tool), row.AgentID, row.Stopping
		c.SigningNumber, c.Edited, c.plays = int(row.SigningNumber), row.Edited, row.PlayAsks
		c.Visitor = CallVisitor{ID: row.VisitorID, Name: row.VisitorName, Email: row.VisitorEmail, Traits: row.Traits}
		if row.ExternalID != nil {
			c.Visitor.ExternalID = *row.ExternalID
		}
		if err := c.loadServer(ctx, tx); err != nil || c.Tool == nil {
			return err
		}
		return c.loadSecrets(ctx, tx)
	})
}

func (c *Call) loadServer(ctx context.Context, tx *db.TenantTx) error {
	if c.Tool == nil || c.Tool.MCP == nil {
		return nil
	}
	found, err := tx.MCPServerGet(ctx, c.Tool.MCP.ServerID)
	if chat.CodeOf(err) == chat.CodeNotFound {
		return nil
	}
	c.Server = &found.Config
	return err
}

func (c *Call) loadSecrets(ctx context.Context, tx *db.TenantTx) error {
	names := c.Tool.SecretNames()
	if c.Server != nil {
		names = c.Server.SecretNames()
	}
	if len(names) == 0 {
		return nil
	}
	found, err := tx.ToolSecretsNamed(ctx, names)
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
		c.Row, err = tx.ToolCallDispatch(ctx, db.ToolCallDispatchParams{
			ID: c.Row.ID, TimeoutSeconds: timeout.Seconds(), Decision: string(c.decision), DecidedBy: c.by,
		})
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

// Report shows the turn's readers how far the call has come, while it is under way and
// they wait for it. It is not kept.
func (c *Call) Report(ctx context.Context, progress json.RawMessage) error {
	f := finishing{call: c}
	err := c.service.db.Tenant(ctx, c.tenant, func(tx *db.TenantTx) error {
		f = finishing{call: c, tx: tx}
		if err := f.report(ctx, progress); err != nil {
			return err
		}
		return c.service.log.Notify(ctx, tx)
	})
	if err == nil {
		f.publish()
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

func (f *finishing) write(ctx context.Context) error {
	if err := f.lock(ctx); err != nil {
		return err
	}
	params := db.ToolCallFinishParams{
		Told: f.stepWaits(), State: f.outcome.State, Output: f.outcome.Output, Error: f.outcome.Error, ID: f.call.Row.ID,
		Decision: string(f.call.decision), DecidedBy: f.call.by,
		Answered: f.outcome.answered, Expected: string(f.outcome.expected),
	}
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
	return f.show(ctx, f.told()...)
}

// show tells whoever reads the turn, or what is stored of it.
func (f *finishing) show(ctx context.Context, chunks ...chat.Chunk) error {
	if f.turn.Status != chat.TurnRunning {
		return f.amend(ctx, chunks...)
	}
	return f.append(ctx, chunks...)
}

func (f *finishing) report(ctx context.Context, progress json.RawMessage) error {
	if err := f.lock(ctx); err != nil {
		return err
	}
	state, err := f.tx.ToolCallState(ctx, f.call.Row.ID)
	if err != nil || state != chat.CallDispatched {
		return err
	}
	return f.append(ctx, chat.Chunk{Type: chat.ChunkToolOutput, ToolCallID: f.call.Row.ID, Dynamic: true, Output: progress, Preliminary: true})
}

// told is what readers and the model are told of the call: also what was asked for,
// where people have changed it.
func (f *finishing) told() []chat.Chunk {
	outcome := outcomeChunk(f.call.Row)
	if !f.call.Edited || f.call.ForPage() { // pages were offered what was approved
		return []chat.Chunk{outcome}
	}
	return []chat.Chunk{{
		Type: chat.ChunkToolInputAvailable, ToolCallID: f.call.Row.ID, ToolName: f.call.Row.Tool, Dynamic: true, Input: f.call.Row.Arguments,
	}, outcome}
}

// stepWaits: the turn has not gone on without the call.
func (f *finishing) stepWaits() bool {
	return f.turn.Status == chat.TurnRunning && f.turn.Calling == f.call.Row.Step
}

func (f *finishing) lock(ctx context.Context) (err error) {
	if _, err = f.tx.ConversationLock(ctx, f.call.Row.ConversationID); err == nil {
		f.turn, err = f.tx.TurnLockCalling(ctx, f.call.Row.TurnID)
	}
	return err
}

// append adds to the log if it is the calls' of this step. If it is not, the turn's
// end finds in the ledger what there is to tell.
func (f *finishing) append(ctx context.Context, chunks ...chat.Chunk) (err error) {
	if !f.stepWaits() {
		return nil
	}
	if f.chunks, err = eventlog.Encode(chunks); err != nil {
		return err
	}
	f.lastSeq = f.turn.LastSeq + int64(len(chunks))
	if err := f.tx.TurnEventAppend(ctx, f.turn.ID, f.turn.LastSeq, f.chunks); err != nil {
		return err
	}
	return f.tx.TurnAdvance(ctx, f.lastSeq, f.turn.ID)
}

// amend puts the outcome into the answer that was stored without it.
func (f *finishing) amend(ctx context.Context, chunks ...chat.Chunk) error {
	message, err := f.tx.MessageGet(ctx, f.turn.AssistantMessageID)
	if err != nil {
		return err
	}
	for _, chunk := range chunks {
		message.Parts = chat.Fold(message.Parts, chunk)
	}
	if _, err := f.tx.MessagePartsPut(ctx, message.Parts, message.ID); err != nil {
		return err
	}
	f.event, f.eventSeq, err = announceUpdate(ctx, f.tx, f.turn, message.ID)
	return err
}

// publish shows this node's readers what has been committed.
func (f *finishing) publish() {
	if f.chunks != nil {
		f.call.service.log.PublishTurn(f.call.tenant, f.turn.ID, f.lastSeq, f.chunks)
	}
	if f.event != nil {
		f.call.service.log.PublishConversation(f.call.tenant, f.turn.ConversationID, f.eventSeq, []json.RawMessage{f.event})
	}
}

func (f *finishing) tell(ctx context.Context) {
	f.publish()
	if !f.finished {
		return
	}
	s, row := f.call.service, f.call.Row
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
	if row.Page != nil {
		chunk.ProviderExecuted = new(false)
	}
	switch row.State {
	case chat.CallSucceeded:
		chunk.Type, chunk.Output = chat.ChunkToolOutput, row.Output
	case chat.CallDenied:
		chunk.Type, chunk.Dynamic, chunk.Reason = chat.ChunkToolOutputDenied, false, row.Error
	default:
		chunk.Type, chunk.ErrorText = chat.ChunkToolOutputError, row.Error
	}
	return chunk
}
