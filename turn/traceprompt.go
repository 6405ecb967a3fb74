package turn

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"slices"

	"github.com/parley-chat/parley/chat"
	"github.com/parley-chat/parley/db"
	"github.com/parley-chat/parley/llm"
	"github.com/parley-chat/parley/turn/recording"
)

// Prompt is what a model was asked in a step, put together again from what is stored.
type Prompt struct {
	Request llm.Request
	// LeftOut is how many of the oldest messages did not fit into the model's window.
	LeftOut int
	State   PromptState
}

// PromptState says how sure it is that this is what was sent.
type PromptState string

// The states of a prompt.
const (
	PromptSent    PromptState = "sent"    // byte for byte, by its hash
	PromptChanged PromptState = "changed" // something that it is made of has changed since
	PromptUnknown PromptState = "unknown" // the step has not ended, or was resumed: there is no hash
)

var errNoStep = chat.NewError(chat.CodeNotFound, "The turn has no such step.")

// Asked notes what the model is about to be asked.
func (s *Step) Asked(request llm.Request) { s.call.sent = promptHash(request) }

// promptHash names what a model is told and offered. Prompts of the same words have it
// in common, whatever else a request is made with.
func promptHash(request llm.Request) string {
	told := struct {
		Instructions string
		Messages     []recording.Said
		Tools        []llm.Tool
		Most         int
	}{request.Instructions, make([]recording.Said, len(request.Messages)), request.Tools, request.MaxOutputTokens}
	for i, message := range request.Messages {
		told.Messages[i] = saidOf(message)
	}
	text, err := json.Marshal(told)
	if err != nil {
		return "" // a schema that is no JSON: nobody can say that it is the same
	}
	sum := sha256.Sum256(text)
	return string(sum[:])
}

// Prompt gives what the model was asked in a step of a turn.
//
// Errors: not_found, also for a step that was never asked.
func (s *Service) Prompt(ctx context.Context, tenant chat.TenantID, turn chat.TurnID, number int) (Prompt, error) {
	step := &Step{Number: number, service: s, tenant: tenant}
	var hash []byte
	err := s.db.Tenant(ctx, tenant, func(tx *db.TenantTx) (err error) {
		hash, err = step.lookBack(ctx, tx, turn)
		return err
	})
	if err != nil {
		return Prompt{}, err
	}
	if err := step.foldBefore(ctx); err != nil {
		return Prompt{}, err
	}
	told := step.Prompt()
	prompt := Prompt{Request: s.asking(step), State: PromptUnknown}
	prompt.LeftOut = len(told) - len(prompt.Request.Messages)
	switch {
	case len(hash) == 0:
	case string(hash) == promptHash(prompt.Request):
		prompt.State = PromptSent
	default:
		prompt.State = PromptChanged
	}
	return prompt, nil
}

// lookBack loads the step as it was when it began, apart from what the turn had said by
// then, and gives the hash of its newest prompt.
func (s *Step) lookBack(ctx context.Context, tx *db.TenantTx, turn chat.TurnID) (hash []byte, err error) {
	if s.Row, err = tx.TurnGet(ctx, turn); err != nil {
		return nil, err
	}
	calls, err := tx.UsageByTurn(ctx, turn)
	if err != nil {
		return nil, err
	}
	asked := false
	for _, call := range calls {
		switch {
		case int(call.Step) == s.Number && call.Purpose == forAnswer:
			asked, hash = true, call.PromptHash // the later attempts come later
		case int(call.Step) < s.Number:
			s.spent.AllSteps += call.CostMicros
			if int(call.Step) == s.Number-1 {
				s.spent.OfStep += call.CostMicros
			}
		}
	}
	if !asked {
		return nil, errNoStep
	}
	about, err := tx.TurnContext(ctx, turn)
	if err != nil {
		return nil, err
	}
	s.Config, s.Visitor, s.Account = about.Config, about.VisitorID, account(about)
	if err := s.configThen(ctx, tx); err != nil {
		return nil, err
	}
	s.messages, err = saidBefore(ctx, tx, s.Row)
	return hash, err
}

// configThen finds the agent that the step was of, where the turn was handed over later:
// handing over is a call, and each call knows whose it was.
func (s *Step) configThen(ctx context.Context, tx *db.TenantTx) error {
	calls, err := tx.ToolCallListByTurn(ctx, s.Row.ID)
	if err != nil {
		return err
	}
	next := slices.IndexFunc(calls, func(call db.ToolCall) bool { return int(call.Step) >= s.Number })
	if next < 0 || calls[next].AgentVersionID == s.Row.AgentVersionID {
		return nil
	}
	version, err := tx.AgentVersionByCall(ctx, calls[next].ID)
	s.Config = version.Config
	return err
}

// saidBefore is the branch that the turn has answered in, without its answer, newest
// first.
func saidBefore(ctx context.Context, tx *db.TenantTx, row db.Turn) ([]db.PromptMessagesRow, error) {
	var ending *int32
	answer, err := tx.MessageGet(ctx, row.AssistantMessageID)
	switch {
	case err == nil:
		ending = &answer.Parent
	case chat.CodeOf(err) != chat.CodeNotFound:
		return nil, err
	}
	return tx.PromptMessages(ctx, ending, promptMessages, row.ConversationID)
}

// foldBefore takes in what the turn had said when the step began, and leaves out what
// was said to it later.
func (s *Step) foldBefore(ctx context.Context) error {
	events, err := s.service.logOf(ctx, s.tenant, s.Row.ID)
	if err != nil {
		return err
	}
	for _, event := range events {
		if event.chunk.Type == chat.ChunkStartStep && countSteps(s.parts) == s.Number-1 {
			break
		}
		s.parts = chat.Fold(s.parts, event.chunk)
	}
	var later []db.PromptMessagesRow
	err = s.service.db.Tenant(ctx, s.tenant, func(tx *db.TenantTx) error {
		if len(events) == 0 {
			if err := s.partsBefore(ctx, tx); err != nil {
				return err
			}
		}
		said, err := tx.TurnMessages(ctx, s.Row.ConversationID, s.Row.ID)
		for _, message := range said {
			later = append(later, db.PromptMessagesRow(message))
		}
		return err
	})
	if err != nil {
		return err
	}
	s.messages = slices.DeleteFunc(s.messages, func(message db.PromptMessagesRow) bool {
		added := message.ID != s.Row.UserMessageID && slices.ContainsFunc(later, func(l db.PromptMessagesRow) bool { return l.ID == message.ID })
		return added && !steeredIn(s.parts, message.ID)
	})
	return nil
}

// partsBefore reads from the stored answer what the log does not tell any more.
func (s *Step) partsBefore(ctx context.Context, tx *db.TenantTx) error {
	answer, err := tx.MessageGet(ctx, s.Row.AssistantMessageID)
	if chat.CodeOf(err) == chat.CodeNotFound {
		return nil
	}
	for i, part := range answer.Parts {
		if part.Type == chat.PartStepStart && countSteps(answer.Parts[:i]) == s.Number-1 {
			break
		}
		s.parts = append(s.parts, part)
	}
	return err
}

func steeredIn(parts []chat.Part, id chat.MessageID) bool {
	return slices.ContainsFunc(parts, func(part chat.Part) bool { return slices.Contains(steeredBy(part), id) })
}

func countSteps(parts []chat.Part) (steps int) {
	for _, part := range parts {
		if part.Type == chat.PartStepStart {
			steps++
		}
	}
	return steps
}
