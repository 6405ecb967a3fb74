// Package bills holds the books against what the model's provider says it was
// asked and paid for: each row of usage against the ledger of the simulator. Tests
// of every kind share it, the more so those that kill things.
package bills

import (
	"context"
	"fmt"
	"slices"

	"github.com/google/uuid"

	"github.com/parley-chat/parley/chat"
	"github.com/parley-chat/parley/db"
	"github.com/parley-chat/parley/llm"
	"github.com/parley-chat/parley/llm/price"
	"github.com/parley-chat/parley/llm/simulator"
)

// Read gives a tenant's books on the turns, in their order.
func Read(ctx context.Context, d *db.DB, tenant chat.TenantID, turns ...chat.TurnID) ([]db.Usage, error) {
	var calls []db.Usage
	err := d.Tenant(ctx, tenant, func(tx *db.TenantTx) error {
		for _, turn := range turns {
			rows, err := tx.UsageByTurn(ctx, turn)
			if err != nil {
				return err
			}
			calls = append(calls, rows...)
		}
		return nil
	})
	return calls, err
}

// Check tells, in a sentence each, what does not agree between a ledger and the
// books on all turns that made the requests in it. It wants the turns to be over.
//
//   - Each answer that was asked for is in the books, under the name of its call.
//   - What the books call reported is in the ledger, with the same numbers, and
//     priced by the list.
//   - No step is reported twice, and one whose answer was followed to its end is
//     reported.
//   - An answer is only read on by whoever has asked for it.
func Check(ledger []simulator.Entry, calls []db.Usage) []string {
	b := books{calls: map[string]db.Usage{}, asked: map[string]simulator.Entry{}, answers: map[string]string{}}
	for _, call := range calls {
		b.calls[call.ID.String()] = call
	}
	for _, entry := range ledger {
		b.enter(entry)
	}
	for _, call := range calls {
		if call.Source == "reported" {
			b.compare(call)
		}
	}
	b.checkSteps(ledger, calls)
	return b.wrong
}

type books struct {
	calls   map[string]db.Usage        // by the name of the call
	asked   map[string]simulator.Entry // by the name of the call
	answers map[string]string          // the name of the call by that of its answer
	wrong   []string
}

func (b *books) complain(format string, details ...any) {
	b.wrong = append(b.wrong, fmt.Sprintf(format, details...))
}

func (b *books) enter(entry simulator.Entry) {
	if entry.Endpoint == simulator.EndpointModerations {
		return // judgements cost nothing
	}
	if entry.Endpoint == simulator.EndpointRetrieve {
		if _, known := b.answers[entry.ResponseID]; !known && entry.ResponseID != "" {
			b.complain("entry %d reads the answer %s, which nobody has asked for", entry.ID, entry.ResponseID)
		}
		return
	}
	if _, known := b.calls[entry.RequestID]; !known {
		b.complain("entry %d (%s, %q) is not in the books", entry.ID, entry.Endpoint, entry.RequestID)
	}
	if other, twice := b.asked[entry.RequestID]; twice {
		b.complain("entries %d and %d are one call in the books: %s", other.ID, entry.ID, entry.RequestID)
	}
	b.asked[entry.RequestID] = entry
	if entry.ResponseID != "" {
		b.answers[entry.ResponseID] = entry.RequestID
	}
}

// compare holds a reported call against the ledger.
func (b *books) compare(call db.Usage) {
	entry, known := b.asked[call.ID.String()]
	if !known || entry.Reported == nil {
		b.complain("%s: the books have a report that nobody gave", name(call))
		return
	}
	if entry.ResponseID != call.ResponseID {
		b.complain("%s: answered by %s, in the books by %s", name(call), entry.ResponseID, call.ResponseID)
	}
	told := llm.Usage{
		InputTokens: int64(entry.Reported.InputTokens), CachedTokens: int64(entry.Reported.CachedTokens),
		OutputTokens: int64(entry.Reported.OutputTokens), ReasoningTokens: int64(entry.Reported.ReasoningTokens),
	}
	kept := llm.Usage{
		InputTokens: call.InputTokens, CachedTokens: call.CachedTokens,
		OutputTokens: call.OutputTokens, ReasoningTokens: call.ReasoningTokens,
	}
	if told != kept {
		b.complain("%s: the provider reports %+v, the books %+v", name(call), told, kept)
	}
	if cost := price.Micros(call.Model, kept); call.PriceVersion != price.Version || call.CostMicros != cost {
		b.complain("%s: costs %d by list %s, not %d by %s", name(call), cost, price.Version, call.CostMicros, call.PriceVersion)
	}
}

// checkSteps looks at the calls of each step together. The last one is whose
// answer was shown.
func (b *books) checkSteps(ledger []simulator.Entry, calls []db.Usage) {
	type step struct {
		turn    uuid.UUID
		number  int32
		purpose string
	}
	steps := map[step][]db.Usage{}
	for _, call := range calls {
		key := step{call.TurnID.Bytes(), call.Step, call.Purpose}
		steps[key] = append(steps[key], call)
	}
	for _, calls := range steps {
		slices.SortFunc(calls, func(a, b db.Usage) int { return int(a.Attempt - b.Attempt) })
		for _, call := range calls[:len(calls)-1] {
			if call.Source == "reported" && call.Purpose != "check" { // each attempt has its own judge
				b.complain("%s: reported, but asked again", name(call))
			}
		}
		last := calls[len(calls)-1]
		if last.Source != "reported" && b.followed(ledger, last) {
			b.complain("%s: followed to its end, but not reported", name(last))
		}
	}
}

// followed reports whether somebody has read a call's answer to an end at which
// its cost was told.
func (b *books) followed(ledger []simulator.Entry, call db.Usage) bool {
	answer := b.asked[call.ID.String()].ResponseID
	return answer != "" && slices.ContainsFunc(ledger, func(entry simulator.Entry) bool {
		whole := entry.State == simulator.StateCompleted || entry.State == simulator.StateIncomplete
		return entry.ResponseID == answer && entry.Followed == "end" && whole && entry.Reported != nil
	})
}

func name(call db.Usage) string {
	return fmt.Sprintf("turn %s step %d attempt %d (%s)", call.TurnID, call.Step, call.Attempt, call.Purpose)
}
