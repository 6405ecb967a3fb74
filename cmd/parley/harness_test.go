package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
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

	"github.com/parley-chat/parley/db/embedded"
)

const (
	// asParley makes the test binary be parley: the program under test is the
	// one that this test was compiled with, and so are the children it starts.
	asParley = "PARLEY_TEST_AS_PARLEY"
	patience = 2 * time.Minute
	tick     = 20 * time.Millisecond
)

func TestMain(m *testing.M) {
	if os.Getenv(asParley) != "" {
		main()
		return
	}
	os.Exit(m.Run())
}

// parley makes a command of the program with nothing in its environment but what
// a machine has, and the given settings.
func parley(settings map[string]string, args ...string) *exec.Cmd {
	cmd := exec.Command(os.Args[0], args...)
	cmd.Env = []string{asParley + "=1"}
	for _, name := range []string{"PATH", "HOME", "USER", "TMPDIR", "XDG_RUNTIME_DIR", "LANG", "GOCOVERDIR"} {
		if value, set := os.LookupEnv(name); set {
			cmd.Env = append(cmd.Env, name+"="+value)
		}
	}
	for name, value := range settings {
		cmd.Env = append(cmd.Env, name+"="+value)
	}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	return cmd
}

// required gives a variable that `parley exec` sets.
func required(t *testing.T, name string) string {
	t.Helper()
	value := os.Getenv(name)
	if value == "" {
		t.Fatalf("these tests need %s: run make test, or set it", name)
	}
	return value
}

// machine is a folder and a set of ports to run `parley up` in.
type machine struct {
	home     string
	settings map[string]string
}

func newMachine(t *testing.T) machine {
	t.Helper()
	home := filepath.Join(t.TempDir(), "parley")
	ports, err := freePorts(6)
	require.NoError(t, err)
	address := func(i int) string { return net.JoinHostPort(loopback, strconv.Itoa(ports[i])) }
	m := machine{home: home, settings: map[string]string{
		"PARLEY_HOME":              home,
		"PARLEY_LISTEN":            address(0),
		"PARLEY_DEMO_LISTEN":       address(1),
		"PARLEY_SIMULATOR_LISTEN":  address(2),
		"PARLEY_TEMPORAL_PORT":     strconv.Itoa(ports[3]),
		"PARLEY_TEMPORAL_WEB_PORT": strconv.Itoa(ports[4]),
		"PARLEY_METRICS_LISTEN":    address(5),
	}}
	t.Cleanup(func() { assert.NoError(t, embedded.Remove(postgresHome(home))) })
	return m
}

func (m machine) demo(t *testing.T) demo {
	t.Helper()
	d, err := readDemo(m.home)
	require.NoError(t, err)
	return d
}

// supervisor is a running `parley up`.
type supervisor struct {
	cmd   *exec.Cmd
	ended chan struct{}

	mu  sync.Mutex
	out strings.Builder
}

// up returns when Parley says that it is running.
func (m machine) up(t *testing.T) *supervisor {
	t.Helper()
	s := m.start(t)
	require.Eventually(t, func() bool {
		select {
		case <-s.ended:
			return true
		default:
			return strings.Contains(s.said(), "Ctrl-C stops everything")
		}
	}, patience, tick, "parley up")
	require.Contains(t, s.said(), "Parley is running")
	return s
}

func (m machine) start(t *testing.T) *supervisor {
	t.Helper()
	settings := map[string]string{"PARLEY_TEMPORAL_BINARY": required(t, "PARLEY_TEMPORAL_BINARY")}
	maps.Copy(settings, m.settings)
	s := &supervisor{cmd: parley(settings, "up"), ended: make(chan struct{})}
	read, write, err := os.Pipe()
	require.NoError(t, err)
	s.cmd.Stdout, s.cmd.Stderr = write, write
	require.NoError(t, s.cmd.Start())
	require.NoError(t, write.Close())
	go s.listen(read)
	go func() {
		_ = s.cmd.Wait()
		close(s.ended)
	}()
	t.Cleanup(func() { s.interrupt(t) })
	return s
}

func (s *supervisor) listen(from io.Reader) {
	lines := bufio.NewScanner(from)
	for lines.Scan() {
		s.mu.Lock()
		s.out.WriteString(lines.Text() + "\n")
		s.mu.Unlock()
	}
}

func (s *supervisor) said() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.out.String()
}

// interrupt is Ctrl-C. It may be pressed on a supervisor that has ended.
func (s *supervisor) interrupt(t *testing.T) {
	t.Helper()
	_ = s.cmd.Process.Signal(os.Interrupt)
	s.wait(t)
}

func (s *supervisor) wait(t *testing.T) {
	t.Helper()
	select {
	case <-s.ended:
	case <-time.After(patience):
		t.Fatalf("parley up does not end:\n%s", s.said())
	}
}

// kill is the end without a chance to clear up.
func (s *supervisor) kill(t *testing.T) {
	t.Helper()
	require.NoError(t, s.cmd.Process.Kill())
	s.wait(t)
}

// eventually waits for a URL to answer with success.
func eventually(t *testing.T, url string) {
	t.Helper()
	check := answers(url)
	require.Eventually(t, func() bool { return check(context.Background()) == nil }, patience, tick, url)
}

func fetch(t *testing.T, request *http.Request) (status int, body string) {
	t.Helper()
	response, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	defer response.Body.Close()
	raw, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	return response.StatusCode, string(raw)
}

func get(t *testing.T, url string) (status int, body string) {
	t.Helper()
	request, err := http.NewRequest(http.MethodGet, url, nil)
	require.NoError(t, err)
	return fetch(t, request)
}

func post(t *testing.T, url, body string, headers map[string]string) (status int, answer string) {
	t.Helper()
	request, err := http.NewRequest(http.MethodPost, url, strings.NewReader(body))
	require.NoError(t, err)
	request.Header.Set("Content-Type", "application/json")
	for name, value := range headers {
		request.Header.Set(name, value)
	}
	return fetch(t, request)
}

// pidOf reads the record of a child of a machine.
func (m machine) pidOf(t *testing.T, name string) int {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(m.home, "run", name+".json"))
	require.NoError(t, err)
	var pid int
	_, err = fmt.Sscanf(string(raw), `{"pid":%d`, &pid)
	require.NoError(t, err)
	return pid
}

func alive(pid int) bool { return syscall.Kill(pid, 0) == nil }
