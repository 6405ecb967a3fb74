package db_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/chat"
	"github.com/parley-chat/parley/db"
	"github.com/parley-chat/parley/db/dbtest"
)

// TestLostConnectionIsUnavailable: a server that is killed says nothing. Wherever
// a transaction is at that moment, the caller learns that it may try again.
func TestLostConnectionIsUnavailable(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	url := dbtest.Copy(t)
	wire := dbtest.NewWire(t, url)
	d, watching := openDB(t, wire.URL), owner(t, url)
	f := dbtest.Tenant(t, d)
	act := func(within func(*db.TenantTx) error) error { return d.Tenant(ctx, f.TenantID, within) }
	lock := func(tx *db.TenantTx) error {
		_, err := tx.ConversationLock(ctx, f.ConversationID)
		return err
	}
	requireUnavailable := func(when string, err error) {
		require.Equal(t, chat.CodeUnavailable, chat.CodeOf(err), "%s: %v", when, err)
	}

	requireUnavailable("between two statements", act(func(tx *db.TenantTx) error {
		require.NoError(t, lock(tx))
		wire.Cut()
		return lock(tx)
	}))
	requireUnavailable("before a transaction", act(lock))
	wire.Mend()
	require.Eventually(t, func() bool { return act(lock) == nil }, listenPatience, 10*time.Millisecond)
	requireUnavailable("at the commit", act(func(tx *db.TenantTx) error {
		defer wire.Cut()
		return lock(tx)
	}))
	wire.Mend()
	require.Eventually(t, func() bool { return act(lock) == nil }, listenPatience, 10*time.Millisecond)
	requireUnavailable("within a statement", act(func(tx *db.TenantTx) error {
		require.NoError(t, lock(tx))
		waited := make(chan error, 1)
		go func() { waited <- act(lock) }()
		require.Eventually(t, func() bool {
			waiting, err := column(ctx, watching, `
				SELECT pid::text FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`)
			return err == nil && len(waiting) == 1
		}, listenPatience, 10*time.Millisecond)
		wire.Cut()
		return <-waited
	}))
}
