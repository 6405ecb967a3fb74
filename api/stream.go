package api

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"os"
	"strconv"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humachi"

	"github.com/parley-chat/parley/api/sse"
	"github.com/parley-chat/parley/chat"
	"github.com/parley-chat/parley/db"
	"github.com/parley-chat/parley/db/eventlog"
	"github.com/parley-chat/parley/telemetry"
	"github.com/parley-chat/parley/turn"
)

const (
	turnHeader    = "X-Parley-Turn-Id"
	steeredHeader = "X-Parley-Steered"
	modeHeader    = "X-Parley-Mode"
	streamHeader  = "X-Vercel-Ai-Ui-Message-Stream"
	eventStream   = "text/event-stream"

	lastEventField = "header.Last-Event-ID" // where a problem says that it is
)

const (
	heartbeat = 9 * time.Second
	// writeWithin is how long a reader may take to accept what is written. One
	// that takes longer is cut off and can come back for the rest.
	writeWithin = 15 * time.Second
)

// frames writes one stream. The reading loop and the quiet timer share it.
type frames struct {
	w      http.ResponseWriter
	flush  *http.ResponseController
	cut    context.CancelFunc // ends the stream: its reader has gone or is too slow
	silent func(*frames)      // runs after each quiet period, besides the ping
	counts *telemetry.Metrics

	every time.Duration
	bare  bool // the reader is a visitor, who sees less of calls
	begun bool // the reader goes on with a message: it is not told that another begins
	sdk   bool // the reader takes calls for its own that are not marked otherwise
	// handing: what is written next offers the reader a call.
	handing bool

	mu       sync.Mutex
	quiet    *time.Timer
	buf      []byte
	last     int64 // the newest event written
	deadline time.Time
	stuck    bool // the reader has let the deadline go by
}

