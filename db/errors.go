package db

import (
	"context"
	"errors"
	"io"
	"net"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/parley-chat/parley/chat"
)

// Violates reports whether the error is the breach of a named constraint or
// unique index, like "turns_one_active".
func Violates(err error, constraint string) bool {
	var failure *pgconn.PgError
	return errors.As(err, &failure) && failure.ConstraintName == constraint
}

// translate gives an error of the driver its meaning in the domain. What means
// nothing in particular stays as it is, and so do errors that have a code.
func translate(err error) error {
	var coded *chat.Error
	if err == nil || errors.As(err, &coded) || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	if errors.Is(err, pgx.ErrNoRows) {
		return chat.NewError(chat.CodeNotFound, "There is no such thing.").Because(err)
	}
	if failure, ok := errors.AsType[*pgconn.PgError](err); ok {
		return translateFailure(failure, err)
	}
	if lost(err) {
		return chat.NewError(chat.CodeUnavailable, "The database cannot be reached.").Because(err)
	}
	return err
}

// lost reports whether the connection could not be made or has broken, also in
// the middle of a statement: a killed server says no more than that.
func lost(err error) bool {
	_, refused := errors.AsType[*pgconn.ConnectError](err)
	_, broken := errors.AsType[net.Error](err)
	return refused || broken || errors.Is(err, io.ErrUnexpectedEOF) || pgconn.SafeToRetry(err)
}

func translateFailure(failure *pgconn.PgError, err error) error {
	switch failure.Code {
	case "23505": // unique_violation
		return chat.NewError(chat.CodeConflict, "That exists already.").Because(err)
	case "23503": // foreign_key_violation: it refers to a row that is absent, or another tenant's
		return chat.NewError(chat.CodeNotFound, "There is no such thing.").Because(err)
	case "40001", "40P01", "55P03", "25P03": // serialization_failure, deadlock_detected, lock_not_available, idle_in_transaction_session_timeout
		return chat.NewError(chat.CodeUnavailable, "Too many changes at once. Please try again.").Because(err)
	}
	switch failure.Code[:2] {
	case "08", "53", "57": // the connection is broken, insufficient resources, the server is stopping
		return chat.NewError(chat.CodeUnavailable, "The database is not ready. Please try again.").Because(err)
	}
	return err
}

// translated is a transaction whose errors have their meaning in the domain.
type translated struct{ tx pgx.Tx }

func (t translated) Exec(ctx context.Context, sql string, args ...any) (pgconn.CommandTag, error) {
	tag, err := t.tx.Exec(ctx, sql, args...)
	return tag, translate(err)
}

func (t translated) Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error) {
	rows, err := t.tx.Query(ctx, sql, args...)
	if err != nil {
		return nil, translate(err)
	}
	return translatedRows{rows}, nil
}

func (t translated) QueryRow(ctx context.Context, sql string, args ...any) pgx.Row {
	return translatedRow{t.tx.QueryRow(ctx, sql, args...)}
}

type translatedRow struct{ pgx.Row }

func (r translatedRow) Scan(into ...any) error { return translate(r.Row.Scan(into...)) }

type translatedRows struct{ pgx.Rows }

func (r translatedRows) Err() error { return translate(r.Rows.Err()) }

func (r translatedRows) Scan(into ...any) error { return translate(r.Rows.Scan(into...)) }

// Unavailable reports whether the database could not be reached or did not say
// how a statement ended: the same may be tried again, by a caller who can tell
// what the first try has left.
func Unavailable(err error) bool {
	if err == nil || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return false
	}
	var refused *pgconn.PgError
	return chat.CodeOf(err) == chat.CodeUnavailable || !errors.As(err, &refused)
}
