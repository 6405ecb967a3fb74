package main

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/parley-chat/parley/db/embedded"
	"github.com/parley-chat/parley/secret"
)

const (
	lowDisk  = 5 << 30
	fullDisk = 1 << 30
	privacy  = 0o077 // the bits that let others in
	// oldBackup is more than anybody would like to lose.
	oldBackup = 7 * 24 * time.Hour
)

func (d doctor) goTool(ctx context.Context) finding {
	return buildTool(ctx, "Go 1.26.8", "go", "env", "GOVERSION")
}

func (d doctor) nodeTool(ctx context.Context) finding {
	return buildTool(ctx, "Node.js 20.19", "node", "--version")
}

// buildTool reports one, which a machine that only runs Parley can do
// without.
func buildTool(ctx context.Context, needed string, command ...string) finding {
	out, err := exec.CommandContext(ctx, command[0], command[1:]...).Output()
	if err != nil {
		return note("not found; only building from source needs it (%s or newer)", needed)
	}
	return ok("%s (%s or newer builds Parley)", strings.TrimSpace(string(out)), needed)
}

func (d doctor) postgresPrograms(context.Context) finding {
	if d.cfg.DatabaseURL != "" && !d.running {
		return skip("not needed: DATABASE_URL is set")
	}
	found, err := embedded.Find()
	switch {
	case err != nil:
		return fail("%v", err)
	case !found.PGVector:
		return fail("version %d in %s has no pgvector %s or newer: run `make deps`", found.Major, found.BinDir, embedded.MinPGVector)
	}
	return ok("version %d with pgvector in %s", found.Major, found.BinDir)
}

func (d doctor) temporalProgram(context.Context) finding {
	if d.cfg.TemporalAddress != "" && !d.running {
		return skip("not needed: TEMPORAL_ADDRESS is set")
	}
	path, err := d.cfg.findTemporal()
	if err != nil {
		return fail("%v", err)
	}
	return ok("%s", path)
}

func (d doctor) disk(context.Context) finding {
	dir := existing(postgresHome(d.cfg.Home))
	var stat syscall.Statfs_t
	if err := syscall.Statfs(dir, &stat); err != nil {
		return note("the free space of %s cannot be read: %v", dir, err)
	}
	free := stat.Bavail * uint64(stat.Bsize)
	gigabytes := float64(free) / (1 << 30)
	switch {
	case free < fullDisk:
		return fail("%.1f GB are free at %s: Postgres stops when none is left, so make room", gigabytes, dir)
	case free < lowDisk:
		return note("%.1f GB are free at %s: that is little for a database", gigabytes, dir)
	}
	return ok("%.0f GB are free at %s", gigabytes, dir)
}

// existing climbs to the first folder that is there.
func existing(dir string) string {
	for {
		if _, err := os.Stat(dir); err == nil {
			return dir
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return dir
		}
		dir = parent
	}
}

func (d doctor) secretKey(context.Context) finding {
	if d.cfg.SecretKey != "" {
		if _, err := secret.ParseKey(d.cfg.SecretKey); err != nil {
			return fail("PARLEY_SECRET_KEY: %v", err)
		}
		return ok("from PARLEY_SECRET_KEY")
	}
	path := filepath.Join(d.cfg.Home, secretKeyFile)
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return skip("made by the first `make run` (or set PARLEY_SECRET_KEY)")
	}
	if err != nil {
		return fail("%v", err)
	}
	if info.Mode().Perm()&privacy != 0 {
		return fail("others can read %s: run chmod 600 on it", path)
	}
	if _, err := ownSecretKey(d.cfg.Home); err != nil {
		return fail("%v", err)
	}
	return ok("%s, readable by its owner alone; keep a copy, since nothing else opens what it sealed", path)
}

// backup knows of those that `parley backup` has taken.
func (d doctor) backup(context.Context) finding {
	if embedded.Fresh(postgresHome(d.cfg.Home)) {
		return skip("there is nothing to back up here")
	}
	last, err := readLastBackup(d.cfg.Home)
	age := time.Since(last.Taken)
	switch {
	case err != nil:
		return note("%v", err)
	case last.Taken.IsZero():
		return note("none yet: run `parley backup PATH` (docs/operations.md)")
	case age > oldBackup:
		return note("the last is %.0f days old (%s)", age.Hours()/24, last.Path)
	}
	return ok("%s, taken %s", last.Path, last.Taken.Local().Format(time.DateTime))
}

func (d doctor) ports(context.Context) finding {
	if d.running {
		return ok("in use by this installation, which runs")
	}
	if err := checkPorts(newUp(d.cfg, nil).ports()); err != nil {
		return fail("%v", err)
	}
	return ok("free")
}
