package main

import (
	"bytes"
	"net"
	"os"
	"regexp"
	"strconv"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/db/dbtest"
	"github.com/parley-chat/parley/secret"
)

var variable = regexp.MustCompile(`\$\{[A-Z_]+(:?[-?])?([^}]*)\}`)

// expand does what compose does to ${NAME:-default} where nothing is set.
func expand(value string) string {
	return variable.ReplaceAllStringFunc(value, func(found string) string {
		parts := variable.FindStringSubmatch(found)
		if parts[1] == ":-" || parts[1] == "-" {
			return parts[2]
		}
		return ""
	})
}

// node is a process of the many-machines shape, in the environment that compose
// gives it but for the addresses of this test run.
type testNode struct {
	settings map[string]string
	url      string
	log      *bytes.Buffer
	stop     func() error
}

func startNode(t *testing.T, shared map[string]string) *testNode {
	t.Helper()
	ports, err := freePorts(2)
	require.NoError(t, err)
	n := &testNode{settings: map[string]string{}, log: &bytes.Buffer{}}
	for name, value := range readCompose(t).Services["parley"].Environment {
		n.settings[name] = expand(value)
	}
	for name, value := range shared {
		require.Contains(t, n.settings, name, "compose sets it")
		n.settings[name] = value
	}
	n.settings["PARLEY_LISTEN"] = net.JoinHostPort(loopback, strconv.Itoa(ports[0]))
	n.settings["PARLEY_METRICS_LISTEN"] = net.JoinHostPort(loopback, strconv.Itoa(ports[1]))
	n.url = "http://" + n.settings["PARLEY_LISTEN"]
	cmd := parley(n.settings, readCompose(t).Services["parley"].Command...)
	cmd.Stdout, cmd.Stderr = n.log, n.log
	require.NoError(t, cmd.Start())
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	stopped := false
	n.stop = func() error {
		if stopped {
			return nil
		}
		stopped = true
		_ = cmd.Process.Signal(syscall.SIGTERM)
		return <-ended
	}
	t.Cleanup(func() {
		if err := n.stop(); t.Failed() {
			t.Logf("%v\n%s", err, n.log)
		}
	})
	return n
}

// composeEnvironment stands for the other containers.
func composeEnvironment(t *testing.T) map[string]string {
	t.Helper()
	database := dbtest.Empty(t)
	out, err := parley(map[string]string{"DATABASE_URL": database}, "migrate").CombinedOutput()
	require.NoError(t, err, "%s", out)
	assert.Contains(t, string(out), "applied")
	return map[string]string{
		"DATABASE_URL":         database,
		"TEMPORAL_ADDRESS":     required(t, "PARLEY_TEST_TEMPORAL_ADDRESS"),
		"TEMPORAL_NAMESPACE":   "default",
		"PARLEY_SECRET_KEY":    secret.NewKey(),
		"PARLEY_SIMULATOR_URL": "http://" + loopback + ":1/v1",
	}
}

func TestNodesServeInTheEnvironmentOfCompose(t *testing.T) {
	t.Parallel()
	shared := composeEnvironment(t)
	nodes := []*testNode{startNode(t, shared), startNode(t, shared)}
	for _, n := range nodes {
		eventually(t, n.url+"/readyz")
		check := parley(n.settings, healthcheckOf(t, "parley")...)
		out, err := check.CombinedOutput()
		assert.NoError(t, err, "%s", out)
	}
	checkMetrics(t, nodes[0])
	for _, n := range nodes {
		assert.NoError(t, n.stop(), "a node that is asked to stop does so without an error")
		out, err := parley(n.settings, healthcheckOf(t, "parley")...).CombinedOutput()
		assert.Error(t, err, "%s", out)
	}
}

// checkMetrics finds them at their own address and nowhere else.
func checkMetrics(t *testing.T, n *testNode) {
	t.Helper()
	status, text := get(t, "http://"+n.settings["PARLEY_METRICS_LISTEN"]+"/metrics")
	assert.Equal(t, 200, status)
	assert.Contains(t, text, "parley_turns_running 0")
	status, text = get(t, n.url+"/metrics")
	assert.Equal(t, 404, status)
	assert.NotContains(t, text, "parley_")
}

func healthcheckOf(t *testing.T, service string) []string {
	t.Helper()
	test := readCompose(t).Services[service].Healthcheck.Test
	require.Greater(t, len(test), 2)
	assert.Equal(t, []string{"CMD", "/parley"}, test[:2])
	return test[2:]
}

func TestServeNamesEverySettingThatIsMissing(t *testing.T) {
	t.Parallel()
	out, err := parley(nil, "serve").CombinedOutput()
	require.Error(t, err)
	for _, name := range []string{"DATABASE_URL", "TEMPORAL_ADDRESS", "PARLEY_SECRET_KEY"} {
		assert.Contains(t, string(out), "set "+name)
	}
}

func TestServeRefusesADatabaseThatWasNotMigrated(t *testing.T) {
	t.Parallel()
	shared := composeEnvironment(t)
	shared["DATABASE_URL"] = dbtest.Empty(t)
	out, err := parley(shared, "serve").CombinedOutput()
	require.Error(t, err)
	assert.NotContains(t, string(out), "panic")
	assert.Contains(t, string(out), "migrate")
}

func TestAKeyThatIsNotOneIsNotRepeated(t *testing.T) {
	t.Parallel()
	const typo = "correct-horse-battery-staple"
	out, err := parley(map[string]string{
		"DATABASE_URL": "postgres://x", "TEMPORAL_ADDRESS": "x:1", "PARLEY_SIMULATOR_URL": "http://x",
		"PARLEY_SECRET_KEY": typo,
	}, "serve").CombinedOutput()
	require.Error(t, err)
	assert.Contains(t, string(out), "PARLEY_SECRET_KEY")
	assert.NotContains(t, string(out), typo)
}

func TestOpenAPIPrintsTheCommittedDocument(t *testing.T) {
	t.Parallel()
	out, err := parley(nil, "openapi").Output()
	require.NoError(t, err)
	committed, err := os.ReadFile(root + "/api/openapi.yaml")
	require.NoError(t, err)
	assert.Equal(t, string(committed), string(out))
}
