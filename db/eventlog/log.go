// Package eventlog is the way of a chunk from the model to its readers: into
// turn_events first, in batches over many turns, and to readers only once the
// batch is committed. What one node commits, the other nodes fetch when a
// notification tells them to.
package eventlog

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/parley-chat/parley/db"
	"github.com/parley-chat/parley/telemetry"
)

const (
	// flushWindow is how long a delta may wait for company. It is shorter than
	// what a reader perceives as a pause between words.
	flushWindow = 40 * time.Millisecond
	// maxWindow bounds the window when flushes are slow.
	maxWindow = 250 * time.Millisecond
)

// Log writes and reads the event logs of one node.
type Log struct {
	db      *db.DB
	node    uuid.UUID
	logger  *slog.Logger
	metrics *telemetry.Metrics
	tracing *telemetry.Tracing
	hub     *hub
	stops   *stops
	peers   peers
	fetch   chan struct{} // another node has committed something

	pollEvery time.Duration

	urgent *lane
	steady *lane
}

// New makes the log of a node. Run must be running for anything to be written.
func New(database *db.DB, logger *slog.Logger) *Log {
	return &Log{
		db: database, node: uuid.Must(uuid.NewV7()), logger: logger,
		hub: newHub(), stops: newStops(), fetch: make(chan struct{}, 1),
		pollEvery: pollEvery, urgent: newLane(telemetry.LaneFirst, 0), steady: newLane(telemetry.LaneSteady, flushWindow),
	}
}

// Observed has flushes counted and traced. Call it before Run; either may be nil.
func (l *Log) Observed(metrics *telemetry.Metrics, tracing *telemetry.Tracing) *Log {
	l.metrics, l.tracing = metrics, tracing
	return l
}

// Run flushes, listens and keeps this node known to the others until the context
// ends. While the database is away it tries again and again.
func (l *Log) Run(ctx context.Context) {
	l.reportSelf(ctx)
	var group sync.WaitGroup
	for _, part := range []func(context.Context){
		func(ctx context.Context) { l.flushLane(ctx, l.urgent) },
		func(ctx context.Context) { l.flushLane(ctx, l.steady) },
		l.listen, l.follow, l.keepKnown,
	} {
		group.Go(func() { part(ctx) })
	}
	group.Wait()
	l.leave(context.WithoutCancel(ctx))
}

// lane is a queue of writers that have something to flush. A turn's first chunk
// goes through a lane of its own, so that it does not wait behind a big batch.
type lane struct {
	name   telemetry.Lane
	window time.Duration
	mu     sync.Mutex
	dirty  map[*Writer]struct{}
	wake   chan struct{}
}

func newLane(name telemetry.Lane, window time.Duration) *lane {
	return &lane{name: name, window: window, dirty: map[*Writer]struct{}{}, wake: make(chan struct{}, 1)}
}

func (l *Log) enqueue(w *Writer, urgent bool) {
	if urgent {
		l.urgent.put(w)
		return
	}
	l.steady.put(w)
}

func (l *Log) dequeue(w *Writer) {
	l.urgent.drop(w)
	l.steady.drop(w)
}

func (n *lane) put(w *Writer) {
	n.mu.Lock()
	n.dirty[w] = struct{}{}
	n.mu.Unlock()
	select {
	case n.wake <- struct{}{}:
	default:
	}
}

func (n *lane) drop(w *Writer) {
	n.mu.Lock()
	delete(n.dirty, w)
	n.mu.Unlock()
}

// take empties the lane and begins a share for each writer that is not in the
// other lane's flush; those come back when that flush has ended.
func (n *lane) take() []share {
	n.mu.Lock()
	defer n.mu.Unlock()
	var shares []share
	for w := range n.dirty {
		if s, ok := w.begin(); ok {
			shares = append(shares, s)
		}
	}
	clear(n.dirty)
	return shares
}

func (l *Log) flushLane(ctx context.Context, n *lane) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-n.wake:
		}
		began := time.Now()
		l.flush(ctx, n.name, n.take())
		rest(ctx, n.pause(time.Since(began)))
	}
}

// pause is how long the lane collects before its next flush. Slow flushes make
// it longer: a few big batches cost less than many small ones.
func (n *lane) pause(took time.Duration) time.Duration {
	if n.window == 0 {
		return 0
	}
	return max(n.window, min(4*took, maxWindow)) - took
}

func rest(ctx context.Context, d time.Duration) {
	if d <= 0 {
		return
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}
