package db_test

import (
	"context"
	"net/url"
	"strconv"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"github.com/parley-chat/parley/chat"
	"github.com/parley-chat/parley/db"
	"github.com/parley-chat/parley/db/dbtest"
)

func TestMigrateTwiceDoesNothingTheSecondTime(t *testing.T) {
	t.Parallel()
	address, ctx := dbtest.Empty(t), context.Background()
	first, err := db.Migrate(ctx, address)
	require.NoError(t, err)
	require.Positive(t, first)
	second, err := db.Migrate(ctx, address)
	require.NoError(t, err)
	require.Zero(t, second)
}

func TestNodesThatStartTogetherMigrateOnce(t *testing.T) {
	t.Parallel()
	address, ctx := dbtest.Empty(t), context.Background()
	var nodes errgroup.Group
	steps := make([]int, 4)
	for i := range steps {
		nodes.Go(func() (err error) {
			steps[i], err = db.Migrate(ctx, address)
			return err
		})
	}
	require.NoError(t, nodes.Wait())
	total := 0
	for _, n := range steps {
		total += n
	}
	alone, err := db.Migrate(ctx, dbtest.Empty(t))
	require.NoError(t, err)
	require.Equal(t, alone, total)
}

// A server that never saw Parley, whose user is not a superuser: what managed
// Postgres gives. Several databases of it are migrated at once, each of which
// finds the roles missing.
func TestMigrateOnManagedPostgres(t *testing.T) {
	t.Parallel()
	server, ctx := dbtest.Cluster(t), context.Background()
	conn := owner(t, server)
	_, err := conn.Exec(ctx, "CREATE ROLE customer LOGIN CREATEROLE CREATEDB")
	require.NoError(t, err)
	var databases errgroup.Group
	for i := range 4 {
		name := "customer_" + strconv.Itoa(i)
		_, err := conn.Exec(ctx, "CREATE DATABASE "+name+" OWNER customer")
		require.NoError(t, err)
		databases.Go(func() error {
			_, err := db.Migrate(ctx, addressOf(t, server, "customer", name))
			return err
		})
	}
	require.NoError(t, databases.Wait())

	address := addressOf(t, server, "customer", "customer_0")
	found, err := breaches(ctx, owner(t, address))
	require.NoError(t, err)
	require.Empty(t, found)
	d := openDB(t, address)
	f := dbtest.Tenant(t, d)
	_, err = claim(ctx, d, f)
	require.NoError(t, err)
	id := say(t, d, f, chat.TextPart("managed"))
	require.Equal(t, []chat.ConversationID{id}, search(t, d, f.TenantID, db.ConversationSearchParams{Words: "managed"}))
}

func TestOpenRefusesARoleThatWouldNotKeepTenantsApart(t *testing.T) {
	t.Parallel()
	server, ctx := dbtest.Cluster(t), context.Background()
	_, err := db.Open(ctx, db.Config{URL: server})
	require.ErrorContains(t, err, "has not been migrated")

	_, err = db.Migrate(ctx, server)
	require.NoError(t, err)
	openDB(t, server)
	conn := owner(t, server)
	_, err = conn.Exec(ctx, "CREATE ROLE outsider LOGIN")
	require.NoError(t, err)
	_, err = db.Open(ctx, db.Config{URL: addressOf(t, server, "outsider", "postgres")})
	require.ErrorContains(t, err, "not a member")

	_, err = conn.Exec(ctx, "ALTER ROLE parley_app BYPASSRLS")
	require.NoError(t, err)
	_, err = db.Open(ctx, db.Config{URL: server})
	require.ErrorContains(t, err, "parley_app may bypass row-level security")
}

func TestOpenSaysThatTheDatabaseIsNotThere(t *testing.T) {
	t.Parallel()
	_, err := db.Open(context.Background(), db.Config{URL: "postgres://nobody@127.0.0.1:1/none?connect_timeout=1"})
	require.ErrorContains(t, err, "database: ")
	_, err = db.Open(context.Background(), db.Config{URL: "postgres://:bad port/"})
	require.ErrorContains(t, err, "database address: ")
}

