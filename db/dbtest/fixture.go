package dbtest

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/chat"
	"github.com/parley-chat/parley/db"
)

// Fixture is a tenant with one of everything that a conversation needs.
type Fixture struct {
	TenantID       chat.TenantID
	Slug           string
	UserID         chat.UserID // the owner
	Email          string
	AgentID        chat.AgentID
	AgentVersionID chat.AgentVersionID
	VisitorID      chat.VisitorID
	ConversationID chat.ConversationID // empty, of that visitor with that agent
}

// Config is the published configuration of a fixture's agent.
var Config = chat.AgentConfig{
	Instructions:   "You are the test assistant.",
	Model:          "parley-simulator",
	Greeting:       "Hello!",
	StarterPrompts: []string{"What can you do?"},
	AllowedOrigins: []string{"https://customer.example"},
}

// Tenant makes a tenant that no other test knows of.
func Tenant(tb testing.TB, d *db.DB) Fixture {
	tb.Helper()
	f := Fixture{
		TenantID: chat.NewID[chat.TenantID](), UserID: chat.NewID[chat.UserID](),
		AgentID: chat.NewID[chat.AgentID](), AgentVersionID: chat.NewID[chat.AgentVersionID](),
		VisitorID: chat.NewID[chat.VisitorID](), ConversationID: chat.NewID[chat.ConversationID](),
	}
	f.Slug = "t-" + f.TenantID.String()
	f.Email = "owner-" + f.UserID.String() + "@example.com"
	ctx := context.Background()
	require.NoError(tb, d.System(ctx, func(tx *db.SystemTx) error { return f.insertAccount(ctx, tx) }))
	require.NoError(tb, d.Tenant(ctx, f.TenantID, func(tx *db.TenantTx) error { return f.insertAgent(ctx, tx) }))
	return f
}

func (f Fixture) insertAccount(ctx context.Context, tx *db.SystemTx) error {
	_, err := tx.TenantInsert(ctx, f.TenantID, f.Slug, "Test tenant")
	if err != nil {
		return err
	}
	_, err = tx.UserInsert(ctx, db.UserInsertParams{ID: f.UserID, Email: f.Email, Name: "Owner", PasswordHash: "none"})
	if err != nil {
		return err
	}
	_, err = tx.MembershipInsert(ctx, f.TenantID, f.UserID, chat.MemberOwner)
	return err
}

func (f Fixture) insertAgent(ctx context.Context, tx *db.TenantTx) error {
	agent, err := tx.AgentInsert(ctx, f.AgentID, "Test agent", Config)
	if err != nil {
		return err
	}
	_, err = tx.AgentPublish(ctx, db.AgentPublishParams{
		ID: f.AgentVersionID, AgentID: f.AgentID, Revision: agent.DraftRevision, PublishedBy: f.UserID,
	})
	if err != nil {
		return err
	}
	secret := f.VisitorID.Bytes()
	if _, err := tx.VisitorInsert(ctx, f.VisitorID, secret[:]); err != nil {
		return err
	}
	_, err = tx.ConversationInsert(ctx, db.ConversationInsertParams{
		ID: f.ConversationID, AgentID: f.AgentID, VisitorID: f.VisitorID,
	})
	return err
}
