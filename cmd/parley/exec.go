package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/parley-chat/parley/cmd/parley/supervise"
	"github.com/parley-chat/parley/db/embedded"
)

const (
	execPrefix = "parley-exec-"
	stopLimit  = 2 * time.Minute
)

func execCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "exec -- command [arguments]",
		Short: "Run a command, like a test, beside a Postgres and a Temporal of its own",
		Long: `Starts a throw-away Postgres and Temporal on free ports, runs the command with
PARLEY_TEST_DATABASE_URL and PARLEY_TEST_TEMPORAL_ADDRESS set, and removes both.
A variable that is set already is passed on as it is, and nothing is started in
its place.`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			cfg, err := loadConfig()
			if err != nil {
				return err
			}
			return runBeside(cmd.Context(), cfg, args)
		},
	}
}

// runBeside runs the command between start and removal of what it needs.
func runBeside(ctx context.Context, cfg config, args []string) (err error) {
	sweepExec(ctx)
	dir, err := os.MkdirTemp("", execPrefix)
	if err != nil {
		return err
	}
	release, err := supervise.Lock(dir)
	if err != nil {
		return err
	}
	defer release()
	supervisor, err := supervise.New(dir, func(news string) { fmt.Fprintln(os.Stderr, "parley:", news) })
	if err != nil {
		return err
	}
	defer func() {
		stopCtx, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopLimit)
		defer cancel()
		err = errors.Join(err, supervisor.Stop(stopCtx), removeExec(dir))
	}()
	settings, err := startBeside(ctx, cfg, supervisor, dir)
	if err != nil {
		return err
	}
	return runWith(ctx, settings, args)
}

// startBeside returns the environment of the command.
func startBeside(ctx context.Context, cfg config, s *supervise.Supervisor, dir string) ([]string, error) {
	databaseURL := os.Getenv("PARLEY_TEST_DATABASE_URL")
	if databaseURL == "" {
		cluster, err := embedded.New(ctx, embedded.Config{Home: postgresHome(dir), Throwaway: true})
		if err != nil {
			return nil, err
		}
		if err := s.Start(ctx, postgresChild(cluster)); err != nil {
			return nil, err
		}
		databaseURL = cluster.URL("postgres")
	}
	temporalAddress := os.Getenv("PARLEY_TEST_TEMPORAL_ADDRESS")
	if temporalAddress == "" {
		var err error
		if temporalAddress, err = startTestTemporal(ctx, cfg, s, dir, databaseURL); err != nil {
			return nil, err
		}
	}
	settings := []string{
		"PARLEY_TEST_DATABASE_URL=" + databaseURL,
		"PARLEY_TEST_TEMPORAL_ADDRESS=" + temporalAddress,
	}
	// Tests of `parley up` start a Temporal of their own.
	if binary, err := cfg.findTemporal(); err == nil {
		settings = append(settings, "PARLEY_TEMPORAL_BINARY="+binary)
	}
	return settings, nil
}

func startTestTemporal(ctx context.Context, cfg config, s *supervise.Supervisor, dir, databaseURL string) (string, error) {
	binary, err := cfg.findTemporal()
	if err != nil {
		return "", err
	}
	ports, err := freePorts(2)
	if err != nil {
		return "", err
	}
	child, err := temporalChild(temporalOptions{
		Binary: binary, DatabaseURL: databaseURL, Port: ports[0], WebPort: ports[1], ConfigDir: dir,
	})
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("%s:%d", loopback, ports[0]), s.Start(ctx, child)
}

func runWith(ctx context.Context, settings, args []string) error {
	cmd := exec.CommandContext(ctx, args[0], args[1:]...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	cmd.Env = append(os.Environ(), settings...)
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = 30 * time.Second
	return cmd.Run()
}

// sweepExec clears up after runs that were killed. What it cannot remove stays
// for the next one.
func sweepExec(ctx context.Context) {
	dirs, err := filepath.Glob(filepath.Join(os.TempDir(), execPrefix+"*"))
	if err != nil {
		return
	}
	for _, dir := range dirs {
		release, err := supervise.Lock(dir)
		if err != nil {
			continue // still running, or another user's
		}
		if _, err := supervise.Reclaim(ctx, dir); err == nil {
			_ = removeExec(dir)
		}
		release()
	}
}

func removeExec(dir string) error {
	return errors.Join(embedded.Remove(postgresHome(dir)), os.RemoveAll(dir))
}

// postgresHome is where a private cluster lives below a folder of ours.
func postgresHome(dir string) string { return filepath.Join(dir, "postgres") }
