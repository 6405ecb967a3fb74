package turn

import (
	"cmp"
	"context"
	"encoding/json"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/parley-chat/parley/chat"
	"github.com/parley-chat/parley/db"
	"github.com/parley-chat/parley/db/eventlog"
	"github.com/parley-chat/parley/llm"
)

// Step is one attempt of one step of a turn: its only writer, until another
// attempt takes the next epoch.
type Step struct {
	Number  int
	Row     db.Turn
	Config  chat.AgentConfig
	Visitor chat.VisitorID // zero if staff asks
	Account *Account       // the tenant's own; nil: the platform's
	// Speaker is the name of the agent, if it is not the one that the visitor came to.
	Speaker string
	// Checkpoint is where an earlier attempt of this step had come in the
	// provider's answer; without a ResponseID there is nothing to resume.
	Checkpoint eventlog.Checkpoint
	// Over is set if there is nothing left to do: the step, or the turn, is closed.
	Over *Ended

	service  *Service
	tenant   chat.TenantID
	attempt  int32
	call     call
	messages []db.PromptMessagesRow
	parts    []chat.Part
	writer   *eventlog.Writer
	claimed  time.Time
	spent    db.UsageSpentRow
	spoken   sync.Once // somebody has waited for the turn's first text
	playAsks chat.PlayAsks
}

// Account is a tenant's own account with a model provider.
type Account struct {
	API, BaseURL, Model string
	SealedKey           []byte
}

// Ended says how a step has ended.
type Ended struct {
	Status  chat.TurnStatus // running: the turn goes on with the next step
	LastSeq int64
	// Calls are those that have to be over before the next step begins.
	Calls []PlannedCall
	// Blocked: the answer is a sentence of ours.
	Blocked bool
}

// PlannedCall is a call that a step has asked for.
type PlannedCall struct {
	Place   int // in the step, from 0
	Timeout time.Duration
	MayAsk  bool // people may have to decide about it
}

// Attempt names one attempt of one step; both count from 1.
type Attempt struct {
	Step, Number int32
}

// OpenStep takes the turn for one attempt of a step. Release must be called when
// the attempt is over.
func (s *Service) OpenStep(ctx context.Context, tenant chat.TenantID, turn chat.TurnID, attempt Attempt) (*Step, error) {
	step := &Step{Number: int(attempt.Step), attempt: attempt.Number, service: s, tenant: tenant}
	s.eager.add(tenant, 1)
	given, ok := s.briefings.take(turn)
	if ok && attempt == (Attempt{Step: 1, Number: 1}) { // a later one follows on what others have written
		step.begin(given, nil)
		step.writer.Observe(ctx, step.heard)
		return step, nil
	}
	if err := step.load(ctx, turn); err != nil {
		step.Release()
		return nil, err
	}
	if step.Over == nil {
		step.writer.Observe(ctx, step.heard)
	}
	return step, nil
}

// LastWord reports whether the model is to come to an end: it may be asked once more
// for this answer, or two more steps like the last one would cost too much, so that
// there would be nothing left for a last word after this one.
func (s *Step) LastWord() bool {
	most := s.Config.MaxCostMicros
	return s.Number >= cmp.Or(s.Config.MaxSteps, chat.DefaultMaxSteps) || most > 0 && s.spent.AllSteps+2*s.spent.OfStep > most
}

// Tools are those that the model may ask for: of those that pages do, those of the page
// that has asked.
func (s *Step) Tools() []chat.Tool {
	var tools []chat.Tool
	for _, t := range s.Config.AllTools() {
		if t.Kind != chat.ToolClient || slices.Contains(s.Row.ClientTools, t.Name) {
			tools = append(tools, t)
		}
	}
	return tools
}

// Exhausted reports whether the answer has cost as much as one may.
func (s *Step) Exhausted() bool {
	return s.Config.MaxCostMicros > 0 && s.spent.AllSteps >= s.Config.MaxCostMicros
}

// Waited is how long ago the question was claimed.
func (s *Step) Waited() time.Duration { return time.Since(s.claimed) }

// heard records the wait for the turn's first text, once it is committed.
func (s *Step) heard() {
	s.spoken.Do(func() { s.service.metrics.FirstText(s.Waited()) })
}

func hasText(parts []chat.Part) bool {
	return slices.ContainsFunc(parts, func(part chat.Part) bool { return part.Type == chat.PartText || part.Type == chat.PartReasoning })
}

