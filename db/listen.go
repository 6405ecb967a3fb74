package db

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"
)

const (
	listenBackoffMin = 50 * time.Millisecond
	listenBackoffMax = 5 * time.Second
	// A connection that says nothing for this long is asked whether it lives:
	// a broken network may swallow it without a word.
	listenQuiet = 10 * time.Second
)

// Listen hears what is notified on a channel until the context ends, whose
// error it then gives. It keeps one connection of its own; when that breaks, it
// connects again with back-off. Each time it has begun to listen it calls
// connected: whatever was notified before is lost, so that is when to catch up.
// Both functions are called from this goroutine, one call at a time.
func (d *DB) Listen(ctx context.Context, channel string, connected func(), notified func(payload string)) error {
	backoff := listenBackoffMin
	for {
		began := func() { backoff = listenBackoffMin; connected() }
		_ = d.listenOnce(ctx, channel, began, notified)
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(backoff):
			backoff = min(2*backoff, listenBackoffMax)
		}
	}
}

// listenOnce listens until the connection fails.
func (d *DB) listenOnce(ctx context.Context, channel string, connected func(), notified func(string)) error {
	config := d.log.Config().ConnConfig
	conn, err := pgx.ConnectConfig(ctx, config)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	if err := becomeRole(ctx, conn, "parley_log"); err != nil {
		return err
	}
	if _, err := conn.Exec(ctx, "LISTEN "+pgx.Identifier{channel}.Sanitize()); err != nil {
		return err
	}
	connected()
	for {
		payload, err := nextNotification(ctx, conn)
		if err != nil {
			return err
		}
		notified(payload)
	}
}

func nextNotification(ctx context.Context, conn *pgx.Conn) (string, error) {
	for {
		quiet, cancel := context.WithTimeout(ctx, listenQuiet)
		heard, err := conn.WaitForNotification(quiet)
		cancel()
		if err == nil {
			return heard.Payload, nil
		}
		if ctx.Err() != nil || quiet.Err() == nil {
			return "", err
		}
		if err := pingWithin(ctx, conn, listenQuiet); err != nil {
			return "", err
		}
	}
}

func pingWithin(ctx context.Context, conn *pgx.Conn, limit time.Duration) error {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	return conn.Ping(ctx)
}
