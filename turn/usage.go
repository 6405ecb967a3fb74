package turn

import (
	"context"

	"github.com/google/uuid"

	"github.com/parley-chat/parley/chat"
	"github.com/parley-chat/parley/db"
	"github.com/parley-chat/parley/db/eventlog"
	"github.com/parley-chat/parley/llm"
	"github.com/parley-chat/parley/llm/price"
)

// Usage is what a call to a model has cost.
type Usage struct {
	Model      string
	ResponseID string
	// Estimated: the provider has not said it. The tokens are then counted by us,
	// and only their price gets into the books, so that budgets hold.
	Estimated bool
	llm.Usage
}

// call is one call to a model as the books have it. It is written down before it
// is made, and settled in the transaction that closes its step.
type call struct {
	id      uuid.UUID // the provider is told it, too
	step    int
	attempt int32
	purpose string
	// sent is the hash of what the model was asked, if this process has asked it.
	sent  string
	model string // if it is not the first of the agent's
}

// What a model is called for.
const (
	forAnswer      = "answer"
	forSuggestions = "suggestions"
	forCheck       = "check"
)

func newCallID() uuid.UUID { return uuid.Must(uuid.NewV7()) }

// firstCall is the one that a claim writes down.
func firstCall() call { return call{id: newCallID(), step: 1, attempt: 1, purpose: forAnswer} }

// open writes the call down. If that has been done before, it keeps its first id.
// eventlog.ErrFenced says that a later attempt has asked already.
func (c call) open(ctx context.Context, tx *db.TenantTx, turn chat.TurnID) (call, error) {
	var err error
	c.id, err = tx.UsageOpen(ctx, db.UsageOpenParams{
		ID: newCallID(), TurnID: turn, Step: int32(c.step), Attempt: c.attempt, Purpose: c.purpose,
	})
	if chat.CodeOf(err) == chat.CodeNotFound {
		return c, eventlog.ErrFenced
	}
	return c, err
}

// resumed finds the call whose answer the turn's row has come some way with. A
// step that nobody has asked a model for has none.
func resumed(ctx context.Context, tx *db.TenantTx, row db.Turn, step int) (call, error) {
	found, err := tx.UsageResumed(ctx, row.ID, int32(step), row.ResponseID)
	return call{id: found.ID, step: step, attempt: found.Attempt, purpose: forAnswer, model: found.Model}, err
}

// settle closes the books on the call.
func (c call) settle(ctx context.Context, tx *db.TenantTx, turn chat.TurnID, u Usage) error {
	params := db.UsageSettleParams{
		ID: c.id, TurnID: turn, Step: int32(c.step), Attempt: c.attempt, Purpose: c.purpose,
		Model: u.Model, ResponseID: u.ResponseID,
		CostMicros: price.Micros(u.Model, u.Usage), PriceVersion: price.Version, Source: "unknown",
	}
	if c.sent != "" {
		params.PromptHash = []byte(c.sent)
	}
	if !u.Estimated {
		params.Source = "reported"
		params.InputTokens, params.CachedTokens = u.InputTokens, u.CachedTokens
		params.OutputTokens, params.ReasoningTokens = u.OutputTokens, u.ReasoningTokens
	}
	return tx.UsageSettle(ctx, params)
}

// Ask gives the name of the call that the step is about to make. An answer that an
// earlier attempt had begun is given up with it and stays in the books as a call
// of its own. eventlog.ErrFenced says that another attempt has taken over.
func (s *Step) Ask(ctx context.Context) (id string, err error) {
	if s.Checkpoint.ResponseID == "" {
		return s.call.id.String(), nil
	}
	again := call{step: s.Number, attempt: s.attempt, purpose: forAnswer}
	err = s.service.db.Tenant(ctx, s.tenant, func(tx *db.TenantTx) (err error) {
		again.id, err = tx.UsageReopen(ctx, db.UsageReopenParams{
			ID: newCallID(), TurnID: s.Row.ID, Step: int32(s.Number), Attempt: s.attempt, Epoch: s.Row.WriterEpoch,
			GivenUp: s.call.id, ResponseID: s.Checkpoint.ResponseID,
		})
		return err
	})
	if chat.CodeOf(err) == chat.CodeNotFound {
		return "", eventlog.ErrFenced
	}
	if err == nil {
		s.call, s.Checkpoint = again, eventlog.Checkpoint{}
	}
	return s.call.id.String(), err
}

// Priced reports whether the list of prices has the model. Calls to others are reckoned
// with a rate above the usual ones.
func Priced(model string) bool { return price.Listed(model) }
