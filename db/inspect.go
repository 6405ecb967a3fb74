package db

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

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

// Pending tells how many migrations a database lacks. It changes nothing, not
// even where none has ever been applied.
func Pending(ctx context.Context, url string) (int, error) {
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return 0, fmt.Errorf("database: %w", err)
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	files, err := fs.Glob(Migrations(), "*.sql")
	if err != nil {
		return 0, err
	}
	var applied int64
	err = conn.QueryRow(ctx, "SELECT max(version_id) FROM goose_db_version WHERE is_applied").Scan(&applied)
	failure, refused := errors.AsType[*pgconn.PgError](err)
	if err != nil && (!refused || failure.Code != undefinedTable) {
		return 0, err
	}
	pending := 0
	for _, file := range files {
		version, err := goose.NumericComponent(file)
		if err != nil {
			return 0, err
		}
		if version > applied {
			pending++
		}
	}
	return pending, nil
}
