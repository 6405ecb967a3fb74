// Package db is the only room that speaks SQL. Whoever wants data opens a
// transaction that says on whose behalf it acts, and can then call the queries
// of that kind and no others:
//
//   - [DB.Tenant] acts for one tenant. Its queries run as the role parley_app,
//     which row-level security confines to the rows of that tenant, whether or
//     not a query remembers to say so.
//   - [DB.System] asks the few questions that have no tenant yet, like whose key
//     this is, as the role parley_system.
//   - [DB.Log] adds chunks to the streams of many tenants' turns at once, as the
//     role parley_log, which can do little else.
//
// The SQL is in query/, one folder a role, and becomes the packages under
// internal/ by sqlc; their types reach callers as aliases in this package.
// Queries are named noun first. An absent row is an error of
// [chat.CodeNotFound], whether it never existed or is another tenant's, and a
// broken uniqueness one of [chat.CodeConflict].
package db

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/parley-chat/parley/telemetry"
)

// Config says which database to use and how hard.
type Config struct {
	// URL is a Postgres connection string. Its user must be a member of the
	// roles that the migrations create; the user who migrated is.
	URL string
	// MaxConns bounds the connections that act for tenants; 0 means 16. Six more
	// at most serve the system, the log and Listen.
	MaxConns int32
	// Tracing makes spans of statements; nil: nobody does.
	Tracing *telemetry.Tracing
}

const (
	defaultTenantConns = 16
	systemConns        = 3
	logConns           = 2
)

// DB holds a pool of connections for each role.
type DB struct {
	tenant, system, log *pgxpool.Pool
}

// Open connects to a migrated database. It fails when the database cannot be
// reached, has not been migrated, or would not keep tenants apart.
func Open(ctx context.Context, config Config) (*DB, error) {
	if config.MaxConns == 0 {
		config.MaxConns = defaultTenantConns
	}
	d := &DB{}
	for _, pool := range []struct {
		role  string
		size  int32
		place **pgxpool.Pool
	}{
		{"parley_app", config.MaxConns, &d.tenant},
		{"parley_system", systemConns, &d.system},
		{"parley_log", logConns, &d.log},
	} {
		opened, err := openPool(ctx, config, pool.role, pool.size)
		if err != nil {
			d.Close()
			return nil, err
		}
		*pool.place = opened
	}
	return d, nil
}

// Close waits for running transactions and closes every connection.
func (d *DB) Close() {
	for _, pool := range []*pgxpool.Pool{d.tenant, d.system, d.log} {
		if pool != nil {
			pool.Close()
		}
	}
}

// Ping tells whether the database answers.
func (d *DB) Ping(ctx context.Context) error { return d.tenant.Ping(ctx) }

func openPool(ctx context.Context, settings Config, role string, size int32) (*pgxpool.Pool, error) {
	config, err := pgxpool.ParseConfig(settings.URL)
	if err != nil {
		return nil, fmt.Errorf("database address: %w", err)
	}
	config.MaxConns = size
	if settings.Tracing != nil {
		config.ConnConfig.Tracer = tracer{settings.Tracing}
	}
	config.AfterConnect = func(ctx context.Context, conn *pgx.Conn) error {
		registerIDs(conn.TypeMap())
		return becomeRole(ctx, conn, role)
	}
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, fmt.Errorf("database: %w", err)
	}
	if err := pool.Ping(ctx); err != nil {
		pool.Close()
		return nil, fmt.Errorf("database: %w", err)
	}
	return pool, nil
}

// becomeRole drops the connection's rights to those of one role, for good, and
// makes sure that the role is bound by row-level security: a role of that name
// that somebody else made might not be. An abandoned transaction must not hold
// its locks for ever, so the server ends it.
func becomeRole(ctx context.Context, conn *pgx.Conn, role string) error {
	const check = `; SET idle_in_transaction_session_timeout = '60s';
		SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user`
	results, err := conn.PgConn().Exec(ctx, "SET ROLE "+pgx.Identifier{role}.Sanitize()+check).ReadAll()
	if err != nil {
		return explainRole(err)
	}
	if string(results[len(results)-1].Rows[0][0]) != "f" {
		return fmt.Errorf("role %s may bypass row-level security, so it would not keep tenants apart", role)
	}
	return nil
}

func explainRole(err error) error {
	var failure *pgconn.PgError
	if !errors.As(err, &failure) {
		return err
	}
	switch failure.Code {
	case "22023": // invalid_parameter_value: there is no such role
		return fmt.Errorf("the database has not been migrated (run: parley migrate): %w", err)
	case "42501": // insufficient_privilege
		return fmt.Errorf("the database user is not a member of Parley's roles (migrate as this user, or grant them): %w", err)
	}
	return err
}
