// Command bench measures what durability costs: it starts a stack of its own,
// talks to it from another process like visitors do, and puts the figures beside
// those of the model when it is asked directly, in the same run.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"
)

// limit ends a run that hangs.
const limit = 20 * time.Minute

type options struct {
	parley, temporal string
	quick            bool
	only             string
	write            string
	profiles         string
	eager            string
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	if len(os.Args) > 1 && os.Args[1] == loadCommand {
		return runLoad(ctx, os.Stdin, os.Stdout)
	}
	var o options
	flag.StringVar(&o.parley, "parley", "bin/parley", "`path` of the binary to measure")
	flag.StringVar(&o.temporal, "temporal", "bin/parley-temporal", "`path` of the Temporal service")
	flag.BoolVar(&o.quick, "quick", false, "measure less of everything: the figures are rough")
	flag.StringVar(&o.only, "only", "", "measure only what has these `words` in its name")
	flag.StringVar(&o.write, "write", "", "also write the report to `file`")
	flag.StringVar(&o.profiles, "profiles", "", "put CPU profiles of the busiest part into `folder`")
	flag.StringVar(&o.eager, "max-eager", "4", "PARLEY_MAX_EAGER of the node with the noisy neighbour")
	flag.Parse()
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	report, err := measure(ctx, o)
	if err != nil {
		return err
	}
	fmt.Fprintln(os.Stdout, report)
	if o.write != "" {
		return write(o.write, report)
	}
	return nil
}
