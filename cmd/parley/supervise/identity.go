package supervise

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
)

// identity names one process for ever: a pid alone is given away again, the
// time of its start within one boot of the machine is not.
type identity struct {
	PID   int    `json:"pid"`
	Start uint64 `json:"start"` // clock ticks since the boot
	Boot  string `json:"boot"`
}

var errGone = errors.New("the process has ended")

// identify reads who is running under a pid now.
func identify(pid int) (identity, error) {
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return identity{}, errGone
	}
	state, start, err := parseStat(raw)
	if err != nil {
		return identity{}, err
	}
	if state == "Z" || state == "X" {
		return identity{}, errGone
	}
	boot, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if err != nil {
		return identity{}, fmt.Errorf("read the boot id: %w", err)
	}
	return identity{PID: pid, Start: start, Boot: strings.TrimSpace(string(boot))}, nil
}

// parseStat takes the state and the start time out of /proc/<pid>/stat. The
// program's name comes before them in parentheses and may hold anything.
func parseStat(raw []byte) (state string, start uint64, err error) {
	end := bytes.LastIndexByte(raw, ')')
	if end < 0 {
		return "", 0, fmt.Errorf("unknown process status %q", raw)
	}
	fields := strings.Fields(string(raw[end+1:]))
	const startField = 19 // the 22nd of all, counted from the state
	if len(fields) <= startField {
		return "", 0, fmt.Errorf("unknown process status %q", raw)
	}
	start, err = strconv.ParseUint(fields[startField], 10, 64)
	return fields[0], start, err
}

// find returns a handle on exactly the process that was recorded, or errGone
// when it has ended, whoever has its pid now.
func (i identity) find() (*os.Process, error) {
	process, err := os.FindProcess(i.PID)
	if err != nil {
		return nil, errGone
	}
	// The handle is taken first: if the process is still the recorded one, the
	// handle cannot be anybody else's.
	now, err := identify(i.PID)
	if err != nil || now != i {
		_ = process.Release()
		return nil, errGone
	}
	return process, nil
}
