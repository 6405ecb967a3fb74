package db

import (
	"context"
	"embed"
	"fmt"
	"io/fs"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Migrations gives the SQL files that Migrate applies.
func Migrations() fs.FS {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		panic(err) // the folder is embedded above
	}
	return files
}

// Migrate brings the database to the newest schema and gives the number of
// migrations that this took. Nodes that start together may all call it: one
// works, the others wait. The user needs to own the database and to be a
// superuser or have CREATEROLE. There is no way back but a backup: a migration
// that drops what it added would drop the tenants' data with it.
func Migrate(ctx context.Context, url string) (int, error) {
	config, err := pgx.ParseConfig(url)
	if err != nil {
		return 0, fmt.Errorf("database address: %w", err)
	}
	pool := stdlib.OpenDB(*config)
	defer func() { _ = pool.Close() }()
	oneAtATime, err := lock.NewPostgresSessionLocker(lock.WithLockTimeout(1, 300)) // every second, for five minutes
	if err != nil {
		return 0, err
	}
	steps, err := goose.NewProvider(goose.DialectPostgres, pool, Migrations(), goose.WithSessionLocker(oneAtATime))
	if err != nil {
		return 0, err
	}
	done, err := steps.Up(ctx)
	if err != nil {
		return len(done), fmt.Errorf("migrate: %w", err)
	}
	return len(done), nil
}
