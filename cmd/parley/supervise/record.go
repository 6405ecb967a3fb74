package supervise

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sort"
	"syscall"
	"time"
)

const (
	gonePoll = 20 * time.Millisecond
	// killGrace is how long the kernel gets to remove a killed process.
	killGrace = 5 * time.Second
)

// record is what a supervisor writes down about a child, so that the next one
// can stop it if this one is killed.
type record struct {
	identity

	Name   string         `json:"name"`
	Order  int            `json:"order"` // children stop in the reverse order of their start
	Signal syscall.Signal `json:"signal"`
	Grace  time.Duration  `json:"grace"`
}

func (r record) path(dir string) string { return filepath.Join(dir, r.Name+".json") }

// write replaces the file in one step: a reader never sees half of it.
func (r record) write(dir string) error {
	raw, err := json.Marshal(r)
	if err != nil {
		return err
	}
	temporary := r.path(dir) + ".new"
	if err := os.WriteFile(temporary, raw, 0o600); err != nil {
		return err
	}
	return os.Rename(temporary, r.path(dir))
}

func (r record) remove(dir string) error {
	err := os.Remove(r.path(dir))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// Reclaim stops the processes that a killed supervisor left behind in dir, last
// started first. A process that only has the pid of one of them is left alone.
// It returns the names of those it stopped. ctx ends the waiting, not the
// stopping: what is left by then is killed.
func Reclaim(ctx context.Context, dir string) ([]string, error) {
	records, err := readRecords(dir)
	if err != nil {
		return nil, err
	}
	var stopped []string
	for _, r := range records {
		process, err := r.find()
		if err == nil {
			if err := end(ctx, process, r); err != nil {
				return stopped, fmt.Errorf("stop %s (pid %d) of an earlier run: %w", r.Name, r.PID, err)
			}
			stopped = append(stopped, r.Name)
		}
		if err := r.remove(dir); err != nil {
			return stopped, err
		}
	}
	return stopped, nil
}

func readRecords(dir string) ([]record, error) {
	paths, err := filepath.Glob(filepath.Join(dir, "*.json"))
	if err != nil {
		return nil, err
	}
	var records []record
	for _, path := range paths {
		raw, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		var r record
		if err := json.Unmarshal(raw, &r); err != nil {
			return nil, fmt.Errorf("%s is damaged, remove it when nothing of Parley runs any more: %w", path, err)
		}
		records = append(records, r)
	}
	sort.Slice(records, func(i, j int) bool { return records[i].Order > records[j].Order })
	return records, nil
}

// end stops a process that need not be our child: politely, then its whole
// group by force.
func end(ctx context.Context, process *os.Process, r record) error {
	if err := process.Signal(r.Signal); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return err
	}
	if waitGone(ctx, r.identity, r.Grace) {
		return nil
	}
	if err := killGroup(r.identity); err != nil {
		return err
	}
	if waitGone(context.WithoutCancel(ctx), r.identity, killGrace) {
		return nil
	}
	return errors.New("it does not end even when killed")
}

// gone reports whether the process has ended, whoever has its pid now.
func gone(who identity) bool {
	now, err := identify(who.PID)
	return err != nil || now != who
}

func waitGone(ctx context.Context, who identity, limit time.Duration) bool {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	tick := time.NewTicker(gonePoll)
	defer tick.Stop()
	for {
		if gone(who) {
			return true
		}
		select {
		case <-ctx.Done():
			return false
		case <-tick.C:
		}
	}
}

// killGroup kills the process and everything it started. It does nothing unless
// the process is still the one that was recorded.
func killGroup(who identity) error {
	if gone(who) {
		return nil
	}
	err := syscall.Kill(-who.PID, syscall.SIGKILL)
	if errors.Is(err, syscall.ESRCH) {
		return nil
	}
	return err
}
