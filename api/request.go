package api

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"strconv"
	"strings"
	"time"

	"github.com/go-chi/chi/v5"
	"github.com/go-chi/chi/v5/middleware"

	"github.com/parley-chat/parley/chat"
	"github.com/parley-chat/parley/telemetry"
)

const requestIDHeader = "X-Request-Id"

// note is what the layers of one request tell each other about it: the access
// log, written last, is its reader.
type note struct {
	id      string
	address string
	secure  bool        // the client's connection is https
	header  http.Header // of the answer
	actor   Actor
	failure error
	// What the request turned out to be about.
	conversation chat.ConversationID
	turn         chat.TurnID
}

type noteKey struct{}

func noteOf(ctx context.Context) *note {
	if n, ok := ctx.Value(noteKey{}).(*note); ok {
		return n
	}
	return &note{}
}

func requestID(ctx context.Context) string { return noteOf(ctx).id }

// noteError keeps why a request failed for the operator's log.
func noteError(ctx context.Context, problem *Problem) { noteOf(ctx).failure = problem }

// withNote gives the request its id: the caller's own, if it is harmless.
func (s *Server) withNote(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n := &note{id: r.Header.Get(requestIDHeader), address: s.addresses.of(r), secure: s.secure(r), header: w.Header()}
		if !harmlessID(n.id) {
			n.id = rand.Text()
		}
		w.Header().Set(requestIDHeader, n.id)
		ctx := telemetry.About(r.Context(), telemetry.Subject{Request: n.id})
		next.ServeHTTP(w, r.WithContext(context.WithValue(ctx, noteKey{}, n)))
	})
}

func (s *Server) secure(r *http.Request) bool {
	return strings.HasPrefix(s.config.PublicURL, "https://") || s.addresses.secure(r)
}

func harmlessID(id string) bool {
	if id == "" || len(id) > 64 {
		return false
	}
	for _, c := range []byte(id) {
		letter := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
		if !letter && c != '-' && c != '_' && c != '.' {
			return false
		}
	}
	return true
}

// traced makes a span of the request. It begins a trace of its own: a stranger's
// traceparent must not decide what is recorded.
func (s *Server) traced(next http.Handler) http.Handler {
	if s.tracing == nil {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx, span := s.tracing.Start(r.Context(), r.Method, telemetry.Server)
		defer span.End()
		seen := middleware.NewWrapResponseWriter(w, r.ProtoMajor)
		next.ServeHTTP(seen, r.WithContext(ctx))
		describe(span, r, seen.Status())
	})
}

func describe(span telemetry.Span, r *http.Request, status int) {
	span.Word("http.request.method", r.Method)
	span.Number("http.response.status_code", int64(status))
	if route := routeOf(r.Context()); route != "" {
		span.Name(r.Method + " " + route)
		span.Word("http.route", route)
	}
	if status >= http.StatusInternalServerError {
		span.Fail(strconv.Itoa(status))
	}
}

// logged writes one line a request. The route stands for the path, which may
// hold a chat id of the caller's, and queries are left out altogether.
func (s *Server) logged(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		began := time.Now()
		seen := middleware.NewWrapResponseWriter(w, r.ProtoMajor)
		defer func() { s.logRequest(r, seen, time.Since(began)) }()
		next.ServeHTTP(seen, r)
	})
}

func (s *Server) logRequest(r *http.Request, w middleware.WrapResponseWriter, took time.Duration) {
	ctx := r.Context()
	s.metrics.Requested(telemetry.Request{
		Method: r.Method, Route: routeOf(ctx), Status: w.Status(), Took: took,
		Stream: w.Header().Get("Content-Type") == eventStream,
	})
	n := noteOf(ctx)
	level := slog.LevelInfo
	attributes := []slog.Attr{
		slog.String("method", r.Method),
		slog.String("route", routeOf(ctx)),
		slog.Int("status", w.Status()),
		slog.Int("bytes", w.BytesWritten()),
		slog.Duration("took", took),
		slog.String("address", n.address),
	}
	if !n.actor.Tenant.IsZero() {
		attributes = append(attributes, slog.String("actor", string(n.actor.Kind)))
	}
	if n.failure != nil && w.Status() >= http.StatusInternalServerError {
		level = slog.LevelError
		attributes = append(attributes, slog.String("error", n.failure.Error()))
	}
	ctx = telemetry.About(ctx, telemetry.Subject{Tenant: n.actor.Tenant, Conversation: n.conversation, Turn: n.turn})
	s.logger.LogAttrs(ctx, level, "request", attributes...)
}

func routeOf(ctx context.Context) string {
	route := chi.RouteContext(ctx)
	if route == nil {
		return ""
	}
	return route.RoutePattern()
}

// recovered turns a panic into a 500, or cuts the connection if the answer has
// begun: half an answer must not look whole.
func (s *Server) recovered(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			if cause := recover(); cause != nil {
				s.answerPanic(w, r, cause)
			}
		}()
		next.ServeHTTP(w, r)
	})
}

func (s *Server) answerPanic(w http.ResponseWriter, r *http.Request, cause any) {
	if err, ok := cause.(error); ok && errors.Is(err, http.ErrAbortHandler) {
		panic(http.ErrAbortHandler)
	}
	s.logger.ErrorContext(r.Context(), "panic", "cause", fmt.Sprint(cause), "stack", string(debug.Stack()))
	if begun, ok := w.(middleware.WrapResponseWriter); ok && begun.Status() != 0 {
		panic(http.ErrAbortHandler)
	}
	writeProblem(w, r, chat.NewError(chat.CodeInternal, "Something went wrong on our side."))
}
