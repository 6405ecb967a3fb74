package chat

// ConversationEventType names what happens in a conversation around its turns.
type ConversationEventType string

// What a conversation's stream tells.
const (
	EventTurnStarted    ConversationEventType = "turn-started"
	EventTurnEnded      ConversationEventType = "turn-ended"
	EventMessageAdded   ConversationEventType = "message-added"
	EventMessageUpdated ConversationEventType = "message-updated"
	// EventBranchChanged: other messages are shown from now on. MessageID is one
	// of those that the conversation goes on from.
	EventBranchChanged ConversationEventType = "branch-changed"
	EventTitleChanged  ConversationEventType = "title-changed"
	EventDeleted       ConversationEventType = "deleted"
	// EventModeChanged: somebody else answers from now on, or is asked to.
	EventModeChanged ConversationEventType = "mode-changed"
	// EventTyping: somebody writes right now. It is told and not kept.
	EventTyping ConversationEventType = "typing"
)

// ConversationEvent is one event of a conversation's stream, in its wire form.
type ConversationEvent struct {
	Type      ConversationEventType `json:"type"`
	TurnID    TurnID                `json:"turnId,omitzero"`
	MessageID MessageID             `json:"messageId,omitzero"`
	Role      Role                  `json:"role,omitempty"`
	Status    TurnStatus            `json:"status,omitempty"`
	Title     string                `json:"title,omitempty"`
	Mode      ConversationMode      `json:"mode,omitempty"`
	// Staff is the name of whoever answers in ModeHuman, if somebody has come.
	Staff string `json:"staff,omitempty"`
}
