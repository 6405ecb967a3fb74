package activities

import (
	"cmp"
	"fmt"
	"net/http"

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
	metrics  *telemetry.Metrics
	tracing  *telemetry.Tracing
}

// NewModels makes the registry; key opens the secrets of tenants.
func NewModels(platform Platform, key *secret.Key) *Models {
	m := &Models{platform: platform, key: key, client: openai.NewHTTPClient()}
	m.foreign = m.client
	if platform.PublicOnly {
		m.foreign = openai.NewPublicHTTPClient()
	}
	return m
}

// Observed has the calls to providers counted and traced; either may be nil.
func (m *Models) Observed(metrics *telemetry.Metrics, tracing *telemetry.Tracing) *Models {
	m.metrics, m.tracing = metrics, tracing
	return m
}

// model is a provider and the name that it knows the model by.
type model struct {
	llm.Provider
	name string
	// resumes: another process can go on with an answer that this one has begun.
	resumes bool
}

func (m *Models) of(tenant chat.TenantID, account *turn.Account, config chat.AgentConfig) (model, error) {
	if account == nil {
		return m.open(m.platform, m.client, config)
	}
	return m.own(tenant, *account, config)
}

// own opens a tenant's account. The key lives for the call alone.
func (m *Models) own(tenant chat.TenantID, account turn.Account, config chat.AgentConfig) (model, error) {
	key, err := m.key.Open(account.SealedKey, tenant, secret.ProviderColumn)
	if err != nil {
		return model{}, fmt.Errorf("model account: %w", err)
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
	return requestOf(step, cmp.Or(step.Config.Model, model), "")
}

func (m *Models) open(account Platform, client *http.Client, config chat.AgentConfig) (model, error) {
	provider, err := openai.New(openai.Config{
		API: account.API, BaseURL: account.BaseURL, APIKey: account.APIKey, HTTPClient: client,
	})
	name := config.Model
	if name == "" {
		name = account.Model
	}
	return model{observed{provider, m.metrics, m.tracing}, name, account.API != openai.APIChat}, err
}
