package db

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/parley-chat/parley/chat"
)

// RegisterIDs prepares a connection of a test's own as the pools prepare theirs.
var RegisterIDs = registerIDs

// TenantSQL runs act in a tenant's transaction, like Tenant does, but lets it
// say any SQL.
func (d *DB) TenantSQL(ctx context.Context, tenant chat.TenantID, act func(pgx.Tx) error) error {
	return run(ctx, d.tenant, beginFor(tenant), act)
}

// UnscopedSQL is TenantSQL without a tenant.
func (d *DB) UnscopedSQL(ctx context.Context, act func(pgx.Tx) error) error {
	return run(ctx, d.tenant, pgx.TxOptions{}, act)
}

// SystemSQL and LogSQL are the same for the other roles.
func (d *DB) SystemSQL(ctx context.Context, act func(pgx.Tx) error) error {
	return run(ctx, d.system, pgx.TxOptions{}, act)
}

func (d *DB) LogSQL(ctx context.Context, act func(pgx.Tx) error) error {
	return run(ctx, d.log, pgx.TxOptions{}, act)
}
