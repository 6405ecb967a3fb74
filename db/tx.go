package db

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/parley-chat/parley/chat"
	"github.com/parley-chat/parley/db/internal/logsql"
	"github.com/parley-chat/parley/db/internal/systemsql"
	"github.com/parley-chat/parley/db/internal/tenantsql"
)

type (
	tenantQueries = tenantsql.Queries
	systemQueries = systemsql.Queries
	logQueries    = logsql.Queries
)

// TenantTx is a transaction that acts for one tenant and can reach no other's
// rows.
type TenantTx struct{ *tenantQueries }

// SystemTx is a transaction that acts for the platform, across tenants.
type SystemTx struct{ *systemQueries }

// LogTx is a transaction that appends to the logs of many tenants' turns.
type LogTx struct{ *logQueries }

// Tenant runs act in one transaction for the tenant: it is committed when act
// gives nil and rolled back otherwise. Nothing is retried.
func (d *DB) Tenant(ctx context.Context, tenant chat.TenantID, act func(*TenantTx) error) error {
	if tenant.IsZero() {
		return errors.New("a tenant's transaction without a tenant")
	}
	return run(ctx, d.tenant, beginFor(tenant), func(tx pgx.Tx) error {
		return act(&TenantTx{tenantsql.New(translated{tx})})
	})
}

// beginFor begins a transaction and says whose it is in one round trip. The text
// of an id is hexadecimal digits and hyphens, so it may stand in the statement.
func beginFor(tenant chat.TenantID) pgx.TxOptions {
	return pgx.TxOptions{BeginQuery: "BEGIN; SET LOCAL app.tenant_id = '" + tenant.String() + "'"}
}

// System runs act in one transaction for the platform, like Tenant does for a
// tenant.
func (d *DB) System(ctx context.Context, act func(*SystemTx) error) error {
	return run(ctx, d.system, pgx.TxOptions{}, func(tx pgx.Tx) error {
		return act(&SystemTx{systemsql.New(translated{tx})})
	})
}

// Log runs act in one transaction that appends to turns' logs.
func (d *DB) Log(ctx context.Context, act func(*LogTx) error) error {
	return run(ctx, d.log, pgx.TxOptions{}, func(tx pgx.Tx) error {
		return act(&LogTx{logsql.New(translated{tx})})
	})
}

func run(ctx context.Context, pool *pgxpool.Pool, options pgx.TxOptions, act func(pgx.Tx) error) error {
	return translate(pgx.BeginTxFunc(ctx, pool, options, act))
}