func addressOf(tb testing.TB, server, user, database string) string {
	tb.Helper()
	parsed, err := url.Parse(server)
	require.NoError(tb, err)
	parsed.User, parsed.Path = url.User(user), "/"+database
	return parsed.String()
}

// What was done before handoffs existed gets what later versions want to know of it,
// also where its owner is no superuser: calls that are over are not changed otherwise.
func TestMigrateTakesOldCallsAlong(t *testing.T) {
	t.Parallel()
	server, ctx := dbtest.Cluster(t), context.Background()
	_, err := owner(t, server).Exec(ctx, "CREATE ROLE keeper LOGIN CREATEROLE CREATEDB")
	require.NoError(t, err)
	_, err = owner(t, server).Exec(ctx, "CREATE DATABASE kept OWNER keeper")
	require.NoError(t, err)
	address := addressOf(t, server, "keeper", "kept")
	config, err := pgx.ParseConfig(address)
	require.NoError(t, err)
	pool := stdlib.OpenDB(*config)
	defer func() { _ = pool.Close() }()
	steps, err := goose.NewProvider(goose.DialectPostgres, pool, db.Migrations())
	require.NoError(t, err)
	_, err = steps.UpTo(ctx, 12)
	require.NoError(t, err)

	superuser, err := pgx.ParseConfig(server)
	require.NoError(t, err)
	everything := owner(t, addressOf(t, server, superuser.User, "kept"))
	_, err = everything.Exec(ctx, `
		WITH ids AS (SELECT gen_random_uuid() AS tenant, gen_random_uuid() AS agent, gen_random_uuid() AS version,
		                    gen_random_uuid() AS conversation, gen_random_uuid() AS question, gen_random_uuid() AS turn),
		     t AS (INSERT INTO tenants (id, slug, name) SELECT tenant, 'old', 'Old' FROM ids),
		     a AS (INSERT INTO agents (tenant_id, id, name, draft) SELECT tenant, agent, 'Old', '{}' FROM ids),
		     v AS (INSERT INTO agent_versions (tenant_id, id, agent_id, number, revision, config) SELECT tenant, version, agent, 1, 1, '{}' FROM ids),
		     c AS (INSERT INTO conversations (tenant_id, id, agent_id, message_count) SELECT tenant, conversation, agent, 1 FROM ids),
		     r AS (INSERT INTO turns (tenant_id, id, conversation_id, agent_id, agent_version_id, user_message_id, assistant_message_id, status)
		           SELECT tenant, turn, conversation, agent, version, question, gen_random_uuid(), 'completed' FROM ids),
		     m AS (INSERT INTO messages (tenant_id, id, conversation_id, turn_id, role, parts, position, state)
		           SELECT tenant, question, conversation, turn, 'user', '[]', 1, 'complete' FROM ids)
		INSERT INTO tool_calls (tenant_id, id, turn_id, conversation_id, step, place, tool, class, arguments, state, finished_at)
		SELECT tenant, 'call_old', turn, conversation, 1, 0, 'refund', 'write', '{}', 'succeeded', now() FROM ids`)
	require.NoError(t, err)
	_, err = db.Migrate(ctx, address)
	require.NoError(t, err)
	var same bool
	require.NoError(t, everything.QueryRow(ctx, `
		SELECT c.agent_version_id = t.agent_version_id FROM tool_calls c JOIN turns t ON t.id = c.turn_id WHERE c.id = 'call_old'`).Scan(&same))
	require.True(t, same)
	_, err = everything.Exec(ctx, "UPDATE tool_calls SET output = '1' WHERE id = 'call_old'")
	require.ErrorContains(t, err, "never changed", "the lock is closed again")
}
