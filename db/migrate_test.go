package db_test

import (
	"context"
	"net/url"
	"strconv"
	"testing"

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
