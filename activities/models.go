package activities

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"

	"github.com/parley-chat/parley/chat"
	"github.com/parley-chat/parley/llm"
	"github.com/parley-chat/parley/llm/openai"
	"github.com/parley-chat/parley/secret"
	"github.com/parley-chat/parley/telemetry"
	"github.com/parley-chat/parley/turn"
)

// Platform is the model account of tenants that have none of their own.
type Platform struct {
	BaseURL string
	APIKey  string
	API     openai.API
	Model   string
	// PublicOnly keeps the accounts that tenants bring to the public internet.
	PublicOnly bool
}

// Models finds the provider that a turn talks to.
type Models struct {
	platform Platform
	key      *secret.Key
	client   *http.Client // to the platform's account
	foreign  *http.Client // to addresses that tenants choose
	circuits *circuits
	metrics  *telemetry.Metrics
	tracing  *telemetry.Tracing
}

// NewModels makes the registry; key opens the secrets of tenants.
func NewModels(platform Platform, key *secret.Key) *Models {
	m := &Models{platform: platform, key: key, client: openai.NewHTTPClient(), circuits: newCircuits()}
	m.foreign = m.client
	if platform.PublicOnly {
		m.foreign = openai.NewPublicHTTPClient()
	}
	return m
}

// Observed has the calls to providers counted and traced; either may be nil.
func (m *Models) Observed(metrics *telemetry.Metrics, tracing *telemetry.Tracing) *Models {
	m.metrics, m.tracing, m.circuits.metrics = metrics, tracing, metrics
	return m
}

// lineup is an account and the models in it that an agent may be answered by, the best
// first. The others are for when those before them are down.
type lineup struct {
	llm.Provider
	names []string
	// resumes: another process can go on with an answer that this one has begun.
	resumes  bool
	account  string // names it among all
	circuits *circuits
}

// model is one of them, for one call.
type model struct {
	llm.Provider
	name  string
	place int  // in the lineup, from 0
	more  bool // there are others
	// done tells how the call has ended, once.
	done func(error)
}

func (m *Models) of(tenant chat.TenantID, account *turn.Account, config chat.AgentConfig) (lineup, error) {
	if account == nil {
		return m.open(m.platform, m.client, config)
	}
	l, err := m.own(tenant, *account, config)
	l.account = tenant.String() + " " + l.account
	return l, err
}

// own opens a tenant's account. The key lives for the call alone.
func (m *Models) own(tenant chat.TenantID, account turn.Account, config chat.AgentConfig) (lineup, error) {
	key, err := m.key.Open(account.SealedKey, tenant, secret.ProviderColumn)
	if err != nil {
		return lineup{}, fmt.Errorf("model account: %w", err)
	}
	return m.open(Platform{
		BaseURL: account.BaseURL, APIKey: string(key), API: openai.API(account.API), Model: account.Model,
	}, m.foreign, config)
}

// Asks is what a model is asked in a step (turn.Asking).
func (m *Models) Asks(step *turn.Step) llm.Request {
	model := m.platform.Model
	if step.Account != nil {
		model = step.Account.Model
	}
	return requestOf(step, cmp.Or(step.Model(), step.Config.Model, model), "")
}

func (m *Models) open(account Platform, client *http.Client, config chat.AgentConfig) (lineup, error) {
	provider, err := openai.New(openai.Config{
		API: account.API, BaseURL: account.BaseURL, APIKey: account.APIKey, HTTPClient: client,
	})
	names := []string{cmp.Or(config.Model, account.Model)}
	for _, name := range config.FallbackModels {
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return lineup{
		Provider: observed{provider, m.metrics, m.tracing}, names: names, resumes: account.API != openai.APIChat,
		account: account.BaseURL, circuits: m.circuits,
	}, err
}

// next gives the model to ask after so many failures: the first one that is not known
// to be down, from the one after that which has just failed. If all are down, hope is
// better than no answer.
func (l lineup) next(failures int) model {
	for i := range l.names {
		place := (failures + i) % len(l.names)
		if done, err := l.circuit(place).Allow(); err == nil {
			return l.model(place, once(done))
		}
	}
	return l.model(failures%len(l.names), func(error) {})
}

// named gives the model that has begun an answer, to go on with it; "" is the first. A
// name may be one that the agent does not have any more.
func (l lineup) named(name string) model {
	place := max(slices.Index(l.names, name), 0)
	m := l.model(place, func(error) {})
	m.name = cmp.Or(name, m.name)
	return m
}

// watched has the model's circuit told how the call ends.
func (l lineup) watched(m model) model {
	if done, err := l.circuit(m.place).Allow(); err == nil && m.name == l.names[m.place] {
		m.done = once(done)
	}
	return m
}

func (l lineup) circuit(place int) *circuit {
	return l.circuits.of(l.account + " " + l.names[place])
}

func (l lineup) model(place int, done func(error)) model {
	return model{Provider: l.Provider, name: l.names[place], place: place, more: len(l.names) > 1, done: done}
}
