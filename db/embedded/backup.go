package embedded

import (
	"archive/tar"
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// The files of a backup, as pg_basebackup names them.
const (
	baseArchive    = "base.tar.gz"
	walArchive     = "pg_wal.tar.gz"
	backupManifest = "backup_manifest"

	walDir = "pg_wal"
	// restoringSuffix names a data folder that is not whole yet.
	restoringSuffix = ".restoring"
	// compression is the quickest there is: a backup waits for its packing.
	compression = "client-gzip:1"
)

// Backup copies all databases of the cluster as they are at one moment, the one
// at which the copy ends, into three files in dir. The server must run, and goes
// on serving. progress is told how many of a hundred parts are done.
func (c *Cluster) Backup(ctx context.Context, dir string, progress func(percent int)) error {
	if err := os.Mkdir(dir, 0o700); err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, c.install.program("pg_basebackup"),
		"--host", c.socketDir, "--port", strconv.Itoa(socketPort), "--username", Superuser, "--no-password",
		"--pgdata", dir, "--format", "tar", "--compress", compression, "--wal-method", "stream",
		"--checkpoint", "fast", "--manifest-checksums", "SHA256", "--label", "parley backup", "--progress")
	said, err := cmd.StderrPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("copy the database cluster: %w", err)
	}
	trouble := follow(said, progress)
	if err := cmd.Wait(); err != nil {
		return fmt.Errorf("copy the database cluster: %w\n%s", errors.Join(ctx.Err(), err), trouble)
	}
	return onlyOurs(dir)
}

var percentDone = regexp.MustCompile(`\((\d+)%\)`)

// follow passes on how far pg_basebackup is, and gives what else it has said.
func follow(said io.Reader, progress func(int)) string {
	var rest strings.Builder
	lines := bufio.NewScanner(said)
	for lines.Scan() {
		found := percentDone.FindStringSubmatch(lines.Text())
		if found == nil {
			fmt.Fprintln(&rest, lines.Text())
			continue
		}
		if percent, err := strconv.Atoi(found[1]); err == nil {
			progress(percent)
		}
	}
	return strings.TrimSpace(rest.String())
}

// onlyOurs refuses a backup with files that Restoration does not know: somebody
// has made a tablespace, which lies outside of the data folder.
func onlyOurs(dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, entry := range entries {
		switch entry.Name() {
		case baseArchive, walArchive, backupManifest:
		default:
			return fmt.Errorf("the cluster has a tablespace (%s), and a backup has no place for one: move its tables back with ALTER TABLE … SET TABLESPACE pg_default", entry.Name())
		}
	}
	return nil
}

// Restoration is a cluster that is brought back from a backup. It grows beside
// the place where it will live, and is moved there when it is whole: until
// Commit, nothing of what was there before is touched.
type Restoration struct {
	account *account
	install Installation
	dataDir string // where it will live
	fresh   string // where it grows
}

// Restore begins to bring a cluster back to a home. major is the version of
// Postgres that has made the backup; no other can read it.
func Restore(home string, major int) (*Restoration, error) {
	install, err := findMajor(strconv.Itoa(major))
	if err != nil {
		return nil, err
	}
	account, err := accountForServer()
	if err != nil {
		return nil, err
	}
	dataDir, err := prepareData(home, account)
	if err != nil {
		return nil, fmt.Errorf("prepare the data folder: %w", err)
	}
	r := &Restoration{account: account, install: install, dataDir: dataDir, fresh: dataDir + restoringSuffix}
	if err := r.Discard(); err != nil {
		return nil, err
	}
	return r, account.makeDir(r.fresh)
}

// Unpack takes in one file of the backup, which may come in any order.
func (r *Restoration) Unpack(name string, content io.Reader) error {
	switch name {
	case baseArchive:
		return r.unpackArchive(".", content)
	case walArchive:
		return r.unpackArchive(walDir, content)
	case backupManifest:
		root, err := os.OpenRoot(r.fresh)
		if err != nil {
			return err
		}
		defer root.Close()
		return r.writeFile(root, backupManifest, content)
	}
	return fmt.Errorf("%s is no file of a backup", name)
}

