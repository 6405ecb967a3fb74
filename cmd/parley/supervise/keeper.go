package supervise

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"
)

// keeper looks after one child.
type keeper struct {
	s     *Supervisor
	child Child
	order int
	kept  bool // whether keep runs

	stopping chan struct{} // closed when the child must not come back
	finished chan struct{} // closed when keep has returned

	mu      sync.Mutex
	running *run
}

// run is one life of a child.
type run struct {
	cmd     *exec.Cmd
	record  record
	started time.Time
	ended   chan struct{} // closed when it has been waited for
}

func newKeeper(s *Supervisor, child Child) *keeper {
	if child.StopSignal == 0 {
		child.StopSignal = syscall.SIGTERM
	}
	if child.Grace == 0 {
		child.Grace = defaultGrace
	}
	return &keeper{
		s: s, child: child, order: len(s.children),
		stopping: make(chan struct{}), finished: make(chan struct{}),
	}
}

// launch starts the program once and writes down who it is.
func (k *keeper) launch() error {
	output, err := k.openLog()
	if err != nil {
		return err
	}
	defer output.Close()
	cmd := k.child.Command()
	cmd.Stdout, cmd.Stderr = output, output
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{}
	}
	cmd.SysProcAttr.Setpgid = true

	k.mu.Lock()
	defer k.mu.Unlock()
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("start %s: %w", k.child.Name, err)
	}
	life := &run{cmd: cmd, started: time.Now(), ended: make(chan struct{})}
	recordErr := k.write(life)
	go func() {
		_ = cmd.Wait() // the process state keeps what matters
		close(life.ended)
	}()
	k.running = life
	return recordErr
}

func (k *keeper) write(life *run) error {
	who, err := identify(life.cmd.Process.Pid)
	if errors.Is(err, errGone) {
		return nil // it has ended already, which whoever waits for it will see
	}
	if err != nil {
		return err
	}
	life.record = record{
		identity: who, Name: k.child.Name, Order: k.order,
		Signal: k.child.StopSignal, Grace: k.child.Grace,
	}
	return life.record.write(k.s.dir)
}

// openLog appends to the child's log. A file, not a pipe: the child goes on
// writing when its supervisor is killed.
func (k *keeper) openLog() (*os.File, error) {
	return os.OpenFile(k.logPath(), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
}

// trimLog sets aside a log that has grown too long. The child holds the file
// open, so the file is copied and emptied, not renamed; lines that are written
// in between are lost.
func (k *keeper) trimLog() error {
	info, err := os.Stat(k.logPath())
	if err != nil || info.Size() <= k.s.limits.size {
		return err
	}
	from, err := os.Open(k.logPath())
	if err != nil {
		return err
	}
	defer from.Close()
	to, err := os.OpenFile(k.logPath()+".1", os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer to.Close()
	if _, err := io.Copy(to, from); err != nil {
		return err
	}
	return os.Truncate(k.logPath(), 0)
}

func (k *keeper) logPath() string { return filepath.Join(k.s.logs, k.child.Name+".log") }

func (k *keeper) current() *run {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.running
}

func (k *keeper) pid() int {
	life := k.current()
	select {
	case <-life.ended:
		return 0
	default:
		return life.cmd.Process.Pid
	}
}

// waitReady returns when the child can be used, has ended, or took too long.
func (k *keeper) waitReady(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, k.child.ReadyWithin)
	defer cancel()
	tick := time.NewTicker(readyPoll)
	defer tick.Stop()
	life := k.current()
	for {
		err := k.child.Ready(ctx)
		if err == nil {
			return nil
		}
		select {
		case <-life.ended:
			return fmt.Errorf("%s ended right after its start (%s)%s", k.child.Name, life.cmd.ProcessState, k.lastWords())
		case <-ctx.Done():
			return fmt.Errorf("%s is not ready: %w%s", k.child.Name, errors.Join(ctx.Err(), err), k.lastWords())
		case <-tick.C:
		}
	}
}

// lastWords quotes the end of the log, and says where the rest is.
func (k *keeper) lastWords() string {
	raw, err := os.ReadFile(k.logPath())
	if err != nil {
		return ""
	}
	if len(raw) > tailSize {
		raw = raw[len(raw)-tailSize:]
	}
	return fmt.Sprintf("; the end of %s:\n%s", k.logPath(), strings.TrimSpace(string(raw)))
}

// keep starts the child again whenever it ends, until it is to stop.
func (k *keeper) keep() {
	defer close(k.finished)
	trim := time.NewTicker(k.s.limits.check)
	defer trim.Stop()
	pause := firstBackoff
	for {
		life := k.current()
		select {
		case <-k.stopping:
			return
		case <-trim.C:
			if err := k.trimLog(); err != nil {
				k.s.notify(fmt.Sprintf("the log of %s cannot be trimmed: %v", k.child.Name, err))
			}
			continue
		case <-life.ended:
		}
		if time.Since(life.started) > steadyAfter {
			pause = firstBackoff
		}
		k.s.notify(fmt.Sprintf("%s ended (%s), starting it again", k.child.Name, life.cmd.ProcessState))
		if !k.relaunch(&pause) {
			return
		}
	}
}

// relaunch tries until the program has been started. It returns false when the
// child is to stop.
func (k *keeper) relaunch(pause *time.Duration) bool {
	for {
		select {
		case <-k.stopping:
			return false
		case <-time.After(*pause):
		}
		*pause = min(*pause*2, maxBackoff)
		err := k.launch()
		if err == nil {
			return true
		}
		k.s.notify(err.Error())
	}
}

// stop ends the child for good.
func (k *keeper) stop(ctx context.Context) error {
	close(k.stopping)
	if k.kept {
		<-k.finished
	}
	life := k.current()
	if !life.endWithin(ctx, k.child.StopSignal, k.child.Grace) {
		if err := killGroup(life.record.identity); err != nil {
			return err
		}
		<-life.ended
	}
	return record{Name: k.child.Name}.remove(k.s.dir)
}

// endWithin asks politely and reports whether the process has ended in time.
func (l *run) endWithin(ctx context.Context, signal syscall.Signal, grace time.Duration) bool {
	ctx, cancel := context.WithTimeout(ctx, grace)
	defer cancel()
	if err := l.cmd.Process.Signal(signal); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return false
	}
	select {
	case <-l.ended:
		return true
	case <-ctx.Done():
		return false
	}
}
