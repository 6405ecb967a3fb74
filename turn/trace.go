package turn

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/parley-chat/parley/chat"
	"github.com/parley-chat/parley/db"
	"github.com/parley-chat/parley/turn/recording"
	"github.com/parley-chat/parley/workflows"
)

// Trace is how an answer came about, step by step, also while it is being given. All of
// it is read from what is stored anyway.
type Trace struct {
	Row       db.Turn
	Agent     db.AgentVersionByTurnRow
	Usage     []db.Usage
	Calls     []db.ToolCall
	Approvals []db.Approval
	Steps     []TracedStep
	// Log is recording.StateGone if the moments of the chunks are not kept any more.
	Log recording.State
	// Past says what Temporal remembers of the attempts: StateGone, or PastUnavailable.
	Past        recording.State
	FirstTextAt *time.Time
}

// PastUnavailable says that Temporal could not be asked.
const PastUnavailable recording.State = "unavailable"

// TracedStep is one time that the model was asked, with all attempts at it.
type TracedStep struct {
	Number int
	// BegunAt is when it was about to be asked, AnsweredAt when the answer began,
	// FirstTextAt when its first words or thoughts were stored, EndedAt when it was over.
	BegunAt, AnsweredAt, FirstTextAt, EndedAt *time.Time
	// Resets counts how often what it had said was taken back.
	Resets int
	Parts  []chat.Part
	Tries  Tries
}

// Tries is what Temporal knows of the attempts at a step.
type Tries struct {
	Attempts int    // 0: nobody knows
	Failure  string // the kind of the last failure, "" if there was none
}

// Trace gives how the turn has gone so far.
//
// Errors: not_found.
func (s *Service) Trace(ctx context.Context, tenant chat.TenantID, turn chat.TurnID) (*Trace, error) {
	t := &Trace{Log: recording.StateComplete}
	var answer db.MessageGetRow
	err := s.db.Tenant(ctx, tenant, func(tx *db.TenantTx) (err error) {
		if t.Row, err = tx.TurnGet(ctx, turn); err != nil {
			return err
		}
		if err := t.load(ctx, tx); err != nil {
			return err
		}
		answer, err = tx.MessageGet(ctx, t.Row.AssistantMessageID)
		if chat.CodeOf(err) == chat.CodeNotFound {
			return nil
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	events, err := s.logOf(ctx, tenant, turn)
	if err != nil {
		return nil, err
	}
	if len(events) > 0 {
		t.follow(events)
	} else {
		t.Log = recording.StateGone
		t.split(answer.Parts)
	}
	t.complete()
	t.askTemporal(ctx, s, workflows.TurnID(tenant, turn))
	return t, nil
}

func (t *Trace) load(ctx context.Context, tx *db.TenantTx) (err error) {
	if t.Agent, err = tx.AgentVersionByTurn(ctx, t.Row.ID); err != nil {
		return err
	}
	if t.Usage, err = tx.UsageByTurn(ctx, t.Row.ID); err != nil {
		return err
	}
	if t.Calls, err = tx.ToolCallListByTurn(ctx, t.Row.ID); err != nil {
		return err
	}
	t.Approvals, err = tx.ApprovalListByTurn(ctx, t.Row.ID)
	return err
}

// logged is a chunk of a turn's log and the moment at which it was stored.
type logged struct {
	at    time.Time
	chunk chat.Chunk
}

// logOf reads a turn's log so far; none: it is not kept any more.
func (s *Service) logOf(ctx context.Context, tenant chat.TenantID, turn chat.TurnID) (events []logged, err error) {
	for {
		page, err := s.eventsAfter(ctx, tenant, turn, int64(len(events)))
		if err != nil {
			return nil, err
		}
		for _, event := range page {
			read := logged{at: event.At}
			if err := json.Unmarshal(event.Chunk, &read.chunk); err != nil {
				return nil, fmt.Errorf("event %d of the turn: %w", event.Seq, err)
			}
			events = append(events, read)
		}
		if len(page) < recordedPage {
			return events, nil
		}
	}
}

// follow finds the steps and their moments in the log.
func (t *Trace) follow(events []logged) {
	var parts []chat.Part
	for _, event := range events {
		parts = chat.Fold(parts, event.chunk)
		at := event.at
		if event.chunk.Type == chat.ChunkStartStep {
			t.Steps = append(t.Steps, TracedStep{Number: len(t.Steps) + 1, AnsweredAt: &at})
			continue
		}
		if len(t.Steps) > 0 {
			t.Steps[len(t.Steps)-1].note(event.chunk, &at)
		}
		if event.chunk.Type == chat.ChunkTextDelta && t.FirstTextAt == nil {
			t.FirstTextAt = &at
		}
	}
	t.split(parts)
}

func (s *TracedStep) note(chunk chat.Chunk, at *time.Time) {
	switch {
	case chunk.Type == chat.ChunkReset:
		s.Resets++
		s.FirstTextAt = nil
	case chunk.Type == chat.ChunkTextDelta, chunk.Type == chat.ChunkReasoningDelta:
		if s.FirstTextAt == nil {
			s.FirstTextAt = at
		}
	case chunk.Type == chat.ChunkFinishStep, chunk.Ends() && s.EndedAt == nil:
		s.EndedAt = at
	}
}

// split gives each step its parts, and makes steps that nothing else tells of.
func (t *Trace) split(parts []chat.Part) {
	number := 0
	for _, part := range parts {
		if part.Type == chat.PartStepStart {
			number++
			t.step(number)
		} else if number > 0 {
			t.Steps[number-1].Parts = append(t.Steps[number-1].Parts, part)
		}
	}
}

// step gives the step of that number, made if need be.
func (t *Trace) step(number int) *TracedStep {
	for len(t.Steps) < number {
		t.Steps = append(t.Steps, TracedStep{Number: len(t.Steps) + 1})
	}
	return &t.Steps[number-1]
}

// complete adds what the books know: when each step was about to be asked, also one
// that was never answered, and when it was over.
func (t *Trace) complete() {
	for _, call := range slices.Backward(t.Usage) { // the first attempt counts
		if call.Purpose == forAnswer {
			begun := call.CreatedAt
			t.step(int(call.Step)).BegunAt = &begun
		}
	}
	for _, call := range t.Calls {
		step := t.step(int(call.Step))
		if step.EndedAt == nil {
			made := call.CreatedAt
			step.EndedAt = &made
		}
	}
	if n := len(t.Steps); n > 0 && t.Steps[n-1].EndedAt == nil {
		t.Steps[n-1].EndedAt = t.Row.FinishedAt
	}
}

// askTemporal finds out how often each step was tried. A trace without that is better
// than none.
func (t *Trace) askTemporal(ctx context.Context, s *Service, workflow string) {
	ctx, cancel := context.WithTimeout(ctx, traceTimeout)
	defer cancel()
	tries, state, err := s.triesOf(ctx, workflow, t.Row.Status == chat.TurnRunning)
	if err != nil {
		s.logger.WarnContext(ctx, "turn: a trace tells nothing of its attempts", "error", err)
	}
	t.Past = state
	for i := range t.Steps {
		t.Steps[i].Tries = tries[t.Steps[i].Number]
	}
}
