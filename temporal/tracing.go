package temporal

import (
	"context"
	"fmt"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"
	"go.temporal.io/sdk/contrib/opentelemetry"
	"go.temporal.io/sdk/interceptor"

	"github.com/parley-chat/parley/telemetry"
)

// interceptors carry a trace from the call that starts a workflow through the
// workflow to its activities. Workers of the client inherit them.
func interceptors(to *telemetry.Tracing) ([]interceptor.ClientInterceptor, error) {
	tracer := to.Tracer()
	if tracer == nil {
		return nil, nil
	}
	tracing, err := opentelemetry.NewTracingInterceptor(opentelemetry.TracerOptions{
		Tracer: tracer, SpanStarter: startDiscreetly, AllowInvalidParentSpans: true,
	})
	if err != nil {
		return nil, fmt.Errorf("tracing of workflows: %w", err)
	}
	return []interceptor.ClientInterceptor{tracing}, nil
}

func startDiscreetly(ctx context.Context, tracer trace.Tracer, name string, options ...trace.SpanStartOption) trace.Span {
	_, span := tracer.Start(ctx, name, options...) //nolint:spancheck // the interceptor ends it
	return discreetSpan{span}                      //nolint:spancheck // the same
}

// discreetSpan keeps the words of errors out of traces: a model provider's may
// quote what a visitor has said. Temporal Web has them, for operators.
type discreetSpan struct{ trace.Span }

// RecordError implements trace.Span.
func (s discreetSpan) RecordError(err error, _ ...trace.EventOption) {
	if err != nil {
		s.SetAttributes(attribute.String("error.type", fmt.Sprintf("%T", err)))
	}
}

// SetStatus implements trace.Span.
func (s discreetSpan) SetStatus(code codes.Code, _ string) { s.Span.SetStatus(code, "") }
