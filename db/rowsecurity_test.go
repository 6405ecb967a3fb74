package db_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/chat"
	"github.com/parley-chat/parley/db"
	"github.com/parley-chat/parley/db/dbtest"
)

func openDB(tb testing.TB, url string) *db.DB {
	tb.Helper()
	d, err := db.Open(context.Background(), db.Config{URL: url, MaxConns: 4})
	require.NoError(tb, err)
	tb.Cleanup(d.Close)
	return d
}

// The tables that the application may read.
const readable = `
	SELECT c.relname FROM pg_class c
	 WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND has_table_privilege('parley_app', c.oid, 'SELECT')
	 ORDER BY 1`

func TestForgottenFilterShowsOnlyTheTenantsRows(t *testing.T) {
	t.Parallel()
	d, ctx := dbtest.Open(t), context.Background()
	populate(t, d) // somebody to stay away from
	b := populate(t, d)
	tables, err := column(ctx, owner(t, dbtest.URL(t)), readable)
	require.NoError(t, err)
	require.Contains(t, tables, "messages")
	require.NoError(t, d.TenantSQL(ctx, b.TenantID, func(tx pgx.Tx) error {
		for _, table := range tables {
			var all, strange int
			tenant := map[bool]string{true: "id", false: "tenant_id"}[table == "tenants"]
			row := tx.QueryRow(ctx, fmt.Sprintf("SELECT count(*), count(*) FILTER (WHERE %s <> $1) FROM %s", tenant, table), b.TenantID)
			require.NoError(t, row.Scan(&all, &strange), table)
			require.Zero(t, strange, "%s shows other tenants' rows", table)
			require.Positive(t, all, "%s shows nothing at all", table)
		}
		return nil
	}))
}

func TestForgottenFilterChangesOnlyTheTenantsRows(t *testing.T) {
	t.Parallel()
	d, ctx := dbtest.Open(t), context.Background()
	a, b := populate(t, d), populate(t, d)
	require.NoError(t, d.TenantSQL(ctx, b.TenantID, func(tx pgx.Tx) error {
		for _, statement := range []string{
			"UPDATE messages SET parts = '[]'", "UPDATE turns SET status = 'failed'", "UPDATE tenants SET name = 'mine'",
			"DELETE FROM feedback", "DELETE FROM providers",
		} {
			_, err := tx.Exec(ctx, statement)
			require.NoError(t, err, statement)
		}
		return nil
	}))
	require.NoError(t, d.Tenant(ctx, a.TenantID, func(tx *db.TenantTx) error {
		message, err := tx.MessageGet(ctx, a.AnswerID)
		require.NoError(t, err)
		require.Equal(t, a.parts(), message.Parts[:1])
		turn, err := tx.TurnGet(ctx, a.TurnID)
		require.NoError(t, err)
		require.Equal(t, chat.TurnRunning, turn.Status)
		tenant, err := tx.TenantGet(ctx)
		require.NoError(t, err)
		require.Equal(t, "Test tenant", tenant.Name)
		_, err = tx.ProviderGet(ctx)
		return err
	}))
}

func TestRowCannotBePutBehindAnothersWall(t *testing.T) {
	t.Parallel()
	d, ctx := dbtest.Open(t), context.Background()
	a, b := populate(t, d), populate(t, d)
	for _, statement := range []string{
		"INSERT INTO visitors (tenant_id, id) VALUES ($1, gen_random_uuid())",
		"UPDATE visitors SET tenant_id = $1",
	} {
		err := d.TenantSQL(ctx, b.TenantID, func(tx pgx.Tx) error {
			_, err := tx.Exec(ctx, statement, a.TenantID)
			return err
		})
		require.Equal(t, "42501", sqlState(err), "%s: %v", statement, err)
	}
}

