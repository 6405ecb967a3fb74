package stack

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"sync"
	"syscall"
	"time"
)

const (
	readyPoll = 20 * time.Millisecond
	// stopLimit is how long a process gets to end before it is killed.
	stopLimit = 30 * time.Second
)

// Process is one program of a stack. It can be started again after it has ended,
// however it ended. Its methods are for one goroutine.
type Process struct {
	name       string
	command    func() *exec.Cmd
	ready      func(context.Context) error
	stopSignal syscall.Signal
	log        string // path; every run appends

	running *run
}

// run is one life of a process.
type run struct {
	cmd   *exec.Cmd
	ended chan struct{}
	err   error // how it ended; to be read when ended is closed
}

// Start runs the program and returns when it is ready. One that ends before that
// is started again until ctx ends: what it leans on may have to recover first.
func (p *Process) Start(ctx context.Context) error {
	for {
		if err := p.launch(); err != nil {
			return err
		}
		err := p.await(ctx)
		if err == nil {
			return nil
		}
		if pause(ctx) != nil {
			p.Kill()
			return fmt.Errorf("%s did not become ready (see %s): %w", p.name, p.log, err)
		}
	}
}

// await returns when the program is ready, or says why it is not.
func (p *Process) await(ctx context.Context) error {
	for {
		err := p.ready(ctx)
		if err == nil {
			return nil
		}
		if !p.Alive() {
			return fmt.Errorf("%s has ended: %w", p.name, p.running.err)
		}
		if pause(ctx) != nil {
			return err
		}
	}
}

func (p *Process) launch() error {
	log, err := os.OpenFile(p.log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer log.Close()
	cmd := p.command()
	cmd.Stdout, cmd.Stderr = log, log
	if err := start(cmd, p.stopSignal); err != nil {
		return err
	}
	life := &run{cmd: cmd, ended: make(chan struct{})}
	p.running = life
	go func() {
		life.err = cmd.Wait()
		close(life.ended)
	}()
	return nil
}

// starter is the one thread that starts processes. The kernel ends them with the
// thread that started them, so it lives as long as this program does, and
// nothing outlives a test run that was killed.
var starter = sync.OnceValue(func() chan<- func() {
	work := make(chan func())
	go func() {
		runtime.LockOSThread()
		for do := range work {
			do()
		}
	}()
	return work
})

func start(cmd *exec.Cmd, endWith syscall.Signal) error {
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{}
	}
	cmd.SysProcAttr.Setpgid = true
	cmd.SysProcAttr.Pdeathsig = endWith
	started := make(chan error)
	starter() <- func() { started <- cmd.Start() }
	return <-started
}

// Log is the path of what the process has printed, over all its lives.
func (p *Process) Log() string { return p.log }

// PID is the number of the running process, or 0.
func (p *Process) PID() int {
	if !p.Alive() {
		return 0
	}
	return p.running.cmd.Process.Pid
}

// Alive reports whether the process runs, or is paused.
func (p *Process) Alive() bool {
	if p.running == nil {
		return false
	}
	select {
	case <-p.running.ended:
		return false
	default:
		return true
	}
}

// Ended says how a process that runs no more has ended; nil: well.
func (p *Process) Ended() error {
	p.join()
	return p.running.err
}

// Kill ends the process without a chance to say goodbye, as a power cut does,
// and returns when it is gone.
func (p *Process) Kill() {
	p.signal(syscall.SIGKILL)
	p.join()
}

// Pause stops the process in its tracks, as a hung machine does.
func (p *Process) Pause() { p.signal(syscall.SIGSTOP) }

// Resume lets a paused process go on as if no time had passed.
func (p *Process) Resume() { p.signal(syscall.SIGCONT) }

// Stop asks the process to end, and kills it if it does not.
func (p *Process) Stop() {
	p.signal(p.stopSignal)
	hurry := time.AfterFunc(stopLimit, func() { p.signal(syscall.SIGKILL) })
	defer hurry.Stop()
	p.join()
}

func (p *Process) signal(signal syscall.Signal) {
	if p.Alive() {
		_ = p.running.cmd.Process.Signal(signal) // fails only for one that has just ended
	}
}

func (p *Process) join() {
	if p.running != nil {
		<-p.running.ended
	}
}

func pause(ctx context.Context) error {
	timer := time.NewTimer(readyPoll)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return errors.Join(ctx.Err(), context.Cause(ctx))
	case <-timer.C:
		return nil
	}
}
