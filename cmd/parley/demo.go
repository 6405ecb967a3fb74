package main

import (
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/parley-chat/parley/api"
	"github.com/parley-chat/parley/chat"
	"github.com/parley-chat/parley/db"
	"github.com/parley-chat/parley/secret"
	"github.com/parley-chat/parley/tool"
	"github.com/parley-chat/parley/widget"
)

const (
	demoFile    = "demo.json"
	shownOfKey  = 9 // characters of a key that lists show to recognise it by
	firstAgent  = "agent.json"
	demoKeyName = "Demo"
)

// demo is what somebody needs to try Parley: addresses, keys and a sign-in.
type demo struct {
	APIURL        string `json:"api_url"`
	DashboardURL  string `json:"dashboard_url"`
	DemoPageURL   string `json:"demo_page_url"`
	TemporalUIURL string `json:"temporal_ui_url"`
	demoTenant
	// Second is another business on the same platform.
	Second demoTenant `json:"second_tenant"`
}

type demoTenant struct {
	TenantID       chat.TenantID `json:"tenant_id"`
	AgentID        chat.AgentID  `json:"agent_id"`
	PublishableKey string        `json:"publishable_key"`
	SecretKey      string        `json:"secret_key"`
	AdminEmail     string        `json:"admin_email"`
	AdminPassword  string        `json:"admin_password"`
}

//go:embed demo/harbour-cycles.json
var harbourCycles []byte

// business is one demo tenant as it is made.
type business struct {
	owner owner
	agent demoAgent
}

type demoAgent struct {
	Name   string           `json:"name"`
	Config chat.AgentConfig `json:"config"`
}

// businesses are the two tenants of the demo: the one whose page it shows, and
// a neighbour that has nothing to do with it.
func businesses(page string) (first, second business, err error) {
	juniper, err := fs.ReadFile(widget.DemoFS, firstAgent)
	if err != nil {
		return first, second, err
	}
	first.owner = owner{
		TenantName: "Juniper & Clay", Email: "robin@juniper-and-clay.example",
		Name: "Robin Clay", Operator: true,
	}
	second.owner = owner{
		TenantName: "Harbour Cycles", Email: "maja@harbour-cycles.example", Name: "Maja Holm",
	}
	return first, second, errors.Join(first.agent.load(juniper, page), second.agent.load(harbourCycles, page))
}

func (a *demoAgent) load(raw []byte, page string) error {
	if err := json.Unmarshal(raw, a); err != nil {
		return fmt.Errorf("the demo's agents: %w", err)
	}
	a.Config.AllowedOrigins, a.Config.Tools = origins(page), tool.BuiltIns()
	return nil
}

// seed makes the demo's tenants once. Later starts find them, as they were left,
// and only note the addresses of today.
func (u *up) seed(ctx context.Context) error {
	d, err := db.Open(ctx, db.Config{URL: u.cfg.DatabaseURL, MaxConns: 1})
	if err != nil {
		return err
	}
	defer d.Close()
	page, err := localURL(u.cfg.DemoListen)
	if err != nil {
		return err
	}
	if u.demo, err = readDemo(u.cfg.Home); err != nil {
		return err
	}
	if err := u.prepareDemo(ctx, d, page); err != nil {
		return fmt.Errorf("prepare the demo tenants: %w", err)
	}
	u.demo.APIURL = u.cfg.PublicURL
	u.demo.DashboardURL = u.cfg.PublicURL + "/dashboard/"
	u.demo.DemoPageURL = page
	u.demo.TemporalUIURL = u.cfg.TemporalUIURL
	return u.demo.write(u.cfg.Home)
}

func (u *up) prepareDemo(ctx context.Context, d *db.DB, page string) error {
	there, err := u.demo.isIn(ctx, d)
	if err != nil {
		return err
	}
	if !there {
		return u.makeDemo(ctx, d, page)
	}
	if u.demo.DemoPageURL == page {
		return nil
	}
	return u.demo.allow(ctx, d, page)
}

