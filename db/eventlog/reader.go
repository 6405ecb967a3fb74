package eventlog

import (
	"context"
	"errors"
	"io"

	"github.com/parley-chat/parley/chat"
)

// ErrPruned says that a finished turn's events are no longer kept; its stored
// message is.
var ErrPruned = errors.New("eventlog: the events have been pruned")

// replayPage is how many events one query of a replay brings.
const replayPage = 2000

// Reader follows one log: first what is stored, then what is committed from now
// on, each event once and in order. It must be closed.
type Reader struct {
	log  *Log
	key  key
	sub  *subscription
	load func(ctx context.Context, after int64) ([]Event, error)

	last    int64
	behind  bool // stored events may lie between last and the queue
	pending []Event
	ended   bool
}

// Turn opens a reader of a turn's chunks after the given number. The first read
// fails with ErrPruned if the events are gone.
func (l *Log) Turn(tenant chat.TenantID, turn chat.TurnID, after int64) *Reader {
	k := turnKey(tenant, turn)
	load := func(ctx context.Context, after int64) ([]Event, error) {
		return l.loadTurn(ctx, tenant, turn, after)
	}
	return l.open(k, after, load)
}

// Conversation opens a reader of a conversation's events after the given number.
func (l *Log) Conversation(tenant chat.TenantID, conversation chat.ConversationID, after int64) *Reader {
	k := conversationKey(tenant, conversation)
	load := func(ctx context.Context, after int64) ([]Event, error) {
		return l.loadConversation(ctx, tenant, conversation, after)
	}
	return l.open(k, after, load)
}

// open subscribes before anything is read, so that nothing falls between the
// replay and the live events.
func (l *Log) open(k key, after int64, load func(context.Context, int64) ([]Event, error)) *Reader {
	return &Reader{log: l, key: k, sub: l.hub.subscribe(k, after), load: load, last: after, behind: true}
}

// Next gives the next event. It waits until there is one, and ends with io.EOF
// after an event that Ends, with ErrSlow when the reader has been cut, or with
// the context's error.
func (r *Reader) Next(ctx context.Context) (Event, error) {
	for {
		if r.ended {
			return Event{}, io.EOF
		}
		if event, ok := r.pop(); ok {
			return event, nil
		}
		if err := r.fill(ctx); err != nil {
			return Event{}, err
		}
	}
}

// Last is the number of the newest event that Next has given.
func (r *Reader) Last() int64 { return r.last }

// Buffered is how many events Next gives without asking or waiting, so that a
// writer knows whether to collect or to flush.
func (r *Reader) Buffered() int { return len(r.pending) }

// Close ends the subscription.
func (r *Reader) Close() { r.log.hub.unsubscribe(r.key, r.sub) }

func (r *Reader) pop() (Event, bool) {
	for len(r.pending) > 0 {
		event := r.pending[0]
		if event.Passing {
			r.pending = r.pending[1:]
			event.Seq = r.last
			return event, true
		}
		if event.Seq > r.last+1 {
			r.pending, r.behind = nil, true
			return Event{}, false
		}
		r.pending = r.pending[1:]
		if event.Seq == r.last+1 {
			r.last = event.Seq
			r.ended = event.Ends
			return event, true
		}
	}
	return Event{}, false
}

func (r *Reader) fill(ctx context.Context) error {
	if !r.behind {
		events, err := r.sub.take(ctx)
		r.pending = events
		return err
	}
	events, err := r.load(ctx, r.last)
	if err != nil {
		if errors.Is(err, io.EOF) {
			r.ended = true
			return nil
		}
		return err
	}
	r.pending, r.behind = events, len(events) == replayPage
	if len(events) > 0 {
		r.sub.replayed(events[len(events)-1].Seq)
	}
	return nil
}
