// Package chat is the language every other room speaks: identifiers, message
// parts, stream chunks and error codes. It depends on the standard library and
// on uuid alone, so that any package may import it.
package chat

import (
	"database/sql/driver"
	"fmt"

	"github.com/google/uuid"
)

// ID identifies one row of one kind. The type parameter keeps an AgentID from
// being passed where a TurnID is wanted; the zero value identifies nothing and
// is never stored. Its text form is a lower-case UUID.
type ID[K kind] struct{ value uuid.UUID }

type kind interface{ noun() string }

type (
	tenantKind       struct{}
	userKind         struct{}
	sessionKind      struct{}
	keyKind          struct{}
	agentKind        struct{}
	agentVersionKind struct{}
	providerKind     struct{}
	visitorKind      struct{}
	conversationKind struct{}
	messageKind      struct{}
	turnKind         struct{}
	approvalKind     struct{}
	mcpServerKind    struct{}
	handoffKind      struct{}
)

func (tenantKind) noun() string       { return "tenant" }
func (userKind) noun() string         { return "user" }
func (sessionKind) noun() string      { return "session" }
func (keyKind) noun() string          { return "API key" }
func (agentKind) noun() string        { return "agent" }
func (agentVersionKind) noun() string { return "agent version" }
func (providerKind) noun() string     { return "provider" }
func (visitorKind) noun() string      { return "visitor" }
func (conversationKind) noun() string { return "conversation" }
func (messageKind) noun() string      { return "message" }
func (turnKind) noun() string         { return "turn" }
func (approvalKind) noun() string     { return "approval" }
func (mcpServerKind) noun() string    { return "MCP server" }
func (handoffKind) noun() string      { return "handoff" }

// The ids of the domain.
type (
	// TenantID names a tenant. Holding one is permission to act for that
	// tenant, so only authentication (api/auth.go) and the decoding of a stored
	// row or of a workflow payload may make one; a test over the source tree
	// keeps it so.
	TenantID = ID[tenantKind]
	// UserID names a person who works for tenants.
	UserID = ID[userKind]
	// SessionID names a signed-in browser of a user.
	SessionID = ID[sessionKind]
	// KeyID names an API key of a tenant.
	KeyID = ID[keyKind]
	// AgentID names an assistant.
	AgentID = ID[agentKind]
	// AgentVersionID names a published state of an assistant.
	AgentVersionID = ID[agentVersionKind]
	// ProviderID names a tenant's own account with a model provider.
	ProviderID = ID[providerKind]
	// VisitorID names a customer of a tenant.
	VisitorID = ID[visitorKind]
	// ConversationID names a conversation of a visitor with an assistant.
	ConversationID = ID[conversationKind]
	// MessageID names a message in a conversation.
	MessageID = ID[messageKind]
	// TurnID names a question and the work on its answer.
	TurnID = ID[turnKind]
	// ApprovalID names a question to people about a call of a tool.
	ApprovalID = ID[approvalKind]
	// MCPServerID names a server whose tools a tenant's agents use.
	MCPServerID = ID[mcpServerKind]
	// HandoffID names a stretch in which people answer a conversation.
	HandoffID = ID[handoffKind]
)

// NewID makes a fresh time-ordered identifier (UUID version 7, RFC 9562), so
// that new rows land at the right-hand edge of an index.
func NewID[I ID[K], K kind]() I {
	return I(ID[K]{uuid.Must(uuid.NewV7())})
}

// ParseID reads the text form. The error is meant for the person who sent it.
func ParseID[I ID[K], K kind](text string) (I, error) {
	value, err := uuid.Parse(text)
	if err != nil || value == uuid.Nil || len(text) != 36 {
		var k K
		return I(ID[K]{}), fmt.Errorf("%q is not the id of a %s", text, k.noun())
	}
	return I(ID[K]{value}), nil
}

// IsZero reports whether the identifier names nothing. encoding/json's omitzero
// uses it as well.
func (id ID[K]) IsZero() bool { return id.value == uuid.Nil }

// String gives the text form, or "" for the zero value.
func (id ID[K]) String() string {
	if id.IsZero() {
		return ""
	}
	return id.value.String()
}

// MarshalText implements encoding.TextMarshaler.
func (id ID[K]) MarshalText() ([]byte, error) { return []byte(id.String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler; empty text is the zero value.
func (id *ID[K]) UnmarshalText(text []byte) error {
	if len(text) == 0 {
		*id = ID[K]{}
		return nil
	}
	parsed, err := ParseID[ID[K]](string(text))
	if err != nil {
		return err
	}
	*id = parsed
	return nil
}

// Value implements driver.Valuer: the zero value is SQL NULL.
func (id ID[K]) Value() (driver.Value, error) {
	if id.IsZero() {
		return nil, nil
	}
	return id.value.String(), nil
}

// Scan implements sql.Scanner: SQL NULL is the zero value.
func (id *ID[K]) Scan(source any) error {
	id.value = uuid.Nil
	return (&id.value).Scan(source)
}

// Bytes gives the 16 raw bytes, for hashing into keys.
func (id ID[K]) Bytes() [16]byte { return id.value }
