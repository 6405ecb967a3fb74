package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/parley-chat/parley/chat"
	"github.com/parley-chat/parley/internal/visitor"
)

const (
	// patience is how long a visitor waits for an answer that is no stream.
	patience = 10 * time.Second
	// silence is how long a visitor listens to nothing before it tries elsewhere.
	// A frozen process keeps its connections open.
	silence = 6 * time.Second
	// retryPause is between two tries of one visitor.
	retryPause = 100 * time.Millisecond
)

// exchange is a question as its visitor lives through it.
type exchange struct {
	question
	run          *run
	visitor      *visitor.Visitor
	conversation chat.ConversationID
	// answers has one turn, or two if what was said later came too late for the
	// first.
	answers []*answer

	mu    sync.Mutex
	wrong []string
}

// answer is one turn as its visitor sees it.
type answer struct {
	turn       chat.TurnID
	seen       visitor.Transcript
	asked      time.Time
	heard      []time.Time // when each piece of text came
	ended      time.Time
	reconnects int
	statuses   int // how often the stream told what the turn was doing
}

func (e *exchange) complain(format string, details ...any) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.wrong = append(e.wrong, e.Text+" "+fmt.Sprintf(format, details...))
}

// live has the question asked and answered, whatever happens meanwhile.
func (e *exchange) live(ctx context.Context) {
	err := e.insist(ctx, e.Node, func(ctx context.Context, v *visitor.Visitor) (err error) {
		e.conversation, err = v.Converse(ctx)
		return err
	})
	if err != nil {
		e.complain("no conversation: %v", err)
		return
	}
	for _, how := range append(e.Before, e.Answer, e.MoreAnswer) {
		if how.Match.Text == "" {
			continue
		}
		if err := e.run.stack.Speak(ctx, how); err != nil {
			e.complain("%v", err)
			return
		}
	}
	e.listen(ctx)
}

func (e *exchange) listen(ctx context.Context) {
	first := &answer{asked: time.Now()}
	e.answers = []*answer{first}
	acted := make(chan chat.TurnID, 1)
	e.follow(ctx, first, func() {
		go func() { acted <- e.perform(ctx, first.turn) }()
	})
	if e.Act == listen || first.turn.IsZero() || first.seen.Last < e.ActAt {
		return
	}
	if other := <-acted; other != first.turn && !other.IsZero() {
		second := &answer{turn: other, asked: time.Now()}
		e.answers = append(e.answers, second)
		e.follow(ctx, second, func() {})
	}
}

// perform stops the turn or says something more, and gives the turn that it was
// done to.
func (e *exchange) perform(ctx context.Context, turn chat.TurnID) chat.TurnID {
	done := turn
	err := e.insist(ctx, e.Node, func(ctx context.Context, v *visitor.Visitor) error {
		if e.Act == stop {
			return v.Stop(ctx, turn)
		}
		stream, err := v.Ask(ctx, e.conversation, e.More, e.More)
		if err == nil {
			done = stream.Turn
			stream.Close()
		}
		return err
	})
	if err != nil {
		e.complain("could not %s: %v", e.Act, err)
	}
	return done
}

// insist tries something at one node after the other until it works.
func (e *exchange) insist(ctx context.Context, node int, do func(context.Context, *visitor.Visitor) error) error {
	for {
		trying, cancel := context.WithTimeout(ctx, patience)
		err := do(trying, e.visitor.At(e.run.nodes[node%nodes].URL))
		cancel()
		if err == nil {
			return nil
		}
		e.judgeRefusal(err)
		if !wait(ctx, retryPause, nil) {
			return err
		}
		node++
	}
}

// judgeRefusal accepts that a server is away, and wants to be told so properly.
func (e *exchange) judgeRefusal(err error) {
	var refused *visitor.RefusedError
	if !errors.As(err, &refused) {
		return
	}
	proper := refused.Status == http.StatusServiceUnavailable && refused.Header.Get("Retry-After") != "" &&
		strings.HasPrefix(refused.Header.Get("Content-Type"), "application/problem+json")
	if !proper {
		e.complain("%v", refused)
	}
}

// follow reads an answer to its end over as many connections as it takes. act is
// called once, when it is time to.
func (e *exchange) follow(ctx context.Context, a *answer, act func()) {
	node, leaves := e.Node, e.Leaves
	var once sync.Once
	for a.seen.Ended.Type == "" {
		r := reading{exchange: e, answer: a, node: node % nodes, leaves: leaves, act: func() { once.Do(act) }}
		err := r.read(ctx)
		var wrong *wrongError
		switch {
		case err == nil:
			continue
		case errors.As(err, &wrong):
			e.complain("turn %s: %v", a.turn, wrong)
			return
		case ctx.Err() != nil:
			e.complain("turn %s has not ended after event %d", a.turn, a.seen.Last)
			return
		case errors.Is(err, errLeft):
			wait(ctx, leaves[0].Away, nil)
			node, leaves = leaves[0].Node, leaves[1:]
		default:
			e.judgeRefusal(err)
			wait(ctx, retryPause, nil)
			node++
		}
		a.reconnects++
	}
	a.ended = time.Now()
}

// wrongError is something that no reader must ever meet.
type wrongError struct{ error }

var (
	errLeft   = errors.New("the reader hung up")
	errSilent = errors.New("the reader has heard nothing for too long")
)

// reading is one connection.
type reading struct {
	*exchange
	answer *answer
	node   int
	leaves []leave
	act    func()
}

func (r *reading) read(ctx context.Context) error {
	ctx, hangUp := context.WithCancelCause(ctx)
	defer hangUp(nil)
	watchdog := time.AfterFunc(silence, func() { hangUp(errSilent) })
	defer watchdog.Stop()
	stream, err := r.connect(ctx)
	if err != nil {
		return err
	}
	defer stream.Close()
	for {
		event, err := stream.Next()
		if err != nil {
			return r.ending(err)
		}
		watchdog.Reset(silence)
		if err := r.take(event); err != nil {
			return err
		}
		if len(r.leaves) > 0 && r.answer.seen.Last >= r.leaves[0].After && r.answer.seen.Ended.Type == "" {
			return errLeft
		}
	}
}

func (r *reading) connect(ctx context.Context) (*visitor.Stream, error) {
	v := r.visitor.At(r.run.nodes[r.node].URL)
	if !r.answer.turn.IsZero() {
		return v.Follow(ctx, r.answer.turn, r.answer.seen.Last)
	}
	r.run.moments.now(r.node, asking)
	stream, err := v.Ask(ctx, r.conversation, r.Text, r.Text)
	if err == nil {
		r.answer.turn = stream.Turn
	}
	return stream, err
}

func (r *reading) take(event visitor.Event) error {
	a := r.answer
	before := len(a.seen.Said())
	if err := a.seen.Add(event); err != nil {
		return &wrongError{err}
	}
	if bytes.Contains(event.Data, []byte(`"`+chat.ChunkStatus+`"`)) {
		a.statuses++
	}
	if len(a.seen.Said()) > before {
		a.heard = append(a.heard, time.Now())
		r.run.moments.now(r.Node, speaking)
	}
	if a.seen.Last >= r.ActAt && r.Act != listen {
		r.act()
	}
	return nil
}

// ending judges the end of a connection.
func (r *reading) ending(err error) error {
	whole := r.answer.seen.Ended.Type != ""
	switch {
	case errors.Is(err, io.EOF) && !whole:
		return &wrongError{errors.New("the stream is done without a last event")}
	case whole:
		return nil // also if the connection broke just after the last event
	default:
		return err
	}
}
