package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/parley-chat/parley/cmd/parley/supervise"
	"github.com/parley-chat/parley/db/embedded"
)

// checkLimit bounds one check: a doctor who waits for ever says nothing.
const checkLimit = 15 * time.Second

// verdict is how a check ended.
type verdict string

const (
	fine    verdict = "ok"
	unsure  verdict = "note" // works, but somebody should know
	broken  verdict = "FAIL"
	skipped verdict = "-"
)

// finding is the result of a check: what was seen, and what to do about it.
type finding struct {
	verdict verdict
	detail  string
}

func ok(format string, args ...any) finding   { return finding{fine, fmt.Sprintf(format, args...)} }
func note(format string, args ...any) finding { return finding{unsure, fmt.Sprintf(format, args...)} }
func fail(format string, args ...any) finding { return finding{broken, fmt.Sprintf(format, args...)} }
func skip(format string, args ...any) finding { return finding{skipped, fmt.Sprintf(format, args...)} }

// check looks at one part.
type check struct {
	name string
	look func(context.Context) finding
}

// doctor knows what the checks look at.
type doctor struct {
	cfg     config
	running bool // whether `up` runs in this folder
}

func doctorCommand() *cobra.Command {
	command := &cobra.Command{
		Use:   "doctor",
		Short: "Check every part of an installation, and say what to do about what is wrong",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			d, err := newDoctor()
			if err != nil {
				return err
			}
			return report(cmd.Context(), cmd.OutOrStdout(), d.checks())
		},
	}
	// Single checks are for scripts, and for containers that have nothing else.
	command.AddCommand(
		only("postgres", "Check whether a Postgres that `parley up` can start is installed", doctor.postgresPrograms),
		only("ready", "Check whether this node serves", doctor.ready),
		only("simulator", "Check whether the simulated model at PARLEY_SIMULATOR_LISTEN answers", doctor.simulator),
	)
	return command
}

func only(name, short string, look func(doctor, context.Context) finding) *cobra.Command {
	return &cobra.Command{
		Use:   name,
		Short: short,
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg, err := loadConfig()
			if err != nil {
				return err
			}
			d := doctor{cfg: cfg}
			return report(cmd.Context(), cmd.OutOrStdout(), []check{
				{name, func(ctx context.Context) finding { return look(d, ctx) }},
			})
		},
	}
}

// newDoctor completes the settings with what `up` would fill in.
func newDoctor() (doctor, error) {
	cfg, err := loadConfig()
	if err != nil {
		return doctor{}, err
	}
	if cfg.Home, err = filepath.Abs(cfg.Home); err != nil {
		return doctor{}, err
	}
	d := doctor{cfg: cfg, running: supervise.Running(newUp(cfg, io.Discard).runDir())}
	if d.running {
		d.cfg = cfg.asRunning()
	}
	return d, nil
}

// asRunning fills in the addresses of the parts that `up` has started.
func (c config) asRunning() config {
	if c.DatabaseURL == "" {
		c.DatabaseURL, _ = embedded.Running(postgresHome(c.Home), databaseName)
	}
	if c.TemporalAddress == "" {
		c.TemporalAddress = fmt.Sprintf("%s:%d", loopback, c.TemporalPort)
	}
	if c.needsSimulator() {
		if address, err := localURL(c.SimulatorListen); err == nil {
			c.SimulatorURL = address + simulatorPath
		}
	}
	return c
}

func (d doctor) checks() []check {
	return []check{
		{"Go", d.goTool},
		{"Node.js", d.nodeTool},
		{"PostgreSQL", d.postgresPrograms},
		{"Temporal program", d.temporalProgram},
		{"Disk", d.disk},
		{"Secret key", d.secretKey},
		{"Backup", d.backup},
		{"Ports", d.ports},
		{"Database", d.database},
		{"Schema", d.schema},
		{"Roles", d.roles},
		{"Temporal", d.temporal},
		{"Search attributes", d.searchAttributes},
		{"Fairness", d.fairness},
		{"Model", d.modelEndpoint},
		{"Parley", d.serving},
		{"Metrics", d.metrics},
	}
}

// report prints a line for each check and fails if one of them did.
func report(ctx context.Context, out io.Writer, checks []check) error {
	failed := 0
	for _, c := range checks {
		found := c.run(ctx)
		if found.verdict == broken {
			failed++
		}
		detail := strings.ReplaceAll(found.detail, "\n", "\n"+strings.Repeat(" ", 27))
		fmt.Fprintf(out, "  %-5s %-18s %s\n", found.verdict, c.name, detail)
	}
	if failed > 0 {
		return errors.New("some parts are not well: see the lines marked FAIL")
	}
	return nil
}

func (c check) run(ctx context.Context) finding {
	ctx, cancel := context.WithTimeout(ctx, checkLimit)
	defer cancel()
	return c.look(ctx)
}
