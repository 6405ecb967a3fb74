package api_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/tink-crypto/tink-go/v2/tink"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"

	"github.com/parley-chat/parley/activities"
	"github.com/parley-chat/parley/api"
	"github.com/parley-chat/parley/chat"
	"github.com/parley-chat/parley/db"
	"github.com/parley-chat/parley/db/dbtest"
	"github.com/parley-chat/parley/db/eventlog"
	"github.com/parley-chat/parley/secret"
	"github.com/parley-chat/parley/temporal"
	"github.com/parley-chat/parley/turn"
)

const (
	// patience bounds every wait of a test.
	patience = 20 * time.Second
	// customer is the origin that dbtest's agents are published for.
	customer  = "https://customer.example"
	publicURL = "https://parley.example"
	webURL    = "https://temporal.example"
)

// absentEngine stands in for Temporal where a test plays the turn's worker
// itself: it takes every start and signal, and runs nothing.
type absentEngine struct {
	client.Client
	down     bool // it takes nothing
	describe func() (*workflowservice.DescribeWorkflowExecutionResponse, error)
	history  func() *told
}

func (e absentEngine) ExecuteWorkflow(context.Context, client.StartWorkflowOptions, any, ...any) (client.WorkflowRun, error) {
	return nil, e.refusal()
}

func (e absentEngine) SignalWithStartWorkflow(
	context.Context, string, string, any, client.StartWorkflowOptions, any, ...any,
) (client.WorkflowRun, error) {
	return nil, e.refusal()
}

func (e absentEngine) SignalWorkflow(context.Context, string, string, string, any) error {
	return e.refusal()
}

func (e absentEngine) refusal() error {
	if e.down {
		return serviceerror.NewUnavailable("nobody is there")
	}
	return nil
}

func (e absentEngine) GetWorkflowHistory(context.Context, string, string, bool, enumspb.HistoryEventFilterType) client.HistoryEventIterator {
	if e.history == nil {
		return unknown
	}
	return e.history()
}

func (absentEngine) CheckHealth(context.Context, *client.CheckHealthRequest) (*client.CheckHealthResponse, error) {
	return &client.CheckHealthResponse{}, nil
}

func (e absentEngine) DescribeWorkflowExecution(context.Context, string, string) (*workflowservice.DescribeWorkflowExecutionResponse, error) {
	if e.describe == nil {
		return nil, errors.New("nobody is there")
	}
	return e.describe()
}

// shared is what all tests of the binary stand on.
type shared struct {
	db    *db.DB
	log   *eventlog.Log
	key   *secret.Key
	codec converter.PayloadCodec
}

var sharedOnce sync.Once
var sharedParts shared

func parts(t *testing.T) shared {
	t.Helper()
	d := dbtest.Open(t)
	sharedOnce.Do(func() {
		key, err := secret.ParseKey(secret.NewKey())
		require.NoError(t, err)
		var aead tink.AEAD
		aead, err = key.AEAD(secret.Payloads)
		require.NoError(t, err)
		log := eventlog.New(d, quiet())
		go log.Run(context.Background()) // ends with the process
		sharedParts = shared{db: d, log: log, key: key, codec: temporal.NewCodec(aead)}
	})
	return sharedParts
}

func quiet() *slog.Logger { return slog.New(slog.DiscardHandler) }

// world is a running server.
type world struct {
	shared
	turns  *turn.Service
	server *api.Server
	url    string
	client *http.Client
}

// lavish keeps limits out of the way of tests that are not about them.
var lavish = api.Quota{Count: 1_000_000, Per: time.Second}

func start(t *testing.T, adjust ...func(*api.Deps)) *world {
	t.Helper()
	w := &world{shared: parts(t)}
	deps := api.Deps{
		DB: w.db, Log: w.log, Codec: w.codec, Key: w.key, Logger: quiet(), Temporal: absentEngine{},
		Widget: fstest.MapFS{
			"widget.js":            {Data: bytes.Repeat([]byte("/* loader */"), 100)},
			"assets/panel-a1b2.js": {Data: []byte("export {}")},
			".gitkeep":             {Data: []byte{}},
		},
		Dashboard: fstest.MapFS{
			"index.html":    {Data: []byte("<!doctype html><title>Parley</title>")},
			"assets/app.js": {Data: []byte("export {}")},
		},
		Config: api.Config{
			PublicURL: publicURL, TemporalUIURL: webURL, TemporalNamespace: "parley", Simulated: true, Budget: 50_000_000,
			Limits: api.Limits{
				Address: lavish, Visitor: lavish, VisitorTurns: lavish, Key: lavish, User: lavish,
				SignInAddress: lavish, SignInAccount: lavish, Session: lavish,
			},
		},
	}
	for _, change := range adjust {
		change(&deps)
	}
	engine, _ := deps.Temporal.(client.Client)
	w.turns = turn.NewService(w.db, w.log, engine, quiet(), turn.Options{Limits: turn.DefaultLimits, Codec: w.codec})
	w.turns.Tracing(activities.NewModels(activities.Platform{Model: "parley-simulator"}, w.key).Asks)
	if deps.Turns == nil {
		deps.Turns = w.turns
	}
	server, err := api.New(deps)
	require.NoError(t, err)
	w.server = server
	listening := httptest.NewServer(server)
	t.Cleanup(listening.Close)
	t.Cleanup(server.Drain)
	w.url, w.client = listening.URL, listening.Client()
	w.client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return w
}

// party is a tenant with one credential of each kind.
type party struct {
	dbtest.Fixture
	publishable, secret, cookie, visitor string
	key                                  chat.KeyID
}

