// Command parley is the whole of Parley in one binary: the node that serves it,
// the supervisor that runs it on one machine, and the tools around them.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"
)

func main() { os.Exit(run()) }

// run returns the exit code: that of the command that was run beside us, if one
// failed.
func run() int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	err := rootCommand().ExecuteContext(ctx)
	if err == nil {
		return 0
	}
	if child, ok := errors.AsType[*exec.ExitError](err); ok && child.ExitCode() > 0 {
		return child.ExitCode()
	}
	fmt.Fprintln(os.Stderr, "parley:", err)
	if coded, ok := errors.AsType[exitError](err); ok {
		return coded.code
	}
	return 1
}

// exitError is an error with an exit code of its own.
type exitError struct {
	code int
	text string
}

func (e exitError) Error() string { return e.text }

func rootCommand() *cobra.Command {
	root := &cobra.Command{
		Use:           "parley",
		Short:         "Chat assistants whose answers are never lost",
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	root.CompletionOptions.HiddenDefaultCmd = true
	root.AddCommand(
		upCommand(),
		migrateCommand(),
		backupCommand(),
		restoreCommand(),
		doctorCommand(),
		serveCommand(),
		workerCommand(),
		openapiCommand(),
		replayCommand(),
		tenantCommand(),
		simulatorCommand(),
		execCommand(),
	)
	return root
}
