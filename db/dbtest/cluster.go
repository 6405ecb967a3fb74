package dbtest

import (
	"bytes"
	"context"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/db/embedded"
)

// Cluster starts a Postgres of the test's own, for what concerns a whole server
// like its roles, and gives the address of its maintenance database. It stops
// with the test.
func Cluster(tb testing.TB) string {
	tb.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	home := filepath.Join(tb.TempDir(), "home")
	cluster, err := embedded.New(ctx, embedded.Config{Home: home, Throwaway: true})
	require.NoError(tb, err)
	tb.Cleanup(func() { require.NoError(tb, embedded.Remove(home)) })
	process := cluster.Command()
	var said bytes.Buffer
	process.Stderr = &said
	require.NoError(tb, process.Start())
	tb.Cleanup(func() {
		_ = process.Process.Signal(syscall.SIGINT) // fast shutdown
		_ = process.Wait()
		if tb.Failed() {
			tb.Logf("Postgres said:\n%s", said.String())
		}
	})
	require.NoError(tb, cluster.WaitReady(ctx))
	return cluster.URL("postgres")
}