// isIn reports whether the database has the tenant of demo.json: it may be
// another database than last time.
func (d demo) isIn(ctx context.Context, database *db.DB) (bool, error) {
	if d.TenantID.IsZero() {
		return false, nil
	}
	err := database.Tenant(ctx, d.TenantID, func(tx *db.TenantTx) error {
		_, err := tx.TenantGet(ctx)
		return err
	})
	if chat.CodeOf(err) == chat.CodeNotFound {
		return false, nil
	}
	return err == nil, err
}

func (u *up) makeDemo(ctx context.Context, d *db.DB, page string) error {
	first, second, err := businesses(page)
	if err != nil {
		return err
	}
	if u.demo.demoTenant, err = first.make(ctx, d); err != nil {
		return err
	}
	u.demo.Second, err = second.make(ctx, d)
	return err
}

// allow lets the demo page show the agent from another address than before. An
// agent that has been deleted stays so.
func (t demoTenant) allow(ctx context.Context, d *db.DB, page string) error {
	err := d.Tenant(ctx, t.TenantID, func(tx *db.TenantTx) error {
		row, err := tx.AgentGet(ctx, t.AgentID)
		if err != nil {
			return err
		}
		agent := row.Agent
		agent.Draft.AllowedOrigins = append(agent.Draft.AllowedOrigins, origins(page)...)
		agent, err = tx.AgentDraftPut(ctx, db.AgentDraftPutParams{
			ID: agent.ID, Name: agent.Name, Draft: agent.Draft, Revision: agent.DraftRevision,
		})
		if err != nil {
			return err
		}
		return publishDraft(ctx, tx, agent, chat.UserID{})
	})
	if chat.CodeOf(err) == chat.CodeNotFound {
		return nil
	}
	return err
}

// origins are the ways in which somebody may type the address of a page on this
// machine.
func origins(page string) []string {
	return []string{page, strings.Replace(page, "//localhost:", "//127.0.0.1:", 1)}
}

func publishDraft(ctx context.Context, tx *db.TenantTx, agent db.Agent, by chat.UserID) error {
	_, err := tx.AgentPublish(ctx, db.AgentPublishParams{
		ID: chat.NewID[chat.AgentVersionID](), AgentID: agent.ID,
		Revision: agent.DraftRevision, PublishedBy: by,
	})
	return err
}

// make is for a first start, and for a database whose demo.json has been lost:
// then the tenant exists and only gets new keys and a new password.
func (b business) make(ctx context.Context, d *db.DB) (demoTenant, error) {
	made, owner, err := b.account(ctx, d)
	if err != nil {
		return made, err
	}
	made.PublishableKey, made.SecretKey = secret.NewToken("pk_"), secret.NewToken("sk_")
	err = d.Tenant(ctx, made.TenantID, func(tx *db.TenantTx) error {
		if made.AgentID, err = b.publish(ctx, tx, owner); err != nil {
			return err
		}
		return made.saveKeys(ctx, tx, owner)
	})
	return made, err
}

func (b business) account(ctx context.Context, d *db.DB) (demoTenant, chat.UserID, error) {
	found, user, err := b.renew(ctx, d)
	if chat.CodeOf(err) != chat.CodeNotFound {
		return found, user, err
	}
	created, password, err := createTenant(ctx, d, b.owner)
	return demoTenant{
		TenantID: created.Tenant.ID, AdminEmail: b.owner.Email, AdminPassword: password,
	}, created.Owner.ID, err
}

// renew gives the owner of a tenant that exists a new password.
func (b business) renew(ctx context.Context, d *db.DB) (found demoTenant, user chat.UserID, err error) {
	found = demoTenant{AdminEmail: b.owner.Email, AdminPassword: secret.NewToken("")}
	hash, err := secret.HashPassword(found.AdminPassword)
	if err != nil {
		return found, user, err
	}
	err = d.System(ctx, func(tx *db.SystemTx) error {
		known, err := tx.UserByEmail(ctx, b.owner.Email)
		if err != nil {
			return err
		}
		tenants, err := tx.MembershipListByUser(ctx, known.ID)
		if err != nil {
			return err
		}
		if len(tenants) == 0 {
			return chat.NewError(chat.CodeNotFound, "the demo's owner has no tenant")
		}
		found.TenantID, user = tenants[0].TenantID, known.ID
		_, err = tx.UserPasswordPut(ctx, hash, known.ID)
		return err
	})
	return found, user, err
}

