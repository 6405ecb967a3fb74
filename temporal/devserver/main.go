// Command devserver runs a complete Temporal service and Temporal Web in one
// process on the loopback interface, with everything it stores in one Postgres.
// It prepares what Parley expects to find: databases, schema, namespaces and
// search attributes. It is a module of its own because it takes minutes to
// build and Parley itself needs none of it.
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"
)

// gcPercent trades memory for CPU: at Go's default of 100 a busy service spends
// a sixth of its time collecting garbage.
const gcPercent = 400

func main() { os.Exit(start()) }

// start returns the exit code.
func start() int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
	if err := run(ctx, os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "temporal:", err)
		return 1
	}
	return 0
}

// run serves until ctx ends. It writes one line to out when Temporal really
// answers for every namespace, and one when it has stopped.
func run(ctx context.Context, args []string, out io.Writer) error {
	opts, err := parseOptions(args)
	if err != nil {
		return err
	}
	if err := prepareStores(ctx, opts.Database); err != nil {
		return err
	}
	service, err := newService(opts)
	if err != nil {
		return err
	}
	if err := service.Start(); err != nil {
		return fmt.Errorf("start the service: %w", err)
	}
	serveErr := serve(ctx, opts, out)
	if err := service.Stop(); err != nil && serveErr == nil {
		serveErr = fmt.Errorf("stop the service: %w", err)
	}
	fmt.Fprintln(out, "stopped")
	return serveErr
}

func serve(ctx context.Context, opts options, out io.Writer) error {
	if err := prepareNamespaces(ctx, opts); err != nil {
		return err
	}
	web, err := startWeb(opts)
	if err != nil {
		return err
	}
	defer web.Stop()
	fmt.Fprintf(out, "ready grpc=%s web=%s\n", opts.address(), opts.webAddress())
	<-ctx.Done()
	return nil
}
