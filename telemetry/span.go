package telemetry

import (
	"context"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"
)

// Span is a piece of work in a trace. The zero Span belongs to none and ignores
// everything. A Span takes words and numbers, but no errors: their text may
// quote what a visitor has said.
type Span struct{ span trace.Span }

// Kind says on which side of a conversation between two services a span is.
type Kind int

// The kinds of spans.
const (
	Internal Kind = iota
	Server        // answers somebody
	Client        // asks somebody
)

func (k Kind) option() trace.SpanStartOption {
	return trace.WithSpanKind([...]trace.SpanKind{Internal: trace.SpanKindInternal, Server: trace.SpanKindServer, Client: trace.SpanKindClient}[k])
}

// Start begins a span within the one in the context; without one, a trace of its
// own. End must be called.
func (t *Tracing) Start(ctx context.Context, name string, kind Kind) (context.Context, Span) {
	if t == nil {
		return ctx, Span{}
	}
	ctx, span := t.tracer.Start(ctx, name, kind.option()) //nolint:spancheck // the caller ends it
	return ctx, Span{span}                                //nolint:spancheck // the same
}

// StartWithin begins a span only where one is open in the context: work in the
// background is no trace.
func (t *Tracing) StartWithin(ctx context.Context, name string, kind Kind) (context.Context, Span) {
	if t == nil || !trace.SpanContextFromContext(ctx).IsSampled() {
		return ctx, Span{}
	}
	return t.Start(ctx, name, kind)
}

// StartFor begins a trace for work that is part of several. Nothing is begun for
// traces that are not recorded.
func (t *Tracing) StartFor(ctx context.Context, name string, parts []Trace) (context.Context, Span) {
	if t == nil {
		return ctx, Span{}
	}
	var links []trace.Link
	for _, part := range parts {
		if part.span.IsSampled() {
			links = append(links, trace.Link{SpanContext: part.span})
		}
	}
	if len(links) == 0 {
		return ctx, Span{}
	}
	ctx, span := t.tracer.Start(ctx, name, trace.WithLinks(links...), trace.WithNewRoot()) //nolint:spancheck // the caller ends it
	return ctx, Span{span}                                                                 //nolint:spancheck // the same
}

// Trace names a span that is open elsewhere.
type Trace struct{ span trace.SpanContext }

// TraceOf gives the trace that the context is part of.
func TraceOf(ctx context.Context) Trace { return Trace{trace.SpanContextFromContext(ctx)} }

// Recording reports whether anybody will see the span; what is costly to find out
// need not be told to others.
func (s Span) Recording() bool { return s.span != nil && s.span.IsRecording() }

// Name renames the span.
func (s Span) Name(name string) {
	if s.span != nil {
		s.span.SetName(name)
	}
}

// Word adds an id, or one of a few words known beforehand.
func (s Span) Word(key, value string) {
	if s.span != nil {
		s.span.SetAttributes(attribute.String(key, value))
	}
}

// Number adds a number.
func (s Span) Number(key string, value int64) {
	if s.span != nil {
		s.span.SetAttributes(attribute.Int64(key, value))
	}
}

// Event marks a moment.
func (s Span) Event(name string) {
	if s.span != nil {
		s.span.AddEvent(name)
	}
}

// Fail says that the work has failed, and the class of its error.
func (s Span) Fail(class string) {
	if s.span != nil {
		s.span.SetAttributes(attribute.String("error.type", class))
		s.span.SetStatus(codes.Error, class)
	}
}

// End ends the span.
func (s Span) End() {
	if s.span != nil {
		s.span.End()
	}
}
