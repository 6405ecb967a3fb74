package telemetry

import (
	"context"
	"errors"
	"log/slog"

	"go.opentelemetry.io/otel/trace"
)

// LogHandler adds to each line the ids that its context carries, and the trace
// it belongs to. An error that knows a form for logs (slog.LogValuer), itself or
// anywhere in its chain, is logged in that form: a provider's own words may
// quote a visitor's.
func LogHandler(to slog.Handler) slog.Handler { return logHandler{to} }

type logHandler struct{ slog.Handler }

// Handle implements slog.Handler.
func (h logHandler) Handle(ctx context.Context, record slog.Record) error {
	line := slog.NewRecord(record.Time, record.Level, record.Message, record.PC)
	record.Attrs(func(attribute slog.Attr) bool {
		line.AddAttrs(discreet(attribute))
		return true
	})
	subjectOf(ctx).each(func(key, value string) { line.AddAttrs(slog.String(key, value)) })
	if span := trace.SpanContextFromContext(ctx); span.IsValid() {
		line.AddAttrs(slog.String("trace_id", span.TraceID().String()), slog.String("span_id", span.SpanID().String()))
	}
	return h.Handler.Handle(ctx, line)
}

// WithAttrs implements slog.Handler.
func (h logHandler) WithAttrs(attributes []slog.Attr) slog.Handler {
	kept := make([]slog.Attr, len(attributes))
	for i, attribute := range attributes {
		kept[i] = discreet(attribute)
	}
	return logHandler{h.Handler.WithAttrs(kept)}
}

// WithGroup implements slog.Handler.
func (h logHandler) WithGroup(name string) slog.Handler { return logHandler{h.Handler.WithGroup(name)} }

func discreet(attribute slog.Attr) slog.Attr {
	err, ok := attribute.Value.Any().(error)
	if !ok {
		return attribute
	}
	if own, ok := errors.AsType[discreetError](err); ok {
		attribute.Value = own.LogValue()
	}
	return attribute
}

// discreetError is an error that has a form for logs.
type discreetError interface {
	error
	slog.LogValuer
}
