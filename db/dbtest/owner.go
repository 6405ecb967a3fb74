package dbtest

import (
	"context"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/chat"
)

// PruneTurn lets two days pass for a finished turn, and prunes what is old.
func PruneTurn(tb testing.TB, turn chat.TurnID) {
	tb.Helper()
	Age(tb, URL(tb), turn, 48*time.Hour)
	_, err := Open(tb).Prune(context.Background())
	require.NoError(tb, err)
}

// Age lets time pass for a finished turn and its archive in the database at url.
func Age(tb testing.TB, url string, turn chat.TurnID, by time.Duration) {
	tb.Helper()
	shift(tb, url, turn, by,
		"UPDATE turns SET finished_at = finished_at - $2::interval WHERE id = $1",
		"UPDATE turn_archives SET ended_at = ended_at - $2::interval WHERE turn_id = $1")
}

// Delay lets time pass in which nothing happens in a turn that was claimed.
func Delay(tb testing.TB, url string, turn chat.TurnID, by time.Duration) {
	tb.Helper()
	shift(tb, url, turn, by,
		"UPDATE turns SET created_at = created_at - $2::interval WHERE id = $1",
		"UPDATE turn_events SET created_at = created_at - $2::interval WHERE turn_id = $1")
}

// AgeCalls lets time pass for the calls of a turn.
func AgeCalls(tb testing.TB, url string, turn chat.TurnID, by time.Duration) {
	tb.Helper()
	shift(tb, url, turn, by,
		"UPDATE tool_calls SET created_at = created_at - $2::interval, deadline_at = deadline_at - $2::interval WHERE turn_id = $1")
}

// AgeHandoffs lets time pass for those who wait for a person in a tenant's conversations.
func AgeHandoffs(tb testing.TB, url string, tenant chat.TenantID, by time.Duration) {
	tb.Helper()
	asOwner(tb, url, func(ctx context.Context, conn *pgx.Conn) {
		_, err := conn.Exec(ctx, "UPDATE handoffs SET created_at = created_at - $2::interval, due_at = due_at - $2::interval WHERE tenant_id = $1", tenant.String(), by)
		require.NoError(tb, err)
	})
}

// RefuseTurns has the database fail whenever a tenant's turn is to be stored, until it is
// mended.
func RefuseTurns(tb testing.TB, url string, tenant chat.TenantID) (mend func()) {
	tb.Helper()
	name := pgx.Identifier{"refuse_" + tenant.String()}.Sanitize()
	run := func(statements ...string) {
		asOwner(tb, url, func(ctx context.Context, conn *pgx.Conn) {
			for _, statement := range statements {
				_, err := conn.Exec(ctx, statement)
				require.NoError(tb, err)
			}
		})
	}
	run("CREATE FUNCTION "+name+"() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''no turn today''; END'",
		"CREATE TRIGGER "+name+" BEFORE INSERT ON turns FOR EACH ROW WHEN (NEW.tenant_id = '"+tenant.String()+"') EXECUTE FUNCTION "+name+"()")
	return func() { run("DROP TRIGGER "+name+" ON turns", "DROP FUNCTION "+name) }
}

func shift(tb testing.TB, url string, turn chat.TurnID, by time.Duration, statements ...string) {
	tb.Helper()
	asOwner(tb, url, func(ctx context.Context, conn *pgx.Conn) {
		for _, statement := range statements {
			_, err := conn.Exec(ctx, statement, turn.String(), by)
			require.NoError(tb, err)
		}
	})
}

// AuditLine is what the audit log says of one act.
type AuditLine struct{ ActorID, Action, RequestID string }

// Audit reads a tenant's audit log, oldest first.
func Audit(tb testing.TB, tenant chat.TenantID) (lines []AuditLine) {
	tb.Helper()
	asOwner(tb, URL(tb), func(ctx context.Context, conn *pgx.Conn) {
		rows, err := conn.Query(ctx, "SELECT actor_id, action, request_id FROM audit_log WHERE tenant_id = $1 ORDER BY id", tenant.String())
		require.NoError(tb, err)
		lines, err = pgx.CollectRows(rows, pgx.RowToStructByPos[AuditLine])
		require.NoError(tb, err)
	})
	return lines
}

// asOwner acts on a database as the role that owns it, which no part of the
// product may.
func asOwner(tb testing.TB, url string, act func(context.Context, *pgx.Conn)) {
	tb.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	conn, err := pgx.Connect(ctx, url)
	require.NoError(tb, err)
	defer func() { _ = conn.Close(ctx) }()
	act(ctx, conn)
}
