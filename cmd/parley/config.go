package main

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"time"

	"github.com/caarlos0/env/v11"

	"github.com/parley-chat/parley/api"
	"github.com/parley-chat/parley/llm/simulator"
	"github.com/parley-chat/parley/telemetry"
)

const (
	// defaultModel is asked where neither the agent nor the tenant names one.
	defaultModel = "gpt-5-mini"
	// simulatorKey satisfies clients that insist on a key; the simulator takes
	// any.
	simulatorKey = "simulator"
)

// config is every setting of Parley. All of them come from the environment, so
// that the same binary runs the same way on one machine and on many.
type config struct {
	// DatabaseURL is a Postgres 15 or newer with pgvector.
	DatabaseURL string `env:"DATABASE_URL"`

	TemporalAddress   string `env:"TEMPORAL_ADDRESS"`
	TemporalNamespace string `env:"TEMPORAL_NAMESPACE" envDefault:"parley"`
	TemporalAPIKey    string `env:"TEMPORAL_API_KEY"`
	TemporalTLS       bool   `env:"TEMPORAL_TLS"`

	// OpenAIKey and OpenAIBaseURL are the model endpoint of tenants that have
	// none of their own.
	OpenAIKey     string `env:"OPENAI_API_KEY"`
	OpenAIBaseURL string `env:"OPENAI_BASE_URL"`
	// SimulatorURL is asked instead when neither of the two is set.
	SimulatorURL string `env:"PARLEY_SIMULATOR_URL"`
	Model        string `env:"PARLEY_MODEL"`
	// ModelAPI is how that endpoint is spoken to: responses, which OpenAI has,
	// or chat, which others have.
	ModelAPI string `env:"PARLEY_MODEL_API" envDefault:"responses"`
	// PublicProvidersOnly keeps tenants from naming a provider inside of the
	// operator's own network. Set it where tenants are strangers.
	PublicProvidersOnly bool `env:"PARLEY_PUBLIC_PROVIDERS_ONLY"`

	// ToolNetworks are the networks that agents' tools may reach besides the public
	// internet.
	ToolNetworks []netip.Prefix `env:"PARLEY_TOOL_NETWORKS"`

	// SMTP is the server that letters go through, like smtp://user:password@host:587;
	// without one they are put into Home, in the folder mail.
	SMTP     string `env:"PARLEY_SMTP_URL"`
	MailFrom string `env:"PARLEY_MAIL_FROM" envDefault:"Parley <parley@localhost>"`

	// SecretKey is 32 random bytes in base64: it encrypts the tenants' secrets
	// and what workflows carry. Whoever loses it loses those.
	SecretKey string `env:"PARLEY_SECRET_KEY"`

	Listen string `env:"PARLEY_LISTEN" envDefault:"127.0.0.1:8080"`
	// DrainDelay is how long a node that has been told to stop still takes requests,
	// while /readyz says that it should get no more: a little longer than a load
	// balancer needs to believe that.
	DrainDelay time.Duration `env:"PARLEY_DRAIN_DELAY"`
	// PublicURL is where browsers reach Listen.
	PublicURL     string `env:"PARLEY_PUBLIC_URL"`
	TemporalUIURL string `env:"PARLEY_TEMPORAL_UI_URL"`
	// DemoListen serves the demo customer's page, on another origin than the
	// platform's, like a real customer's.
	DemoListen string `env:"PARLEY_DEMO_LISTEN"`

	// DebugListen, if set, serves profiles of the process. It must be a loopback
	// address.
	DebugListen string `env:"PARLEY_DEBUG_LISTEN"`

	// TrustedProxies are the networks in front of Listen whose X-Forwarded-For
	// tells who really asks.
	TrustedProxies []netip.Prefix `env:"PARLEY_TRUSTED_PROXIES"`
	// MaxEager is how many turns of one tenant a node may have under way before it
	// starts more of them through the task queue, which is fair between tenants.
	MaxEager int `env:"PARLEY_MAX_EAGER"`
	// Limits are in requests a minute; 0 is the default.
	Limits limits `envPrefix:"PARLEY_LIMIT_"`

	LogLevel string `env:"PARLEY_LOG" envDefault:"info"`
	// LogFormat is text, for people, or json, for programs.
	LogFormat string `env:"PARLEY_LOG_FORMAT" envDefault:"text"`
	// MetricsListen answers Prometheus at /metrics. Nobody but operators should
	// reach it; without it nothing is counted. `up` chooses an address itself.
	MetricsListen string `env:"PARLEY_METRICS_LISTEN"`
	// Home is where `up` keeps what belongs to this machine.
	Home string `env:"PARLEY_HOME" envDefault:".parley"`

	// The rest concerns `up` alone.
	TemporalPort    int    `env:"PARLEY_TEMPORAL_PORT" envDefault:"7233"`
	TemporalWebPort int    `env:"PARLEY_TEMPORAL_WEB_PORT" envDefault:"8233"`
	SimulatorListen string `env:"PARLEY_SIMULATOR_LISTEN" envDefault:"127.0.0.1:8090"`
	// TemporalBinary is the program built from temporal/devserver; by default
	// parley-temporal beside this one.
	TemporalBinary string `env:"PARLEY_TEMPORAL_BINARY"`
}

