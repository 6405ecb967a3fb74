package embedded_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/db/embedded"
)

// takeBackup copies a running cluster and gives the folder.
func takeBackup(t *testing.T, cluster *embedded.Cluster) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "backup")
	require.NoError(t, cluster.Backup(t.Context(), dir, func(percent int) {
		assert.GreaterOrEqual(t, percent, 0)
	}))
	return dir
}

// unpack brings the files of a folder back to a new home, as far as it can.
func unpack(t *testing.T, cluster *embedded.Cluster, dir string) (*embedded.Restoration, string, error) {
	t.Helper()
	home := filepath.Join(t.TempDir(), "postgres")
	t.Cleanup(func() { assert.NoError(t, embedded.Remove(home)) })
	r, err := embedded.Restore(home, cluster.Installation().Major)
	require.NoError(t, err)
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.NotEmpty(t, entries)
	var failed []error
	for _, entry := range entries {
		file, err := os.Open(filepath.Join(dir, entry.Name()))
		require.NoError(t, err)
		failed = append(failed, r.Unpack(entry.Name(), file))
		require.NoError(t, file.Close())
	}
	return r, home, errors.Join(failed...)
}

func TestABackupTakenWhileRowsAreWrittenComesBack(t *testing.T) {
	t.Parallel()
	cluster, _ := newCluster(t)
	start(t, cluster)
	for _, name := range []string{"left", "right"} {
		require.NoError(t, cluster.CreateDatabase(t.Context(), name))
		write(t, cluster.URL(name), "CREATE TABLE n (n int)")
	}
	stop := writeBoth(t, cluster)
	dir := takeBackup(t, cluster)
	stop()

	r, home, err := unpack(t, cluster, dir)
	require.NoError(t, err)
	require.NoError(t, r.Verify(t.Context()))
	assert.Empty(t, r.Replaces())
	require.NoError(t, r.Commit())
	restored, err := embedded.New(t.Context(), embedded.Config{Home: home, Throwaway: true})
	require.NoError(t, err)
	owner(t, start(t, restored)) // not root, whoever restores

	left, right := count(t, restored.URL("left")), count(t, restored.URL("right"))
	assert.Positive(t, left)
	// The writer goes left, then right: one moment of both is at most one apart.
	assert.Contains(t, []int{right, right + 1}, left)
}

// writeBoth inserts the same numbers into two databases, one after the other,
// until the returned function is called.
func writeBoth(t *testing.T, cluster *embedded.Cluster) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	var conns []*pgx.Conn
	for _, name := range []string{"left", "right"} {
		conn, err := pgx.Connect(ctx, cluster.URL(name))
		require.NoError(t, err)
		conns = append(conns, conn)
	}
	begun, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		for n := 0; ctx.Err() == nil; n++ {
			for _, conn := range conns {
				_, _ = conn.Exec(context.Background(), "INSERT INTO n VALUES ($1)", n)
			}
			if n == 0 {
				close(begun)
			}
		}
	}()
	<-begun
	return func() {
		cancel()
		<-ended
		for _, conn := range conns {
			_ = conn.Close(context.Background())
		}
	}
}

func count(t *testing.T, address string) (rows int) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), address)
	require.NoError(t, err)
	defer conn.Close(context.Background())
	require.NoError(t, conn.QueryRow(t.Context(), "SELECT count(*) FROM n").Scan(&rows))
	return rows
}

func TestADamagedBackupIsNotCommitted(t *testing.T) {
	t.Parallel()
	cluster, _ := newCluster(t)
	start(t, cluster)
	dir := takeBackup(t, cluster)

	manifest := filepath.Join(dir, "backup_manifest")
	whole, err := os.ReadFile(manifest)
	require.NoError(t, err)
	require.Contains(t, string(whole), `"PG_VERSION"`)
	for name, damage := range map[string][]byte{
		"a file is missing": bytes.Replace(whole, []byte(`"PG_VERSION"`), []byte(`"PG_MISSING"`), 1),
		"a manifest is cut": whole[:len(whole)/2],
	} {
		require.NoError(t, os.WriteFile(manifest, damage, 0o600))
		r, _, err := unpack(t, cluster, dir)
		require.NoError(t, err, name)
		assert.ErrorContains(t, r.Verify(t.Context()), "the backup is damaged", name)
	}

	base := filepath.Join(dir, "base.tar.gz")
	packed, err := os.ReadFile(base)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(base, packed[:len(packed)/2], 0o600))
	_, _, err = unpack(t, cluster, dir)
	assert.ErrorContains(t, err, "unexpected EOF")
}

func TestAnInterruptedRestoreIsNoEmptyDatabase(t *testing.T) {
	t.Parallel()
	cluster, _ := newCluster(t)
	start(t, cluster)
	dir := takeBackup(t, cluster)
	_, home, err := unpack(t, cluster, dir)
	require.NoError(t, err)

	_, err = embedded.New(t.Context(), embedded.Config{Home: home})
	require.ErrorContains(t, err, "a restore was interrupted here")

	again, err := embedded.Restore(home, cluster.Installation().Major)
	require.NoError(t, err, "it can be begun again")
	require.NoError(t, again.Discard())
	_, err = embedded.New(t.Context(), embedded.Config{Home: home, Throwaway: true})
	assert.NoError(t, err, "or given up")
}

func TestWhatARestoreReplacesIsKept(t *testing.T) {
	t.Parallel()
	cluster, home := newCluster(t)
	r, err := embedded.Restore(home, cluster.Installation().Major)
	require.NoError(t, err)
	assert.Equal(t, cluster.DataDir(), r.Replaces())
	aside, err := r.SetAside()
	require.NoError(t, err)
	assert.FileExists(t, filepath.Join(aside, "PG_VERSION"))
	assert.NoDirExists(t, cluster.DataDir())
	require.NoError(t, r.Discard())
}

func TestARestoreNeedsThePostgresOfTheBackup(t *testing.T) {
	t.Parallel()
	_, err := embedded.Restore(filepath.Join(t.TempDir(), "postgres"), 9)
	require.ErrorContains(t, err, "was written by PostgreSQL 9, which is not installed")
}

func TestABackupWithATablespaceIsRefused(t *testing.T) {
	t.Parallel()
	cluster, _ := newCluster(t)
	start(t, cluster)
	elsewhere, err := os.MkdirTemp(filepath.Dir(cluster.DataDir()), "space-") //nolint:usetesting // where the server's user can reach it
	require.NoError(t, err)
	info, err := os.Stat(cluster.DataDir())
	require.NoError(t, err)
	chownLike(t, elsewhere, info)
	write(t, cluster.URL("postgres"), "CREATE TABLESPACE elsewhere LOCATION '"+elsewhere+"'")

	err = cluster.Backup(t.Context(), filepath.Join(t.TempDir(), "backup"), func(int) {})
	require.ErrorContains(t, err, "the cluster has a tablespace")
}

func TestABackupOfAStoppedServerSaysWhy(t *testing.T) {
	t.Parallel()
	cluster, _ := newCluster(t)
	err := cluster.Backup(t.Context(), filepath.Join(t.TempDir(), "backup"), func(int) {})
	require.ErrorContains(t, err, "copy the database cluster")
	require.ErrorContains(t, err, "connection to server")
}

// chownLike gives a folder to the owner of another.
func chownLike(t *testing.T, dir string, like os.FileInfo) {
	t.Helper()
	stat, ok := like.Sys().(*syscall.Stat_t)
	require.True(t, ok)
	require.NoError(t, os.Chown(dir, int(stat.Uid), int(stat.Gid)))
}
