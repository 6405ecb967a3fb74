package stack

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// Programs gives what a test runs: the binary of the checkout at root, built into
// dir, and the Temporal service that `make build` has left there, or that
// PARLEY_TEMPORAL_BINARY names.
func Programs(root, dir string) (parley, temporal string, err error) {
	temporal = os.Getenv("PARLEY_TEMPORAL_BINARY")
	if temporal == "" {
		temporal = filepath.Join(root, "bin", "parley-temporal")
	}
	if _, err := os.Stat(temporal); err != nil { //nolint:gosec // whoever runs the test says what to run
		return "", "", errors.New("this needs bin/parley-temporal: run make build, or set PARLEY_TEMPORAL_BINARY")
	}
	if temporal, err = filepath.Abs(temporal); err != nil {
		return "", "", err
	}
	parley = filepath.Join(dir, "parley")
	return parley, temporal, Build(root, parley, "")
}

// Build compiles Parley into a file. Another name of the build makes another
// build of the same source.
func Build(root, file, name string) error {
	build := exec.Command("go", "build", "-buildvcs=false", "-ldflags=-w -buildid="+name, "-o", file, "./cmd/parley") //nolint:noctx // the test that waits for it has a limit
	build.Dir = root
	if out, err := build.CombinedOutput(); err != nil {
		return fmt.Errorf("build the binary: %w\n%s", err, out)
	}
	return nil
}
