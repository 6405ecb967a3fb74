package eventlog

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/parley-chat/parley/chat"
	"github.com/parley-chat/parley/telemetry"
)

// ErrFenced says that another attempt owns the turn now, or that it is closed.
// Whoever gets it must stop at once and write nothing more.
var ErrFenced = errors.New("eventlog: another writer owns the turn")

// Checkpoint is how far the provider's own stream had come with the chunks it is
// appended with. It is committed in the same transaction, so that a retried step
// goes on right after the text that readers have.
type Checkpoint struct {
	ResponseID string
	// Seq is the provider's sequence_number; it means nothing without ResponseID.
	Seq int64
}

// Writer appends the chunks of one attempt of one step. Its appends are batched
// with those of other turns; Drain tells what is left for the closing
// transaction. A Writer is for one goroutine.
type Writer struct {
	log    *Log
	tenant chat.TenantID
	turn   chat.TurnID
	epoch  int64
	trace  telemetry.Trace
	heard  func()

	mu         sync.Mutex
	waiting    []chat.Chunk // appended, in no flush yet
	checkpoint Checkpoint   // belongs to the newest of waiting
	flushing   int          // chunks in the flush that is under way
	last       int64        // the newest committed number
	hurry      bool         // waiting holds something that must not wait for company
	begun      bool         // a chunk was appended
	spoken     bool         // a delta was appended
	told       bool         // the flush that takes the first delta has begun
	err        error
	idle       chan struct{} // closed and replaced when a flush has ended
	failed     chan struct{}
	secured    sync.Once
	securedC   chan struct{}
}

// Writer opens the turn for one attempt. The epoch must have been taken in the
// turn's row; last is the row's sequence number at that moment.
func (l *Log) Writer(tenant chat.TenantID, turn chat.TurnID, epoch, last int64) *Writer {
	return &Writer{
		log: l, tenant: tenant, turn: turn, epoch: epoch, last: last,
		idle: make(chan struct{}), failed: make(chan struct{}), securedC: make(chan struct{}),
	}
}

// Observe makes the writer's flushes part of the context's trace, and calls heard,
// which must be quick, when its first delta has been committed by a flush. Call
// it before the first Append.
func (w *Writer) Observe(ctx context.Context, heard func()) {
	w.trace, w.heard = telemetry.TraceOf(ctx), heard
}

// Append hands chunks to the next flush and returns at once. Deltas of the same
// part that wait together become one chunk.
func (w *Writer) Append(checkpoint Checkpoint, chunks ...chat.Chunk) {
	w.mu.Lock()
	for _, chunk := range chunks {
		w.waiting = coalesce(w.waiting, chunk)
	}
	w.checkpoint = checkpoint
	w.hurry = w.hurry || w.first(chunks)
	hurry := w.hurry
	w.mu.Unlock()
	if len(chunks) > 0 {
		w.log.enqueue(w, hurry)
	}
}

// first reports whether these are the attempt's first chunks, which secure the
// provider's response id, or hold its first words, which somebody waits for.
func (w *Writer) first(chunks []chat.Chunk) bool {
	news := !w.begun && len(chunks) > 0
	w.begun = w.begun || news
	if !w.spoken && slices.ContainsFunc(chunks, isDelta) {
		w.spoken, news = true, true
	}
	return news
}

func coalesce(waiting []chat.Chunk, chunk chat.Chunk) []chat.Chunk {
	if n := len(waiting); n > 0 && isDelta(chunk) && waiting[n-1].Type == chunk.Type && waiting[n-1].ID == chunk.ID {
		waiting[n-1].Delta += chunk.Delta
		return waiting
	}
	return append(waiting, chunk)
}

func isDelta(chunk chat.Chunk) bool {
	return chunk.Type == chat.ChunkTextDelta || chunk.Type == chat.ChunkReasoningDelta
}

// Failed is closed when the writer can commit no more; Err tells why.
func (w *Writer) Failed() <-chan struct{} { return w.failed }

// Secured is closed when the provider's response id is committed: from then on
// another attempt can go on with the same answer.
func (w *Writer) Secured() <-chan struct{} { return w.securedC }

// Err is ErrFenced, the database's refusal of a chunk, or nil.
func (w *Writer) Err() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.err
}

// Tail is what a writer leaves to the closing transaction.
type Tail struct {
	Chunks     []chat.Chunk
	Checkpoint Checkpoint
	LastSeq    int64 // the newest committed number
}

// Drain waits for the flush that is under way and takes back what is in none.
// Nothing may be appended afterwards.
func (w *Writer) Drain(ctx context.Context) (Tail, error) {
	w.log.dequeue(w)
	for {
		w.mu.Lock()
		if w.err != nil || w.flushing == 0 {
			tail := Tail{Chunks: w.waiting, Checkpoint: w.checkpoint, LastSeq: w.last}
			w.waiting = nil
			err := w.err
			w.mu.Unlock()
			return tail, err
		}
		idle := w.idle
		w.mu.Unlock()
		select {
		case <-ctx.Done():
			return Tail{}, ctx.Err()
		case <-idle:
		}
	}
}

// share is one writer's part of a flush.
type share struct {
	writer     *Writer
	encoded    []json.RawMessage
	checkpoint Checkpoint
	last       int64 // the number before the first of encoded
	speaks     bool  // it holds the writer's first delta
}

// begin takes what waits into a flush; false if there is nothing, or if a flush
// of this writer is already under way.
func (w *Writer) begin() (share, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.err != nil || w.flushing > 0 || len(w.waiting) == 0 {
		return share{}, false
	}
	encoded, err := Encode(w.waiting)
	if err != nil {
		w.fail(err)
		return share{}, false
	}
	w.flushing, w.waiting, w.hurry = len(encoded), nil, false
	speaks := w.spoken && !w.told
	w.told = w.spoken
	return share{writer: w, encoded: encoded, checkpoint: w.checkpoint, last: w.last, speaks: speaks}, true
}

// end records how the flush of a share went and says whether more waits.
func (w *Writer) end(s share, err error) (more, hurry bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.flushing = 0
	if err != nil {
		w.fail(err)
	} else {
		w.last = s.last + int64(len(s.encoded))
		if s.checkpoint.ResponseID != "" {
			w.secured.Do(func() { close(w.securedC) })
		}
		if s.speaks && w.heard != nil {
			w.heard()
		}
	}
	close(w.idle)
	w.idle = make(chan struct{})
	return len(w.waiting) > 0, w.hurry
}

func (w *Writer) fail(err error) {
	if w.err == nil {
		w.err = err
		close(w.failed)
	}
}

// Encode gives the form in which chunks are stored and sent.
func Encode(chunks []chat.Chunk) ([]json.RawMessage, error) {
	encoded := make([]json.RawMessage, len(chunks))
	for i, chunk := range chunks {
		var err error
		if encoded[i], err = json.Marshal(chunk); err != nil {
			return nil, fmt.Errorf("encode %s chunk: %w", chunk.Type, err)
		}
	}
	return encoded, nil
}
