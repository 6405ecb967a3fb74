package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/parley-chat/parley/cmd/parley/supervise"
	"github.com/parley-chat/parley/db"
	"github.com/parley-chat/parley/db/embedded"
)

const (
	databaseName = "parley"
	defaultDemo  = "127.0.0.1:8081"
	// defaultMetrics has the port that OpenTelemetry gives to such listeners.
	defaultMetrics = "127.0.0.1:9464"
	simulatorPath  = "/v1"
	// longStep is how long a part may take without a word.
	longStep = time.Second
)

func upCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "up",
		Short: "Run all of Parley on this machine until Ctrl-C",
		Long: `Starts a private Postgres, Temporal with Temporal Web, a simulated model and
Parley itself, keeps them running, and stops them in order.
DATABASE_URL, TEMPORAL_ADDRESS and OPENAI_API_KEY or OPENAI_BASE_URL each take
the place of the part they name.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg, err := loadConfig()
			if err != nil {
				return err
			}
			return newUp(cfg, cmd.OutOrStdout()).run(cmd.Context())
		},
	}
}

// up is one machine's worth of Parley. It fills in cfg as the parts come up,
// until cfg says what a node elsewhere would be told by its environment.
type up struct {
	cfg config
	*progress
	supervisor *supervise.Supervisor
	demo       demo
}

func newUp(cfg config, out io.Writer) *up {
	if cfg.DemoListen == "" {
		cfg.DemoListen = defaultDemo
	}
	return &up{cfg: cfg, progress: newProgress(out, "ready")}
}

// run returns after everything has been stopped again.
func (u *up) run(ctx context.Context) (err error) {
	release, err := u.claim(ctx)
	if err != nil {
		return err
	}
	defer release()
	if u.supervisor, err = supervise.New(u.runDir(), u.say); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, u.stop(ctx)) }()
	if err := u.start(ctx); err != nil {
		if ctx.Err() != nil {
			return nil // Ctrl-C while starting is no failure
		}
		return err
	}
	u.say(u.demo.table(u.cfg))
	<-ctx.Done()
	return nil
}

// claim makes the folder ours and clears up after a supervisor that was killed.
func (u *up) claim(ctx context.Context) (release func(), err error) {
	if u.cfg.Home, err = filepath.Abs(u.cfg.Home); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(u.cfg.Home, 0o700); err != nil {
		return nil, err
	}
	// Building has made the folder before, for everybody to read.
	if err := os.Chmod(u.cfg.Home, 0o700); err != nil {
		return nil, err
	}
	release, err = supervise.Lock(u.runDir())
	if errors.Is(err, supervise.ErrRunning) {
		return nil, fmt.Errorf("%w (%s): stop it with Ctrl-C where it was started, or set PARLEY_HOME to another folder and choose other ports", err, u.cfg.Home)
	}
	if err != nil {
		return nil, err
	}
	stopped, err := supervise.Reclaim(ctx, u.runDir())
	if err == nil {
		err = checkPorts(u.ports())
	}
	if err != nil {
		release()
		return nil, err
	}
	u.chooseMetrics()
	if len(stopped) > 0 {
		u.say("Stopped what an earlier run had left: " + strings.Join(stopped, ", "))
	}
	return release, nil
}

// chooseMetrics does without metrics rather than not start: nobody has asked for
// them, and another installation on this machine may be the one that has them.
func (u *up) chooseMetrics() {
	if u.cfg.MetricsListen == "" && checkPorts([]port{{address: defaultMetrics}}) == nil {
		u.cfg.MetricsListen = defaultMetrics
	}
}

func (u *up) runDir() string { return filepath.Join(u.cfg.Home, "run") }

func (u *up) ports() []port {
	ports := []port{
		listenPort(u.cfg.Listen, "Parley", "PARLEY_LISTEN"),
		listenPort(u.cfg.DemoListen, "demo page", "PARLEY_DEMO_LISTEN"),
	}
	if u.cfg.MetricsListen != "" {
		ports = append(ports, listenPort(u.cfg.MetricsListen, "metrics", "PARLEY_METRICS_LISTEN"))
	}
	if u.cfg.TemporalAddress == "" {
		ports = append(ports,
			tcpPort(u.cfg.TemporalPort, "Temporal", "PARLEY_TEMPORAL_PORT"),
			tcpPort(u.cfg.TemporalWebPort, "Temporal Web", "PARLEY_TEMPORAL_WEB_PORT"))
	}
	if u.cfg.needsSimulator() {
		ports = append(ports, listenPort(u.cfg.SimulatorListen, "simulated model", "PARLEY_SIMULATOR_LISTEN"))
	}
	return ports
}

// start brings the parts up in the order in which they need each other.
func (u *up) start(ctx context.Context) error {
	steps := []func(context.Context) error{
		u.loadSecretKey, u.startPostgres, u.migrate, u.startTemporal, u.startSimulator, u.seed, u.startServe,
	}
	for _, step := range steps {
		if err := step(ctx); err != nil {
			return err
		}
	}
	return nil
}

func (u *up) loadSecretKey(context.Context) (err error) {
	if u.cfg.SecretKey != "" {
		return nil
	}
	path := filepath.Join(u.cfg.Home, secretKeyFile)
	_, missing := os.Stat(path)
	if missing != nil && u.cfg.DatabaseURL == "" && !embedded.Fresh(postgresHome(u.cfg.Home)) {
		return fmt.Errorf("the secret key of this installation is missing, and without it nobody opens what it has sealed: set PARLEY_SECRET_KEY as before, or write the key to %s", path)
	}
	u.cfg.SecretKey, err = ownSecretKey(u.cfg.Home)
	return err
}

func (u *up) startPostgres(ctx context.Context) error {
	if u.cfg.DatabaseURL != "" {
		return nil
	}
	done := u.step("Postgres")
	cluster, err := embedded.New(ctx, embedded.Config{Home: postgresHome(u.cfg.Home)})
	if err != nil {
		return err
	}
	if err := u.supervisor.Start(ctx, postgresChild(cluster)); err != nil {
		return err
	}
	if err := cluster.CreateDatabase(ctx, databaseName); err != nil {
		return err
	}
	u.cfg.DatabaseURL = cluster.URL(databaseName)
	done()
	return nil
}

func (u *up) migrate(ctx context.Context) error {
	done := u.step("Database schema")
	if _, err := db.Migrate(ctx, u.cfg.DatabaseURL); err != nil {
		return err
	}
	if err := u.markRestored(ctx); err != nil {
		return err
	}
	done()
	return nil
}

// markRestored is for the first start after a restore, before anybody goes on with
// what was under way when the backup was taken.
func (u *up) markRestored(ctx context.Context) error {
	mark := filepath.Join(u.cfg.Home, restoredFile)
	if _, err := os.Stat(mark); err != nil {
		return nil //nolint:nilerr // it was not restored
	}
	if err := markRestored(ctx, u.cfg.DatabaseURL, u.say); err != nil {
		return err
	}
	return os.Remove(mark)
}

func (u *up) startTemporal(ctx context.Context) error {
	if u.cfg.TemporalAddress != "" {
		return nil
	}
	binary, err := u.cfg.findTemporal()
	if err != nil {
		return err
	}
	done := u.step("Temporal")
	child, err := temporalChild(temporalOptions{
		Binary: binary, DatabaseURL: u.cfg.DatabaseURL,
		Port: u.cfg.TemporalPort, WebPort: u.cfg.TemporalWebPort,
		CodecEndpoint: u.cfg.PublicURL + "/operator/codec", ConfigDir: u.cfg.Home,
	})
	if err != nil {
		return err
	}
	if err := u.supervisor.Start(ctx, child); err != nil {
		return err
	}
	u.cfg.TemporalAddress = fmt.Sprintf("%s:%d", loopback, u.cfg.TemporalPort)
	u.cfg.TemporalUIURL = fmt.Sprintf("http://localhost:%d", u.cfg.TemporalWebPort)
	done()
	return nil
}

func (c config) needsSimulator() bool {
	return c.OpenAIKey == "" && c.OpenAIBaseURL == "" && c.SimulatorURL == ""
}

func (u *up) startSimulator(ctx context.Context) error {
	if !u.cfg.needsSimulator() {
		return nil
	}
	address, err := localURL(u.cfg.SimulatorListen)
	if err != nil {
		return err
	}
	done := u.step("Simulated model")
	child, err := selfChild("simulator", address+simulatorPath+"/models", map[string]string{
		"PARLEY_SIMULATOR_LISTEN": u.cfg.SimulatorListen,
	})
	if err != nil {
		return err
	}
	if err := u.supervisor.Start(ctx, child); err != nil {
		return err
	}
	u.cfg.SimulatorURL = address + simulatorPath
	done()
	return nil
}

func (u *up) startServe(ctx context.Context) error {
	done := u.step("Parley")
	address, err := localURL(u.cfg.Listen)
	if err != nil {
		return err
	}
	child, err := selfChild("serve", address+"/readyz", map[string]string{
		"DATABASE_URL":           u.cfg.DatabaseURL,
		"TEMPORAL_ADDRESS":       u.cfg.TemporalAddress,
		"PARLEY_SIMULATOR_URL":   u.cfg.SimulatorURL,
		"PARLEY_SECRET_KEY":      u.cfg.SecretKey,
		"PARLEY_DEMO_LISTEN":     u.cfg.DemoListen,
		"PARLEY_METRICS_LISTEN":  u.cfg.MetricsListen,
		"PARLEY_TEMPORAL_UI_URL": u.cfg.TemporalUIURL,
		"PARLEY_HOME":            u.cfg.Home,
	})
	if err != nil {
		return err
	}
	child.Grace = u.cfg.DrainDelay + serveGrace
	if err := u.supervisor.Start(ctx, child); err != nil {
		return err
	}
	done()
	return nil
}

// stop ends everything in the reverse order. A second Ctrl-C makes it hurry.
func (u *up) stop(ctx context.Context) error {
	u.say("\nStopping…")
	hurry, release := signal.NotifyContext(context.WithoutCancel(ctx), os.Interrupt, syscall.SIGTERM)
	defer release()
	if err := u.supervisor.Stop(hurry); err != nil {
		return err
	}
	u.say("Stopped. Nothing is lost: the next start goes on from here.")
	return nil
}