// limits are what one caller may do in a minute.
type limits struct {
	Address       int `env:"ADDRESS"`
	Visitor       int `env:"VISITOR"`
	VisitorTurns  int `env:"VISITOR_TURNS"`
	Key           int `env:"KEY"`
	User          int `env:"USER"`
	SignInAddress int `env:"SIGN_IN_ADDRESS"`
	SignInAccount int `env:"SIGN_IN_ACCOUNT"`
	Session       int `env:"SESSION"`
}

func (l limits) api() api.Limits {
	minute := func(count int) api.Quota { return api.Quota{Count: count, Per: time.Minute} }
	return api.Limits{
		Address: minute(l.Address), Visitor: minute(l.Visitor), VisitorTurns: minute(l.VisitorTurns),
		Key: minute(l.Key), User: minute(l.User), Session: minute(l.Session),
		SignInAddress: minute(l.SignInAddress), SignInAccount: minute(l.SignInAccount),
	}
}

func loadConfig() (config, error) {
	cfg, err := env.ParseAs[config]()
	if err != nil {
		return config{}, fmt.Errorf("the environment: %w", err)
	}
	if cfg.PublicURL == "" {
		cfg.PublicURL, err = localURL(cfg.Listen)
	}
	return cfg, err
}

// model is the endpoint for tenants without a provider of their own.
type model struct {
	BaseURL, Key, Name string
	Simulated          bool
}

func (c config) model() (model, error) {
	m := model{BaseURL: c.OpenAIBaseURL, Key: c.OpenAIKey, Name: c.Model}
	if m.BaseURL == "" && m.Key == "" {
		m = model{BaseURL: c.SimulatorURL, Key: simulatorKey, Name: simulator.DefaultModel, Simulated: true}
		if m.BaseURL == "" {
			return model{}, errors.New("no model endpoint: set OPENAI_API_KEY (and OPENAI_BASE_URL for another provider than OpenAI), or PARLEY_SIMULATOR_URL to have answers simulated")
		}
	}
	if m.Name == "" {
		m.Name = defaultModel
	}
	return m, nil
}

// localURL is how a browser on this machine reaches a listening address.
func localURL(address string) (string, error) {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return "", fmt.Errorf("%q is not an address like 127.0.0.1:8080", address)
	}
	if ip := net.ParseIP(host); host == "" || ip.IsLoopback() || ip.IsUnspecified() {
		host = "localhost"
	}
	return "http://" + net.JoinHostPort(host, port), nil
}

func (c config) logger() (*slog.Logger, error) {
	var level slog.Level
	if err := level.UnmarshalText([]byte(c.LogLevel)); err != nil {
		return nil, fmt.Errorf("PARLEY_LOG is %q; it can be debug, info, warn or error", c.LogLevel)
	}
	options := &slog.HandlerOptions{Level: level}
	switch c.LogFormat {
	case "text":
		return slog.New(telemetry.LogHandler(slog.NewTextHandler(os.Stderr, options))), nil
	case "json":
		return slog.New(telemetry.LogHandler(slog.NewJSONHandler(os.Stderr, options))), nil
	}
	return nil, fmt.Errorf("PARLEY_LOG_FORMAT is %q; it can be text or json", c.LogFormat)
}
