package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// tick is the unit of the kernel's accounts.
const tick = 10 * time.Millisecond

// stat is what the kernel tells of a process.
type stat struct {
	parent int
	// cpu is user and system time, that of ended children among it.
	cpu time.Duration
}

func statOf(pid int) (stat, error) {
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return stat{}, err
	}
	// The name, in parentheses, may hold anything; numbers follow it.
	fields := strings.Fields(string(raw[bytes.LastIndexByte(raw, ')')+1:]))
	number := func(i int) int {
		n, _ := strconv.Atoi(fields[i])
		return n
	}
	ticks := number(11) + number(12) + number(13) + number(14)
	return stat{parent: number(1), cpu: time.Duration(ticks) * tick}, nil
}

// cpuOf is the processor time of a process and its children.
func cpuOf(pid int) time.Duration {
	own, err := statOf(pid)
	if err != nil {
		return 0
	}
	sum := own.cpu
	processes, _ := filepath.Glob("/proc/[0-9]*")
	for _, path := range processes {
		child, err := strconv.Atoi(filepath.Base(path))
		if err != nil {
			continue
		}
		if s, err := statOf(child); err == nil && s.parent == pid {
			sum += s.cpu
		}
	}
	return sum
}

// ownCPU is the processor time of this process without its children.
func ownCPU() time.Duration {
	own, err := statOf(os.Getpid())
	if err != nil {
		return 0
	}
	return own.cpu
}

// forgetPeak begins the measurement of a process's peak memory anew.
func forgetPeak(pid int) error {
	return os.WriteFile(fmt.Sprintf("/proc/%d/clear_refs", pid), []byte("5"), 0)
}

// peakMemory is the most that a process has held in memory, in bytes.
func peakMemory(pid int) (int64, error) {
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(raw)) {
		if value, found := strings.CutPrefix(line, "VmHWM:"); found {
			kilobytes, err := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(value), " kB"), 10, 64)
			return kilobytes * 1024, err
		}
	}
	return 0, fmt.Errorf("process %d: no peak memory", pid)
}
