package turn

import (
	"context"
	"encoding/json"
	"slices"
	"strconv"

	"github.com/parley-chat/parley/chat"
	"github.com/parley-chat/parley/db"
	"github.com/parley-chat/parley/screen"
)

// Heard is a message of the visitor's that a step answers.
type Heard struct {
	ID   chat.MessageID
	Text string
}

// Heard gives what the step is the first to answer: the question and what was said to
// people before it, or what came in since the step before.
func (s *Step) Heard() (heard []Heard) {
	wanted := s.newlyAsked()
	for _, message := range slices.Backward(s.messages) {
		if slices.Contains(wanted, message.ID) {
			heard = append(heard, Heard{message.ID, chat.Text(message.Parts)})
		}
	}
	return heard
}

func (s *Step) newlyAsked() (ids []chat.MessageID) {
	if s.Number == 1 && s.Row.Continues.IsZero() {
		return s.saidSinceAgent()
	}
	steps := 0
	for _, part := range s.parts {
		if part.Type == chat.PartStepStart {
			steps++
		}
		if steps == s.Number-1 {
			ids = append(ids, steeredBy(part)...)
		}
	}
	return ids
}

// saidSinceAgent gives the question, and what the visitor has said before it while people
// answered: no model has heard that yet.
func (s *Step) saidSinceAgent() (ids []chat.MessageID) {
	asked := false
	for _, message := range s.messages {
		switch {
		case message.ID == s.Row.UserMessageID:
			asked = true
			ids = append(ids, message.ID)
		case !asked:
		case message.Role == chat.RoleUser:
			ids = append(ids, message.ID)
		case message.Author == "" && !isHandoffNote(message.Parts):
			return ids
		}
	}
	return ids
}

func isHandoffNote(parts []chat.Part) bool {
	return len(parts) > 0 && parts[0].Type == chat.PartHandoff
}

// Spoke reports whether the step has shown anything yet, in this attempt or before:
// then what it answers was found to be in order.
func (s *Step) Spoke() bool {
	if !s.Begun() {
		return false
	}
	return slices.ContainsFunc(newestStep(s.parts), func(part chat.Part) bool { return part.Type != chat.PartStepStart })
}

// sayBlocked puts our sentence where the answer would go on. It is written with the
// step's end and never before, so that an attempt that goes on with another's answer
// does not say it again.
func (c *closing) sayBlocked() {
	if !c.step.Begun() {
		c.add(chat.Chunk{Type: chat.ChunkStartStep})
	}
	for _, call := range callsIn(newestStep(c.parts)) {
		if !call.CallOver() {
			c.add(endOfCall(call, nil))
		}
	}
	id := "p" + strconv.Itoa(len(c.parts)+1)
	c.add(chat.Chunk{Type: chat.ChunkTextStart, ID: id})
	c.add(chat.Chunk{Type: chat.ChunkTextDelta, ID: id, Delta: c.step.Config.Guardrails.Sentence(*c.ending.Blocked)})
	c.add(chat.Chunk{Type: chat.ChunkTextEnd, ID: id})
	notice := chat.BlockedNotice{Stage: c.ending.Blocked.Stage}
	if notice.Stage == chat.StageInput {
		for _, message := range c.step.Heard() {
			notice.MessageIDs = append(notice.MessageIDs, message.ID)
		}
	}
	data, _ := json.Marshal(notice) //nolint:errchkjson // ids and words always encode
	c.add(chat.Chunk{Type: chat.ChunkBlocked, ID: "blocked-" + strconv.Itoa(c.step.Number), Data: data})
}

// OpenCheck writes a call down that judges what the step answers, and gives its name.
// eventlog.ErrFenced says that a later attempt has asked already.
func (s *Step) OpenCheck(ctx context.Context) (id string, err error) {
	c := s.check()
	err = s.service.db.Tenant(ctx, s.tenant, func(tx *db.TenantTx) (err error) {
		c, err = c.open(ctx, tx, s.Row.ID)
		return err
	})
	return c.id.String(), err
}

// SettleCheck closes the books on it.
func (s *Step) SettleCheck(ctx context.Context, usage Usage) error {
	return s.service.db.Tenant(ctx, s.tenant, func(tx *db.TenantTx) error {
		c := s.check()
		c.id = newCallID() // the books know it by its place
		return c.settle(ctx, tx, s.Row.ID, usage)
	})
}

func (s *Step) check() call {
	return call{step: s.Number, attempt: s.attempt, purpose: forCheck}
}

// UseModel notes that another model than the agent's first is about to answer.
func (s *Step) UseModel(ctx context.Context, model string) error {
	err := s.service.db.Tenant(ctx, s.tenant, func(tx *db.TenantTx) error {
		return tx.UsageModel(ctx, db.UsageModelParams{TurnID: s.Row.ID, Step: int32(s.call.step), Attempt: s.call.attempt, Model: model})
	})
	if err == nil {
		s.call.model = model
	}
	return err
}

// Model is the one that an earlier attempt has asked, "" if that was the agent's first.
func (s *Step) Model() string { return s.call.model }

// redact replaces the personal data in the question before anything of it is stored.
// What a client says again is compared in both forms: the agent may have changed.
func (c *claim) redact() error {
	var kinds []chat.RedactKind
	if err := json.Unmarshal(c.state.Redact, &kinds); err != nil || len(kinds) == 0 {
		return err
	}
	parts := make([]chat.Part, len(c.question.Parts))
	for i, part := range c.question.Parts {
		part.Text = screen.Redact(part.Text, kinds)
		parts[i] = part
	}
	c.question.Parts = parts
	return nil
}
