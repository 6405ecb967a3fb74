package db_test

import (
	"context"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/chat"
	"github.com/parley-chat/parley/db"
	"github.com/parley-chat/parley/db/dbtest"
)

// What the tenant's wall costs: one row read in a tenant's transaction, and the
// same row read in a plain transaction of a superuser, whom no policy binds.
func BenchmarkTenantRead(b *testing.B) {
	d, ctx := dbtest.Open(b), context.Background()
	p := populate(b, d)
	b.Run("tenant", func(b *testing.B) {
		for b.Loop() {
			require.NoError(b, d.TenantSQL(ctx, p.TenantID, func(tx pgx.Tx) error { return readTurn(ctx, tx, p) }))
		}
	})
	conn := owner(b, dbtest.URL(b))
	db.RegisterIDs(conn.TypeMap())
	b.Run("superuser", func(b *testing.B) {
		for b.Loop() {
			require.NoError(b, pgx.BeginFunc(ctx, conn, func(tx pgx.Tx) error { return readTurn(ctx, tx, p) }))
		}
	})
}

func readTurn(ctx context.Context, tx pgx.Tx, p populated) error {
	var status string
	return tx.QueryRow(ctx, "SELECT status FROM turns WHERE tenant_id = $1 AND id = $2", p.TenantID, p.TurnID).Scan(&status)
}

// A search among 100,000 messages of a tenant, of which one matches: as the
// application asks, and as its role would have to without the function.
func BenchmarkSearch(b *testing.B) {
	d, ctx := dbtest.Open(b), context.Background()
	f := dbtest.Tenant(b, d)
	conn := owner(b, dbtest.URL(b))
	_, err := conn.Exec(ctx, `
		INSERT INTO messages (tenant_id, id, conversation_id, role, parts, position, state)
		SELECT $1::uuid, gen_random_uuid(), $2::uuid, 'user', jsonb_build_array(jsonb_build_object('type', 'text',
		       'text', 'where is my order number' || n || ' please')), n, 'complete'
		  FROM generate_series(1, 100000) n`, f.TenantID.String(), f.ConversationID.String())
	require.NoError(b, err)
	_, err = conn.Exec(ctx, "VACUUM ANALYZE messages")
	require.NoError(b, err)
	b.Run("function", func(b *testing.B) {
		for b.Loop() {
			require.Len(b, searchOnce(b, d, f.TenantID), 1)
		}
	})
	b.Run("policy", func(b *testing.B) {
		for b.Loop() {
			require.NoError(b, d.TenantSQL(ctx, f.TenantID, func(tx pgx.Tx) error {
				found, err := column(ctx, tx, `
					SELECT conversation_id::text FROM messages WHERE search @@ websearch_to_tsquery('simple', 'number777')`)
				require.Len(b, found, 1)
				return err
			}))
		}
	})
}

func searchOnce(b *testing.B, d *db.DB, tenant chat.TenantID) (rows []db.ConversationSearchRow) {
	b.Helper()
	ctx := context.Background()
	require.NoError(b, d.Tenant(ctx, tenant, func(tx *db.TenantTx) (err error) {
		rows, err = tx.ConversationSearch(ctx, db.ConversationSearchParams{Words: "number777", Max: 20})
		return err
	}))
	return rows
}
