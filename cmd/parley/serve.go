package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/parley-chat/parley/activities"
	"github.com/parley-chat/parley/api"
	"github.com/parley-chat/parley/dashboard"
	"github.com/parley-chat/parley/db"
	"github.com/parley-chat/parley/internal/node"
	"github.com/parley-chat/parley/llm/openai"
	"github.com/parley-chat/parley/mail"
	"github.com/parley-chat/parley/secret"
	"github.com/parley-chat/parley/telemetry"
	"github.com/parley-chat/parley/temporal"
	"github.com/parley-chat/parley/tool"
	"github.com/parley-chat/parley/turn"
	"github.com/parley-chat/parley/widget"
)

func serveCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "serve",
		Short: "Run one node: API, dashboard, widget and worker",
		Long: `Runs one node against the Postgres, the Temporal service and the model that the
environment names. Any number of nodes share one database.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return withNode(cmd.Context(), serve) },
	}
}

// serve answers HTTP until ctx ends, and then for as long as load balancers need
// to notice: the turns that run here are handed over meanwhile. At the end
// streams are cut, so that their readers go on at another node.
func serve(ctx context.Context, s nodeSettings, n *node.Node) error {
	server, err := s.api(n) //nolint:contextcheck // nothing is asked yet: requests bring their own
	if err != nil {
		return err
	}
	defer context.AfterFunc(ctx, func() {
		server.Drain()
		n.Drain()
	})()
	sites := []site{{address: s.Listen, handler: server, cut: server.Cut, linger: s.DrainDelay}}
	if s.DemoListen != "" {
		demo, err := demoSite(s.config)
		if err != nil {
			return err
		}
		sites = append(sites, site{address: s.DemoListen, handler: demo})
	}
	if s.DebugListen != "" {
		debug, err := debugSite(s.DebugListen)
		if err != nil {
			return err
		}
		sites = append(sites, debug)
	}
	s.logger.InfoContext(ctx, "serving", "address", s.Listen, "public", s.PublicURL)
	return serveHTTP(ctx, append(sites, s.metricsSite()...)...)
}

func (s nodeSettings) api(n *node.Node) (*api.Server, error) {
	payloads, err := s.key.AEAD(secret.Payloads)
	if err != nil {
		return nil, err
	}
	return api.New(api.Deps{
		DB: n.DB, Log: n.Log, Turns: n.Turns, Temporal: n.Temporal, Worker: n.Polls.Err, Codec: temporal.NewCodec(payloads),
		Key: s.key, Tools: tool.Options{Allow: s.ToolNetworks}, Logger: s.logger, Metrics: s.metrics, Tracing: s.tracing, Widget: widget.FS, Dashboard: dashboard.FS,
		Config: api.Config{
			PublicURL: s.PublicURL, TemporalUIURL: s.TemporalUIURL, TemporalNamespace: s.TemporalNamespace,
			Simulated: s.model.Simulated, Budget: turn.DefaultLimits.MonthlyBudgetMicros,
			TrustedProxies: s.TrustedProxies, Limits: s.Limits.api(),
		},
	})
}

func workerCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "worker",
		Short: "Run workflows and activities without the API, for more capacity",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return withNode(cmd.Context(), func(ctx context.Context, s nodeSettings, _ *node.Node) error {
				if err := serveHTTP(ctx, s.metricsSite()...); err != nil {
					return err
				}
				<-ctx.Done()
				return nil
			})
		},
	}
}

// nodeSettings is the configuration of a node in the terms of its parts.
type nodeSettings struct {
	config
	model   model
	key     *secret.Key
	logger  *slog.Logger
	metrics *telemetry.Metrics
	tracing *telemetry.Tracing
}

// withNode runs a node around act, and stops it when act has returned.
func withNode(ctx context.Context, act func(context.Context, nodeSettings, *node.Node) error) error {
	cfg, err := loadConfig()
	if err != nil {
		return err
	}
	settings, err := cfg.nodeSettings()
	if err != nil {
		return err
	}
	if err := cfg.requireSchema(ctx); err != nil {
		return err
	}
	if settings, err = settings.observed(ctx); err != nil {
		return err
	}
	defer settings.stopTracing(ctx)
	n, err := node.Start(ctx, settings.node())
	if err != nil {
		return err
	}
	defer n.Stop()
	settings.logger.InfoContext(ctx, "node started", "temporal", cfg.TemporalAddress, "model", settings.model.Name)
	return act(ctx, settings, n)
}

func (c config) nodeSettings() (s nodeSettings, err error) {
	s.config = c
	if err := c.requireServing(); err != nil {
		return s, err
	}
	if s.logger, err = c.logger(); err != nil {
		return s, err
	}
	if s.model, err = c.model(); err != nil {
		return s, err
	}
	if s.key, err = secret.ParseKey(c.SecretKey); err != nil {
		return s, fmt.Errorf("PARLEY_SECRET_KEY: %w", err)
	}
	return s, nil
}

func (s nodeSettings) node() node.Config {
	return node.Config{
		Database: db.Config{URL: s.DatabaseURL},
		Temporal: temporal.Config{
			Address: s.TemporalAddress, Namespace: s.TemporalNamespace,
			APIKey: s.TemporalAPIKey, TLS: s.TemporalTLS,
		},
		Turns: turn.Options{Limits: s.turnLimits()},
		Platform: activities.Platform{
			BaseURL: s.model.BaseURL, APIKey: s.model.Key, API: openai.API(s.ModelAPI), Model: s.model.Name,
			PublicOnly: s.PublicProvidersOnly,
		},
		Tools:     tool.Options{Allow: s.ToolNetworks},
		Mail:      mail.Config{Server: s.SMTP, Folder: filepath.Join(s.Home, "mail"), From: s.MailFrom},
		PublicURL: s.PublicURL,
		Key:       s.key,
		Logger:    s.logger,
		Metrics:   s.metrics,
		Tracing:   s.tracing,
	}
}

func (c config) turnLimits() turn.Limits {
	limits := turn.DefaultLimits
	limits.MaxEager = cmp.Or(c.MaxEager, limits.MaxEager)
	return limits
}

// requireServing names everything at once that a node cannot do without.
func (c config) requireServing() error {
	var missing []error
	for _, setting := range []struct{ value, sentence string }{
		{c.DatabaseURL, "set DATABASE_URL to a PostgreSQL 15 or newer with pgvector"},
		{c.TemporalAddress, "set TEMPORAL_ADDRESS to the host:port of a Temporal service"},
		{c.SecretKey, "set PARLEY_SECRET_KEY to 32 random bytes in base64 (openssl rand -base64 32)"},
	} {
		if setting.value == "" {
			missing = append(missing, errors.New(setting.sentence))
		}
	}
	return errors.Join(missing...)
}

// requireSchema keeps a node from a database that is older than itself.
func (c config) requireSchema(ctx context.Context) error {
	pending, err := db.Pending(ctx, c.DatabaseURL)
	if err != nil {
		return err
	}
	if pending > 0 {
		return fmt.Errorf("the database lacks %d migrations: run `parley migrate`", pending)
	}
	return nil
}
