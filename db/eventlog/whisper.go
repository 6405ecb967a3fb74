package eventlog

import (
	"context"
	"encoding/json"
	"strings"

	"github.com/google/uuid"

	"github.com/parley-chat/parley/chat"
)

// Whisper tells a conversation's readers on all nodes that somebody writes right now.
// It is not stored and has no number: whoever does not listen misses it.
func (l *Log) Whisper(ctx context.Context, tenant chat.TenantID, conversation chat.ConversationID, who chat.Role) error {
	l.whisperHere(tenant.String(), conversation.String(), who)
	if !l.peers.any() {
		return nil
	}
	return l.tellPeers(ctx, noticeTyping+strings.Join([]string{tenant.String(), conversation.String(), string(who)}, "/"))
}

func (l *Log) whisperHere(tenant, conversation string, who chat.Role) {
	event, _ := json.Marshal(chat.ConversationEvent{Type: chat.EventTyping, Role: who}) //nolint:errchkjson // strings always encode
	l.hub.whisper(tenant, conversation, event)
}

// heedTyping hears what another node's people do.
func (l *Log) heedTyping(payload string) {
	if parts := strings.Split(payload, "/"); len(parts) == 3 {
		l.whisperHere(parts[0], parts[1], chat.Role(parts[2]))
	}
}

// whisper gives an event that nobody has to get to whoever reads the conversation now.
// People write slowly, so that looking through all that is read costs nothing.
func (h *hub) whisper(tenant, conversation string, event []byte) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for k, t := range h.topics {
		if k.kind != conversationTopic || k.tenant.String() != tenant || uuid.UUID(k.id).String() != conversation {
			continue
		}
		for sub := range t.readers {
			sub.whisper(event)
		}
	}
}

func (s *subscription) whisper(event []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.cut || len(s.queue) > 0 { // what counts comes first
		return
	}
	s.queue = append(s.queue, Event{Seq: s.position, JSON: event, Passing: true})
	select {
	case s.wake <- struct{}{}:
	default:
	}
}
