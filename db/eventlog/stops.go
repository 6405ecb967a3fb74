package eventlog

import (
	"context"
	"sync"

	"github.com/parley-chat/parley/chat"
)

// stops carries the wish to stop a turn to the step that runs it. It is only the
// fast way: the workflow's signal is the truth.
type stops struct {
	mu      sync.Mutex
	running map[chat.TurnID]*running
}

type running struct{ cancel context.CancelFunc }

func newStops() *stops { return &stops{running: map[chat.TurnID]*running{}} }

// Stoppable gives a context that ends when somebody asks, on any node, to stop
// the turn. release must be called when the step is over.
func (l *Log) Stoppable(ctx context.Context, turn chat.TurnID) (stoppable context.Context, release func()) {
	stoppable, cancel := context.WithCancel(ctx)
	step := &running{cancel}
	l.stops.mu.Lock()
	l.stops.running[turn] = step
	l.stops.mu.Unlock()
	return stoppable, func() {
		cancel()
		l.stops.forget(turn, step)
	}
}

// forget leaves the step alone that has taken the place of this one.
func (s *stops) forget(turn chat.TurnID, step *running) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.running[turn] == step {
		delete(s.running, turn)
	}
}

// Stop asks the step of a turn, wherever it runs, to end.
func (l *Log) Stop(ctx context.Context, turn chat.TurnID) error {
	if l.stops.ask(turn) || !l.peers.any() {
		return nil
	}
	return l.tellPeers(ctx, noticeStop+turn.String())
}

func (s *stops) ask(turn chat.TurnID) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	step := s.running[turn]
	if step != nil {
		step.cancel()
	}
	return step != nil
}
