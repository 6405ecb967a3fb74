package db

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/pressly/goose/v3"
)

const undefinedTable = "42P01"

// Server is what a database server says about itself.
type Server struct {
	Major    int    // its version
	PGVector string // the version of pgvector it could install; "" means none
}

// Inspect asks a server for its versions. It needs no right but to connect.
func Inspect(ctx context.Context, url string) (Server, error) {
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return Server{}, fmt.Errorf("database: %w", err)
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	var s Server
	err = conn.QueryRow(ctx, `SELECT current_setting('server_version_num')::int / 10000,
		coalesce((SELECT default_version FROM pg_available_extensions WHERE name = 'vector'), '')`).Scan(&s.Major, &s.PGVector)
	return s, err
}

// Schema gives the newest migration that a database has; 0 if it has none. It
// changes nothing.
func Schema(ctx context.Context, url string) (int64, error) {
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return 0, fmt.Errorf("database: %w", err)
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	var applied int64
	err = conn.QueryRow(ctx, "SELECT max(version_id) FROM goose_db_version WHERE is_applied").Scan(&applied)
	failure, refused := errors.AsType[*pgconn.PgError](err)
	if refused && failure.Code == undefinedTable {
		return 0, nil
	}
	return applied, err
}

// KnownSchema gives the newest migration that this build knows.
func KnownSchema() (int64, error) {
	versions, err := migrationVersions()
	if err != nil {
		return 0, err
	}
	return slices.Max(versions), nil
}

// Pending tells how many migrations a database lacks. It changes nothing, not
// even where none has ever been applied.
func Pending(ctx context.Context, url string) (int, error) {
	applied, err := Schema(ctx, url)
	if err != nil {
		return 0, err
	}
	versions, err := migrationVersions()
	pending := 0
	for _, version := range versions {
		if version > applied {
			pending++
		}
	}
	return pending, err
}

func migrationVersions() (versions []int64, err error) {
	files, err := fs.Glob(Migrations(), "*.sql")
	if err != nil {
		return nil, err
	}
	for _, file := range files {
		version, err := goose.NumericComponent(file)
		if err != nil {
			return nil, err
		}
		versions = append(versions, version)
	}
	return versions, nil
}
