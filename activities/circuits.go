package activities

import (
	"context"
	"sync"
	"time"

	"github.com/sony/gobreaker/v2"

	"github.com/parley-chat/parley/llm"
	"github.com/parley-chat/parley/telemetry"
)

const (
	// tripAfter is how many calls in a row have to fail before a model is taken to be down,
	// and restFor how long it is left alone then. After that one call tries it.
	tripAfter = 5
	restFor   = 20 * time.Second
	// mostCircuits bounds how many models are remembered. Those that work are forgotten.
	mostCircuits = 4096
)

// circuits know which models are down, as far as this process has seen.
type circuits struct {
	mu      sync.Mutex
	known   map[string]*circuit
	rest    time.Duration
	metrics *telemetry.Metrics
}

type circuit = gobreaker.TwoStepCircuitBreaker[struct{}]

func newCircuits() *circuits { return &circuits{known: map[string]*circuit{}, rest: restFor} }

// of gives a model's circuit. The account is part of the key: one tenant's limit is
// not another's.
func (c *circuits) of(key string) *circuit {
	c.mu.Lock()
	defer c.mu.Unlock()
	if found := c.known[key]; found != nil {
		return found
	}
	if len(c.known) >= mostCircuits {
		c.forget()
	}
	made := gobreaker.NewTwoStepCircuitBreaker[struct{}](gobreaker.Settings{
		Name: key, Timeout: c.rest,
		ReadyToTrip:   func(counts gobreaker.Counts) bool { return counts.ConsecutiveFailures >= tripAfter },
		IsExcluded:    func(err error) bool { return err != nil && !isDown(err) },
		OnStateChange: func(_ string, from, to gobreaker.State) { c.changed(from, to) },
	})
	c.known[key] = made
	return made
}

func (c *circuits) forget() {
	for key, known := range c.known {
		if known.State() == gobreaker.StateClosed {
			delete(c.known, key)
		}
	}
}

func (c *circuits) changed(from, to gobreaker.State) {
	c.metrics.CircuitChanged(to.String(), from == gobreaker.StateClosed, to == gobreaker.StateClosed)
}

// isDown reports whether an error says of the model that it is down, so that another
// one could answer: not of the request, of the account, or of us.
func isDown(err error) bool {
	failed := llm.AsError(err)
	return failed != nil && (failed.Retryable || failed.Code == "model_not_found")
}

// patience is how long a model that others stand behind may take to begin its answer.
const patience = 45 * time.Second

// ask has the model answer.
func (m model) ask(ctx context.Context, request llm.Request) (llm.Stream, error) {
	if !m.more {
		return m.Stream(ctx, request)
	}
	return impatient(ctx, m, request, patience)
}

// impatient asks a model, and gives it up if it does not begin in time. The first event
// of what it gives has been heard already.
func impatient(ctx context.Context, m llm.Provider, request llm.Request, patience time.Duration) (llm.Stream, error) {
	bounded, cancel := context.WithCancel(ctx)
	timer := time.AfterFunc(patience, cancel)
	stream, err := m.Stream(bounded, request)
	begun := &begunStream{Stream: stream, cancel: cancel}
	if err == nil {
		if begun.first, err = stream.Next(bounded); err != nil {
			_ = stream.Close()
		}
	}
	if timer.Stop() && err == nil {
		return begun, nil
	}
	if err == nil {
		_ = stream.Close()
	}
	cancel()
	if failed := llm.AsError(err); ctx.Err() == nil && (failed == nil || failed.Kind == llm.KindCanceled) {
		return nil, llm.NewError(llm.KindOverloaded, "the model has not begun to answer in time").Because(err)
	}
	return nil, err
}

// begunStream is a stream whose first event somebody has waited for.
type begunStream struct {
	llm.Stream
	first  llm.Event
	told   bool
	cancel context.CancelFunc
}

// Next implements llm.Stream.
func (s *begunStream) Next(ctx context.Context) (llm.Event, error) {
	if !s.told {
		s.told = true
		return s.first, nil
	}
	return s.Stream.Next(ctx)
}

// Close implements llm.Stream.
func (s *begunStream) Close() error {
	err := s.Stream.Close()
	s.cancel()
	return err
}

// once makes what a circuit is told of a call be told once.
func once(done func(error)) func(error) {
	var told sync.Once
	return func(err error) { told.Do(func() { done(err) }) }
}
