package eventlog

import (
	"bytes"
	"context"
	"encoding/json"
	"io"

	"github.com/google/uuid"

	"github.com/parley-chat/parley/chat"
	"github.com/parley-chat/parley/db"
)

// loadTurn reads a page of a turn's stored events. io.EOF says that the turn is
// over and the reader has everything.
func (l *Log) loadTurn(ctx context.Context, tenant chat.TenantID, turn chat.TurnID, after int64) ([]Event, error) {
	var events []Event
	err := l.db.Tenant(ctx, tenant, func(tx *db.TenantTx) error {
		rows, err := tx.TurnEventListAfter(ctx, turn, after, replayPage)
		if err == nil && len(rows) == 0 {
			rows, err = ended(ctx, tx, turn, after)
		}
		events = turnEvents(rows)
		return err
	})
	if err == nil && len(events) > 0 && events[0].Seq != after+1 {
		return nil, ErrPruned
	}
	return events, err
}

// ended tells a turn that has nothing to say yet from one that is over. One that
// has ended since it was looked at has its last words still to give.
func ended(ctx context.Context, tx *db.TenantTx, turn chat.TurnID, after int64) ([]db.TurnEventListAfterRow, error) {
	state, err := tx.TurnEventState(ctx, turn)
	switch {
	case err != nil:
		return nil, err
	case state.Status == chat.TurnRunning:
		return nil, nil
	case state.EventsPrunedAt != nil:
		// Whoever says that it has everything may have come from a retold stream,
		// whose numbers are others.
		return nil, ErrPruned
	case state.LastSeq > after:
		return tx.TurnEventListAfter(ctx, turn, after, replayPage)
	default:
		return nil, io.EOF
	}
}

func (l *Log) loadConversation(ctx context.Context, tenant chat.TenantID, id chat.ConversationID, after int64) ([]Event, error) {
	var events []Event
	err := l.db.Tenant(ctx, tenant, func(tx *db.TenantTx) error {
		rows, err := tx.ConversationEventListAfter(ctx, id, after, replayPage)
		for _, row := range rows {
			events = append(events, Event{Seq: row.Seq, JSON: row.Event})
		}
		return err
	})
	return events, err
}

func turnEvents(rows []db.TurnEventListAfterRow) []Event {
	events := make([]Event, len(rows))
	for i, row := range rows {
		events[i] = Event{Seq: row.Seq, JSON: row.Chunk, Ends: endsTurn(row.Chunk)}
	}
	return events
}

// PublishTurn shows chunks that are committed to the turn's readers in this
// process; last is the number of the last of them.
func (l *Log) PublishTurn(tenant chat.TenantID, turn chat.TurnID, last int64, encoded []json.RawMessage) {
	events := numbered(last, encoded)
	for i := range events {
		events[i].Ends = endsTurn(events[i].JSON)
	}
	l.hub.publish(turnKey(tenant, turn), events, own)
}

// PublishConversation does the same for a conversation's events.
func (l *Log) PublishConversation(tenant chat.TenantID, conversation chat.ConversationID, last int64, encoded []json.RawMessage) {
	l.hub.publish(conversationKey(tenant, conversation), numbered(last, encoded), own)
}

func numbered(last int64, encoded []json.RawMessage) []Event {
	events := make([]Event, len(encoded))
	for i, raw := range encoded {
		events[i] = Event{Seq: last - int64(len(encoded)-1-i), JSON: raw}
	}
	return events
}

// endsTurn looks into an encoded chunk only if one of the closing types may be
// in it.
func endsTurn(raw []byte) bool {
	head := raw[:min(len(raw), 400)]
	if !bytes.Contains(head, []byte(`"finish"`)) && !bytes.Contains(head, []byte(`"abort"`)) && !bytes.Contains(head, []byte(`"error"`)) {
		return false
	}
	var chunk chat.Chunk
	return json.Unmarshal(raw, &chunk) == nil && chunk.Ends()
}

// fetchTopics publishes what other nodes have committed beyond the positions. It
// says whether there is more than one fetch brings.
func (l *Log) fetchTopics(ctx context.Context, k kind, positions []position) (full bool, err error) {
	var rows []fetched
	err = l.db.System(ctx, func(tx *db.SystemTx) (err error) {
		rows, err = fetchRows(ctx, tx, k, positions)
		return err
	})
	if err != nil {
		return false, err
	}
	for topic, events := range byTopic(positions, rows) {
		l.hub.publish(topic, events, other)
	}
	return len(rows) == maxFetch, nil
}

// fetched is one row of either kind of log.
type fetched struct {
	id    [16]byte
	event Event
}

func fetchRows(ctx context.Context, tx *db.SystemTx, k kind, positions []position) ([]fetched, error) {
	tenants, ids, afters := make([]uuid.UUID, len(positions)), make([]uuid.UUID, len(positions)), make([]int64, len(positions))
	for i, p := range positions {
		tenants[i], ids[i], afters[i] = p.key.tenant.Bytes(), p.key.id, p.after
	}
	var found []fetched
	if k == turnTopic {
		rows, err := tx.TurnEventFetch(ctx, db.TurnEventFetchParams{TenantIds: tenants, TurnIds: ids, Afters: afters, MaxRows: maxFetch})
		for _, row := range rows {
			event := Event{Seq: row.Seq, JSON: row.Chunk, Ends: endsTurn(row.Chunk)}
			found = append(found, fetched{row.TurnID.Bytes(), event})
		}
		return found, err
	}
	rows, err := tx.ConversationEventFetch(ctx, db.ConversationEventFetchParams{TenantIds: tenants, ConversationIds: ids, Afters: afters, MaxRows: maxFetch})
	for _, row := range rows {
		found = append(found, fetched{row.ConversationID.Bytes(), Event{Seq: row.Seq, JSON: row.Event}})
	}
	return found, err
}

func byTopic(positions []position, rows []fetched) map[key][]Event {
	keys := make(map[[16]byte]key, len(positions))
	for _, p := range positions {
		keys[p.key.id] = p.key
	}
	topics := map[key][]Event{}
	for _, row := range rows {
		k := keys[row.id]
		topics[k] = append(topics[k], row.event)
	}
	return topics
}