var allScopes = []string{
	"chat", "conversations:read", "agents:read", "agents:write", "keys:read", "keys:write", "provider:read",
	"provider:write", "approvals:decide", "conversations:reply", "settings:read", "settings:write", "budget:write", "usage:read", "turns:export",
}

func (w *world) party(t *testing.T) party {
	t.Helper()
	p := party{Fixture: dbtest.Tenant(t, w.db), publishable: secret.NewToken("pk_"), secret: secret.NewToken("sk_")}
	p.key = chat.NewID[chat.KeyID]()
	ctx := context.Background()
	require.NoError(t, w.db.Tenant(ctx, p.TenantID, func(tx *db.TenantTx) error {
		_, err := tx.KeyInsert(ctx, db.KeyInsertParams{
			ID: p.key, Kind: chat.KeySecret, Name: "secret", Prefix: p.secret[:9], KeyHash: secret.HashToken(p.secret), Scopes: allScopes,
		})
		if err != nil {
			return err
		}
		_, err = tx.KeyInsert(ctx, db.KeyInsertParams{
			ID: chat.NewID[chat.KeyID](), Kind: chat.KeyPublishable, Name: "public", Prefix: p.publishable[:9],
			KeyHash: secret.HashToken(p.publishable), PublicValue: &p.publishable, Scopes: []string{},
		})
		return err
	}))
	p.cookie = w.session(t, p.TenantID, p.UserID)
	// The fixture's visitor is known by the hash that it was made with.
	p.visitor = w.visitorToken(t, p)
	return p
}

func (w *world) session(t *testing.T, tenant chat.TenantID, user chat.UserID) string {
	t.Helper()
	ctx, token := context.Background(), secret.NewToken("ss_")
	require.NoError(t, w.db.System(ctx, func(tx *db.SystemTx) error {
		_, err := tx.SessionInsert(ctx, db.SessionInsertParams{
			TenantID: tenant, ID: chat.NewID[chat.SessionID](), UserID: user,
			TokenHash: secret.HashToken(token), ExpiresAt: time.Now().Add(time.Hour),
		})
		return err
	}))
	return token
}

// member adds a person with a role and gives its session.
func (w *world) member(t *testing.T, tenant chat.TenantID, role chat.MemberRole, operator bool) string {
	t.Helper()
	ctx, user := context.Background(), chat.NewID[chat.UserID]()
	require.NoError(t, w.db.System(ctx, func(tx *db.SystemTx) error {
		_, err := tx.UserInsert(ctx, db.UserInsertParams{
			ID: user, Email: user.String() + "@example.com", Name: "Member", PasswordHash: "none", IsOperator: operator,
		})
		if err != nil {
			return err
		}
		_, err = tx.MembershipInsert(ctx, tenant, user, role)
		return err
	}))
	return w.session(t, tenant, user)
}

func (w *world) visitorToken(t *testing.T, p party) string {
	t.Helper()
	return w.widgetSession(t, p, nil)["token"].(string)
}

func (w *world) widgetSession(t *testing.T, p party, extra map[string]any) map[string]any {
	t.Helper()
	body := map[string]any{"agentId": p.AgentID, "publishableKey": p.publishable}
	maps.Copy(body, extra)
	got := w.do(t, call{Method: "POST", Path: "/v1/widget/sessions", Origin: customer, Body: body})
	require.Equal(t, http.StatusCreated, got.Status, got.Text)
	return got.JSON
}

// call is a request to be made.
type call struct {
	Method, Path   string
	Bearer, Cookie string
	Origin         string
	Body           any // marshalled; a string is sent as it is
	Header         map[string]string
}

// answer is a response that has been read to its end.
type answer struct {
	Status int
	Header http.Header
	Text   string
	JSON   map[string]any
}

func (w *world) request(ctx context.Context, t *testing.T, c call) *http.Request {
	t.Helper()
	var body io.Reader
	switch given := c.Body.(type) {
	case nil:
	case string:
		body = bytes.NewBufferString(given)
	default:
		encoded, err := json.Marshal(given)
		require.NoError(t, err)
		body = bytes.NewReader(encoded)
	}
	r, err := http.NewRequestWithContext(ctx, c.Method, w.url+c.Path, body)
	require.NoError(t, err)
	if body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	if c.Bearer != "" {
		r.Header.Set("Authorization", "Bearer "+c.Bearer)
	}
	if c.Cookie != "" {
		r.AddCookie(&http.Cookie{Name: "parley_session", Value: c.Cookie})
	}
	if c.Origin != "" {
		r.Header.Set("Origin", c.Origin)
	}
	for name, value := range c.Header {
		r.Header.Set(name, value)
	}
	return r
}

func (w *world) do(t *testing.T, c call) answer {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	response, err := w.client.Do(w.request(ctx, t, c))
	require.NoError(t, err)
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	got := answer{Status: response.StatusCode, Header: response.Header, Text: string(text)}
	_ = json.Unmarshal(text, &got.JSON) // not everything is an object
	return got
}

// keyWith makes a secret key with the scopes.
func (w *world) keyWith(t *testing.T, p party, scopes ...string) string {
	t.Helper()
	ctx, text := context.Background(), secret.NewToken("sk_")
	if scopes == nil {
		scopes = []string{}
	}
	require.NoError(t, w.db.Tenant(ctx, p.TenantID, func(tx *db.TenantTx) error {
		_, err := tx.KeyInsert(ctx, db.KeyInsertParams{
			ID: chat.NewID[chat.KeyID](), Kind: chat.KeySecret, Name: "narrow", Prefix: text[:9], KeyHash: secret.HashToken(text), Scopes: scopes,
		})
		return err
	}))
	return text
}
