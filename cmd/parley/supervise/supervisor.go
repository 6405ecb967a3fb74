// Package supervise starts programs as children, keeps them running, and stops
// them in order. It writes down which processes are its own, so that the next
// supervisor can clear up after one that was killed.
package supervise

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"syscall"
	"time"
)

const (
	readyPoll    = 50 * time.Millisecond
	firstBackoff = 200 * time.Millisecond
	maxBackoff   = 10 * time.Second
	// steadyAfter is how long a child has to run before its next failure counts
	// as its first again.
	steadyAfter  = 30 * time.Second
	defaultGrace = 15 * time.Second
	tailSize     = 2 << 10
)

// logLimits bound a child's log: one file of that size is kept beside the one
// that is written to.
type logLimits struct {
	size  int64         // bytes
	check time.Duration // how often its size is looked at
}

var defaultLogLimits = logLimits{size: 20 << 20, check: time.Minute}

// Child is one program to keep running.
type Child struct {
	Name string
	// Command makes the program anew for each start. Its output goes to a log
	// file, and it gets a process group of its own, so that a terminal's Ctrl-C
	// reaches the supervisor alone.
	Command func() *exec.Cmd
	// Ready returns nil once the program can be used; it is asked again and
	// again until then.
	Ready func(context.Context) error
	// ReadyWithin limits the first start.
	ReadyWithin time.Duration
	// StopSignal asks the program to end; 0 means SIGTERM.
	StopSignal syscall.Signal
	// Grace is how long it gets to do so before it is killed; 0 means 15 s.
	Grace time.Duration
}

// Supervisor keeps a set of children running. Its methods are for one goroutine.
type Supervisor struct {
	dir      string // records
	logs     string
	limits   logLimits
	notify   func(string)
	children []*keeper
}

// New makes a supervisor that keeps its records under dir, which must be locked
// and reclaimed. notify receives one sentence for each thing that goes wrong
// while children run; it must be safe for concurrent use.
func New(dir string, notify func(string)) (*Supervisor, error) {
	logs := filepath.Join(dir, "logs")
	if err := os.MkdirAll(logs, 0o700); err != nil {
		return nil, err
	}
	return &Supervisor{dir: dir, logs: logs, limits: defaultLogLimits, notify: notify}, nil
}

// Start runs a child and returns when it is ready. A child that ends before
// that is an error that quotes its last words; one that ends later is started
// again, with growing pauses.
func (s *Supervisor) Start(ctx context.Context, child Child) error {
	k := newKeeper(s, child)
	if err := k.launch(); err != nil {
		return err
	}
	s.children = append(s.children, k)
	if err := k.waitReady(ctx); err != nil {
		return err
	}
	go k.keep()
	k.kept = true
	return nil
}

// PID returns the process id of a running child, or 0.
func (s *Supervisor) PID(name string) int {
	for _, k := range s.children {
		if k.child.Name == name {
			return k.pid()
		}
	}
	return 0
}

// Stop ends all children, last started first. When ctx ends, those that are
// left are killed.
func (s *Supervisor) Stop(ctx context.Context) error {
	var errs []error
	for _, k := range slices.Backward(s.children) {
		if err := k.stop(ctx); err != nil {
			errs = append(errs, fmt.Errorf("stop %s: %w", k.child.Name, err))
		}
	}
	s.children = nil
	return errors.Join(errs...)
}