// A reference to another tenant's row is one to a row that does not exist.
func TestReferenceAcrossTheWallIsBroken(t *testing.T) {
	t.Parallel()
	d, ctx := dbtest.Open(t), context.Background()
	a, b := populate(t, d), populate(t, d)
	err := d.Tenant(ctx, b.TenantID, func(tx *db.TenantTx) error {
		_, err := tx.ConversationInsert(ctx, db.ConversationInsertParams{ID: chat.NewID[chat.ConversationID](), AgentID: a.AgentID})
		return err
	})
	require.Equal(t, chat.CodeNotFound, chat.CodeOf(err))
	require.Equal(t, "23503", sqlState(err))
}

func TestNobodysTransactionSeesNothing(t *testing.T) {
	t.Parallel()
	d, ctx := openDB(t, dbtest.URL(t)), context.Background()
	a := populate(t, d)
	require.Error(t, d.Tenant(ctx, chat.TenantID{}, func(*db.TenantTx) error { return nil }))
	// A connection that has served a tenant has an empty setting, a new one none.
	for range 8 {
		require.NoError(t, d.TenantSQL(ctx, a.TenantID, func(tx pgx.Tx) error { return count(ctx, tx, "messages", 8) }))
		require.NoError(t, d.UnscopedSQL(ctx, func(tx pgx.Tx) error { return count(ctx, tx, "messages", 0) }))
	}
	err := d.UnscopedSQL(ctx, func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, "INSERT INTO visitors (id) VALUES (gen_random_uuid())")
		return err
	})
	require.Error(t, err)
}

// What a role must not do, tried rather than read from the catalogue.
func TestRolesCannotDoWhatIsNotTheirs(t *testing.T) {
	t.Parallel()
	d, ctx := dbtest.Open(t), context.Background()
	f := populate(t, d)
	as := map[string]func(act func(pgx.Tx) error) error{
		"app":    func(act func(pgx.Tx) error) error { return d.TenantSQL(ctx, f.TenantID, act) },
		"system": func(act func(pgx.Tx) error) error { return d.SystemSQL(ctx, act) },
		"log":    func(act func(pgx.Tx) error) error { return d.LogSQL(ctx, act) },
	}
	for _, attempt := range []struct{ role, statement string }{
		{"app", "UPDATE turn_events SET chunk = '{}'"},
		{"app", "DELETE FROM turn_events"},
		{"app", "INSERT INTO turn_archives (turn_id, events, ended_at) VALUES (gen_random_uuid(), '[]', now())"},
		{"app", "DELETE FROM turn_archives"},
		{"app", "UPDATE agent_versions SET config = '{}'"},
		{"app", "DELETE FROM agent_versions"},
		{"app", "UPDATE conversation_events SET event = '{}'"},
		{"app", "DELETE FROM audit_log"},
		{"app", "UPDATE usage SET cost_micros = 0"},
		{"app", "SELECT * FROM users"},
		{"app", "SELECT * FROM sessions"},
		{"app", "ALTER TABLE messages DISABLE ROW LEVEL SECURITY"},
		{"app", "CREATE TABLE loot (id int)"},
		{"system", "SELECT parts FROM messages"},
		{"system", "SELECT * FROM providers"},
		{"system", "UPDATE turns SET status = 'failed'"},
		{"system", "UPDATE turn_events SET chunk = '{}'"},
		{"system", "SELECT events FROM turn_archives"},
		{"log", "SELECT * FROM turn_events"},
		{"log", "SELECT * FROM messages"},
		{"log", "UPDATE turns SET status = 'failed'"},
		{"log", "DELETE FROM turn_events"},
	} {
		err := as[attempt.role](func(tx pgx.Tx) error {
			_, err := tx.Exec(ctx, attempt.statement)
			return err
		})
		require.Equal(t, "42501", sqlState(err), "%s: %s: %v", attempt.role, attempt.statement, err)
	}
}

func count(ctx context.Context, tx pgx.Tx, table string, want int) error {
	var got int
	if err := tx.QueryRow(ctx, "SELECT count(*) FROM "+table).Scan(&got); err != nil {
		return err
	}
	if got != want {
		return fmt.Errorf("%s shows %d rows, not %d", table, got, want)
	}
	return nil
}

func sqlState(err error) string {
	if failure, ok := errors.AsType[*pgconn.PgError](err); ok {
		return failure.Code
	}
	return ""
}
