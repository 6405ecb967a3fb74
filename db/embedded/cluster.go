// Package embedded runs a private Postgres for one-machine use: its own data
// folder, reachable only through a socket in a folder that no other user may
// enter. No cluster of the machine is touched.
package embedded

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
)

const (
	// Superuser owns the private cluster.
	Superuser = "parley"
	// StopSignal ends open sessions and shuts down cleanly; Postgres takes the
	// usual SIGTERM as "wait until every client has left".
	StopSignal = syscall.SIGINT

	socketPort = 5432 // part of the socket's file name; no TCP port is opened
	readyPoll  = 50 * time.Millisecond
)

// Config says where a private cluster lives.
type Config struct {
	// Home holds the data folder. It is created when missing, or linked to a
	// place that an unprivileged user can reach when running as root.
	Home string
	// Throwaway trades durability against speed, for tests: a power cut may
	// cost the data, a killed process does not.
	Throwaway bool
}

// Cluster is a private Postgres, not necessarily running.
type Cluster struct {
	cfg       Config
	install   Installation
	account   *account
	dataDir   string
	socketDir string
}

// New finds an installed Postgres and makes an empty cluster where there is
// none. It starts nothing.
func New(ctx context.Context, cfg Config) (*Cluster, error) {
	account, err := accountForServer()
	if err != nil {
		return nil, err
	}
	c := &Cluster{cfg: cfg, account: account}
	if c.dataDir, err = prepareData(cfg.Home, account); err != nil {
		return nil, fmt.Errorf("prepare the data folder: %w", err)
	}
	if c.socketDir, err = prepareSocketDir(cfg.Home, account); err != nil {
		return nil, fmt.Errorf("prepare the socket folder: %w", err)
	}
	if c.install, err = findFor(c.dataDir); err != nil {
		return nil, err
	}
	err = c.initialise(ctx)
	return c, err
}

// Fresh reports whether the cluster's data folder does not exist yet, so that a
// caller can say that the first start takes longer.
func Fresh(home string) bool {
	_, err := os.Stat(filepath.Join(home, "data", dataVersionFile))
	return err != nil
}

// Installation returns the programs the cluster runs on.
func (c *Cluster) Installation() Installation { return c.install }

// DataDir returns the folder that a backup has to keep.
func (c *Cluster) DataDir() string { return c.dataDir }

// initialise runs initdb once. It works on a folder beside the final one, so
// that an interrupted run leaves nothing that looks like a cluster.
func (c *Cluster) initialise(ctx context.Context) error {
	if _, err := os.Stat(filepath.Join(c.dataDir, dataVersionFile)); err == nil {
		return nil
	}
	if err := requireNoRestoration(c.dataDir); err != nil {
		return err
	}
	fresh := c.dataDir + ".new"
	if err := os.RemoveAll(fresh); err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, c.install.program("initdb"),
		"--pgdata", fresh, "--username", Superuser, "--encoding", "UTF8", "--locale", "C.UTF-8",
		"--auth-local", "trust", "--auth-host", "reject", "--no-instructions", "--no-sync")
	c.account.own(cmd)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("create the database cluster: %w\n%s", err, out)
	}
	if !c.cfg.Throwaway {
		if err := c.install.sync(ctx, c.account, fresh); err != nil {
			return err
		}
	}
	return os.Rename(fresh, c.dataDir)
}

// Remove deletes the cluster of a home with everything in it. Its server must
// have stopped.
func Remove(home string) error {
	home, err := filepath.Abs(home)
	if err != nil {
		return err
	}
	errs := []error{os.RemoveAll(home)}
	for _, base := range socketBases() {
		errs = append(errs, os.RemoveAll(filepath.Join(base, socketDirName(home))))
	}
	if os.Geteuid() == 0 {
		errs = append(errs, os.RemoveAll(rootDataDir(home)))
	}
	return errors.Join(errs...)
}

// Command returns the server, ready to be started as a child process.
func (c *Cluster) Command() *exec.Cmd {
	args := []string{"-D", c.dataDir}
	for _, setting := range c.settings() {
		args = append(args, "-c", setting)
	}
	cmd := exec.Command(c.install.program("postgres"), args...)
	c.account.own(cmd)
	return cmd
}

func (c *Cluster) settings() []string {
	settings := []string{
		"listen_addresses=",
		"unix_socket_directories=" + c.socketDir,
		"unix_socket_permissions=0700",
		"port=" + strconv.Itoa(socketPort),
		"max_connections=300",
		"shared_buffers=256MB",
		"max_wal_size=4GB",
		"wal_compression=on",
		"random_page_cost=1.1",
		"jit=off",
		"log_line_prefix=%m [%p] %d ",
		"cluster_name=parley",
	}
	if c.cfg.Throwaway {
		// Commits still reach the kernel, or a killed server would lose them.
		settings = append(settings, "fsync=off", "full_page_writes=off")
	}
	return settings
}

// URL addresses one database of the cluster.
func (c *Cluster) URL(database string) string { return socketURL(c.socketDir, database) }

// Running addresses a database of the cluster of a home, if its server has its
// socket open.
func Running(home, database string) (address string, running bool) {
	for _, base := range socketBases() {
		dir := filepath.Join(base, socketDirName(home))
		if _, err := os.Stat(filepath.Join(dir, fmt.Sprintf(".s.PGSQL.%d", socketPort))); err == nil {
			return socketURL(dir, database), true
		}
	}
	return "", false
}

func socketURL(dir, database string) string {
	query := url.Values{"host": {dir}, "port": {strconv.Itoa(socketPort)}, "sslmode": {"disable"}}
	return (&url.URL{Scheme: "postgres", User: url.User(Superuser), Path: "/" + database, RawQuery: query.Encode()}).String()
}

// Ready returns nil as soon as the server takes connections. It checks once.
func (c *Cluster) Ready(ctx context.Context) error {
	conn, err := pgx.Connect(ctx, c.URL("postgres"))
	if err != nil {
		return err
	}
	return conn.Close(ctx)
}

// WaitReady waits until the server takes connections or ctx ends.
func (c *Cluster) WaitReady(ctx context.Context) error {
	tick := time.NewTicker(readyPoll)
	defer tick.Stop()
	for {
		err := c.Ready(ctx)
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return errors.Join(ctx.Err(), err)
		case <-tick.C:
		}
	}
}

// CreateDatabase creates a database where it is missing. The server must run.
func (c *Cluster) CreateDatabase(ctx context.Context, name string) error {
	conn, err := pgx.Connect(ctx, c.URL("postgres"))
	if err != nil {
		return err
	}
	defer conn.Close(context.WithoutCancel(ctx))
	var exists bool
	err = conn.QueryRow(ctx, "SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)", name).Scan(&exists)
	if err != nil || exists {
		return err
	}
	_, err = conn.Exec(ctx, "CREATE DATABASE "+pgx.Identifier{name}.Sanitize())
	return err
}
