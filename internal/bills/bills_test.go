package bills_test

import (
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/chat"
	"github.com/parley-chat/parley/db"
	"github.com/parley-chat/parley/internal/bills"
	"github.com/parley-chat/parley/llm/price"
	"github.com/parley-chat/parley/llm/simulator"
)

// A check that notices nothing is no check: each way to cook the books is seen.
func TestCheckNoticesCookedBooks(t *testing.T) {
	t.Parallel()
	turn := chat.NewID[chat.TurnID]()
	// The first attempt was killed, the second followed to its end by a third.
	honest := func() ([]simulator.Entry, []db.Usage) {
		killed, paid := uuid.New(), uuid.New()
		told := &simulator.Reported{InputTokens: 1000, OutputTokens: 100}
		return []simulator.Entry{
				{ID: 1, Endpoint: "responses", RequestID: killed.String(), ResponseID: "r1", State: "cancelled", Reported: told, Followed: "cut"},
				{ID: 2, Endpoint: "responses", RequestID: paid.String(), ResponseID: "r2", State: "completed", Reported: told, Followed: "cut"},
				{ID: 3, Endpoint: "retrieve", ResponseID: "r2", State: "completed", Reported: told, Followed: "end"},
			}, []db.Usage{
				{ID: killed, TurnID: turn, Step: 1, Attempt: 1, Purpose: "answer", Source: "unknown"},
				{
					ID: paid, TurnID: turn, Step: 1, Attempt: 2, Purpose: "answer", Source: "reported", ResponseID: "r2",
					Model: "gpt-4o", InputTokens: 1000, OutputTokens: 100, CostMicros: 3500, PriceVersion: price.Version,
				},
			}
	}
	require.Empty(t, bills.Check(honest()))

	for name, cook := range map[string]func(ledger []simulator.Entry, calls []db.Usage){
		"a call is missing":              func(l []simulator.Entry, _ []db.Usage) { l[0].RequestID = "somebody's" },
		"two calls under one name":       func(l []simulator.Entry, _ []db.Usage) { l[0].RequestID = l[1].RequestID },
		"somebody else's answer is read": func(l []simulator.Entry, _ []db.Usage) { l[2].ResponseID = "r3" },
		"a report that nobody gave":      func(l []simulator.Entry, _ []db.Usage) { l[1].Reported = nil },
		"another answer's report":        func(_ []simulator.Entry, c []db.Usage) { c[1].ResponseID = "r1" },
		"fewer tokens":                   func(_ []simulator.Entry, c []db.Usage) { c[1].OutputTokens-- },
		"another price":                  func(_ []simulator.Entry, c []db.Usage) { c[1].CostMicros-- },
		"a list that nobody has":         func(_ []simulator.Entry, c []db.Usage) { c[1].PriceVersion = "" },
		"followed, and kept quiet":       func(_ []simulator.Entry, c []db.Usage) { c[1].Source = "unknown" },
		"an answer that was asked for again": func(_ []simulator.Entry, c []db.Usage) {
			c[0] = db.Usage{ID: c[0].ID, TurnID: turn, Step: 1, Attempt: 1, Purpose: "answer", Source: "reported",
				ResponseID: "r1", Model: "gpt-4o", InputTokens: 1000, OutputTokens: 100, CostMicros: 3500, PriceVersion: price.Version}
		},
	} {
		ledger, calls := honest()
		cook(ledger, calls)
		require.NotEmpty(t, bills.Check(ledger, calls), "unnoticed: %s", name)
	}
}