// Logger is the node's.
func (s *Step) Logger() *slog.Logger { return s.service.logger }

// Release lets go of the attempt's place in its tenant's share of this node.
func (s *Step) Release() { s.service.eager.add(s.tenant, -1) }

func (s *Step) load(ctx context.Context, turn chat.TurnID) error {
	return s.service.db.Tenant(ctx, s.tenant, func(tx *db.TenantTx) error {
		row, err := tx.TurnTakeEpoch(ctx, turn)
		if chat.CodeOf(err) == chat.CodeNotFound {
			return s.loadEnded(ctx, tx, turn)
		}
		if err != nil {
			return err
		}
		if int(row.Step) >= s.Number {
			return s.loadClosed(ctx, tx, row)
		}
		if row, err = turnOver(ctx, tx, row); err != nil {
			return err
		}
		call, err := s.takeCall(ctx, tx, row)
		if err != nil {
			return err
		}
		return s.loadRest(ctx, tx, row, call)
	})
}

// takeCall gives the call that this attempt goes on with, or opens one.
func (s *Step) takeCall(ctx context.Context, tx *db.TenantTx, row db.Turn) (call, error) {
	if row.ResponseID != "" {
		found, err := resumed(ctx, tx, row, s.Number)
		if chat.CodeOf(err) != chat.CodeNotFound {
			return found, err
		}
	}
	return call{step: s.Number, attempt: s.attempt, purpose: forAnswer}.open(ctx, tx, row.ID)
}

func (s *Step) loadRest(ctx context.Context, tx *db.TenantTx, row db.Turn, call call) error {
	given, err := loadBriefing(ctx, tx, row)
	if err != nil {
		return err
	}
	given.call = call
	if given.context.Config.MaxCostMicros > 0 {
		if s.spent, err = tx.UsageSpent(ctx, int32(s.Number-1), row.ID); err != nil {
			return err
		}
	}
	chunks, err := allChunks(ctx, tx, row.ID)
	if err == nil {
		s.begin(given, chunks)
	}
	return err
}

// TakeOver makes the caller the turn's only writer, to close it where no step can.
func (s *Service) TakeOver(ctx context.Context, tenant chat.TenantID, turn chat.TurnID) (*Step, error) {
	step := &Step{service: s, tenant: tenant}
	return step, s.db.Tenant(ctx, tenant, func(tx *db.TenantTx) error {
		row, err := tx.TurnTakeEpoch(ctx, turn)
		if chat.CodeOf(err) == chat.CodeNotFound {
			return step.loadEnded(ctx, tx, turn)
		}
		if err != nil {
			return err
		}
		step.Number = int(row.Step) + 1
		last, err := resumed(ctx, tx, row, step.Number)
		if err != nil && chat.CodeOf(err) != chat.CodeNotFound {
			return err
		}
		return step.loadRest(ctx, tx, row, last)
	})
}

func (s *Step) loadEnded(ctx context.Context, tx *db.TenantTx, turn chat.TurnID) error {
	row, err := tx.TurnGet(ctx, turn)
	if chat.CodeOf(err) == chat.CodeNotFound {
		// A database that was restored is older than the workflow: nobody waits for
		// this turn any more.
		s.service.logger.WarnContext(ctx, "turn: its workflow ends, the database does not know it")
		s.Over = &Ended{Status: chat.TurnFailed}
		return nil
	}
	s.Over = &Ended{Status: row.Status, LastSeq: row.LastSeq}
	return err
}

func allChunks(ctx context.Context, tx *db.TenantTx, turn chat.TurnID) ([]chat.Chunk, error) {
	const page = 2000
	var chunks []chat.Chunk
	for {
		rows, err := tx.TurnEventListAfter(ctx, turn, int64(len(chunks)), page)
		if err != nil {
			return nil, err
		}
		for _, row := range rows {
			var chunk chat.Chunk
			if err := json.Unmarshal(row.Chunk, &chunk); err != nil {
				return nil, err
			}
			chunks = append(chunks, chunk)
		}
		if len(rows) < page {
			return chunks, nil
		}
	}
}

