package supervise_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/cmd/parley/supervise"
)

// The test binary plays the programs of these tests: with this variable set it
// supervises a child until it is killed.
const supervisorDir = "SUPERVISE_TEST_DIR"

const patience = 20 * time.Second

func TestMain(m *testing.M) {
	if dir := os.Getenv(supervisorDir); dir != "" {
		superviseForEver(dir)
	}
	os.Exit(m.Run())
}

// superviseForEver is what a supervisor does until it is killed.
func superviseForEver(dir string) {
	if _, err := supervise.Lock(dir); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	s, err := supervise.New(dir, func(string) {})
	if err == nil {
		err = s.Start(context.Background(), sleeper(dir))
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	select {}
}

// sleeper is a child that writes its pid to a file each time it starts.
func sleeper(dir string) supervise.Child { return shell(dir, "sleeper", "exec sleep 600") }

func shell(dir, name, script string) supervise.Child {
	started := filepath.Join(dir, name+".started")
	return supervise.Child{
		Name:        name,
		Command:     func() *exec.Cmd { return exec.Command("sh", "-c", "echo $$ >> "+started+"; "+script) },
		Ready:       func(context.Context) error { _, err := os.Stat(started); return err },
		ReadyWithin: patience,
	}
}

// starts reads the pids of all starts of a child.
func starts(t *testing.T, dir, name string) []int {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(dir, name+".started"))
	require.NoError(t, err)
	var pids []int
	for field := range strings.FieldsSeq(string(raw)) {
		pid, err := strconv.Atoi(field)
		require.NoError(t, err)
		pids = append(pids, pid)
	}
	return pids
}

func alive(pid int) bool { return syscall.Kill(pid, 0) == nil }

// news collects what a supervisor says.
type news struct {
	mu    sync.Mutex
	lines []string
}

func (n *news) say(line string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.lines = append(n.lines, line)
}

func (n *news) all() string {
	n.mu.Lock()
	defer n.mu.Unlock()
	return strings.Join(n.lines, "\n")
}

func newSupervisor(t *testing.T) (s *supervise.Supervisor, dir string, heard *news) {
	t.Helper()
	dir, heard = t.TempDir(), &news{}
	s, err := supervise.New(dir, heard.say)
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, s.Stop(context.Background())) })
	return s, dir, heard
}

func TestAKilledChildIsStartedAgain(t *testing.T) {
	t.Parallel()
	s, dir, heard := newSupervisor(t)
	require.NoError(t, s.Start(t.Context(), sleeper(dir)))
	first := s.PID("sleeper")
	require.NoError(t, syscall.Kill(first, syscall.SIGKILL))

	require.Eventually(t, func() bool { pid := s.PID("sleeper"); return pid != 0 && pid != first }, patience, time.Millisecond)
	require.Eventually(t, func() bool { return len(starts(t, dir, "sleeper")) == 2 }, patience, time.Millisecond)
	assert.Contains(t, heard.all(), "sleeper ended (signal: killed)")
}

func TestAChildThatKeepsFailingIsStartedLessAndLessOften(t *testing.T) {
	t.Parallel()
	s, dir, _ := newSupervisor(t)
	flag := filepath.Join(dir, "fail")
	require.NoError(t, s.Start(t.Context(), shell(dir, "flaky", "test -e "+flag+" && exit 1; exec sleep 600")))
	require.NoError(t, os.WriteFile(flag, nil, 0o600))
	began := time.Now()
	require.NoError(t, syscall.Kill(s.PID("flaky"), syscall.SIGKILL))

	require.Eventually(t, func() bool { return len(starts(t, dir, "flaky")) >= 4 }, patience, time.Millisecond)
	// Three starts after the first wait 0.2, 0.4 and 0.8 seconds.
	assert.GreaterOrEqual(t, time.Since(began), 1400*time.Millisecond)

	require.NoError(t, os.Remove(flag))
	require.Eventually(t, func() bool {
		pids := starts(t, dir, "flaky")
		return alive(pids[len(pids)-1]) && s.PID("flaky") == pids[len(pids)-1]
	}, patience, time.Millisecond)
}

func TestAChildThatCannotStartSaysWhy(t *testing.T) {
	t.Parallel()
	s, dir, _ := newSupervisor(t)
	child := shell(dir, "broken", "echo the disk is made of cheese; exit 7")
	child.Ready = func(context.Context) error { return assert.AnError }

	err := s.Start(t.Context(), child)

	require.ErrorContains(t, err, "exit status 7")
	assert.ErrorContains(t, err, "the disk is made of cheese")
}

func TestALongLogIsSetAsideWhileTheChildWrites(t *testing.T) {
	t.Parallel()
	s, dir, heard := newSupervisor(t)
	s.LimitLogs(1000, time.Millisecond)
	require.NoError(t, s.Start(t.Context(), shell(dir, "talker", "while :; do echo one more line; sleep 0.001; done")))
	log := filepath.Join(dir, "logs", "talker.log")

	require.Eventually(t, func() bool {
		old, err := os.Stat(log + ".1")
		now, _ := os.Stat(log)
		return err == nil && old.Size() > 1000 && now.Size() > 0
	}, patience, time.Millisecond)
	raw, err := os.ReadFile(log)
	require.NoError(t, err)
	assert.NotContains(t, string(raw), "\x00", "the child writes at the new end")
	assert.Empty(t, heard.all())
}

