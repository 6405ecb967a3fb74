package simulator

import (
	"net/http"
	"sync"
	"time"
)

// Entry is a request in the ledger.
type Entry struct {
	// ID counts the requests from 1.
	ID       int64  `json:"id"`
	Endpoint string `json:"endpoint"`
	Model    string `json:"model,omitempty"`
	// RequestID is the client's own name for the request, by its X-Client-Request-Id.
	RequestID string `json:"requestId,omitempty"`
	// ResponseID names the answer; several requests may be about one.
	ResponseID string `json:"responseId,omitempty"`
	Background bool   `json:"background,omitempty"`
	Stream     bool   `json:"stream,omitempty"`
	// Structured says that a document was asked for, not a text.
	Structured bool `json:"structured,omitempty"`
	// Text is the beginning of the user's last message.
	Text string `json:"text,omitempty"`
	// Outcomes are what the functions called since the user spoke have brought, as the
	// request tells it; the beginning of each.
	Outcomes []string `json:"outcomes,omitempty"`
	// StartingAfter is where a resumed stream begins; nil for any other request.
	StartingAfter *int64    `json:"startingAfter,omitempty"`
	StartedAt     time.Time `json:"startedAt"`
	// FinishedAt is when the answer was whole or given up; nil while it runs.
	FinishedAt *time.Time `json:"finishedAt,omitempty"`
	// State is one of the State constants: how the answer stands.
	State string `json:"state"`
	// Status is the HTTP status of an error; 0 if there was none.
	Status int `json:"status,omitempty"`
	// Followed is "end" when the client read all of it, "cut" when the connection
	// ended sooner and empty while it is open.
	Followed     string `json:"followed,omitempty"`
	Events       int    `json:"events,omitempty"` // sent over this connection
	InputTokens  int    `json:"inputTokens,omitempty"`
	OutputTokens int    `json:"outputTokens,omitempty"`
	// Reported is what the answer cost, as whoever asks is told: a whole answer, or
	// one that was cancelled. It is nil for one that runs, has failed or was abandoned.
	Reported *Reported `json:"reported,omitempty"`
}

// Reported is the usage of an answer, in tokens. CachedTokens are part of
// InputTokens and ReasoningTokens of OutputTokens.
type Reported struct {
	InputTokens     int `json:"inputTokens"`
	CachedTokens    int `json:"cachedTokens"`
	OutputTokens    int `json:"outputTokens"`
	ReasoningTokens int `json:"reasoningTokens"`
}

// ledgerText is how many bytes of a message the ledger keeps.
const ledgerText = 200

// record is an entry that may still change.
type record struct {
	ledger *ledger
	entry  Entry
	// generation is what the entry is about, until that has ended.
	generation *generation
}

// ledger keeps the newest requests.
type ledger struct {
	mu      sync.Mutex
	records []*record // a ring
	count   int64     // of all requests ever
	base    int64     // of those before the last reset
}

func newLedger(size int) *ledger { return &ledger{records: make([]*record, size)} }

// open writes a request down.
func (l *ledger) open(entry Entry) *record {
	l.mu.Lock()
	defer l.mu.Unlock()
	entry.ID, entry.StartedAt, entry.State = l.count+1, time.Now(), StateRunning
	rec := &record{ledger: l, entry: entry}
	l.records[l.count%int64(len(l.records))] = rec
	l.count++
	return rec
}

// about names the answer that the request is about.
func (r *record) about(g *generation) {
	r.ledger.mu.Lock()
	defer r.ledger.mu.Unlock()
	r.generation = g
	r.entry.ResponseID, r.entry.InputTokens = g.publicID(), g.input
}

// reject closes the entry with an error.
func (r *record) reject(status int) {
	r.ledger.mu.Lock()
	defer r.ledger.mu.Unlock()
	now := time.Now()
	r.entry.Status, r.entry.State, r.entry.FinishedAt = status, StateRejected, &now
}

// done closes an entry that is not about an answer.
func (r *record) done(tokens int) {
	r.ledger.mu.Lock()
	defer r.ledger.mu.Unlock()
	now := time.Now()
	r.entry.State, r.entry.FinishedAt, r.entry.Followed = StateCompleted, &now, "end"
	r.entry.InputTokens = tokens
}

// left notes how much of the answer went over the connection.
func (r *record) left(followed string, events int) {
	r.ledger.mu.Lock()
	defer r.ledger.mu.Unlock()
	r.entry.Followed, r.entry.Events = followed, events
	r.settle()
}

// settle copies how the answer stands, and lets go of it once it has ended.
func (r *record) settle() {
	if r.generation == nil {
		return
	}
	state, ended, tokens := r.generation.state()
	r.entry.State, r.entry.OutputTokens = state, tokens
	if !ended.IsZero() {
		r.entry.Reported = r.generation.usageAs(state).reported()
		r.entry.FinishedAt, r.generation = &ended, nil
	}
}

// Ledger gives the newest requests, oldest first.
func (s *Simulator) Ledger() []Entry {
	l := s.ledger
	l.mu.Lock()
	defer l.mu.Unlock()
	first := max(l.base, l.count-int64(len(l.records)))
	entries := make([]Entry, 0, l.count-first)
	for i := first; i < l.count; i++ {
		rec := l.records[i%int64(len(l.records))]
		rec.settle()
		entries = append(entries, rec.entry)
	}
	return entries
}

func (s *Simulator) getLedger(w http.ResponseWriter, _ *http.Request) {
	writeJSON(w, http.StatusOK, map[string]any{"entries": s.Ledger()})
}

func (s *Simulator) resetLedger(w http.ResponseWriter, _ *http.Request) {
	s.ledger.mu.Lock()
	defer s.ledger.mu.Unlock()
	s.ledger.base = s.ledger.count
	clear(s.ledger.records)
	w.WriteHeader(http.StatusNoContent)
}
