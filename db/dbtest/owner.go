package dbtest

import (
	"context"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/chat"
)

// PruneTurn lets two days pass for a finished turn, and prunes what is old.
func PruneTurn(tb testing.TB, tenant chat.TenantID, turn chat.TurnID) {
	tb.Helper()
	asOwner(tb, func(ctx context.Context, conn *pgx.Conn) {
		const age = "UPDATE turns SET finished_at = finished_at - interval '2 days' WHERE tenant_id = $1 AND id = $2"
		_, err := conn.Exec(ctx, age, tenant.String(), turn.String())
		require.NoError(tb, err)
		_, err = Open(tb).Prune(ctx)
		require.NoError(tb, err)
	})
}

// AuditLine is what the audit log says of one act.
type AuditLine struct{ ActorID, Action, RequestID string }

// Audit reads a tenant's audit log, oldest first.
func Audit(tb testing.TB, tenant chat.TenantID) (lines []AuditLine) {
	tb.Helper()
	asOwner(tb, func(ctx context.Context, conn *pgx.Conn) {
		rows, err := conn.Query(ctx, "SELECT actor_id, action, request_id FROM audit_log WHERE tenant_id = $1 ORDER BY id", tenant.String())
		require.NoError(tb, err)
		lines, err = pgx.CollectRows(rows, pgx.RowToStructByPos[AuditLine])
		require.NoError(tb, err)
	})
	return lines
}

// asOwner acts on the database of Open as the role that owns it, which no part
// of the product may.
func asOwner(tb testing.TB, act func(context.Context, *pgx.Conn)) {
	tb.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	conn, err := pgx.Connect(ctx, URL(tb))
	require.NoError(tb, err)
	defer func() { _ = conn.Close(ctx) }()
	act(ctx, conn)
}