func TestStopEndsChildrenInReverseOrder(t *testing.T) {
	t.Parallel()
	s, dir, _ := newSupervisor(t)
	ended := filepath.Join(dir, "ended")
	for _, name := range []string{"first", "second", "third"} {
		script := fmt.Sprintf("trap 'echo %s >> %s; exit 0' TERM; while :; do sleep 0.01; done", name, ended)
		require.NoError(t, s.Start(t.Context(), shell(dir, name, script)))
	}

	require.NoError(t, s.Stop(t.Context()))

	raw, err := os.ReadFile(ended)
	require.NoError(t, err)
	assert.Equal(t, "third\nsecond\nfirst\n", string(raw))
	records, err := filepath.Glob(filepath.Join(dir, "*.json"))
	require.NoError(t, err)
	assert.Empty(t, records, "nothing is left to reclaim")
}

func TestAChildThatDoesNotListenIsKilledWithItsOwnChildren(t *testing.T) {
	t.Parallel()
	s, dir, _ := newSupervisor(t)
	grandchild := filepath.Join(dir, "grandchild")
	child := shell(dir, "deaf", "trap '' TERM; sleep 600 & echo $! > "+grandchild+"; wait; wait")
	child.Grace = 50 * time.Millisecond
	child.Ready = func(context.Context) error { _, err := os.ReadFile(grandchild); return err }
	require.NoError(t, s.Start(t.Context(), child))
	pid := s.PID("deaf")
	require.Eventually(t, func() bool { raw, _ := os.ReadFile(grandchild); return len(raw) > 1 }, patience, time.Millisecond)
	raw, err := os.ReadFile(grandchild)
	require.NoError(t, err)
	inner, err := strconv.Atoi(strings.TrimSpace(string(raw)))
	require.NoError(t, err)

	require.NoError(t, s.Stop(t.Context()))

	assert.False(t, alive(pid))
	require.Eventually(t, func() bool { return !running(inner) }, patience, time.Millisecond)
}

// running is false for a process that has ended and only waits to be collected.
func running(pid int) bool {
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return false
	}
	_, after, _ := strings.Cut(string(raw), ") ")
	return !strings.HasPrefix(after, "Z")
}

func TestWhatAKilledSupervisorLeftIsReclaimed(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	supervisor := exec.Command(os.Args[0])
	supervisor.Env = append(os.Environ(), supervisorDir+"="+dir)
	supervisor.Stderr = os.Stderr
	require.NoError(t, supervisor.Start())
	record, started := filepath.Join(dir, "sleeper.json"), filepath.Join(dir, "sleeper.started")
	for _, path := range []string{record, started} {
		require.Eventually(t, func() bool { raw, err := os.ReadFile(path); return err == nil && len(raw) > 0 }, patience, time.Millisecond)
	}
	child := starts(t, dir, "sleeper")[0]

	_, err := supervise.Lock(dir)
	require.ErrorIs(t, err, supervise.ErrRunning, "it lives, so its folder is taken")
	require.NoError(t, supervisor.Process.Kill())
	_ = supervisor.Wait()
	require.True(t, running(child), "children outlive a killed supervisor")

	release, err := supervise.Lock(dir)
	require.NoError(t, err)
	defer release()
	stopped, err := supervise.Reclaim(t.Context(), dir)
	require.NoError(t, err)
	assert.Equal(t, []string{"sleeper"}, stopped)
	assert.False(t, running(child))
	assert.NoFileExists(t, record)
}

func TestAStrangerWithARecordedPidIsLeftAlone(t *testing.T) {
	t.Parallel()
	s, dir, _ := newSupervisor(t)
	require.NoError(t, s.Start(t.Context(), sleeper(dir)))
	raw, err := os.ReadFile(filepath.Join(dir, "sleeper.json"))
	require.NoError(t, err)

	stranger := exec.Command("sleep", "600")
	require.NoError(t, stranger.Start())
	t.Cleanup(func() { _ = stranger.Process.Kill(); _ = stranger.Wait() })
	var record map[string]any
	require.NoError(t, json.Unmarshal(raw, &record))
	record["pid"] = stranger.Process.Pid
	record["start"] = record["start"].(float64) - 1 // the child was there before
	old := t.TempDir()
	raw, err = json.Marshal(record)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(old, "sleeper.json"), raw, 0o600))

	stopped, err := supervise.Reclaim(t.Context(), old)

	require.NoError(t, err)
	assert.Empty(t, stopped)
	assert.True(t, running(stranger.Process.Pid))
	assert.NoFileExists(t, filepath.Join(old, "sleeper.json"), "the record is of no use any more")
}
