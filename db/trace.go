package db

import (
	"context"
	"errors"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/parley-chat/parley/telemetry"
)

// tracer makes a span of each statement that is part of a trace. It tells the
// query's name and how it ended: neither the values that went along nor the
// server's words, which may quote them.
type tracer struct{ tracing *telemetry.Tracing }

type spanKey struct{}

// TraceQueryStart implements pgx.QueryTracer.
func (t tracer) TraceQueryStart(ctx context.Context, _ *pgx.Conn, start pgx.TraceQueryStartData) context.Context {
	ctx, span := t.tracing.StartWithin(ctx, queryName(start.SQL), telemetry.Client)
	if !span.Recording() {
		return ctx
	}
	span.Word("db.system.name", "postgresql")
	return context.WithValue(ctx, spanKey{}, span)
}

// TraceQueryEnd implements pgx.QueryTracer.
func (t tracer) TraceQueryEnd(ctx context.Context, _ *pgx.Conn, end pgx.TraceQueryEndData) {
	span, ok := ctx.Value(spanKey{}).(telemetry.Span)
	if !ok {
		return
	}
	span.Number("db.response.returned_rows", end.CommandTag.RowsAffected())
	if end.Err != nil {
		span.Fail(sqlState(end.Err))
	}
	span.End()
}

// queryName is the name that a query has in query/, or the first word of a
// statement that has none, like begin.
func queryName(sql string) string {
	if named, ok := strings.CutPrefix(sql, "-- name: "); ok {
		name, _, _ := strings.Cut(named, " ")
		return name
	}
	word, _, _ := strings.Cut(sql, " ")
	return strings.ToLower(strings.TrimRight(word, ";"))
}

// sqlState is the code that the server gave an error.
func sqlState(err error) string {
	if failure, ok := errors.AsType[*pgconn.PgError](err); ok {
		return failure.Code
	}
	return "connection"
}
