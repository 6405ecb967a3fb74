package db_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/db/dbtest"
)

const listenPatience = 20 * time.Second

func next[T any](t *testing.T, from <-chan T, what string) T {
	t.Helper()
	select {
	case value := <-from:
		return value
	case <-time.After(listenPatience):
		t.Fatalf("waited in vain for %s", what)
		panic("unreachable")
	}
}

func TestListenHearsAndComesBackWhenCutOff(t *testing.T) {
	t.Parallel()
	url := dbtest.Copy(t)
	d := openDB(t, url)
	ctx, stop := context.WithCancel(context.Background())
	connected, heard, ended := make(chan struct{}, 8), make(chan string, 8), make(chan error, 1)
	go func() {
		ended <- d.Listen(ctx, "test channel", func() { connected <- struct{}{} }, func(payload string) { heard <- payload })
	}()
	conn := owner(t, url)
	notify := func(payload string) {
		_, err := conn.Exec(ctx, "SELECT pg_notify('test channel', $1)", payload)
		require.NoError(t, err)
	}

	next(t, connected, "the first connection")
	notify("one")
	notify("two")
	require.Equal(t, "one", next(t, heard, "a notification"))
	require.Equal(t, "two", next(t, heard, "a notification"))

	cut, err := column(ctx, conn, `
		SELECT pg_terminate_backend(pid)::text FROM pg_stat_activity
		 WHERE datname = current_database() AND query LIKE 'LISTEN%'`)
	require.NoError(t, err)
	require.Equal(t, []string{"true"}, cut)
	next(t, connected, "the connection after the cut")
	notify("three")
	require.Equal(t, "three", next(t, heard, "a notification after the cut"))

	stop()
	require.ErrorIs(t, next(t, ended, "the end"), context.Canceled)
}
