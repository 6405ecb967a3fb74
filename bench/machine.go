package main

import (
	"debug/buildinfo"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/parley-chat/parley/db/embedded"
)

// machine is what the figures depend on.
func machine(temporalBinary string) []string {
	return []string{
		fmt.Sprintf("%d cores of %s", runtime.NumCPU(), lineOf("/proc/cpuinfo", "model name")),
		"memory: " + lineOf("/proc/meminfo", "MemTotal"),
		"kernel: " + kernel(),
		"Go: " + runtime.Version(),
		"Postgres: " + postgres() + ", fsync on, over its socket",
		"Temporal: " + temporalVersion(temporalBinary) + ", its store in the same Postgres",
		"load average when the run began: " + loadAverage(),
	}
}

// lineOf gives the value of the first line "name : value" of a file.
func lineOf(path, name string) string {
	raw, err := os.ReadFile(path)
	if err != nil {
		return "unknown"
	}
	for line := range strings.Lines(string(raw)) {
		if key, value, found := strings.Cut(line, ":"); found && strings.TrimSpace(key) == name {
			return strings.TrimSpace(value)
		}
	}
	return "unknown"
}

func kernel() string {
	raw, err := os.ReadFile("/proc/sys/kernel/osrelease")
	if err != nil {
		return "unknown"
	}
	return strings.TrimSpace(string(raw))
}

func postgres() string {
	found, err := embedded.Find()
	if err != nil {
		return "unknown"
	}
	out, err := exec.Command(filepath.Join(found.BinDir, "postgres"), "--version").Output() //nolint:noctx // it says its version and ends
	if err != nil {
		return "unknown"
	}
	return strings.TrimSpace(strings.TrimPrefix(string(out), "postgres (PostgreSQL) "))
}

func temporalVersion(binary string) string {
	info, err := buildinfo.ReadFile(binary)
	if err != nil {
		return "unknown"
	}
	for _, module := range info.Deps {
		if module.Path == "go.temporal.io/server" {
			return module.Version
		}
	}
	return "unknown"
}

func loadAverage() string {
	raw, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return "unknown"
	}
	return strings.Fields(string(raw))[0]
}
