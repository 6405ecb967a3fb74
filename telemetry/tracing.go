package telemetry

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strconv"
	"strings"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	semconv "go.opentelemetry.io/otel/semconv/v1.41.0"
	"go.opentelemetry.io/otel/trace"
)

// Tracing sends spans to a collector. Its methods may be called on nil.
type Tracing struct {
	provider *sdktrace.TracerProvider
	tracer   trace.Tracer
}

const (
	scope = "github.com/parley-chat/parley"
	// endLimit bounds how long a node that stops waits for a collector.
	endLimit = 3 * time.Second
)

// StartTracing reads the OTEL_* variables of the environment. It gives nil, and
// nothing is traced, unless one of them names an OTLP endpoint. Spans go there
// over HTTP; a collector that does not answer holds nothing up.
func StartTracing(ctx context.Context) (*Tracing, error) {
	if !wanted() {
		return nil, nil //nolint:nilnil // a nil *Tracing is tracing that is off
	}
	if protocol := firstSet("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL"); protocol != "" && protocol != "http/protobuf" {
		return nil, fmt.Errorf("OTEL_EXPORTER_OTLP_PROTOCOL is %q; Parley speaks http/protobuf", protocol)
	}
	exporter, err := otlptracehttp.New(ctx)
	if err != nil {
		return nil, fmt.Errorf("tracing: %w", err)
	}
	described, err := describeProcess(ctx)
	if err != nil {
		return nil, fmt.Errorf("tracing: %w", err)
	}
	provider := sdktrace.NewTracerProvider(
		sdktrace.WithResource(described),
		sdktrace.WithSpanProcessor(labeller{}),
		sdktrace.WithBatcher(exporter),
	)
	return &Tracing{provider: provider, tracer: provider.Tracer(scope)}, nil
}

// LogTo sends what the OpenTelemetry library has to say, like that a collector
// does not answer, to a logger. The library has one place for it in a process.
func LogTo(logger *slog.Logger) {
	otel.SetErrorHandler(otel.ErrorHandlerFunc(func(err error) { logger.Warn("telemetry", "error", err) }))
}

func wanted() bool {
	disabled, _ := strconv.ParseBool(os.Getenv("OTEL_SDK_DISABLED"))
	exporter := os.Getenv("OTEL_TRACES_EXPORTER")
	return !disabled && (exporter == "" || exporter == "otlp") &&
		firstSet("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT") != ""
}

func firstSet(names ...string) string {
	for _, name := range names {
		if value := strings.TrimSpace(os.Getenv(name)); value != "" {
			return value
		}
	}
	return ""
}

// describeProcess names the service parley, unless the environment has another
// name for it.
func describeProcess(ctx context.Context) (*resource.Resource, error) {
	found, err := resource.New(ctx,
		resource.WithAttributes(semconv.ServiceName("parley")),
		resource.WithTelemetrySDK(), resource.WithHost(), resource.WithProcessPID(), resource.WithFromEnv())
	if errors.Is(err, resource.ErrPartialResource) {
		return found, nil
	}
	return found, err
}

// Stop sends what waits to be sent.
func (t *Tracing) Stop(ctx context.Context) error {
	if t == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), endLimit)
	defer cancel()
	return t.provider.Shutdown(ctx)
}

// Tracer is for libraries that make spans themselves; nil if tracing is off.
// What a library puts into its spans is to be checked: see the package's words.
func (t *Tracing) Tracer() trace.Tracer {
	if t == nil {
		return nil
	}
	return t.tracer
}

// labeller gives each span the ids of what it is about.
type labeller struct{}

// OnStart implements sdktrace.SpanProcessor.
func (labeller) OnStart(parent context.Context, span sdktrace.ReadWriteSpan) {
	span.SetAttributes(carried(parent)...)
}

// OnEnd implements sdktrace.SpanProcessor.
func (labeller) OnEnd(sdktrace.ReadOnlySpan) {}

// Shutdown implements sdktrace.SpanProcessor.
func (labeller) Shutdown(context.Context) error { return nil }

// ForceFlush implements sdktrace.SpanProcessor.
func (labeller) ForceFlush(context.Context) error { return nil }