func (r *Restoration) unpackArchive(under string, content io.Reader) error {
	unzipped, err := gzip.NewReader(content)
	if err != nil {
		return err
	}
	// A root keeps every name within it, whatever the archive says.
	root, err := os.OpenRoot(r.fresh)
	if err != nil {
		return err
	}
	defer root.Close()
	archive := tar.NewReader(unzipped)
	for {
		header, err := archive.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		name := filepath.Join(under, header.Name) //nolint:gosec // the root above keeps it within
		if err := r.unpackEntry(root, name, header.Typeflag, archive); err != nil {
			return fmt.Errorf("%s: %w", header.Name, err)
		}
	}
}

func (r *Restoration) unpackEntry(root *os.Root, name string, kind byte, content io.Reader) error {
	switch kind {
	case tar.TypeDir:
		return r.makeDirs(root, name)
	case tar.TypeReg:
		if err := r.makeDirs(root, filepath.Dir(name)); err != nil {
			return err
		}
		return r.writeFile(root, name, content)
	}
	return fmt.Errorf("an entry of kind %q has no place in a data folder", kind)
}

// makeDirs makes a folder, and those above it, for the server's account.
func (r *Restoration) makeDirs(root *os.Root, name string) error {
	if _, err := root.Stat(name); err == nil {
		return nil
	}
	if err := r.makeDirs(root, filepath.Dir(name)); err != nil {
		return err
	}
	if err := root.Mkdir(name, 0o700); err != nil {
		return err
	}
	return r.own(root, name)
}

func (r *Restoration) writeFile(root *os.Root, name string, content io.Reader) error {
	file, err := root.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(file, content)
	return errors.Join(err, file.Close(), r.own(root, name))
}

func (r *Restoration) own(root *os.Root, name string) error {
	if r.account == nil {
		return nil
	}
	return root.Lchown(name, r.account.uid, r.account.gid)
}

// Verify compares every file with the checksum that the server wrote down when
// it was copied, reads the log of changes that makes them consistent, and has
// all of it written to the disk.
func (r *Restoration) Verify(ctx context.Context) error {
	verify := exec.CommandContext(ctx, r.install.program("pg_verifybackup"), "--exit-on-error", "--quiet", r.fresh)
	r.account.own(verify)
	if out, err := verify.CombinedOutput(); err != nil {
		return fmt.Errorf("the backup is damaged: %w\n%s", errors.Join(ctx.Err(), err), bytes.TrimSpace(out))
	}
	return r.install.sync(ctx, r.account, r.fresh)
}

// Replaces names the data folder that Commit would set aside; "" if there is
// none.
func (r *Restoration) Replaces() string {
	if _, err := os.Lstat(r.dataDir); err != nil {
		return ""
	}
	return r.dataDir
}

// SetAside moves what is in the place of the cluster out of the way and says
// where to. Between it and Commit the home has no cluster, and New refuses to
// make an empty one.
func (r *Restoration) SetAside() (string, error) {
	if r.Replaces() == "" {
		return "", nil
	}
	aside := r.dataDir + AsideSuffix(time.Now())
	return aside, os.Rename(r.dataDir, aside)
}

// AsideSuffix is what a restore adds to the name of what it replaces.
func AsideSuffix(at time.Time) string { return at.UTC().Format(".replaced-20060102T150405Z") }

// Commit gives the cluster its place. The next start of the server finishes
// what a crash at the moment of the backup would have left to do.
func (r *Restoration) Commit() error { return os.Rename(r.fresh, r.dataDir) }

// Discard removes what has been unpacked.
func (r *Restoration) Discard() error { return os.RemoveAll(r.fresh) }

// requireNoRestoration keeps an empty cluster from being made where a restore
// was interrupted.
func requireNoRestoration(dataDir string) error {
	if _, err := os.Lstat(dataDir + restoringSuffix); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return fmt.Errorf("a restore was interrupted here: run `parley restore` again, or remove %s to begin with an empty database", dataDir+restoringSuffix)
}
