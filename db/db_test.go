package db_test

import (
	"context"
	"encoding/json"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/chat"
	"github.com/parley-chat/parley/db"
	"github.com/parley-chat/parley/db/dbtest"
)

func TestClaimWritesOneTurnAndRefusesTheSecond(t *testing.T) {
	t.Parallel()
	d := dbtest.Open(t)
	f := dbtest.Tenant(t, d)
	ctx := context.Background()
	first, err := claim(ctx, d, f)
	require.NoError(t, err)
	_, err = claim(ctx, d, f)
	require.Equal(t, chat.CodeConflict, chat.CodeOf(err))
	require.True(t, db.Violates(err, "turns_one_active"))

	require.NoError(t, d.Tenant(ctx, f.TenantID, func(tx *db.TenantTx) error {
		active, err := tx.TurnActive(ctx, f.ConversationID)
		require.NoError(t, err)
		require.Equal(t, first, active)
		messages, err := tx.MessageListAfter(ctx, db.MessageListAfterParams{ConversationID: f.ConversationID, Max: 10})
		require.NoError(t, err)
		require.Len(t, messages, 1, "the refused claim left nothing")
		require.Equal(t, []chat.Part{chat.TextPart("hello")}, messages[0].Parts)
		require.Equal(t, first.ID, messages[0].TurnID)
		conversation, err := tx.ConversationGet(ctx, f.ConversationID)
		require.NoError(t, err)
		require.Equal(t, first.ID, conversation.ActiveTurnID)
		require.EqualValues(t, 1, conversation.Conversation.MessageCount)
		return nil
	}))
}

func claim(ctx context.Context, d *db.DB, f dbtest.Fixture) (turn db.Turn, err error) {
	err = d.Tenant(ctx, f.TenantID, func(tx *db.TenantTx) error {
		if _, err := tx.ConversationLock(ctx, f.ConversationID); err != nil {
			return err
		}
		turn, err = startTurn(ctx, tx, f, chat.TextPart("hello"))
		return err
	})
	return turn, err
}

func startTurn(ctx context.Context, tx *db.TenantTx, f dbtest.Fixture, question ...chat.Part) (db.Turn, error) {
	return tx.TurnClaim(ctx, db.TurnClaimParams{
		ID: chat.NewID[chat.TurnID](), ConversationID: f.ConversationID, AgentID: f.AgentID,
		AgentVersionID: f.AgentVersionID, UserMessageID: chat.NewID[chat.MessageID](),
		AssistantMessageID: chat.NewID[chat.MessageID](), Parts: question,
		Events: []json.RawMessage{}, Start: json.RawMessage(`{}`), UsageID: uuid.New(),
	})
}
