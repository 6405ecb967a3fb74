// Package stack runs Parley as it is run in production: as processes of its own
// binary on a private Postgres and a Temporal service, all on the loopback
// interface. Tests kill those processes, and the benchmark measures them.
package stack

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/parley-chat/parley/db/embedded"
	"github.com/parley-chat/parley/temporal/dynamicconfig"
)

// Config says what a stack is made of.
type Config struct {
	Parley   string // path of the binary
	Temporal string // path of the program built from temporal/devserver
	// Throwaway lets Postgres go without fsync. A killed process still loses
	// nothing.
	Throwaway bool
	// Namespaces are those that Temporal serves.
	Namespaces []string
	// Unfair has Temporal hand out tasks in the order in which they come, whoever's
	// they are.
	Unfair bool
	// Simulator adds to the environment of the simulated model.
	Simulator map[string]string
}

// Stack is what nodes stand on. Close must be called.
type Stack struct {
	Postgres  *Process
	Temporal  *Process
	Simulator *Process
	// TemporalAddress and SimulatorURL are where nodes find the two.
	TemporalAddress string
	SimulatorURL    string
	// TemporalProfiles is the address of Temporal's own profiler.
	TemporalProfiles string

	config  Config
	dir     string
	cluster *embedded.Cluster

	mu        sync.Mutex
	processes []*Process
}

// Start runs Postgres, Temporal and a simulator. On an error nothing is left
// running.
func Start(ctx context.Context, config Config) (*Stack, error) {
	dir, err := os.MkdirTemp("", "parley-stack-")
	if err != nil {
		return nil, err
	}
	s := &Stack{config: config, dir: dir}
	for _, part := range []func(context.Context) error{s.startPostgres, s.startTemporal, s.startSimulator} {
		if err := part(ctx); err != nil {
			return nil, errors.Join(err, s.Close())
		}
	}
	return s, nil
}

// Close stops everything, last started first, and removes it. The processes'
// logs are gone with it.
func (s *Stack) Close() error {
	for _, process := range slices.Backward(s.processes) {
		process.Resume()
		process.Stop()
	}
	return errors.Join(embedded.Remove(s.postgresHome()), os.RemoveAll(s.dir))
}

func (s *Stack) postgresHome() string { return filepath.Join(s.dir, "postgres") }

// add makes a process that Close stops.
func (s *Stack) add(p *Process) *Process {
	p.log = filepath.Join(s.dir, p.name+".log")
	if p.stopSignal == 0 {
		p.stopSignal = syscall.SIGTERM
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.processes = append(s.processes, p)
	return p
}

func (s *Stack) startPostgres(ctx context.Context) (err error) {
	s.cluster, err = embedded.New(ctx, embedded.Config{Home: s.postgresHome(), Throwaway: s.config.Throwaway})
	if err != nil {
		return err
	}
	s.Postgres = s.add(&Process{
		name: "postgres", command: s.cluster.Command, ready: s.cluster.Ready, stopSignal: embedded.StopSignal,
	})
	return s.Postgres.Start(ctx)
}

// dynamic is what the service is told beyond its defaults.
func (c Config) dynamic() []byte {
	if !c.Unfair {
		return dynamicconfig.YAML
	}
	const fair = "matching.enableFairness:\n  - value: "
	return bytes.Replace(dynamicconfig.YAML, []byte(fair+"true"), []byte(fair+"false"), 1)
}

func (s *Stack) startTemporal(ctx context.Context) error {
	settings := filepath.Join(s.dir, dynamicconfig.FileName)
	if err := os.WriteFile(settings, s.config.dynamic(), 0o600); err != nil {
		return err
	}
	port, web, profiles := freePort(), freePort(), freePort()
	s.TemporalAddress, s.TemporalProfiles = address(port), address(profiles)
	args := []string{
		"-port", strconv.Itoa(port), "-web-port", strconv.Itoa(web), "-pprof-port", strconv.Itoa(profiles),
		"-dynamic-config", settings, "-namespaces", strings.Join(s.config.Namespaces, ","),
	}
	environment := map[string]string{"DATABASE_URL": s.cluster.URL("postgres")}
	s.Temporal = s.add(&Process{
		name:    "temporal",
		command: func() *exec.Cmd { return command(environment, s.config.Temporal, args...) },
		ready:   answers("http://" + address(web) + "/healthz"),
	})
	return s.Temporal.Start(ctx)
}

func (s *Stack) startSimulator(ctx context.Context) error {
	at := address(freePort())
	s.SimulatorURL = "http://" + at + "/v1"
	environment := map[string]string{"PARLEY_SIMULATOR_LISTEN": at}
	maps.Copy(environment, s.config.Simulator)
	s.Simulator = s.add(&Process{
		name:    "simulator",
		command: func() *exec.Cmd { return command(environment, s.config.Parley, "simulator") },
		ready:   answers(s.SimulatorURL + "/models"),
	})
	return s.Simulator.Start(ctx)
}

// command runs a program with an environment that holds only what is said here:
// settings of the machine at hand must not change what is tested or measured.
func command(environment map[string]string, program string, args ...string) *exec.Cmd {
	cmd := exec.Command(program, args...) //nolint:noctx // it lives until Stop, whatever becomes of the context that started it
	for _, name := range []string{"PATH", "HOME", "TMPDIR", "LANG"} {
		cmd.Env = append(cmd.Env, name+"="+os.Getenv(name))
	}
	for name, value := range environment {
		cmd.Env = append(cmd.Env, name+"="+value)
	}
	return cmd
}

// answers makes a check that a URL answers with success.
func answers(url string) func(context.Context) error {
	client := &http.Client{Timeout: time.Second}
	return func(ctx context.Context) error {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
		if err != nil {
			return err
		}
		response, err := client.Do(request)
		if err != nil {
			return err
		}
		defer response.Body.Close()
		if response.StatusCode != http.StatusOK {
			return fmt.Errorf("%s answers %s", url, response.Status)
		}
		return nil
	}
}
