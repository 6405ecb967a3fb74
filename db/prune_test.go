package db_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/chat"
	"github.com/parley-chat/parley/db"
	"github.com/parley-chat/parley/db/dbtest"
)

// The tests of this file run one after the other: pruning leaves out what another
// one has locked, and would say that it is done.

// endTurn closes a populated tenant's running turn as if it were that old.
func endTurn(t *testing.T, d *db.DB, p populated, age string) {
	t.Helper()
	ctx := context.Background()
	require.NoError(t, d.Tenant(ctx, p.TenantID, func(tx *db.TenantTx) error {
		turn, err := tx.TurnGet(ctx, p.TurnID)
		require.NoError(t, err)
		return tx.TurnClose(ctx, db.TurnCloseParams{
			ID: p.TurnID, ConversationID: p.ConversationID, MessageID: turn.AssistantMessageID, Status: chat.TurnCompleted,
			Step: 1, LastSeq: 1, Events: p.events(), Parts: p.parts(), MessageState: chat.MessageComplete,
		})
	}))
	conn := owner(t, dbtest.URL(t))
	_, err := conn.Exec(ctx, "UPDATE turns SET finished_at = now() - $2::interval WHERE id = $1", p.TurnID.String(), age)
	require.NoError(t, err)
}

func eventsOf(t *testing.T, d *db.DB, p populated) (kept int, turn db.Turn) {
	t.Helper()
	ctx := context.Background()
	require.NoError(t, d.Tenant(ctx, p.TenantID, func(tx *db.TenantTx) error {
		events, err := tx.TurnEventListAfter(ctx, p.TurnID, 0, 100)
		require.NoError(t, err)
		kept = len(events)
		turn, err = tx.TurnGet(ctx, p.TurnID)
		return err
	}))
	return kept, turn
}

func TestPruneDropsTheChunksOfOldStoredAnswersOnly(t *testing.T) {
	d, ctx := dbtest.Open(t), context.Background()
	old, recent, running, unstored := populate(t, d), populate(t, d), populate(t, d), populate(t, d)
	endTurn(t, d, old, "25 hours")
	endTurn(t, d, recent, "23 hours")
	endTurn(t, d, unstored, "25 hours")
	_, err := owner(t, dbtest.URL(t)).Exec(ctx, "UPDATE turns SET assistant_message_id = gen_random_uuid() WHERE id = $1", unstored.TurnID.String())
	require.NoError(t, err)

	_, err = d.Prune(ctx)
	require.NoError(t, err)
	kept, turn := eventsOf(t, d, old)
	require.Zero(t, kept)
	require.NotNil(t, turn.EventsPrunedAt)
	for why, p := range map[string]populated{"ended lately": recent, "still runs": running, "its answer is not stored": unstored} {
		kept, turn := eventsOf(t, d, p)
		require.Equal(t, 1, kept, why)
		require.Nil(t, turn.EventsPrunedAt, why)
	}
}

// archiveOf gives a turn's archived log, "" if there is none.
func archiveOf(t *testing.T, d *db.DB, p populated, turn chat.TurnID) string {
	t.Helper()
	ctx := context.Background()
	var archive db.TurnArchiveGetRow
	err := d.Tenant(ctx, p.TenantID, func(tx *db.TenantTx) (err error) {
		archive, err = tx.TurnArchiveGet(ctx, turn)
		return err
	})
	if chat.CodeOf(err) == chat.CodeNotFound {
		return ""
	}
	require.NoError(t, err)
	return string(archive.Events)
}

func TestPruneKeepsOneRowATurnForExports(t *testing.T) {
	d, ctx, conn := dbtest.Open(t), context.Background(), owner(t, dbtest.URL(t))
	kept, late, long := populate(t, d), populate(t, d), populate(t, d)
	for statement, id := range map[string]chat.TurnID{
		"INSERT INTO turn_events (tenant_id, turn_id, seq, chunk, created_at) SELECT tenant_id, id, 2, '{\"n\": 2}', created_at + interval '1.5 s' FROM turns WHERE id = $1": kept.TurnID,
		"UPDATE turn_events SET chunk = jsonb_build_object('text', repeat('x', 17 << 20)) WHERE turn_id = $1":                                                                long.TurnID,
	} {
		_, err := conn.Exec(ctx, statement, id.String())
		require.NoError(t, err)
	}
	for p, age := range map[*populated]string{&kept: "29 days", &late: "31 days", &long: "2 days"} {
		_, err := conn.Exec(ctx, "DELETE FROM turn_archives WHERE turn_id = $1", p.TurnID.String())
		require.NoError(t, err)
		endTurn(t, d, *p, age)
	}
	_, err := d.Prune(ctx)
	require.NoError(t, err)

	require.Regexp(t, `^\[\[\d+, \{"text": "`+kept.word+`"\}\], \[1500, \{"n": 2\}\]\]$`, archiveOf(t, d, kept, kept.TurnID))
	for why, p := range map[string]populated{"Temporal has forgotten it too": late, "it is enormous": long} {
		require.Empty(t, archiveOf(t, d, p, p.TurnID), why)
		events, _ := eventsOf(t, d, p)
		require.Zero(t, events, why)
	}
	_, err = conn.Exec(ctx, "UPDATE turn_archives SET ended_at = ended_at - interval '2 days' WHERE turn_id = $1", kept.TurnID.String())
	require.NoError(t, err)
	_, err = d.Prune(ctx)
	require.NoError(t, err)
	require.Empty(t, archiveOf(t, d, kept, kept.TurnID), "it is kept for as long as the history and no longer")
}

func TestPruneDropsOldKeysAndEndedSessions(t *testing.T) {
	d, ctx, conn := dbtest.Open(t), context.Background(), owner(t, dbtest.URL(t))
	old, recent := populate(t, d), populate(t, d)
	for _, statement := range []string{
		"UPDATE idempotency_keys SET created_at = now() - interval '25 hours' WHERE tenant_id = $1",
		"UPDATE sessions SET expires_at = now() - interval '1 second' WHERE tenant_id = $1",
	} {
		_, err := conn.Exec(ctx, statement, old.TenantID.String())
		require.NoError(t, err)
	}
	_, err := d.Prune(ctx)
	require.NoError(t, err)
	for _, table := range []string{"idempotency_keys", "sessions"} {
		counts, err := column(ctx, conn, "SELECT tenant_id::text FROM "+table+" WHERE tenant_id IN ($1, $2)",
			old.TenantID.String(), recent.TenantID.String())
		require.NoError(t, err)
		require.Equal(t, []string{recent.TenantID.String()}, counts, table)
	}
}
