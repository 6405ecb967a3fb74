package eventlog

import (
	"context"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/parley-chat/parley/chat"
	"github.com/parley-chat/parley/db"
)

// Nodes tell each other on one channel. A notice is "<node> <what>"; the
// sender's own are ignored.
const (
	channel       = "parley_log"
	noticeJoined  = "joined"
	noticeWritten = "written"
	noticeStop    = "stop:"
	noticeTyping  = "typing:"
)

const (
	seenEvery = 5 * time.Second
	// pollEvery bounds how late a reader gets events that nobody told this node
	// of: the listening connection was down, or the answer to a commit was lost.
	pollEvery = time.Second
	// ownWriting is how long after its own last event of a topic this node takes
	// itself for the only writer. A notice does not say what was written, and
	// asking for every topic at each would cost more than all the writing.
	ownWriting = 200 * time.Millisecond
	maxFetch   = 5000
)

// peers knows whether any other node is alive. While there is none, nothing is
// notified.
type peers struct {
	alive atomic.Bool
	// known: nothing has happened since this node's greeting that could have made
	// the others forget it.
	known atomic.Bool

	mu     sync.Mutex
	joined int // greetings heard
}

func (p *peers) any() bool { return p.alive.Load() }

// greeted notes that a node has joined.
func (p *peers) greeted() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.joined++
	p.alive.Store(true)
}

// greetings is what counted wants to know of the moment before the count.
func (p *peers) greetings() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.joined
}

// counted notes how many others the database knows. A count that was under way
// when a node said that it had joined may have missed it, and does not prove that
// there is none.
func (p *peers) counted(others int64, greetings int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if others > 0 || p.joined == greetings {
		p.alive.Store(others > 0)
	}
}

// join makes this node known, and the others to it.
func (l *Log) join(ctx context.Context) error {
	if err := l.refresh(ctx); err != nil {
		return err
	}
	return l.tellPeers(ctx, noticeJoined)
}

func (l *Log) refresh(ctx context.Context) error {
	greetings := l.peers.greetings()
	var others int64
	err := l.db.System(ctx, func(tx *db.SystemTx) error {
		if err := tx.NodeSeen(ctx, l.node); err != nil {
			return err
		}
		if err := tx.NodePrune(ctx); err != nil {
			return err
		}
		var err error
		others, err = tx.NodePeers(ctx, l.node)
		return err
	})
	if err == nil {
		l.peers.counted(others, greetings)
	}
	return err
}

func (l *Log) keepKnown(ctx context.Context) {
	every(ctx, seenEvery, func() { l.reportSelf(ctx) })
}

// reportSelf shows that this node is alive. After a failure the others may have
// taken it for dead, or have joined unheard, so it greets them again.
func (l *Log) reportSelf(ctx context.Context) {
	report := l.join
	if l.peers.known.Load() {
		report = l.refresh
	}
	err := report(ctx)
	l.peers.known.Store(err == nil)
	if err != nil && ctx.Err() == nil {
		l.logger.WarnContext(ctx, "event log: this node could not report itself", "error", err)
	}
}

// leave takes a context that outlives the node's.
func (l *Log) leave(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	err := l.db.System(ctx, func(tx *db.SystemTx) error { return tx.NodeDelete(ctx, l.node) })
	if err != nil {
		l.logger.WarnContext(ctx, "event log: this node could not sign off", "error", err)
	}
}

func (l *Log) tellPeers(ctx context.Context, what string) error {
	return l.db.System(ctx, func(tx *db.SystemTx) error {
		return tx.Notify(ctx, channel, l.node.String()+" "+what)
	})
}

// Notifier is a transaction that can tell other nodes something.
type Notifier interface {
	Notify(ctx context.Context, channel, payload string) error
}

// Notify tells the other nodes, in the transaction that writes and so at its
// commit, that there is something to fetch.
func (l *Log) Notify(ctx context.Context, tx Notifier) error {
	if !l.peers.any() {
		return nil
	}
	return tx.Notify(ctx, channel, l.node.String()+" "+noticeWritten)
}

func (l *Log) listen(ctx context.Context) {
	connected := func() { l.catchUp(ctx) }
	_ = l.db.Listen(ctx, channel, connected, l.heed) // ends with the context alone
}

// catchUp makes up for the notices that went by before this node listened: of
// nodes that joined, and of what they have written. A node that joins from now
// on is heard.
func (l *Log) catchUp(ctx context.Context) {
	l.peers.known.Store(false)
	l.reportSelf(ctx)
	l.wantFetch()
}

func (l *Log) heed(payload string) {
	node, what, _ := strings.Cut(payload, " ")
	if node == l.node.String() {
		return
	}
	if typing, isTyping := strings.CutPrefix(what, noticeTyping); isTyping {
		l.heedTyping(typing)
		return
	}
	switch turn, isStop := strings.CutPrefix(what, noticeStop); {
	case isStop:
		if id, err := chat.ParseID[chat.TurnID](turn); err == nil {
			l.stops.ask(id)
		}
	case what == noticeJoined:
		l.peers.greeted()
	default:
		l.wantFetch()
	}
}

func (l *Log) wantFetch() {
	select {
	case l.fetch <- struct{}{}:
	default:
	}
}

// follow brings other nodes' events to this node's readers: at once when told,
// and for topics that have been silent in any case now and then.
func (l *Log) follow(ctx context.Context) {
	ticker := time.NewTicker(ownWriting)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-l.fetch:
			l.hub.suspectAll()
		case <-ticker.C:
		}
		if err := l.fetchAll(ctx); err != nil && ctx.Err() == nil {
			l.logger.WarnContext(ctx, "event log: could not fetch other nodes' events", "error", err)
		}
	}
}

func (l *Log) fetchAll(ctx context.Context) error {
	for _, k := range []kind{turnTopic, conversationTopic} {
		positions := l.hub.due(k, time.Now(), l.pollEvery)
		if len(positions) == 0 {
			continue
		}
		full, err := l.fetchTopics(ctx, k, positions)
		if err != nil {
			return err
		}
		if full {
			l.wantFetch()
		}
	}
	return nil
}

func every(ctx context.Context, interval time.Duration, do func()) {
	ticker := time.NewTicker(interval)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			do()
		}
	}
}
