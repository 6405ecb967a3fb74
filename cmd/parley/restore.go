package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/parley-chat/parley/cmd/parley/backup"
	"github.com/parley-chat/parley/cmd/parley/supervise"
	"github.com/parley-chat/parley/db"
	"github.com/parley-chat/parley/db/embedded"
	"github.com/parley-chat/parley/secret"
)

// restoredFile tells the next start that the database comes from a backup.
const restoredFile = "restored"

// maxSmallFile bounds the files of a backup that are read into memory.
const maxSmallFile = 1 << 20

func restoreCommand() *cobra.Command {
	var replace, check bool
	command := &cobra.Command{
		Use:   "restore PATH",
		Short: "Bring back what `parley backup` has copied",
		Long: `Reads the backup at PATH, a folder or a .tar file, compares every file with its
checksum, and puts it in place when all of it is there and right: an interrupted
or a failed restore changes nothing. Parley must not run in this folder.

Where there is data already, --replace sets it aside, under a name that is printed.
If the backup holds no secret key, PARLEY_SECRET_KEY or .parley/secret.key must be
the one that it was taken with. --check only checks the backup.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			cfg, err := loadConfig()
			if err != nil {
				return err
			}
			if cfg.Home, err = filepath.Abs(cfg.Home); err != nil {
				return err
			}
			r := restoreJob{cfg: cfg, replace: replace, progress: newProgress(cmd.OutOrStdout(), "done")}
			if check {
				return r.check(cmd.Context(), args[0])
			}
			return r.run(cmd.Context(), args[0])
		},
	}
	command.Flags().BoolVar(&replace, "replace", false, "set the data that is there aside")
	command.Flags().BoolVar(&check, "check", false, "unpack the backup, compare all of it, and remove it again")
	command.MarkFlagsMutuallyExclusive("replace", "check")
	return command
}

// restoreJob is one restore under way.
type restoreJob struct {
	cfg      config
	replace  bool
	progress *progress
	from     *backup.Reader
	cluster  *embedded.Restoration
	files    map[string][]byte // of the installation's folder, by their names
}

// run brings a backup back. Only its last steps, which rename, can be seen.
func (r *restoreJob) run(ctx context.Context, from string) (err error) {
	if err := r.cfg.requireOwnServers("restore"); err != nil {
		return err
	}
	release, err := r.lock()
	if err != nil {
		return err
	}
	defer release()
	if err := r.open(from); err != nil {
		return err
	}
	defer r.from.Close()
	if err := r.requireKey(); err != nil {
		return err
	}
	if err := r.unpack(ctx, postgresHome(r.cfg.Home)); err != nil {
		return err
	}
	return r.commit(ctx)
}

// check does all of a restore but the end, in a folder of its own.
func (r *restoreJob) check(ctx context.Context, from string) (err error) {
	if err := r.open(from); err != nil {
		return err
	}
	defer r.from.Close()
	if err := os.MkdirAll(r.cfg.Home, 0o700); err != nil {
		return err
	}
	dir, err := os.MkdirTemp(r.cfg.Home, "check-")
	if err != nil {
		return err
	}
	r.replace = true // nothing is in the way there
	defer func() { err = errors.Join(err, embedded.Remove(postgresHome(dir)), os.RemoveAll(dir)) }()
	if err := r.unpack(ctx, postgresHome(dir)); err != nil {
		return err
	}
	r.progress.say(fmt.Sprintf("\nThe backup of %s is whole.", r.taken()))
	return nil
}

func (r *restoreJob) taken() string { return r.from.Manifest.Taken.Format(time.RFC1123) }

// lock keeps `up` away while we work.
func (r *restoreJob) lock() (release func(), err error) {
	release, err = supervise.Lock(newUp(r.cfg, io.Discard).runDir())
	if errors.Is(err, supervise.ErrRunning) {
		return nil, fmt.Errorf("Parley runs in %s: stop it first (Ctrl-C where it was started), or set PARLEY_HOME to another folder", r.cfg.Home) //nolint:staticcheck // a name
	}
	return release, err
}

func (r *restoreJob) open(from string) (err error) {
	if r.from, err = backup.Open(from); err != nil {
		return err
	}
	known, err := db.KnownSchema()
	if err == nil && r.from.Manifest.Schema > known {
		err = fmt.Errorf("the backup was made by a newer Parley (%s, whose database has migration %d, and this build knows %d): restore it with that one", r.from.Manifest.Parley, r.from.Manifest.Schema, known)
	}
	if err != nil {
		return errors.Join(err, r.from.Close())
	}
	return nil
}

// requireKey makes sure, before anything is done, that what is sealed in the
// backup can be opened afterwards.
func (r *restoreJob) requireKey() error {
	want := r.from.Manifest.SecretKey
	if r.cfg.SecretKey != "" {
		if !isKey(r.cfg.SecretKey, want) {
			return fmt.Errorf("PARLEY_SECRET_KEY is not the key of this backup: set the one whose fingerprint is %s", want)
		}
		return nil
	}
	if r.from.Manifest.Has(secretKeyFile) {
		return nil
	}
	raw, err := os.ReadFile(filepath.Join(r.cfg.Home, secretKeyFile))
	if err == nil && isKey(string(bytes.TrimSpace(raw)), want) {
		return nil
	}
	return fmt.Errorf("the backup does not hold its secret key: set PARLEY_SECRET_KEY, or write %s, to the one whose fingerprint is %s",
		filepath.Join(r.cfg.Home, secretKeyFile), want)
}

func isKey(text, fingerprint string) bool {
	key, err := secret.ParseKey(text)
	if err != nil {
		return false
	}
	found, err := key.Fingerprint()
	return err == nil && found == fingerprint
}

// unpack brings everything to where Commit only has to rename it. What has
// failed leaves nothing behind.
func (r *restoreJob) unpack(ctx context.Context, home string) (err error) {
	if r.cluster, err = embedded.Restore(home, r.from.Manifest.Postgres); err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, r.cluster.Discard())
		}
	}()
	if there := r.cluster.Replaces(); there != "" && !r.replace {
		return fmt.Errorf("there is data in %s: set it aside with --replace, or restore into another folder by PARLEY_HOME", there)
	}
	done := r.progress.step("Unpacking")
	r.files = map[string][]byte{}
	if err := r.from.Each(func(name string, content io.Reader) error { return r.take(ctx, name, content) }); err != nil {
		return err
	}
	if key, found := r.files[secretKeyFile]; found && !isKey(string(bytes.TrimSpace(key)), r.from.Manifest.SecretKey) {
		return fmt.Errorf("%w: its secret key is not the one that its manifest names", backup.ErrDamaged)
	}
	done()
	done = r.progress.step("Verifying")
	if err := r.cluster.Verify(ctx); err != nil {
		return err
	}
	done()
	return nil
}

func (r *restoreJob) take(ctx context.Context, name string, content io.Reader) (err error) {
	if err := ctx.Err(); err != nil {
		return err
	}
	if dir, file := path.Split(name); dir == clusterDir+"/" {
		return r.cluster.Unpack(file, content)
	}
	if name != secretKeyFile && name != demoFile {
		return errors.New("this build does not know what it is for")
	}
	r.files[name], err = io.ReadAll(io.LimitReader(content, maxSmallFile))
	return err
}

// commit puts everything in its place. It stops what a killed supervisor has
// left first.
func (r *restoreJob) commit(ctx context.Context) error {
	stopped, err := supervise.Reclaim(ctx, newUp(r.cfg, io.Discard).runDir())
	if err != nil {
		return err
	}
	if len(stopped) > 0 {
		r.progress.say("Stopped what an earlier run had left: " + strings.Join(stopped, ", "))
	}
	aside, err := r.cluster.SetAside()
	if err != nil {
		return err
	}
	if err := r.place(); err != nil {
		return fmt.Errorf("the restore could not be finished (%w): run it again, and until then no Parley starts here", err)
	}
	r.progress.say(fmt.Sprintf("\nRestored the backup of %s. Start it with `make run`, or `parley up`.", r.taken()))
	if aside != "" {
		r.progress.say("What was there before is in " + aside + "; remove it when all is well.")
	}
	return nil
}

// place makes the installation's folder that of the backup. The cluster comes
// last: until it has its place, nothing starts.
func (r *restoreJob) place() error {
	for name, content := range r.files {
		if err := replaceFile(filepath.Join(r.cfg.Home, name), content); err != nil {
			return err
		}
	}
	if err := writePrivate(filepath.Join(r.cfg.Home, restoredFile), []byte(r.taken()+"\n")); err != nil {
		return err
	}
	return r.cluster.Commit()
}

// replaceFile keeps what is there under another name, unless it is the same.
func replaceFile(path string, content []byte) error {
	there, err := os.ReadFile(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return err
	case !bytes.Equal(there, content):
		if err := os.Rename(path, path+embedded.AsideSuffix(time.Now())); err != nil {
			return err
		}
	}
	return writePrivate(path, content)
}
