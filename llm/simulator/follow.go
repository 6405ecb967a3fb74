package simulator

import (
	"context"
	"net/http"
	"time"
)

// framer appends the frame of a plan's event to a buffer; it appends nothing
// where its API has no such event.
type framer func(frames []byte, reached int) []byte

// reader is one connection that reads an answer.
type reader struct {
	generation *generation
	frame      framer
	from       int // the first event to send
	cutAfter   int // cut the connection after so many frames; 0 is never

	w     http.ResponseWriter
	flush func() error
	sent  int // frames
	// buffer is filled with all frames that are due and written at once.
	buffer []byte
}

func newReader(w http.ResponseWriter, g *generation) *reader {
	return &reader{generation: g, w: w, flush: http.NewResponseController(w).Flush, buffer: make([]byte, 0, 1024)}
}

// follow sends the answer while it is given. It reports whether all of it went
// out; otherwise the client has left, or was cut off.
func (r *reader) follow(ctx context.Context) bool {
	r.w.Header().Set("Content-Type", "text/event-stream; charset=utf-8")
	r.w.Header().Set("Cache-Control", "no-cache")
	timer := time.NewTimer(0)
	defer timer.Stop()
	next := r.from
	for {
		reached := r.generation.reached(next)
		if !r.send(next, reached) {
			return false
		}
		next = max(next, reached)
		if r.generation.over(next) {
			return true
		}
		timer.Reset(time.Until(r.generation.started.Add(r.generation.plan[next].due)))
		select {
		case <-timer.C:
		case <-r.generation.stopped:
		case <-ctx.Done():
			return false
		}
	}
}

// send writes the events from one position to another.
func (r *reader) send(from, to int) bool {
	r.buffer = r.buffer[:0]
	for i := from; i < to; i++ {
		before := len(r.buffer)
		r.buffer = r.frame(r.buffer, i)
		if len(r.buffer) > before {
			r.sent++
		}
		if r.cutAfter > 0 && r.sent >= r.cutAfter {
			r.write()
			return false
		}
	}
	return r.write()
}

func (r *reader) write() bool {
	if _, err := r.w.Write(r.buffer); err != nil { //nolint:gosec // an event stream, which no browser renders
		return false
	}
	return r.flush() == nil
}

// wasCut reports whether a fault ended the connection.
func (r *reader) wasCut() bool { return r.cutAfter > 0 && r.sent >= r.cutAfter }

// wait waits for the end of an answer that is not streamed. It reports whether
// the client is still there.
func (g *generation) wait(ctx context.Context) bool {
	timer := time.NewTimer(time.Until(g.endsAt()))
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-g.stopped:
	case <-ctx.Done():
		return false
	}
	return true
}
