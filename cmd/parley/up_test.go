package main

import (
	"encoding/json"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var parts = []string{"postgres", "temporal", "simulator", "serve"}

// The whole life of an installation on one machine, with everything real.
//
//nolint:tparallel // the subtests share one installation, which each of them breaks
func TestUpStartsSurvivesAndStops(t *testing.T) {
	t.Parallel()
	m := newMachine(t)
	first := m.up(t)

	t.Run("demo", func(t *testing.T) { checkDemo(t, m, first.said()) })
	t.Run("doctor", func(t *testing.T) { checkDoctor(t, m) })
	t.Run("tenant create", func(t *testing.T) { checkTenantCreate(t, m) })
	t.Run("replay", func(t *testing.T) { checkReplay(t, m) })
	t.Run("only one", func(t *testing.T) {
		second := m.start(t)
		second.wait(t)
		assert.Contains(t, second.said(), "already runs in this folder")
		assert.Equal(t, 1, second.cmd.ProcessState.ExitCode())
	})
	for _, part := range parts {
		t.Run("killed "+part, func(t *testing.T) { checkRestart(t, m, part) })
	}
	t.Run("killed supervisor", func(t *testing.T) { checkTakeover(t, m, first) })
}

func checkDemo(t *testing.T, m machine, table string) {
	t.Helper()
	info, err := os.Stat(filepath.Join(m.home, demoFile))
	require.NoError(t, err)
	assert.Equal(t, os.FileMode(0o600), info.Mode().Perm(), "it holds a password")
	raw, err := os.ReadFile(filepath.Join(m.home, demoFile))
	require.NoError(t, err)
	var fields map[string]any
	require.NoError(t, json.Unmarshal(raw, &fields))
	for _, key := range []string{
		"api_url", "dashboard_url", "demo_page_url", "temporal_ui_url", "tenant_id", "agent_id",
		"publishable_key", "secret_key", "admin_email", "admin_password",
	} {
		assert.NotEmpty(t, fields[key], key)
	}

	d := m.demo(t)
	for _, shown := range []string{d.DemoPageURL, d.DashboardURL, d.TemporalUIURL, d.AdminEmail, d.AdminPassword} {
		assert.Contains(t, table, shown)
	}
	assert.NotContains(t, table, d.SecretKey, "a terminal's scrollback is no place for it")

	status, page := get(t, d.DemoPageURL+"/")
	assert.Equal(t, 200, status)
	assert.Contains(t, page, d.PublishableKey)
	assert.Contains(t, page, d.APIURL+"/widget.js")
	assert.NotContains(t, page, d.SecretKey)

	for _, tenant := range []demoTenant{d.demoTenant, d.Second} {
		checkSignIn(t, d.APIURL, tenant)
		checkWidget(t, d, tenant)
	}
}

func checkSignIn(t *testing.T, api string, tenant demoTenant) {
	t.Helper()
	credentials := fmt.Sprintf(`{"email":%q,"password":%q}`, tenant.AdminEmail, tenant.AdminPassword)
	status, answer := post(t, api+"/v1/auth/sign-in", credentials, map[string]string{"Origin": api})
	assert.Equal(t, 200, status, answer)
	assert.Contains(t, answer, tenant.TenantID.String())
}

// checkWidget opens the agent as the demo page does, and as a page of somebody
// else does.
func checkWidget(t *testing.T, d demo, tenant demoTenant) {
	t.Helper()
	body := fmt.Sprintf(`{"agentId":%q,"publishableKey":%q}`, tenant.AgentID, tenant.PublishableKey)
	status, answer := post(t, d.APIURL+"/v1/widget/sessions", body, map[string]string{"Origin": d.DemoPageURL})
	assert.Equal(t, 201, status, answer)
	assert.Contains(t, answer, `"simulated":true`)
	status, _ = post(t, d.APIURL+"/v1/widget/sessions", body, map[string]string{"Origin": "http://elsewhere.example"})
	assert.Equal(t, 403, status)
}

func checkDoctor(t *testing.T, m machine) {
	t.Helper()
	out, err := parley(m.settings, "doctor").CombinedOutput()
	// The program built from temporal/devserver is not beside a test binary.
	for line := range strings.Lines(string(out)) {
		if strings.HasPrefix(strings.TrimSpace(line), string(broken)) {
			assert.Contains(t, line, "Temporal program", "%v", err)
		}
	}
	for _, name := range []string{"Database", "Schema", "Roles", "Temporal ", "Search attributes", "Fairness", "Model", "Parley", "Metrics"} {
		assert.Regexp(t, `(?m)^  ok    `+name, string(out))
	}
	for _, part := range []string{"ready", "simulator"} {
		out, err = parley(m.settings, "doctor", part).CombinedOutput()
		assert.NoError(t, err, "%s", out)
	}
}

func checkTenantCreate(t *testing.T, m machine) {
	t.Helper()
	out, err := parley(m.settings, "tenant", "create", "--email", "ada@example.com", "--name", "Engines").CombinedOutput()
	require.NoError(t, err, "%s", out)
	_, password, found := strings.Cut(string(out), "password  ")
	require.True(t, found, "%s", out)
	credentials := fmt.Sprintf(`{"email":"ada@example.com","password":%q}`, strings.TrimSpace(password))
	api := m.demo(t).APIURL
	status, answer := post(t, api+"/v1/auth/sign-in", credentials, map[string]string{"Origin": api})
	assert.Equal(t, 200, status, answer)
	assert.Contains(t, answer, "Engines")
}

// checkReplay has one turn answered and replays it.
func checkReplay(t *testing.T, m machine) {
	t.Helper()
	d := m.demo(t)
	as := map[string]string{"Authorization": "Bearer " + d.SecretKey}
	status, answer := post(t, d.APIURL+"/v1/conversations", fmt.Sprintf(`{"agentId":%q}`, d.AgentID), as)
	require.Equal(t, 201, status, answer)
	var conversation, turn struct{ ID string }
	require.NoError(t, json.Unmarshal([]byte(answer), &conversation))
	status, answer = post(t, d.APIURL+"/v1/conversations/"+conversation.ID+"/turns",
		`{"message":{"parts":[{"type":"text","text":"Which plant likes shade?"}]}}`, as)
	require.Equal(t, 202, status, answer)
	require.NoError(t, json.Unmarshal([]byte(answer), &turn))

	workflow := fmt.Sprintf("turn/%s/%s", d.TenantID, turn.ID)
	out, err := parley(m.settings, "replay", workflow).CombinedOutput()
	require.NoError(t, err, "%s", out)
	assert.Contains(t, string(out), "ok    "+workflow)
	assert.Contains(t, string(out), "1 of 1 workflows replay with this build")

	out, err = parley(m.settings, "replay", "turn/none").CombinedOutput()
	assert.Error(t, err)
	assert.Contains(t, string(out), "FAIL  turn/none")
	out, err = parley(m.settings, "replay").CombinedOutput()
	assert.NoError(t, err, "%s", out)
}

func checkRestart(t *testing.T, m machine, part string) {
	t.Helper()
	before := m.pidOf(t, part)
	require.NoError(t, syscall.Kill(before, syscall.SIGKILL))
	require.Eventually(t, func() bool {
		now := m.pidOf(t, part)
		return now != before && alive(now)
	}, patience, tick, "%s is started again", part)
	eventually(t, m.demo(t).APIURL+"/readyz")
	eventually(t, "http://"+m.settings["PARLEY_SIMULATOR_LISTEN"]+"/v1/models")
}

// checkTakeover kills the supervisor: what it had started goes on serving, and
// the next start takes over, with yesterday's data.
func checkTakeover(t *testing.T, m machine, first *supervisor) {
	t.Helper()
	before := m.demo(t)
	left := map[string]int{}
	for _, part := range parts {
		left[part] = m.pidOf(t, part)
	}
	first.kill(t)
	status, _ := get(t, before.APIURL+"/readyz")
	assert.Equal(t, 200, status, "nothing has stopped")

	second := m.up(t)
	assert.Contains(t, second.said(), "Stopped what an earlier run had left: serve, simulator, temporal, postgres")
	for part, pid := range left {
		assert.False(t, alive(pid), "the %s of before", part)
		assert.True(t, alive(m.pidOf(t, part)), part)
	}
	assert.Equal(t, before, m.demo(t), "the demo is made once")
	checkSignIn(t, before.APIURL, before.demoTenant)

	running := map[string]int{}
	for _, part := range parts {
		running[part] = m.pidOf(t, part)
	}
	second.interrupt(t)
	assert.True(t, second.cmd.ProcessState.Success(), second.said())
	for part, pid := range running {
		assert.False(t, alive(pid), part)
	}
	assert.NoError(t, checkPorts(newUp(config{
		Listen: m.settings["PARLEY_LISTEN"], DemoListen: m.settings["PARLEY_DEMO_LISTEN"],
		SimulatorListen: m.settings["PARLEY_SIMULATOR_LISTEN"],
	}, nil).ports()[:2]))
}

func TestUpNamesThePortsThatAreTaken(t *testing.T) {
	t.Parallel()
	m := newMachine(t)
	for _, setting := range []string{"PARLEY_LISTEN", "PARLEY_SIMULATOR_LISTEN"} {
		listener, err := net.Listen("tcp", m.settings[setting])
		require.NoError(t, err)
		t.Cleanup(func() { _ = listener.Close() })
	}
	s := m.start(t)
	s.wait(t)

	assert.Equal(t, 1, s.cmd.ProcessState.ExitCode())
	for _, setting := range []string{"PARLEY_LISTEN", "PARLEY_SIMULATOR_LISTEN"} {
		assert.Contains(t, s.said(), m.settings[setting])
		assert.Contains(t, s.said(), "choose another with "+setting+"=")
	}
	assert.NotContains(t, s.said(), "PARLEY_DEMO_LISTEN", "that one is free")
	assert.NoDirExists(t, postgresHome(m.home), "nothing was started")
}

func TestUpWithoutTemporalSaysHowToBuildIt(t *testing.T) {
	t.Parallel()
	m := newMachine(t)
	m.settings["PARLEY_TEMPORAL_BINARY"] = filepath.Join(m.home, "absent")
	s := m.start(t)
	s.wait(t)

	assert.Contains(t, s.said(), "build it with `make build`")
	assert.Equal(t, 1, s.cmd.ProcessState.ExitCode())
}
