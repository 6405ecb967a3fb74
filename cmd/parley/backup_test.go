package main

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/db/embedded"
)

// run runs a command of the program that has to succeed.
func (m machine) run(t *testing.T, args ...string) string {
	t.Helper()
	out, err := parley(m.settings, args...).CombinedOutput()
	require.NoError(t, err, "%s", out)
	return string(out)
}

// fails runs one that must not.
func (m machine) fails(t *testing.T, args ...string) string {
	t.Helper()
	out, err := parley(m.settings, args...).CombinedOutput()
	require.Error(t, err, "%s", out)
	return string(out)
}

func TestBackupAndRestoreRefuseWhatIsNotTheirs(t *testing.T) {
	t.Parallel()
	for _, setting := range []string{"DATABASE_URL", "TEMPORAL_ADDRESS"} {
		for _, command := range []string{"backup", "restore"} {
			m := newMachine(t)
			m.settings[setting] = "elsewhere:1"
			out := m.fails(t, command, filepath.Join(t.TempDir(), "b"))
			assert.Equal(t, 1, strings.Count(strings.TrimSpace(out), "\n")+1, "one sentence: %s", out)
			assert.Contains(t, out, setting+" is set")
			assert.Contains(t, out, "docs/operations.md")
		}
	}
	m := newMachine(t)
	assert.Contains(t, m.fails(t, "backup", filepath.Join(t.TempDir(), "b")), "does not run in "+m.home)
	assert.Contains(t, m.fails(t, "restore", filepath.Join(t.TempDir(), "b")), "there is no backup")
	assert.NoDirExists(t, postgresHome(m.home))
}

// A Temporal that runs elsewhere is half of the installation.
func TestBackupRefusesHalfAnInstallation(t *testing.T) {
	t.Parallel()
	m := newMachine(t)
	cluster, err := embedded.New(t.Context(), embedded.Config{Home: postgresHome(m.home), Throwaway: true})
	require.NoError(t, err)
	server := cluster.Command()
	require.NoError(t, server.Start())
	t.Cleanup(func() { _ = server.Process.Signal(embedded.StopSignal); _ = server.Wait() })
	require.NoError(t, cluster.WaitReady(t.Context()))
	path := filepath.Join(t.TempDir(), "b")
	assert.Contains(t, m.fails(t, "backup", path), "Temporal service of this installation runs elsewhere")
	assert.NoDirExists(t, path)
}

// A folder that has lost its key must not get another one: what the first has
// sealed would look damaged.
func TestUpMakesNoSecondKey(t *testing.T) {
	t.Parallel()
	m := newMachine(t)
	_, err := embedded.New(t.Context(), embedded.Config{Home: postgresHome(m.home), Throwaway: true})
	require.NoError(t, err)
	s := m.start(t)
	s.wait(t)
	assert.Contains(t, s.said(), "the secret key of this installation is missing")
	assert.NoFileExists(t, filepath.Join(m.home, secretKeyFile))
}
