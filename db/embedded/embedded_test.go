package embedded_test

import (
	"context"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/db/embedded"
)

const patience = time.Minute

func newCluster(t *testing.T) (*embedded.Cluster, string) {
	t.Helper()
	home := filepath.Join(t.TempDir(), "postgres")
	cluster, err := embedded.New(t.Context(), embedded.Config{Home: home, Throwaway: true})
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, embedded.Remove(home)) })
	return cluster, home
}

// start runs the server until the test ends, or until it is killed before.
func start(t *testing.T, cluster *embedded.Cluster) *exec.Cmd {
	t.Helper()
	cmd := cluster.Command()
	require.NoError(t, cmd.Start())
	t.Cleanup(func() {
		if cmd.ProcessState == nil {
			_ = cmd.Process.Signal(embedded.StopSignal)
			_ = cmd.Wait()
		}
	})
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	require.NoError(t, cluster.WaitReady(ctx))
	return cmd
}

func query(t *testing.T, address, sql string) (result string) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), address)
	require.NoError(t, err)
	defer conn.Close(context.Background())
	require.NoError(t, conn.QueryRow(t.Context(), sql).Scan(&result))
	return result
}

func write(t *testing.T, address, sql string) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), address)
	require.NoError(t, err)
	defer conn.Close(context.Background())
	_, err = conn.Exec(t.Context(), sql)
	require.NoError(t, err)
}

func TestACommittedRowSurvivesAKilledServer(t *testing.T) {
	t.Parallel()
	cluster, home := newCluster(t)
	server := start(t, cluster)
	require.NoError(t, cluster.CreateDatabase(t.Context(), "parley"))
	require.NoError(t, cluster.CreateDatabase(t.Context(), "parley"), "a database that exists is no error")
	write(t, cluster.URL("parley"), "CREATE TABLE words AS SELECT 'durable' AS word")

	require.NoError(t, server.Process.Kill())
	_ = server.Wait()
	again, err := embedded.New(t.Context(), embedded.Config{Home: home, Throwaway: true})
	require.NoError(t, err)
	startAfterCrash(t, again)

	assert.Equal(t, "durable", query(t, again.URL("parley"), "SELECT word FROM words"))
}

// startAfterCrash tries again while the killed server's backends still hold its
// shared memory, as a supervisor does.
func startAfterCrash(t *testing.T, cluster *embedded.Cluster) {
	t.Helper()
	require.Eventually(t, func() bool {
		cmd := cluster.Command()
		if err := cmd.Start(); err != nil {
			return false
		}
		ended := make(chan error, 1)
		go func() { ended <- cmd.Wait() }()
		for {
			if cluster.Ready(t.Context()) == nil {
				t.Cleanup(func() { _ = cmd.Process.Signal(embedded.StopSignal); <-ended })
				return true
			}
			select {
			case <-ended:
				return false
			case <-time.After(20 * time.Millisecond):
			}
		}
	}, patience, 50*time.Millisecond)
}

func TestTheServerIsReachableThroughItsPrivateSocketAlone(t *testing.T) {
	t.Parallel()
	cluster, home := newCluster(t)
	_, running := embedded.Running(home, "postgres")
	assert.False(t, running)
	server := start(t, cluster)

	assert.Empty(t, query(t, cluster.URL("postgres"), "SHOW listen_addresses"))
	address, running := embedded.Running(home, "postgres")
	assert.True(t, running)
	assert.Equal(t, cluster.URL("postgres"), address, "tools find the cluster of a folder")

	socket := socketDir(t, address)
	assert.LessOrEqual(t, len(socket), 107-len("/.s.PGSQL.5432"), "a socket's path has to fit into its address")
	for _, dir := range []string{socket, cluster.DataDir()} {
		info, err := os.Stat(dir)
		require.NoError(t, err)
		assert.Equal(t, os.FileMode(0o700), info.Mode().Perm(), dir)
		assert.Equal(t, owner(t, server), info.Sys().(*syscall.Stat_t).Uid, dir)
	}
	conn, err := net.Dial("unix", filepath.Join(socket, ".s.PGSQL.5432"))
	require.NoError(t, err)
	assert.NoError(t, conn.Close())
}

func socketDir(t *testing.T, address string) string {
	t.Helper()
	parsed, err := url.Parse(address)
	require.NoError(t, err)
	return parsed.Query().Get("host")
}

// owner is the user that a process runs as: never root.
func owner(t *testing.T, server *exec.Cmd) uint32 {
	t.Helper()
	info, err := os.Stat("/proc/" + strconv.Itoa(server.Process.Pid))
	require.NoError(t, err)
	uid := info.Sys().(*syscall.Stat_t).Uid
	assert.NotZero(t, uid)
	return uid
}

func TestRemoveLeavesNothing(t *testing.T) {
	t.Parallel()
	cluster, home := newCluster(t)
	server := start(t, cluster)
	address := cluster.URL("postgres")
	require.NoError(t, server.Process.Signal(embedded.StopSignal))
	require.NoError(t, server.Wait())

	require.NoError(t, embedded.Remove(home))

	for _, path := range []string{home, cluster.DataDir(), socketDir(t, address)} {
		assert.NoFileExists(t, path)
		assert.NoDirExists(t, path)
	}
}

func TestDataOfAVersionThatIsNotInstalledIsNotTouched(t *testing.T) {
	t.Parallel()
	cluster, home := newCluster(t)
	version := filepath.Join(cluster.DataDir(), "PG_VERSION")
	require.NoError(t, os.WriteFile(version, []byte("9\n"), 0o600))

	_, err := embedded.New(t.Context(), embedded.Config{Home: home})

	require.ErrorContains(t, err, "was written by PostgreSQL 9, which is not installed")
	raw, readErr := os.ReadFile(version)
	require.NoError(t, readErr)
	assert.Equal(t, "9\n", string(raw))
}

func TestAnInterruptedFirstStartIsMadeGood(t *testing.T) {
	t.Parallel()
	cluster, home := newCluster(t)
	require.NoError(t, os.Rename(cluster.DataDir(), cluster.DataDir()+".new"))
	require.NoError(t, os.Remove(filepath.Join(cluster.DataDir()+".new", "global", "pg_control")))

	again, err := embedded.New(t.Context(), embedded.Config{Home: home, Throwaway: true})

	require.NoError(t, err)
	start(t, again)
}

func TestAHomeThatIsNotOursIsLeftAlone(t *testing.T) {
	t.Parallel()
	if os.Geteuid() != 0 {
		t.Skip("only root keeps its data outside of the home")
	}
	home := filepath.Join(t.TempDir(), "postgres")
	require.NoError(t, os.MkdirAll(filepath.Join(home, "data"), 0o755))
	t.Cleanup(func() { _ = embedded.Remove(home) })

	_, err := embedded.New(t.Context(), embedded.Config{Home: home})

	assert.ErrorContains(t, err, "is in the way")
}
