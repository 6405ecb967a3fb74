package eventlog

import (
	"context"
	"errors"
	"math"
	"sync"
	"time"

	"github.com/parley-chat/parley/chat"
)

// ErrSlow ends a reader that did not keep up. It loses nothing: a new reader
// resumes after the last event it was given.
var ErrSlow = errors.New("eventlog: the reader is too slow")

// A reader that lags behind by more than this when news comes is cut. An ordinary answer is
// a tenth of it.
const (
	maxQueuedEvents = 8192
	maxQueuedBytes  = 1 << 20
)

// Event is one committed row of a log, encoded once for all its readers.
type Event struct {
	Seq  int64
	JSON []byte
	// Ends says that nothing follows.
	Ends bool
	// Passing: it was not stored, and has the number of the event before it.
	Passing bool
}

type kind uint8

const (
	turnTopic kind = iota + 1
	conversationTopic
)

// key names a topic. The tenant is part of it: a reader of one tenant cannot
// meet another's topic, and a fetch can use the index.
type key struct {
	kind   kind
	tenant chat.TenantID
	id     [16]byte
}

func turnKey(tenant chat.TenantID, turn chat.TurnID) key {
	return key{turnTopic, tenant, turn.Bytes()}
}

func conversationKey(tenant chat.TenantID, conversation chat.ConversationID) key {
	return key{conversationTopic, tenant, conversation.Bytes()}
}

// hub hands committed events to the readers in this process. It keeps nothing:
// a topic exists while somebody reads it.
type hub struct {
	mu     sync.Mutex
	topics map[key]*topic
}

type topic struct {
	readers map[*subscription]struct{}
	// suspected: another node may have written what was not fetched yet.
	suspected bool
	ownNews   time.Time // the newest event that this node has committed
	looked    time.Time // the newest event of anybody, or the last fetch
}

// origin says who has committed an event.
type origin bool

const (
	own   origin = true
	other origin = false
)

func newHub() *hub { return &hub{topics: map[key]*topic{}} }

func (h *hub) subscribe(k key, after int64) *subscription {
	sub := &subscription{position: after, wake: make(chan struct{}, 1)}
	h.mu.Lock()
	defer h.mu.Unlock()
	t := h.topics[k]
	if t == nil {
		t = &topic{looked: time.Now(), readers: map[*subscription]struct{}{}}
		h.topics[k] = t
	}
	t.readers[sub] = struct{}{}
	return sub
}

func (h *hub) unsubscribe(k key, sub *subscription) {
	h.mu.Lock()
	defer h.mu.Unlock()
	t := h.topics[k]
	if t == nil {
		return
	}
	delete(t.readers, sub)
	if len(t.readers) == 0 {
		delete(h.topics, k)
	}
}

// publish gives events, in order, to whoever reads the topic. An event may be
// published twice, by a local commit and by a fetch: each reader drops what it
// has.
func (h *hub) publish(k key, events []Event, from origin) {
	if len(events) == 0 {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	t := h.topics[k]
	if t == nil {
		return
	}
	t.looked = time.Now()
	if from == own {
		t.ownNews = t.looked
	}
	for sub := range t.readers {
		sub.push(events)
	}
}

// position is where a topic stands, for a fetch of what came after.
type position struct {
	key   key
	after int64
}

// suspectAll notes that another node has written something.
func (h *hub) suspectAll() {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, t := range h.topics {
		t.suspected = true
	}
}

// due lists the topics of a kind to fetch now, each with the position of the
// reader that is furthest behind: the suspected ones, but those that this node
// writes itself not before it has paused, and those without news for long.
func (h *hub) due(k kind, now time.Time, pollEvery time.Duration) []position {
	h.mu.Lock()
	defer h.mu.Unlock()
	var found []position
	for key, t := range h.topics {
		if key.kind == k && t.due(now, pollEvery) {
			t.suspected, t.looked = false, now
			found = append(found, position{key, t.furthestBehind()})
		}
	}
	return found
}

func (t *topic) due(now time.Time, pollEvery time.Duration) bool {
	othersWrite := t.suspected && now.Sub(t.ownNews) > ownWriting
	return othersWrite || now.Sub(t.looked) > pollEvery
}

func (t *topic) furthestBehind() int64 {
	lowest := int64(math.MaxInt64)
	for sub := range t.readers {
		lowest = min(lowest, sub.at())
	}
	return lowest
}

// subscription is one reader's queue.
type subscription struct {
	mu       sync.Mutex
	position int64 // the newest event that was queued or replayed
	queue    []Event
	bytes    int
	cut      bool
	wake     chan struct{}
}

func (s *subscription) at() int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.position
}

// replayed says that the reader has loaded everything up to a number itself.
func (s *subscription) replayed(seq int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.position = max(s.position, seq)
}

func (s *subscription) push(events []Event) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for len(events) > 0 && events[0].Seq <= s.position {
		events = events[1:]
	}
	if s.cut || len(events) == 0 {
		return
	}
	if len(s.queue) > maxQueuedEvents || s.bytes > maxQueuedBytes {
		s.cut, s.queue, events = true, nil, nil
	}
	s.add(events)
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

func (s *subscription) add(events []Event) {
	if len(events) == 0 {
		return
	}
	s.queue = append(s.queue, events...)
	s.position = events[len(events)-1].Seq
	for _, event := range events {
		s.bytes += len(event.JSON)
	}
}

// take waits for events and empties the queue.
func (s *subscription) take(ctx context.Context) ([]Event, error) {
	for {
		if events, err := s.drain(); len(events) > 0 || err != nil {
			return events, err
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-s.wake:
		}
	}
}

func (s *subscription) drain() ([]Event, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.cut {
		return nil, ErrSlow
	}
	events := s.queue
	s.queue, s.bytes = nil, 0
	return events, nil
}
