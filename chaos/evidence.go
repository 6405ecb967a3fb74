package main

import (
	"encoding/json"
	"os"
	"path/filepath"
)

// evidence is what is written down for whoever looks into a run, by file name.
type evidence map[string]any

// keep puts the evidence, and what the processes have printed, where it outlives
// them.
func (r *run) keep(more evidence) (string, error) {
	dir, err := os.MkdirTemp("", "parley-chaos-")
	if err != nil {
		return "", err
	}
	logs := []string{r.stack.Postgres.Log(), r.stack.Temporal.Log(), r.stack.Simulator.Log()}
	for _, n := range r.nodes {
		logs = append(logs, n.Log())
	}
	for _, log := range logs {
		content, err := os.ReadFile(log)
		if err != nil {
			return dir, err
		}
		if err := os.WriteFile(filepath.Join(dir, filepath.Base(log)), content, 0o600); err != nil { //nolint:gosec // both paths are of our own making
			return dir, err
		}
	}
	for name, what := range more {
		content, err := json.MarshalIndent(what, "", "\t")
		if err != nil {
			return dir, err
		}
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o600); err != nil {
			return dir, err
		}
	}
	return dir, nil
}
