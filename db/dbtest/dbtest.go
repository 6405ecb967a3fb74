// Package dbtest gives tests a real database. Every test binary has its own
// copy of a migrated template and every test its own tenant, so all of them run
// in parallel.
package dbtest

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/db"
)

// Variable names the environment variable with the address of a Postgres
// server on which tests may create databases.
const Variable = "PARLEY_TEST_DATABASE_URL"

const patience = 2 * time.Minute

// Open gives the database of this test binary. Do not close it: other tests use
// it as well.
func Open(tb testing.TB) *db.DB {
	tb.Helper()
	server(tb)
	d, err := opened()
	require.NoError(tb, err)
	return d
}

// URL gives the address of the database that Open opens, for tests of several
// processes on one database.
func URL(tb testing.TB) string {
	tb.Helper()
	server(tb)
	mine, err := shared()
	require.NoError(tb, err)
	return mine.address
}

// Copy gives the address of a migrated database of the test's own, for nodes
// that would otherwise find each other's turns. It goes away with the test.
func Copy(tb testing.TB) string {
	tb.Helper()
	maintenance := server(tb)
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	address, keep, err := clone(ctx, maintenance)
	require.NoError(tb, err)
	tb.Cleanup(func() {
		_ = keep.Close(context.Background())
		drop(tb, maintenance, keep.Config().Database)
	})
	return address
}

// Empty gives the address of a new database without tables, which goes away
// with the test.
func Empty(tb testing.TB) string {
	tb.Helper()
	maintenance := server(tb)
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	conn, err := pgx.Connect(ctx, maintenance)
	require.NoError(tb, err)
	defer func() { _ = conn.Close(ctx) }()
	name := fmt.Sprintf("parley_empty_%d_%d", os.Getpid(), time.Now().UnixNano())
	_, err = conn.Exec(ctx, "CREATE DATABASE "+name)
	require.NoError(tb, err)
	tb.Cleanup(func() { drop(tb, maintenance, name) })
	return withDatabase(maintenance, name)
}

func drop(tb testing.TB, maintenance, name string) {
	tb.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	conn, err := pgx.Connect(ctx, maintenance)
	require.NoError(tb, err)
	defer func() { _ = conn.Close(ctx) }()
	_, err = conn.Exec(ctx, "DROP DATABASE IF EXISTS "+name+" WITH (FORCE)")
	require.NoError(tb, err)
}

func server(tb testing.TB) string {
	tb.Helper()
	address := os.Getenv(Variable)
	if address == "" {
		tb.Fatalf("these tests need Postgres: run make test, or set %s", Variable)
	}
	return address
}

// own is the database of this test binary. The keeper stays connected for as
// long as the process lives, which tells other binaries that it is in use.
type own struct {
	address string
	keeper  *pgx.Conn
}

var shared = sync.OnceValues(func() (own, error) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	address, keeper, err := clone(ctx, os.Getenv(Variable))
	return own{address, keeper}, err
})

var opened = sync.OnceValues(func() (*db.DB, error) {
	mine, err := shared()
	if err != nil {
		return nil, err
	}
	return db.Open(context.Background(), db.Config{URL: mine.address, MaxConns: 8})
})

// clone makes a database from the template, with a connection that shows that it
// is in use. A lock of the whole server keeps binaries from making the template
// twice and from dropping a database that is just being born.
func clone(ctx context.Context, maintenance string) (string, *pgx.Conn, error) {
	conn, err := pgx.Connect(ctx, maintenance)
	if err != nil {
		return "", nil, err
	}
	defer func() { _ = conn.Close(ctx) }()
	if _, err := conn.Exec(ctx, "SELECT pg_advisory_lock(hashtext('parley dbtest'))"); err != nil {
		return "", nil, err
	}
	template, err := ensureTemplate(ctx, conn, maintenance)
	if err != nil {
		return "", nil, err
	}
	if err := sweep(ctx, conn); err != nil {
		return "", nil, err
	}
	name := fmt.Sprintf("parley_test_%d_%d", os.Getpid(), time.Now().UnixNano())
	if _, err := conn.Exec(ctx, "CREATE DATABASE "+name+" TEMPLATE "+template); err != nil {
		return "", nil, err
	}
	address := withDatabase(maintenance, name)
	keep, err := pgx.Connect(ctx, address)
	return address, keep, err
}

// ensureTemplate migrates a template once for each set of migrations. It gets
// its name only when it is complete, so a killed binary leaves none that is half
// migrated.
func ensureTemplate(ctx context.Context, conn *pgx.Conn, maintenance string) (string, error) {
	fingerprint, err := fingerprint()
	if err != nil {
		return "", err
	}
	name := "parley_template_" + fingerprint
	var exists bool
	err = conn.QueryRow(ctx, "SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)", name).Scan(&exists)
	if err != nil || exists {
		return name, err
	}
	draft := fmt.Sprintf("parley_test_draft_%d", os.Getpid())
	if _, err := conn.Exec(ctx, "CREATE DATABASE "+draft); err != nil {
		return "", err
	}
	if _, err := db.Migrate(ctx, withDatabase(maintenance, draft)); err != nil {
		return "", err
	}
	_, err = conn.Exec(ctx, "ALTER DATABASE "+draft+" RENAME TO "+name)
	return name, err
}

// sweep drops the databases that ended binaries left: nobody is connected.
func sweep(ctx context.Context, conn *pgx.Conn) error {
	rows, err := conn.Query(ctx, `
		SELECT d.datname FROM pg_database d
		 WHERE d.datname ~ '^parley_test_'
		   AND NOT EXISTS (SELECT FROM pg_stat_activity a WHERE a.datname = d.datname)`)
	if err != nil {
		return err
	}
	abandoned, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return err
	}
	for _, name := range abandoned {
		if _, err := conn.Exec(ctx, "DROP DATABASE IF EXISTS "+pgx.Identifier{name}.Sanitize()); err != nil {
			return err
		}
	}
	return nil
}

func fingerprint() (string, error) {
	hash := sha256.New()
	files := db.Migrations()
	names, err := fs.Glob(files, "*.sql")
	if err != nil {
		return "", err
	}
	for _, name := range names {
		text, err := fs.ReadFile(files, name)
		if err != nil {
			return "", err
		}
		fmt.Fprintf(hash, "%s\x00%s\x00", name, text)
	}
	return hex.EncodeToString(hash.Sum(nil)[:8]), nil
}

func withDatabase(address, name string) string {
	parsed, err := url.Parse(address)
	if err != nil {
		panic(err) // pgx connected to it before
	}
	parsed.Path = "/" + name
	return parsed.String()
}
