package embedded

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
)

const (
	// rootHome is where clusters started by root live: Postgres refuses to run
	// as root, and its own user cannot enter a home folder of mode 0700.
	rootHome = "/var/lib/parley"
	// serverUser is the unprivileged user that every Postgres package makes.
	serverUser = "postgres"
	// maxSocketPath is what fits into a socket address, less the file's name
	// and its lock's suffix.
	maxSocketPath = 107 - len("/.s.PGSQL.5432.lock")
)

// account is the user that Postgres runs as when that is not ourselves. A nil
// account changes nothing.
type account struct{ uid, gid int }

func accountForServer() (*account, error) {
	if os.Geteuid() != 0 {
		return nil, nil
	}
	found, err := user.Lookup(serverUser)
	if err != nil {
		return nil, fmt.Errorf("started as root, Postgres needs the user %q to run as: install PostgreSQL from your distribution's packages (`make deps`), or start Parley as a normal user", serverUser)
	}
	uid, err := strconv.Atoi(found.Uid)
	if err != nil {
		return nil, err
	}
	gid, err := strconv.Atoi(found.Gid)
	if err != nil {
		return nil, err
	}
	return &account{uid: uid, gid: gid}, nil
}

// own makes cmd run as the account, from a folder that it can enter.
func (a *account) own(cmd *exec.Cmd) {
	if a == nil {
		return
	}
	cmd.Dir = "/"
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Credential: &syscall.Credential{Uid: uint32(a.uid), Gid: uint32(a.gid)},
	}
}

// makeDir makes a folder that only the account may enter.
func (a *account) makeDir(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	if a == nil {
		return os.Chmod(dir, 0o700)
	}
	if err := os.Chown(dir, a.uid, a.gid); err != nil {
		return err
	}
	return os.Chmod(dir, 0o700)
}

// prepareData returns the data folder's path. For root, home becomes a link to
// a folder outside of any home folder, named after the path it stands for.
func prepareData(home string, a *account) (string, error) {
	home, err := filepath.Abs(home)
	if err != nil {
		return "", err
	}
	if a == nil {
		return filepath.Join(home, "data"), a.makeDir(home)
	}
	target := rootDataDir(home)
	if err := os.MkdirAll(rootHome, 0o755); err != nil {
		return "", err
	}
	if err := a.makeDir(target); err != nil {
		return "", err
	}
	return filepath.Join(target, "data"), link(target, home)
}

// link points path at target, replacing only an older link.
func link(target, path string) error {
	if current, err := os.Readlink(path); err == nil {
		if current == target {
			return nil
		}
		if err := os.Remove(path); err != nil {
			return err
		}
	}
	if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%s is in the way: it was made by another user, so move it aside", path)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	return os.Symlink(target, path)
}

// prepareSocketDir makes a folder whose path is short enough for a socket and
// that belongs to the account alone.
func prepareSocketDir(home string, a *account) (string, error) {
	home, err := filepath.Abs(home)
	if err != nil {
		return "", err
	}
	name := socketDirName(home)
	for _, base := range socketBases() {
		dir := filepath.Join(base, name)
		if len(dir) > maxSocketPath {
			continue
		}
		if err := a.makeDir(dir); err != nil {
			continue
		}
		return dir, a.checkOwner(dir)
	}
	return "", errors.New("no folder for sockets is writable: set XDG_RUNTIME_DIR to a short, private one")
}

func socketBases() []string {
	if os.Geteuid() == 0 {
		return []string{"/run", rootHome}
	}
	bases := []string{os.TempDir(), "/tmp"}
	if runtime := os.Getenv("XDG_RUNTIME_DIR"); runtime != "" {
		bases = append([]string{runtime}, bases...)
	}
	return bases
}

// checkOwner refuses a folder that somebody else made first in a shared place:
// its owner could put a server of their own behind the socket's name.
func (a *account) checkOwner(dir string) error {
	info, err := os.Lstat(dir)
	if err != nil {
		return err
	}
	want := os.Geteuid()
	if a != nil {
		want = a.uid
	}
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok || !info.IsDir() || int(stat.Uid) != want {
		return fmt.Errorf("%s does not belong to us: remove it, or set XDG_RUNTIME_DIR to another folder", dir)
	}
	return nil
}

func rootDataDir(home string) string   { return filepath.Join(rootHome, shortHash(home)) }
func socketDirName(home string) string { return "parley-" + shortHash(home) }

func shortHash(path string) string {
	sum := sha256.Sum256([]byte(path))
	return hex.EncodeToString(sum[:6])
}
