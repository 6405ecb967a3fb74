package embedded

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
)

const (
	// MinMajor is the oldest Postgres that has everything the migrations use.
	MinMajor = 15
	// MinPGVector is the first pgvector whose indexes find enough rows of a
	// small tenant.
	MinPGVector = "0.8"
	// dataVersionFile is where a data folder says which major version made it.
	dataVersionFile = "PG_VERSION"
)

// ErrNotInstalled says that no usable Postgres was found on this machine.
var ErrNotInstalled = errors.New("PostgreSQL 15 or newer with pgvector is not installed: run `make deps`, or set DATABASE_URL to a database that has both")

// Installation is one installed Postgres server.
type Installation struct {
	BinDir   string
	Major    int
	PGVector bool // whether pgvector, MinPGVector or newer, lies beside it
}

// Find returns the newest installed Postgres that has pgvector, or the newest
// without when none has.
func Find() (Installation, error) { return best(installations()) }

// findFor returns the installation for an existing data folder, which only its
// own major version can open, or the best one when the folder is empty.
func findFor(dataDir string) (Installation, error) {
	raw, err := os.ReadFile(filepath.Join(dataDir, dataVersionFile))
	if errors.Is(err, fs.ErrNotExist) {
		return Find()
	}
	if err != nil {
		return Installation{}, err
	}
	found, err := findMajor(strings.TrimSpace(string(raw)))
	if err != nil {
		return Installation{}, fmt.Errorf("the data in %s: %w, or move that folder away to start afresh", dataDir, err)
	}
	return found, nil
}

// findMajor returns the installation for data of a major version.
func findMajor(version string) (Installation, error) {
	var same []Installation
	for _, found := range installations() {
		if strconv.Itoa(found.Major) == version {
			same = append(same, found)
		}
	}
	if len(same) == 0 {
		return Installation{}, fmt.Errorf("it was written by PostgreSQL %s, which is not installed: install it", version)
	}
	return best(same)
}

func (i Installation) program(name string) string { return filepath.Join(i.BinDir, name) }

// sync writes a data folder to the disk before it gets its final name.
func (i Installation) sync(ctx context.Context, as *account, dir string) error {
	cmd := exec.CommandContext(ctx, i.program("initdb"), "--sync-only", "--pgdata", dir)
	as.own(cmd)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("flush the new database cluster: %w\n%s", err, out)
	}
	return nil
}

func best(found []Installation) (Installation, error) {
	var chosen Installation
	for _, candidate := range found {
		better := candidate.PGVector && !chosen.PGVector
		if candidate.PGVector == chosen.PGVector {
			better = candidate.Major > chosen.Major
		}
		if candidate.Major >= MinMajor && better {
			chosen = candidate
		}
	}
	if chosen.BinDir == "" {
		return Installation{}, ErrNotInstalled
	}
	return chosen, nil
}

// installations lists every Postgres server found, in no order.
func installations() []Installation {
	var found []Installation
	seen := map[string]bool{}
	for _, dir := range binDirs() {
		target, err := filepath.EvalSymlinks(dir)
		if err != nil || seen[target] {
			continue
		}
		seen[target] = true
		if installation, err := inspect(target); err == nil {
			found = append(found, installation)
		}
	}
	return found
}

// binDirs lists the folders in which the usual packages put their programs.
func binDirs() []string {
	var dirs []string
	if path, err := exec.LookPath("postgres"); err == nil {
		if target, err := filepath.EvalSymlinks(path); err == nil {
			dirs = append(dirs, filepath.Dir(target))
		}
	}
	for _, pattern := range []string{
		"/usr/lib/postgresql/*/bin",
		"/usr/pgsql-*/bin",
		"/usr/local/pgsql/bin",
		"/opt/homebrew/opt/postgresql@*/bin",
	} {
		matches, err := filepath.Glob(pattern)
		if err == nil {
			dirs = append(dirs, matches...)
		}
	}
	return dirs
}

func inspect(binDir string) (Installation, error) {
	if _, err := os.Stat(filepath.Join(binDir, "initdb")); err != nil {
		return Installation{}, err
	}
	out, err := exec.Command(filepath.Join(binDir, "postgres"), "--version").Output()
	if err != nil {
		return Installation{}, err
	}
	major, err := parseMajor(string(out))
	if err != nil {
		return Installation{}, err
	}
	return Installation{BinDir: binDir, Major: major, PGVector: hasVector(binDir, major)}, nil
}

// parseMajor reads "postgres (PostgreSQL) 15.20 (Debian …)".
func parseMajor(version string) (int, error) {
	_, after, found := strings.Cut(version, "(PostgreSQL) ")
	if !found {
		return 0, fmt.Errorf("unknown version %q", version)
	}
	digits := strings.FieldsFunc(after, func(r rune) bool { return r < '0' || r > '9' })
	if len(digits) == 0 {
		return 0, fmt.Errorf("unknown version %q", version)
	}
	return strconv.Atoi(digits[0])
}

// hasVector looks for the extension's control file, in Debian's folder and in
// the one beside the programs.
func hasVector(binDir string, major int) bool {
	root := filepath.Dir(binDir)
	for _, share := range []string{
		fmt.Sprintf("/usr/share/postgresql/%d", major),
		filepath.Join(root, "share"),
		filepath.Join(root, "share", "postgresql"),
	} {
		control, err := os.ReadFile(filepath.Join(share, "extension", "vector.control"))
		if err == nil {
			return newEnough(string(control))
		}
	}
	return false
}

// newEnough reads the line default_version = '0.8.0' of a control file.
func newEnough(control string) bool {
	_, after, _ := strings.Cut(control, "default_version")
	var major, minor, minMajor, minMinor int
	if _, err := fmt.Sscanf(strings.TrimLeft(after, " ="), "'%d.%d", &major, &minor); err != nil {
		return false
	}
	if _, err := fmt.Sscanf(MinPGVector, "%d.%d", &minMajor, &minMinor); err != nil {
		return false
	}
	return major > minMajor || major == minMajor && minor >= minMinor
}
