// Package api is Parley's HTTP interface: huma operations on a chi router, one
// file a noun. auth.go alone decides for whom a request acts.
package api

import (
	"cmp"
	"context"
	"io/fs"
	"log/slog"
	"net/http"
	"net/netip"
	"sync/atomic"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humachi"
	"github.com/go-chi/chi/v5"
	"github.com/go-chi/cors"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"
	"golang.org/x/sync/singleflight"

	"github.com/parley-chat/parley/chat"
	"github.com/parley-chat/parley/db"
	"github.com/parley-chat/parley/db/eventlog"
	"github.com/parley-chat/parley/secret"
	"github.com/parley-chat/parley/telemetry"
	"github.com/parley-chat/parley/tool"
)

// Config is what an installation decides about its HTTP interface.
type Config struct {
	// PublicURL is where browsers reach this server.
	PublicURL string
	// TemporalUIURL is Temporal Web's address; "" if there is none.
	TemporalUIURL     string
	TemporalNamespace string
	// Simulated says that the simulator answers where a tenant has no provider.
	Simulated bool
	// Budget caps what a tenant without a cap of its own spends a month, in
	// millionths of a US dollar. It is shown here and enforced by package turn.
	Budget int64
	// TrustedProxies are the networks whose X-Forwarded-For counts. None by
	// default: anybody can send that header.
	TrustedProxies []netip.Prefix
	Limits         Limits
	// Heartbeat is how long a stream may be silent before its reader is told that
	// the connection lives, and what the turn is doing; 0 means 9 s. Proxies and
	// clients take 10 s of silence for a broken connection.
	Heartbeat time.Duration
}

// Health is how the API asks whether Temporal can be reached.
type Health interface {
	CheckHealth(ctx context.Context, request *client.CheckHealthRequest) (*client.CheckHealthResponse, error)
}

// Deps are the parts that the API stands on.
type Deps struct {
	DB       *db.DB
	Log      *eventlog.Log
	Turns    Turns
	Temporal Health
	// Worker says what keeps this process from taking work; nil: it has no worker.
	Worker func() error
	// Codec opens workflow payloads for operators.
	Codec converter.PayloadCodec
	Key   *secret.Key
	// Tools is where calls that are made for a test may go.
	Tools  tool.Options
	Logger *slog.Logger
	// Widget and Dashboard hold what the front ends' builds wrote.
	Widget, Dashboard fs.FS
	Config            Config
	// Metrics and Tracing observe the requests; nil: they are off.
	Metrics *telemetry.Metrics
	Tracing *telemetry.Tracing
	// Now is the clock; nil means time.Now.
	Now func() time.Time
}

// Server is the HTTP handler of one node.
type Server struct {
	router chi.Router
	api    huma.API

	config   Config
	db       *db.DB
	log      *eventlog.Log
	turns    Turns
	temporal Health
	worker   func() error
	codec    converter.PayloadCodec
	key      *secret.Key
	tools    *tool.Runner
	logger   *slog.Logger
	metrics  *telemetry.Metrics
	tracing  *telemetry.Tracing
	now      func() time.Time

	tokens    visitorTokens
	auth      *authenticator
	passwords passwords
	origins   *origins
	limits    limiters
	addresses addresses
	progress  singleflight.Group

	sameOrigin, temporalOrigin *http.CrossOriginProtection
	visitorCORS, operatorCORS  *cors.Cors
	preflights                 map[string]bool

	draining atomic.Bool
	streams  context.Context //nolint:containedctx // it ends with the server's service, not with a call
	cut      context.CancelFunc
}

// New builds the handler. It starts nothing and asks nobody.
func New(deps Deps) (*Server, error) {
	tokenKey, err := deps.Key.Derive(secret.Tokens)
	if err != nil {
		return nil, err
	}
	s := newServer(deps, tokenKey)
	s.route(deps)
	return s, nil
}

func newServer(deps Deps, tokenKey []byte) *Server {
	s := &Server{
		config: deps.Config, db: deps.DB, log: deps.Log, turns: deps.Turns, temporal: deps.Temporal, worker: deps.Worker,
		codec: deps.Codec, key: deps.Key, tools: tool.NewRunner(deps.Tools), logger: cmp.Or(deps.Logger, slog.Default()), now: deps.Now,
		metrics: deps.Metrics, tracing: deps.Tracing,
		passwords: newPasswords(), origins: newOrigins(deps.DB), limits: newLimiters(deps.Config.Limits),
		addresses: addresses{deps.Config.TrustedProxies}, preflights: map[string]bool{},
	}
	if s.now == nil {
		s.now = time.Now
	}
	s.config.Heartbeat = cmp.Or(s.config.Heartbeat, heartbeat)
	s.tokens = newVisitorTokens(tokenKey, s.now)
	s.auth = newAuthenticator(deps.DB, s.tokens, s.now)
	s.sameOrigin, s.temporalOrigin = s.originGuards()
	s.visitorCORS, s.operatorCORS = newVisitorCORS(s.origins), newOperatorCORS(deps.Config.TemporalUIURL)
	s.streams, s.cut = context.WithCancel(context.Background())
	return s
}

// ServeHTTP implements http.Handler.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.router.ServeHTTP(w, r) }

// Drain says on /readyz that no more requests should come. Those that do are
// served as ever.
func (s *Server) Drain() { s.draining.Store(true) }

// Cut ends all streams, now and from now on, without an end of what they tell,
// so that their readers go on at another node. Call it when no more requests
// come: http.Server.Shutdown waits for streams.
func (s *Server) Cut() {
	s.Drain()
	s.cut()
}

func (s *Server) route(deps Deps) {
	s.router = chi.NewRouter()
	s.router.Use(s.withNote, s.traced, s.logged, s.recovered, s.withSecurityHeaders)
	s.router.NotFound(func(w http.ResponseWriter, r *http.Request) {
		writeProblem(w, r, chat.NewError(chat.CodeNotFound, "There is nothing at this address."))
	})
	s.router.MethodNotAllowed(methodNotAllowed)
	s.api = humachi.New(s.router, humaConfig())
	s.registerOperations()
	s.router.Get("/healthz", healthz)
	s.router.Get("/readyz", s.readyz)
	s.routeDocs()
	s.routeApprovalPage()
	s.routePages(deps.Widget, deps.Dashboard)
}

func (s *Server) registerOperations() {
	s.registerWidget()
	s.registerConversations()
	s.registerMessages()
	s.registerBranch()
	s.registerTurns()
	s.registerExport()
	s.registerTrace()
	s.registerChat()
	s.registerAgentMCP()
	s.registerSignIn()
	s.registerAgents()
	s.registerAgentVersions()
	s.registerTools()
	s.registerToolSecrets()
	s.registerMCPServers()
	s.registerKeys()
	s.registerProvider()
	s.registerInbox()
	s.registerPlayground()
	s.registerApprovals()
	s.registerPeople()
	s.registerPageCalls()
	s.registerChecklist()
	s.registerSettings()
	s.registerCodec()
}

func methodNotAllowed(w http.ResponseWriter, r *http.Request) {
	writeProblem(w, r, newProblem(http.StatusMethodNotAllowed, "This address does not take "+r.Method+" requests.", nil))
}