// openFrames sends the headers at once: the reader then knows that it is heard.
// after is the last event that the reader has.
func (s *Server) openFrames(ctx context.Context, out huma.Context, cut context.CancelFunc, after int64, silent func(*frames)) *frames {
	_, w := humachi.Unwrap(out)
	h := w.Header()
	h.Set("Content-Type", eventStream)
	h.Set("Cache-Control", "no-cache")
	h.Set("X-Accel-Buffering", "no")
	w.WriteHeader(http.StatusOK)
	f := &frames{
		w: w, flush: http.NewResponseController(w), cut: cut, silent: silent, counts: s.metrics,
		every: s.config.Heartbeat, bare: !actorOf(ctx).seesCallData(), last: after,
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.quiet = time.AfterFunc(f.every, f.ping)
	f.send(true)
	return f
}

// close must be called before the handler returns: nothing may be written after.
func (f *frames) close() {
	f.cut()
	f.mu.Lock()
	defer f.mu.Unlock()
	f.quiet.Stop()
	f.w = nil
	// The connection may serve another request, which has its own pace.
	_ = f.flush.SetWriteDeadline(time.Time{})
}

// event writes an event. It goes out with the next one for which now is true, so
// that a replay is not one packet an event.
func (f *frames) event(seq int64, data []byte, now bool) {
	if f.begun && isStart(data) {
		return
	}
	if f.bare {
		data = chunkForVisitor(data)
	}
	if f.sdk && !f.handing {
		data = executedHere(data)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.buf = sse.AppendEvent(f.buf, seq, data)
	f.last = seq
	if now || len(f.buf) > 16<<10 {
		f.send(now)
	}
}

// status writes news about the turn, unless an event has come since it was asked
// for: then the reader has better news.
func (f *frames) status(asked int64, data []byte) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.w != nil && f.last == asked {
		f.buf = sse.AppendEvent(f.buf, f.last, data)
		f.send(true)
	}
}

func (f *frames) position() int64 {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.last
}

func (f *frames) ping() {
	f.mu.Lock()
	open := f.w != nil
	if open {
		f.buf = append(f.buf, sse.Ping...)
		f.send(true)
	}
	f.mu.Unlock()
	if open && f.silent != nil {
		f.silent(f)
	}
}

// send is called with the lock held.
func (f *frames) send(now bool) {
	// Setting a deadline costs about as much as a small write, so it is renewed
	// only when half of it has gone.
	if t := time.Now(); f.deadline.Sub(t) < writeWithin/2 {
		f.deadline = t.Add(writeWithin)
		_ = f.flush.SetWriteDeadline(f.deadline)
	}
	_, err := f.w.Write(f.buf)
	f.buf = f.buf[:0]
	if now && err == nil {
		err = f.flush.Flush()
	}
	if err != nil {
		if errors.Is(err, os.ErrDeadlineExceeded) && !f.stuck {
			f.stuck = true
			f.counts.StreamCut("stuck")
		}
		f.cut()
		return
	}
	f.quiet.Reset(f.every)
}

// dialect is how much of a steered turn a client wants to see.
type dialect int

const (
	// nativeStream goes on at the turn's present place: the client knows the rest.
	nativeStream dialect = iota
	// sdkStream begins with the next step, which answers the new message: the AI
	// SDK makes a message of each stream and refuses deltas of unknown parts.
	sdkStream
)

// following is one reader's way through a turn.
type following struct {
	turn   db.Turn
	after  int64
	fresh  bool // the reader has just started the turn: there is no news to tell
	stepUp bool // leave out what comes before the next step
	again  bool // the reader goes on after what it has seen
	// oneAnswer: the reader cannot take text back (see oneAnswer).
	oneAnswer bool
}

// followClaimed streams the turn that answers what was just said.
func (s *Server) followClaimed(ctx context.Context, claimed turn.Claimed, d dialect) *streamOutput {
	f := following{turn: claimed.Turn, fresh: !claimed.Repeated, oneAnswer: d == sdkStream}
	if claimed.Steered {
		f.after, f.stepUp = claimed.Turn.LastSeq, d == sdkStream
	}
	return s.follow(ctx, f, claimed.Steered)
}

// resumeTurn streams a turn from where a reader has come to.
func (s *Server) resumeTurn(ctx context.Context, row db.Turn, at StreamPosition, d dialect) (*streamOutput, error) {
	after, err := at.in(row)
	if err != nil {
		return nil, err
	}
	return s.follow(ctx, following{turn: row, after: after, again: after > 0, oneAnswer: d == sdkStream}, false), nil
}

// in gives the number of the last event that the reader has seen of the turn.
// What a pruned turn is retold in may have more events than its own stream had.
func (p StreamPosition) in(row db.Turn) (int64, error) {
	after, field := p.StartIndex, "query.startIndex"
	if p.LastEventID != "" {
		seen, err := strconv.ParseInt(p.LastEventID, 10, 64)
		if err != nil {
			return 0, chat.NewError(chat.CodeInvalid, "Last-Event-ID is not the id of an event.").At(lastEventField).Because(err)
		}
		after, field = seen, lastEventField
	}
	if after > row.LastSeq && row.EventsPrunedAt == nil {
		return 0, chat.Errorf(chat.CodeInvalid, "The stream has %d events so far.", row.LastSeq).At(field)
	}
	return after, nil
}

func (s *Server) follow(ctx context.Context, f following, steered bool) *streamOutput {
	return &streamOutput{Body: func(out huma.Context) {
		out.SetHeader(streamHeader, "v1")
		out.SetHeader(turnHeader, f.turn.ID.String())
		if steered {
			out.SetHeader(steeredHeader, "true")
		}
		ctx, cut := s.streamContext(telemetry.About(ctx, telemetry.Subject{Conversation: f.turn.ConversationID, Turn: f.turn.ID}))
		defer s.metrics.StreamOpened("turn", f.again)()
		reader := s.log.Turn(f.turn.TenantID, f.turn.ID, f.after)
		defer reader.Close()
		to := s.openFrames(ctx, out, cut, f.after, func(to *frames) { s.tellStatus(ctx, f.turn, to) })
		defer to.close()
		if err := s.pump(ctx, f, reader, to); err != nil {
			s.noteCut(ctx, err)
		}
	}}
}

// streamContext ends with the request, and when this node ends its streams.
func (s *Server) streamContext(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cut := context.WithCancel(ctx)
	forget := context.AfterFunc(s.streams, func() {
		s.metrics.StreamCut("drained")
		cut()
	})
	return ctx, func() { forget(); cut() }
}

// noteCut logs why a stream has no end; that its reader left is no news.
func (s *Server) noteCut(ctx context.Context, err error) {
	if ctx.Err() != nil {
		return
	}
	if errors.Is(err, eventlog.ErrSlow) {
		s.metrics.StreamCut("slow")
	}
	s.logger.WarnContext(ctx, "a stream was cut off", "error", err)
}

// pump carries events from the log to the reader until the turn has ended. When
// it returns an error the reader has been cut off and comes back.
func (s *Server) pump(ctx context.Context, f following, from *eventlog.Reader, to *frames) error {
	if f.stepUp {
		to.event(f.after, startOfAnswer, true)
	}
	to.sdk = f.oneAnswer
	if f.oneAnswer && f.after == 0 && f.turn.Status != chat.TurnRunning {
		return s.retell(ctx, f.turn, to) // the log may hold two answers, the message has one
	}
	told, sdk := f.fresh, oneAnswer{on: f.oneAnswer, shown: f.again}
	for {
		event, err := from.Next(ctx)
		switch {
		case errors.Is(err, io.EOF):
			to.event(to.position(), []byte(sse.Done), true)
			return nil
		case errors.Is(err, eventlog.ErrPruned):
			return s.retell(ctx, f.turn, to)
		case err != nil:
			return err
		}
		if f.stepUp && !event.Ends {
			f.stepUp = !isSteer(event.JSON)
			continue
		}
		if sdk.takenBack(event.JSON) {
			to.giveUp(event.Seq)
			return nil
		}
		if f.oneAnswer && s.endsWith(ctx, f.turn, event.JSON) {
			to.handOver(event.Seq, event.JSON)
			return nil
		}
		replayed := from.Buffered() == 0
		to.event(event.Seq, event.JSON, replayed)
		if replayed && !told && !event.Ends {
			told = true
			s.tellStatus(ctx, f.turn, to)
		}
	}
}

// startOfAnswer begins a stream that goes on with the message that the client has.
var startOfAnswer = []byte(`{"type":"start"}`)

var startMark = []byte(`"` + chat.ChunkStart + `"`)

// isStart tells the chunk that begins an answer.
func isStart(raw []byte) bool {
	var chunk struct{ Type chat.ChunkType }
	return bytes.Contains(raw, startMark) && json.Unmarshal(raw, &chunk) == nil && chunk.Type == chat.ChunkStart
}

// isSteer tells the chunk after which the next step answers whoever steered.
func isSteer(raw []byte) bool {
	var chunk struct{ Type chat.ChunkType }
	return bytes.Contains(raw, []byte(chat.ChunkSteer)) &&
		json.Unmarshal(raw, &chunk) == nil && chunk.Type == chat.ChunkSteer
}

// followConversation streams a conversation's events, from the last one seen or
// from now on.
func (s *Server) followConversation(ctx context.Context, row db.Conversation, lastEventID string) (*streamOutput, error) {
	after := row.LastEventSeq
	if lastEventID != "" {
		seen, err := strconv.ParseInt(lastEventID, 10, 64)
		if err != nil || seen > after {
			return nil, chat.NewError(chat.CodeInvalid, "Last-Event-ID is not the id of an event of this conversation.").At(lastEventField)
		}
		after = seen
	}
	return &streamOutput{Body: func(out huma.Context) {
		ctx, cut := s.streamContext(telemetry.About(ctx, telemetry.Subject{Conversation: row.ID}))
		defer s.metrics.StreamOpened("conversation", lastEventID != "")()
		reader := s.log.Conversation(row.TenantID, row.ID, after)
		defer reader.Close()
		to := s.openFrames(ctx, out, cut, after, nil)
		defer to.close()
		for {
			event, err := reader.Next(ctx)
			if err != nil {
				s.noteCut(ctx, err)
				return
			}
			to.event(event.Seq, event.JSON, reader.Buffered() == 0)
			if isDeletion(event.JSON) {
				return
			}
		}
	}}, nil
}

func isDeletion(raw []byte) bool {
	var event chat.ConversationEvent
	return bytes.Contains(raw, []byte(chat.EventDeleted)) &&
		json.Unmarshal(raw, &event) == nil && event.Type == chat.EventDeleted
}
