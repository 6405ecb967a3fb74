package stack

import (
	"context"
	"fmt"
	"maps"
	"os/exec"

	"github.com/parley-chat/parley/chat"
	"github.com/parley-chat/parley/db"
	"github.com/parley-chat/parley/secret"
)

// Site is one installation on a stack: a database and a Temporal namespace of its
// own, shared by its nodes, with one tenant whose agent visitors can talk to.
type Site struct {
	DatabaseURL string
	Tenant      chat.TenantID
	Agent       chat.AgentID
	// Key is the tenant's publishable key; Origin may show the agent.
	Key, Origin string
	// Secret is a key that may export turns.
	Secret string

	owner       chat.UserID
	maxActive   *int32 // turns of the tenant; nil: the platform's limit
	stack       *Stack
	name        string
	nodes       int
	environment map[string]string
}

// Unlimited are settings that let one address do the work of a thousand.
func Unlimited() map[string]string {
	settings := map[string]string{}
	for _, name := range []string{"ADDRESS", "VISITOR", "VISITOR_TURNS", "SESSION"} {
		settings["PARLEY_LIMIT_"+name] = "100000000"
	}
	return settings
}

// Site makes an installation. Its name is that of its database; the settings are
// for the environment of all its nodes, and have to name one of the stack's
// namespaces if that is not the first.
func (s *Stack) Site(ctx context.Context, name string, settings map[string]string) (*Site, error) {
	if err := s.cluster.CreateDatabase(ctx, name); err != nil {
		return nil, err
	}
	site := &Site{
		DatabaseURL: s.cluster.URL(name), Key: secret.NewToken("pk_"), Secret: secret.NewToken("sk_"), Origin: "http://customer.example",
		stack: s, name: name,
	}
	site.environment = map[string]string{
		"DATABASE_URL": site.DatabaseURL, "TEMPORAL_ADDRESS": s.TemporalAddress, "TEMPORAL_NAMESPACE": s.config.Namespaces[0],
		"PARLEY_SIMULATOR_URL": s.SimulatorURL, "PARLEY_SECRET_KEY": secret.NewKey(), "PARLEY_LOG": "warn",
	}
	maps.Copy(site.environment, settings)
	if _, err := db.Migrate(ctx, site.DatabaseURL); err != nil {
		return nil, err
	}
	if err := site.seed(ctx); err != nil {
		return nil, err
	}
	return site, nil
}

// seed makes the tenant, its agent and the key.
func (s *Site) seed(ctx context.Context) error {
	d, err := db.Open(ctx, db.Config{URL: s.DatabaseURL, MaxConns: 1})
	if err != nil {
		return err
	}
	defer d.Close()
	var made db.CreatedTenant
	err = d.System(ctx, func(tx *db.SystemTx) error {
		made, err = tx.TenantCreate(ctx, db.NewTenant{
			Name: "Customer", Owner: db.NewUser{Email: s.Key[3:] + "@customer.example", Name: "Owner", PasswordHash: "none"},
		})
		return err
	})
	if err != nil {
		return err
	}
	s.Tenant, s.owner = made.Tenant.ID, made.Owner.ID
	return d.Tenant(ctx, s.Tenant, func(tx *db.TenantTx) error { return s.publish(ctx, tx, s.owner) })
}

// Neighbour is another tenant of the same installation, who may have so many
// turns under way.
func (s *Site) Neighbour(ctx context.Context, maxActive int32) (*Site, error) {
	n := *s
	n.Key, n.Secret, n.maxActive = secret.NewToken("pk_"), secret.NewToken("sk_"), &maxActive
	return &n, n.seed(ctx)
}

// budget is more than any test or measurement can spend: those are not about it.
var budget int64 = 1 << 60

func (s *Site) publish(ctx context.Context, tx *db.TenantTx, owner chat.UserID) error {
	if _, err := tx.TenantPut(ctx, db.TenantPutParams{Name: "Customer", MonthlyBudgetMicros: &budget, MaxActiveTurns: s.maxActive}); err != nil {
		return err
	}
	s.Agent = chat.NewID[chat.AgentID]()
	agent, err := tx.AgentInsert(ctx, s.Agent, "Assistant", chat.AgentConfig{
		Instructions: "You are the assistant of a shop. Answer briefly.", AllowedOrigins: []string{s.Origin},
	})
	if err != nil {
		return err
	}
	_, err = tx.AgentPublish(ctx, db.AgentPublishParams{
		ID: chat.NewID[chat.AgentVersionID](), AgentID: s.Agent, Revision: agent.DraftRevision, PublishedBy: owner,
	})
	if err != nil {
		return err
	}
	_, err = tx.KeyInsert(ctx, db.KeyInsertParams{
		ID: chat.NewID[chat.KeyID](), Kind: chat.KeyPublishable, Name: "Website", Prefix: s.Key[:9],
		KeyHash: secret.HashToken(s.Key), PublicValue: &s.Key, Scopes: []string{}, CreatedBy: owner,
	})
	if err != nil {
		return err
	}
	_, err = tx.KeyInsert(ctx, db.KeyInsertParams{
		ID: chat.NewID[chat.KeyID](), Kind: chat.KeySecret, Name: "Recorder", Prefix: s.Secret[:9],
		KeyHash: secret.HashToken(s.Secret), Scopes: []string{"turns:export"}, CreatedBy: owner,
	})
	return err
}

// Configure publishes the agent with another configuration.
func (s *Site) Configure(ctx context.Context, change func(*chat.AgentConfig)) error {
	d, err := db.Open(ctx, db.Config{URL: s.DatabaseURL, MaxConns: 1})
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Tenant(ctx, s.Tenant, func(tx *db.TenantTx) error {
		found, err := tx.AgentGet(ctx, s.Agent)
		if err != nil {
			return err
		}
		draft := found.Agent.Draft
		change(&draft)
		agent, err := tx.AgentDraftPut(ctx, db.AgentDraftPutParams{
			ID: s.Agent, Name: found.Agent.Name, Draft: draft, Revision: found.Agent.DraftRevision,
		})
		if err != nil {
			return err
		}
		_, err = tx.AgentPublish(ctx, db.AgentPublishParams{
			ID: chat.NewID[chat.AgentVersionID](), AgentID: s.Agent, Revision: agent.DraftRevision, PublishedBy: s.owner,
		})
		return err
	})
}

// Node is one process that serves a site.
type Node struct {
	*Process
	URL string // where its API answers
	// Program is the binary that it runs when it is started next.
	Program string
	// Profiles is the address of its debug listener.
	Profiles string
}

// Node makes a node that is not started yet. The settings add to the site's.
func (s *Site) Node(settings map[string]string) *Node {
	at, profiles := address(freePort()), address(freePort())
	environment := maps.Clone(s.environment)
	environment["PARLEY_LISTEN"], environment["PARLEY_DEBUG_LISTEN"] = at, profiles
	maps.Copy(environment, settings)
	s.nodes++
	n := &Node{URL: "http://" + at, Program: s.stack.config.Parley, Profiles: profiles}
	n.Process = s.stack.add(&Process{
		name:    fmt.Sprintf("%s-node-%d", s.name, s.nodes),
		command: func() *exec.Cmd { return command(environment, n.Program, "serve") },
		ready:   answers(n.URL + "/readyz"),
	})
	return n
}