func (s *Step) begin(given briefing, chunks []chat.Chunk) {
	s.Row, s.Config, s.Visitor = given.row, given.context.Config, given.context.VisitorID
	s.Speaker = given.context.Speaker
	s.Account, s.messages, s.call = account(given.context), given.messages, given.call
	s.playAsks = given.context.PlayAsks
	s.Checkpoint = eventlog.Checkpoint{ResponseID: s.Row.ResponseID, Seq: s.Row.ResponseSeq}
	for _, chunk := range chunks {
		s.parts = chat.Fold(s.parts, chunk)
	}
	s.claimed = given.claimed
	if hasText(s.parts) {
		s.spoken.Do(func() {}) // by an earlier attempt or step
	}
	s.writer = s.service.log.Writer(s.tenant, s.Row.ID, s.Row.WriterEpoch, s.Row.LastSeq)
}

func account(row db.TurnContextRow) *Account {
	if row.API == nil {
		return nil
	}
	return &Account{API: *row.API, BaseURL: *row.BaseURL, Model: *row.DefaultModel, SealedKey: row.SecretCiphertext}
}

// Begun reports whether an earlier attempt has opened this step in the stream.
func (s *Step) Begun() bool {
	return countSteps(s.parts) >= s.Number
}

// Said is the text of this step so far.
func (s *Step) Said() string { return chat.Text(newestStep(s.parts)) }

// Repaired reports whether an answer was refused since somebody has last asked
// something: then there is no third one.
func (s *Step) Repaired() bool {
	for _, part := range slices.Backward(s.parts) {
		switch part.Type {
		case chat.PartSteer:
			return false
		case chat.PartFault:
			if _, refused := refusedIn(part); refused {
				return true
			}
		default:
		}
	}
	return false
}

// OpenPart gives the part that an earlier attempt left streaming, if any.
func (s *Step) OpenPart() (chat.Part, bool) {
	if n := len(s.parts); n > 0 && s.parts[n-1].State == chat.PartStreaming {
		return s.parts[n-1], true
	}
	return chat.Part{}, false
}

// PartCount numbers the parts of the answer so far, for the ids of new ones.
func (s *Step) PartCount() int { return len(s.parts) }

// Append adds chunks to the stream, with how far the provider's answer has come.
func (s *Step) Append(at eventlog.Checkpoint, chunks ...chat.Chunk) {
	for _, chunk := range chunks {
		s.parts = chat.Fold(s.parts, chunk)
	}
	s.writer.Append(at, chunks...)
}

// Fenced ends when this attempt may write no more; FenceErr tells why.
func (s *Step) Fenced() <-chan struct{} { return s.writer.Failed() }

// FenceErr is the reason for Fenced, or nil.
func (s *Step) FenceErr() error { return s.writer.Err() }

// Secured is closed as soon as another attempt could go on with the provider's
// answer, because the answer's id is stored.
func (s *Step) Secured() <-chan struct{} {
	if s.Checkpoint.ResponseID == "" {
		return s.writer.Secured()
	}
	stored := make(chan struct{})
	close(stored)
	return stored
}

// Stoppable gives a context that ends when somebody wants the turn to stop.
func (s *Step) Stoppable(ctx context.Context) (stoppable context.Context, release func()) {
	return s.service.log.Stoppable(ctx, s.Row.ID)
}

// Prompt is what the model is told: the conversation up to the question, oldest
// first, and what this turn has said and heard since.
func (s *Step) Prompt() []llm.Message {
	return prompt(s.messages, s.parts, s.Config.Output)
}

// closeTimeout bounds a closing transaction, which runs even when the attempt's
// own context has ended.
const closeTimeout = 10 * time.Second

// Ending is how a step wants to end.
type Ending struct {
	Status chat.TurnStatus // completed, stopped or failed
	Finish chat.FinishReason
	Code   string // of a failure
	Usage  *Usage // nil: the step has called no model, or nobody can tell
	// Shown is what the answer has beside its text.
	Shown []chat.Chunk
	// Refused takes the step's answer back, since it does not have the form that it
	// should: the next step asks for another one. Where the turn has failed, none does.
	Refused *chat.Fault
	// Blocked, if set, is why the answer ends here, completed, with a sentence of ours.
	Blocked *chat.Blocked
}

// End closes the step and, unless a message came in that wants an answer too,
// the turn. eventlog.ErrFenced says that another attempt has taken over.
func (s *Step) End(ctx context.Context, ending Ending) (Ended, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), closeTimeout)
	defer cancel()
	tail, err := s.writer.Drain(ctx)
	if err != nil {
		return Ended{}, err
	}
	c := closing{step: s, ending: ending, tail: tail}
	return c.run(ctx)
}
