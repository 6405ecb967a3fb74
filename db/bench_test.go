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

// What a model is told of a conversation with 2,000 messages: the last twenty of
// its branch, which has never been forked or again and again, and the same
// without regard to branches.
func BenchmarkPrompt(b *testing.B) {
	d, ctx := dbtest.Open(b), context.Background()
	tell := func(f dbtest.Fixture) func(*testing.B) {
		return func(b *testing.B) {
			b.Helper()
			for b.Loop() {
				require.NoError(b, d.Tenant(ctx, f.TenantID, func(tx *db.TenantTx) error {
					told, err := tx.PromptMessages(ctx, nil, 20, f.ConversationID)
					require.Len(b, told, 20)
					return err
				}))
			}
		}
	}
	straight := longTalk(b, d, 2000)
	b.Run("straight", tell(straight))
	b.Run("50 forks", tell(longTalk(b, d, 40)))
	b.Run("branches ignored", func(b *testing.B) {
		for b.Loop() {
			require.NoError(b, d.TenantSQL(ctx, straight.TenantID, func(tx pgx.Tx) error {
				rows, err := tx.Query(ctx, `
					SELECT id, role, parts FROM messages
					 WHERE tenant_id = app_tenant() AND conversation_id = $1 AND state <> 'pending'
					 ORDER BY position DESC LIMIT 20`, straight.ConversationID)
				require.NoError(b, err)
				told, err := pgx.CollectRows(rows, pgx.RowToStructByPos[db.PromptMessagesRow])
				require.Len(b, told, 20)
				return err
			}))
		}
	})
}

// longTalk makes a conversation of 2,000 messages in runs of that length: each run
// begins after the last message but one of the run before.
func longTalk(b *testing.B, d *db.DB, run int) dbtest.Fixture {
	b.Helper()
	ctx, f, conn := context.Background(), dbtest.Tenant(b, d), owner(b, dbtest.URL(b))
	for _, statement := range []string{`
		INSERT INTO messages (tenant_id, id, conversation_id, role, parts, position, state, run, fork)
		SELECT $1::uuid, gen_random_uuid(), $2::uuid, 'user', jsonb_build_array(jsonb_build_object('type', 'text',
		       'text', repeat('where is my order please ', 10))), n, 'complete', first, CASE WHEN first > 1 THEN first - 2 END
		  FROM generate_series(1, 2000) n, LATERAL (SELECT n - (n - 1) % $3::integer AS first) runs
		 ORDER BY n`, `
		UPDATE conversations c SET message_count = 2000, run = m.run, fork = m.fork
		  FROM messages m
		 WHERE c.tenant_id = $1::uuid AND c.id = $2::uuid AND m.tenant_id = c.tenant_id AND m.conversation_id = c.id
		   AND m.position = 2000 AND $3::integer > 0`} {
		_, err := conn.Exec(ctx, statement, f.TenantID.String(), f.ConversationID.String(), run)
		require.NoError(b, err)
	}
	_, err := conn.Exec(ctx, "VACUUM ANALYZE messages, conversations")
	require.NoError(b, err)
	return f
}
