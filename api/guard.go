package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humachi"

	"github.com/parley-chat/parley/chat"
	"github.com/parley-chat/parley/telemetry"
)

type actorKey struct{}

// actorOf gives whoever the request acts for. Only operations for anyone run
// without one.
func actorOf(ctx context.Context) Actor {
	actor, _ := ctx.Value(actorKey{}).(Actor)
	return actor
}

type guard = func(huma.Context, func(huma.Context))

// guards are what runs before an operation's request is parsed, outermost first.
func (s *Server) guards(rule access) huma.Middlewares {
	var chain huma.Middlewares
	if cross := s.corsOf(rule); cross != nil {
		chain = append(chain, share(cross))
	}
	chain = append(chain, s.limitAddress)
	if rule.audience == forAnyone {
		return append(chain, s.checkAnyone(rule))
	}
	chain = append(chain, s.authenticate(rule))
	if rule.replays {
		chain = append(chain, s.replay)
	}
	return chain
}

func (s *Server) limitAddress(ctx huma.Context, next func(huma.Context)) {
	if err := s.limits.address.take(ctx.Context(), network(noteOf(ctx.Context()).address)); err != nil {
		s.refuse(ctx, err)
		return
	}
	next(ctx)
}

// checkAnyone keeps other sites from signing a person in to an account of their
// choice. What web pages may call across origins sets no cookie.
func (s *Server) checkAnyone(rule access) guard {
	return func(ctx huma.Context, next func(huma.Context)) {
		r, _ := humachi.Unwrap(ctx)
		if !rule.crossOrigin && s.sameOrigin.Check(r) != nil {
			s.refuse(ctx, errForeignOrigin)
			return
		}
		next(ctx)
	}
}

func (s *Server) authenticate(rule access) guard {
	return func(ctx huma.Context, next func(huma.Context)) {
		r, _ := humachi.Unwrap(ctx)
		actor, err := s.auth.actor(r, rule.audience)
		if err == nil {
			noteOf(r.Context()).actor = actor
			err = s.admit(r, actor, rule)
		}
		if err != nil {
			s.refuse(ctx, err)
			return
		}
		known := telemetry.About(ctx.Context(), telemetry.Subject{Tenant: actor.Tenant})
		next(huma.WithContext(ctx, context.WithValue(known, actorKey{}, actor)))
	}
}

var (
	errForeignOrigin = chat.NewError(chat.CodeForbidden, "The request comes from another site.")
	errNotAllowed    = chat.NewError(chat.CodeForbidden, "You may not do this.")
	errOriginRemoved = chat.NewError(chat.CodeForbidden, "The agent is not offered on this origin.")
)

func (s *Server) admit(r *http.Request, actor Actor, rule access) error {
	if err := s.limiterOf(actor).take(r.Context(), actor.ID()); err != nil {
		return err
	}
	if actor.Kind == ActorUser && s.originGuard(rule).Check(r) != nil {
		return errForeignOrigin
	}
	if rule.audience == forOperator && !actor.IsOperator {
		return errNotAllowed
	}
	if rule.permission != "" && !actor.May(rule.permission) {
		return errNotAllowed
	}
	if actor.Kind == ActorVisitor {
		return s.stillOffered(r.Context(), actor)
	}
	return nil
}

// originGuard tells requests that a person's own page has made from those that
// another site has: cookies go along with both.
func (s *Server) originGuard(rule access) *http.CrossOriginProtection {
	if rule.audience == forOperator {
		return s.temporalOrigin
	}
	return s.sameOrigin
}

// originGuards make the two kinds. A proxy may have changed the Host header that
// origins are compared with, so the public address counts as the same.
func (s *Server) originGuards() (sameOrigin, temporalOrigin *http.CrossOriginProtection) {
	sameOrigin, temporalOrigin = http.NewCrossOriginProtection(), http.NewCrossOriginProtection()
	for _, trust := range []struct {
		guard  *http.CrossOriginProtection
		origin string
	}{
		{sameOrigin, originOf(s.config.PublicURL)},
		{temporalOrigin, originOf(s.config.PublicURL)},
		{temporalOrigin, originOf(s.config.TemporalUIURL)},
	} {
		if trust.origin == "" {
			continue
		}
		if err := trust.guard.AddTrustedOrigin(trust.origin); err != nil {
			s.logger.Error("an address in the settings is no web address", "address", trust.origin, "error", err)
		}
	}
	return sameOrigin, temporalOrigin
}

func (s *Server) limiterOf(actor Actor) *limiter {
	switch actor.Kind {
	case ActorVisitor:
		return s.limits.visitor
	case ActorKey:
		return s.limits.key
	default:
		return s.limits.user
	}
}

func (s *Server) refuse(ctx huma.Context, err error) {
	r, w := humachi.Unwrap(ctx)
	writeProblem(w, r.WithContext(ctx.Context()), err)
}
