package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/parley-chat/parley/cmd/parley/backup"
	"github.com/parley-chat/parley/db"
	"github.com/parley-chat/parley/db/embedded"
	"github.com/parley-chat/parley/secret"
)

const (
	// clusterDir of a backup has what the private Postgres has written.
	clusterDir     = "postgres"
	lastBackupFile = "last-backup.json"
	// notSoOften keeps the lines of a long copy apart.
	notSoOften = 10 // percent
)

func backupCommand() *cobra.Command {
	var withoutKey bool
	command := &cobra.Command{
		Use:   "backup PATH",
		Short: "Copy everything that this installation needs to come back, while it runs",
		Long: `Copies the private Postgres, which holds Parley's and Temporal's databases, as they
are at one moment, with the secret key and the demo's keys, into the new folder
PATH, or into one file if PATH ends in .tar. Answers go on meanwhile.

The backup holds conversations in plain text. It holds the secret key too if that
is Parley's own (.parley/secret.key), so keep it as safe as this machine; with
--without-secret-key, and when the key comes from PARLEY_SECRET_KEY, it does not,
and what is sealed in it stays sealed until somebody brings the key.

With a DATABASE_URL or a TEMPORAL_ADDRESS there is more than one server to look
after: docs/operations.md says in which order.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			cfg, err := loadConfig()
			if err != nil {
				return err
			}
			if cfg.Home, err = filepath.Abs(cfg.Home); err != nil {
				return err
			}
			b := backupJob{cfg: cfg, withoutKey: withoutKey, progress: newProgress(cmd.OutOrStdout(), "done")}
			return b.run(cmd.Context(), args[0])
		},
	}
	command.Flags().BoolVar(&withoutKey, "without-secret-key", false, "leave the secret key out; keep a copy elsewhere, because a restore needs it")
	return command
}

// requireOwnServers refuses to act on half of an installation.
func (c config) requireOwnServers(command string) error {
	for _, setting := range []struct{ name, value string }{
		{"DATABASE_URL", c.DatabaseURL}, {"TEMPORAL_ADDRESS", c.TemporalAddress},
	} {
		if setting.value != "" {
			return fmt.Errorf("%s is set, and parley %s only knows the servers that `parley up` runs itself: docs/operations.md gives the steps for others", setting.name, command)
		}
	}
	return nil
}

// backupJob is one backup in the making.
type backupJob struct {
	cfg        config
	withoutKey bool
	progress   *progress
	draft      *backup.Draft
	manifest   backup.Manifest
}

func (b *backupJob) run(ctx context.Context, path string) (err error) {
	if err := b.requireRunning(); err != nil {
		return err
	}
	if path, err = filepath.Abs(path); err != nil {
		return err
	}
	if b.draft, err = backup.New(path); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, b.draft.Discard()) }()
	b.manifest = backup.Manifest{Taken: time.Now().UTC().Truncate(time.Second), Parley: buildVersion()}
	for _, step := range []func(context.Context) error{b.copyKey, b.copyDemo, b.copyCluster} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	done := b.progress.step("Checksums")
	if b.manifest, err = b.draft.Commit(b.manifest); err != nil {
		return err
	}
	done()
	b.progress.say(b.summary(path))
	return writeLastBackup(b.cfg.Home, lastBackup{Taken: b.manifest.Taken, Path: path})
}

// requireRunning refuses where there is nothing to copy, or only half of it.
func (b *backupJob) requireRunning() error {
	if err := b.cfg.requireOwnServers("backup"); err != nil {
		return err
	}
	if _, running := embedded.Running(postgresHome(b.cfg.Home), databaseName); !running {
		return fmt.Errorf("Parley does not run in %s: start it with `make run`, since a backup is taken while it runs", b.cfg.Home) //nolint:staticcheck // a name
	}
	if _, err := os.Stat(filepath.Join(newUp(b.cfg, io.Discard).runDir(), "temporal.json")); err != nil {
		return errors.New("the Temporal service of this installation runs elsewhere (TEMPORAL_ADDRESS): docs/operations.md gives the steps to back both up")
	}
	return nil
}

// copyKey notes which key the backup belongs to, and copies a key of our own.
func (b *backupJob) copyKey(context.Context) error {
	text, own := b.cfg.SecretKey, false
	if text == "" {
		raw, err := os.ReadFile(filepath.Join(b.cfg.Home, secretKeyFile))
		if errors.Is(err, fs.ErrNotExist) {
			return errors.New("set PARLEY_SECRET_KEY as it is for `parley up`: the backup notes which key it belongs to")
		}
		if err != nil {
			return err
		}
		text, own = strings.TrimSpace(string(raw)), true
	}
	key, err := secret.ParseKey(text)
	if err != nil {
		return err
	}
	if b.manifest.SecretKey, err = key.Fingerprint(); err != nil {
		return err
	}
	if !own || b.withoutKey {
		return nil
	}
	return writePrivate(filepath.Join(b.draft.Dir, secretKeyFile), []byte(text+"\n"))
}

// copyDemo keeps the keys of the demo's tenants, of which the database only has
// hashes.
func (b *backupJob) copyDemo(context.Context) error {
	raw, err := os.ReadFile(filepath.Join(b.cfg.Home, demoFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	return writePrivate(filepath.Join(b.draft.Dir, demoFile), raw)
}

func (b *backupJob) copyCluster(ctx context.Context) error {
	cluster, err := embedded.New(ctx, embedded.Config{Home: postgresHome(b.cfg.Home)})
	if err != nil {
		return err
	}
	b.manifest.Postgres = cluster.Installation().Major
	if b.manifest.Schema, err = db.Schema(ctx, cluster.URL(databaseName)); err != nil {
		return err
	}
	done := b.progress.step("Databases")
	if err := cluster.Backup(ctx, filepath.Join(b.draft.Dir, clusterDir), b.progress.percent("Databases")); err != nil {
		return err
	}
	done()
	return nil
}

func (b *backupJob) summary(path string) string {
	text := fmt.Sprintf("\nBacked up to %s (%s).\n", path, megabytes(b.manifest.Bytes()))
	if b.manifest.Has(secretKeyFile) {
		return text + "It holds the secret key: keep it as safe as this machine."
	}
	return text + fmt.Sprintf("It does not hold the secret key (fingerprint %s): a restore needs your copy of it.", b.manifest.SecretKey)
}

func megabytes(bytes int64) string { return fmt.Sprintf("%.1f MB", float64(bytes)/1e6) }

// buildVersion names this build, as far as it knows.
func buildVersion() string {
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Version == "" {
		return "unknown"
	}
	return info.Main.Version
}

// lastBackup is what the doctor wants to know.
type lastBackup struct {
	Taken time.Time `json:"taken_at"`
	Path  string    `json:"path"`
}

func writeLastBackup(home string, last lastBackup) error {
	raw, err := json.Marshal(last)
	if err != nil {
		return err
	}
	return writePrivate(filepath.Join(home, lastBackupFile), append(raw, '\n'))
}

// readLastBackup gives a zero time if there has been none.
func readLastBackup(home string) (last lastBackup, err error) {
	raw, err := os.ReadFile(filepath.Join(home, lastBackupFile))
	if errors.Is(err, fs.ErrNotExist) {
		return last, nil
	}
	if err != nil {
		return last, err
	}
	err = json.Unmarshal(raw, &last)
	return last, err
}