// publish returns the tenant's agent, made and published where there is none.
func (b business) publish(ctx context.Context, tx *db.TenantTx, by chat.UserID) (chat.AgentID, error) {
	agents, err := tx.AgentList(ctx, chat.AgentID{}, 1)
	if err != nil {
		return chat.AgentID{}, err
	}
	if len(agents) > 0 {
		return agents[0].Agent.ID, nil
	}
	agent, err := tx.AgentInsert(ctx, chat.NewID[chat.AgentID](), b.agent.Name, b.agent.Config)
	if err != nil {
		return chat.AgentID{}, err
	}
	return agent.ID, publishDraft(ctx, tx, agent, by)
}

func (t demoTenant) saveKeys(ctx context.Context, tx *db.TenantTx, by chat.UserID) error {
	publishable := keyParams(chat.KeyPublishable, t.PublishableKey, by)
	publishable.PublicValue = &t.PublishableKey
	if _, err := tx.KeyInsert(ctx, publishable); err != nil {
		return err
	}
	private := keyParams(chat.KeySecret, t.SecretKey, by)
	private.Scopes = demoScopes()
	_, err := tx.KeyInsert(ctx, private)
	return err
}

// demoScopes let the demo's secret key do all that a program may, but raise what
// the tenant may spend.
func demoScopes() []string {
	var scopes []string
	for _, permission := range []api.Permission{
		api.PermChat, api.PermConversationsRead, api.PermAgentsRead, api.PermAgentsWrite,
		api.PermKeysRead, api.PermKeysWrite, api.PermProviderRead, api.PermProviderWrite,
		api.PermSettingsRead, api.PermSettingsWrite, api.PermUsageRead,
	} {
		scopes = append(scopes, string(permission))
	}
	return scopes
}

func keyParams(kind chat.KeyKind, text string, by chat.UserID) db.KeyInsertParams {
	return db.KeyInsertParams{
		ID: chat.NewID[chat.KeyID](), Kind: kind, Name: demoKeyName, Prefix: text[:shownOfKey],
		KeyHash: secret.HashToken(text), Scopes: []string{}, CreatedBy: by,
	}
}

// readDemo gives an empty demo before the first start.
func readDemo(home string) (demo, error) {
	var d demo
	raw, err := os.ReadFile(filepath.Join(home, demoFile))
	if errors.Is(err, fs.ErrNotExist) {
		return d, nil
	}
	if err != nil {
		return d, err
	}
	if err := json.Unmarshal(raw, &d); err != nil {
		return d, fmt.Errorf("%s is damaged, remove it to have new keys made: %w", filepath.Join(home, demoFile), err)
	}
	return d, nil
}

func (d demo) write(home string) error {
	raw, err := json.MarshalIndent(d, "", "  ")
	if err != nil {
		return err
	}
	return writePrivate(filepath.Join(home, demoFile), append(raw, '\n'))
}

// table is what a start ends with.
func (d demo) table(c config) string {
	rows := [][2]string{
		{"Demo customer page", d.DemoPageURL},
		{"Dashboard", d.DashboardURL},
		{"API and its docs", d.APIURL + "/docs"},
	}
	if d.TemporalUIURL != "" {
		rows = append(rows, [2]string{"Temporal Web", d.TemporalUIURL})
	}
	rows = append(rows, [2]string{"Sign in as", d.AdminEmail}, [2]string{"Password", d.AdminPassword})
	var text strings.Builder
	text.WriteString("\nParley is running.\n\n")
	for _, row := range rows {
		fmt.Fprintf(&text, "  %-20s %s\n", row[0], row[1])
	}
	fmt.Fprintf(&text, "\nKeys and the second tenant: %s\n", filepath.Join(c.Home, demoFile))
	if m, err := c.model(); err == nil && m.Simulated {
		text.WriteString("Answers are simulated: set OPENAI_API_KEY to ask a real model.\n")
	}
	text.WriteString("Ctrl-C stops everything; the data stays.")
	return text.String()
}
