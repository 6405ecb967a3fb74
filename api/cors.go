package api

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humachi"
	"github.com/go-chi/cors"
	"github.com/hashicorp/golang-lru/v2/expirable"
	"golang.org/x/sync/singleflight"

	"github.com/parley-chat/parley/chat"
	"github.com/parley-chat/parley/db"
)

const (
	originLife    = 3 * time.Second
	originsMax    = 20_000
	preflightLife = 600 // seconds for which a browser may remember the answer
)

// origins knows which web origins may show which agents, a few seconds late.
type origins struct {
	db        *db.DB
	published *expirable.LRU[string, bool]
	agents    *expirable.LRU[chat.AgentID, []string]
	lookups   singleflight.Group
}

func newOrigins(d *db.DB) *origins {
	return &origins{
		db:        d,
		published: expirable.NewLRU[string, bool](originsMax, nil, originLife),
		agents:    expirable.NewLRU[chat.AgentID, []string](originsMax, nil, originLife),
	}
}

// known reports whether any published agent of any tenant may be shown there.
func (o *origins) known(ctx context.Context, origin string) bool {
	if !isOrigin(origin) {
		return false
	}
	if known, ok := o.published.Get(origin); ok {
		return known
	}
	found, err, _ := o.lookups.Do(origin, func() (any, error) {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer cancel()
		var known bool
		err := o.db.System(ctx, func(tx *db.SystemTx) (err error) {
			known, err = tx.OriginPublished(ctx, origin)
			return err
		})
		if err == nil {
			o.published.Add(origin, known)
		}
		return known, err
	})
	known, _ := found.(bool)
	return err == nil && known
}

// ofAgent lists the origins of what the agent has published.
func (o *origins) ofAgent(ctx context.Context, tenant chat.TenantID, agent chat.AgentID) ([]string, error) {
	if allowed, ok := o.agents.Get(agent); ok {
		return allowed, nil
	}
	var allowed []string
	err := o.db.Tenant(ctx, tenant, func(tx *db.TenantTx) error {
		published, err := tx.AgentPublished(ctx, agent)
		allowed = published.AgentVersion.Config.AllowedOrigins
		return err
	})
	if err != nil {
		return nil, err
	}
	o.agents.Add(agent, allowed)
	return allowed, nil
}

// forget makes a publication take effect on this node at once.
func (o *origins) forget() {
	o.published.Purge()
	o.agents.Purge()
}

// stillOffered refuses a visitor whose page has lost the agent since the token
// was made.
func (s *Server) stillOffered(ctx context.Context, visitor Actor) error {
	allowed, err := s.origins.ofAgent(ctx, visitor.Tenant, visitor.Agent)
	if chat.CodeOf(err) == chat.CodeNotFound {
		return errOriginRemoved
	}
	if err != nil {
		return err
	}
	if !slices.Contains(allowed, visitor.Origin) {
		return errOriginRemoved
	}
	return nil
}

// newVisitorCORS lets pages read what they may ask for. A preflight does not say
// for which agent it is, so it is answered for the origins of all published
// agents; the request that follows must carry a token of this very origin. To
// echo every origin would be no hole, since no cookie counts here, but a page
// that nobody has allowed need not even learn that it may try.
func newVisitorCORS(known *origins) *cors.Cors {
	return cors.New(cors.Options{
		AllowOriginFunc: func(r *http.Request, origin string) bool { return known.known(r.Context(), origin) },
		AllowedMethods:  []string{http.MethodGet, http.MethodPost, http.MethodDelete},
		// Clients add headers of their own, like the AI SDK's User-Agent. They give
		// no rights, so any may come.
		AllowedHeaders: []string{"*"},
		ExposedHeaders: []string{requestIDHeader, "RateLimit", "RateLimit-Policy", "Retry-After", replayedHeader,
			turnHeader, steeredHeader, modeHeader, streamHeader},
		MaxAge: preflightLife,
	})
}

// newOperatorCORS lets Temporal Web, and nothing else, send its user's cookie.
func newOperatorCORS(temporalUIURL string) *cors.Cors {
	allowed := originOf(temporalUIURL)
	return cors.New(cors.Options{
		AllowOriginFunc:  func(_ *http.Request, origin string) bool { return allowed != "" && origin == allowed },
		AllowedMethods:   []string{http.MethodPost},
		AllowedHeaders:   []string{"Content-Type", "X-Namespace", "Authorization", "Authorization-Extras"},
		AllowCredentials: true,
		MaxAge:           preflightLife,
	})
}

// share runs an operation behind a CORS rule.
func share(rule *cors.Cors) func(huma.Context, func(huma.Context)) {
	return func(ctx huma.Context, next func(huma.Context)) {
		r, w := humachi.Unwrap(ctx)
		rule.Handler(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { next(ctx) })).ServeHTTP(w, r)
	}
}

// corsOf gives the rule for pages of other origins, or nil where there are none.
func (s *Server) corsOf(rule access) *cors.Cors {
	switch {
	case rule.audience == forOperator:
		return s.operatorCORS
	case rule.crossOrigin:
		return s.visitorCORS
	}
	return nil
}

// allowPreflight answers OPTIONS on a path; without it the router says 405.
func (s *Server) allowPreflight(path string, rule *cors.Cors) {
	if rule == nil || s.preflights[path] {
		return
	}
	s.preflights[path] = true
	answer := rule.Handler(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusNoContent)
	}))
	s.router.Options(path, func(w http.ResponseWriter, r *http.Request) {
		// The question goes to the database, so it counts.
		if err := s.limits.address.take(r.Context(), network(noteOf(r.Context()).address)); err != nil {
			writeProblem(w, r, err)
			return
		}
		answer.ServeHTTP(w, r)
	})
}

// originOf gives scheme://host[:port] of an address, or "".
func originOf(address string) string {
	parsed, err := url.Parse(address)
	if err != nil || parsed.Host == "" {
		return ""
	}
	return strings.ToLower(parsed.Scheme + "://" + parsed.Host)
}

// isOrigin reports whether the text is a web origin as browsers write it. The
// opaque origin "null" is none: sandboxed pages of anybody share it.
func isOrigin(text string) bool {
	return text != "" && len(text) <= 300 && checkOrigin(text) == ""
}
