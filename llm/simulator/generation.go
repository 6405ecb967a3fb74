package simulator

import (
	"crypto/rand"
	"encoding/hex"
	"sync"
	"time"
)

// generation is an answer being given: a plan and the moment it began.
type generation struct {
	id      string // without its prefix
	prompt  *prompt
	answer  answer
	plan    plan
	started time.Time
	input   int // tokens

	stopOnce sync.Once
	stopped  chan struct{} // closed by stop
	// stoppedAt and stopState are set before stopped is closed.
	stoppedAt time.Time
	stopState string
}

// The states of a generation, as Entry names them.
const (
	StateRunning    = "running"
	StateCompleted  = "completed"
	StateIncomplete = "incomplete"
	StateFailed     = "failed"
	StateCancelled  = "cancelled" // by a request
	StateAbandoned  = "abandoned" // its client left, and it was not in the background
	StateRejected   = "rejected"  // the request was answered with an error
)

func (s *Simulator) generate(p *prompt, fault Fault) *generation {
	g := &generation{id: newID(), prompt: p, started: time.Now(), input: p.countTokens(), stopped: make(chan struct{})}
	g.answer = s.decide(p, fault, g.id)
	pace := s.pace
	if fault.Pace != nil {
		pace = *fault.Pace
	}
	if fault.ErrorAfter > 0 {
		g.answer.reason = orText(fault.Code, "server_error")
		g.answer.message = orText(fault.Message, "The model failed as it was told to.")
	}
	g.plan = newPlan(g.answer, pace, fault)
	return g
}

func newID() string {
	var raw [12]byte
	_, _ = rand.Read(raw[:]) // never fails
	return hex.EncodeToString(raw[:])
}

func orText(text, fallback string) string {
	if text == "" {
		return fallback
	}
	return text
}

func (g *generation) responseID() string { return "resp_" + g.id }

// publicID is what clients of the API that was asked know the answer by.
func (g *generation) publicID() string {
	if g.prompt.endpoint == EndpointChat {
		return g.completionID()
	}
	return g.responseID()
}

// stop ends the generation before its time. Later calls, and calls after its
// end, change nothing.
func (g *generation) stop(state string) {
	g.stopOnce.Do(func() {
		if now := time.Now(); now.Before(g.endsAt()) {
			g.stoppedAt, g.stopState = now, state
		}
		close(g.stopped)
	})
}

// endsAt is when the last event is due.
func (g *generation) endsAt() time.Time { return g.started.Add(g.plan[len(g.plan)-1].due) }

// wasStopped reports whether it ended before its time.
func (g *generation) wasStopped() bool {
	select {
	case <-g.stopped:
		return !g.stoppedAt.IsZero()
	default:
		return false
	}
}

// reached counts the events that have happened, given that the first `from`
// have.
func (g *generation) reached(from int) int {
	now := time.Now()
	if g.wasStopped() {
		now = g.stoppedAt
	}
	elapsed := now.Sub(g.started)
	for from < len(g.plan) && g.plan[from].due <= elapsed {
		from++
	}
	return from
}

// over reports whether no event follows the first `reached`.
func (g *generation) over(reached int) bool {
	return reached == len(g.plan) || g.wasStopped() && reached == g.reached(reached)
}

// state tells how the generation stands, when that came about, and how many
// tokens it has given.
func (g *generation) state() (state string, ended time.Time, tokens int) {
	reached := g.reached(0)
	for _, event := range g.plan[:reached] {
		if event.kind == evDelta {
			tokens++
		}
	}
	switch {
	case g.wasStopped():
		return g.stopState, g.stoppedAt, tokens
	case reached < len(g.plan):
		return StateRunning, time.Time{}, tokens
	case g.plan[reached-1].kind == evError:
		return StateFailed, g.endsAt(), tokens
	}
	return g.answer.status, g.endsAt(), tokens
}

// shelf keeps the newest stored generations.
type shelf struct {
	mu    sync.Mutex
	byID  map[string]*generation
	order []string // a ring of response ids
	next  int
}

func newShelf(size int) *shelf {
	return &shelf{byID: make(map[string]*generation), order: make([]string, size)}
}

func (s *shelf) put(g *generation) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.byID, s.order[s.next])
	s.order[s.next] = g.responseID()
	s.next = (s.next + 1) % len(s.order)
	s.byID[g.responseID()] = g
}

func (s *shelf) get(responseID string) *generation {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.byID[responseID]
}

// take removes and gives a generation.
func (s *shelf) take(responseID string) *generation {
	s.mu.Lock()
	defer s.mu.Unlock()
	g := s.byID[responseID]
	delete(s.byID, responseID)
	return g
}
