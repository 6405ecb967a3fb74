package telemetry_test

import (
	"bytes"
	"compress/gzip"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	collector "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"

	"github.com/parley-chat/parley/telemetry"
)

// receiver is what a collector is to a node: it takes spans by OTLP over HTTP.
type receiver struct {
	mu    sync.Mutex
	raw   bytes.Buffer // everything that came, uncompressed
	spans []*tracepb.Span
}

// collect starts tracing to a receiver, by the environment as an operator does.
func collect(t *testing.T) (*receiver, *telemetry.Tracing) {
	t.Helper()
	r := &receiver{}
	server := httptest.NewServer(r)
	t.Cleanup(server.Close)
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", server.URL)
	t.Setenv("OTEL_EXPORTER_OTLP_COMPRESSION", "gzip")
	t.Setenv("OTEL_BSP_SCHEDULE_DELAY", "50")
	t.Setenv("OTEL_RESOURCE_ATTRIBUTES", "deployment.environment.name=test")
	tracing, err := telemetry.StartTracing(t.Context())
	require.NoError(t, err)
	require.NotNil(t, tracing)
	return r, tracing
}

func (r *receiver) ServeHTTP(w http.ResponseWriter, request *http.Request) {
	body := io.Reader(request.Body)
	if request.Header.Get("Content-Encoding") == "gzip" {
		body, _ = gzip.NewReader(request.Body)
	}
	raw, err := io.ReadAll(body)
	var export collector.ExportTraceServiceRequest
	if err != nil || request.URL.Path != "/v1/traces" || proto.Unmarshal(raw, &export) != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.raw.Write(raw)
	for _, resource := range export.ResourceSpans {
		for _, scope := range resource.ScopeSpans {
			r.spans = append(r.spans, scope.Spans...)
		}
	}
}

func (r *receiver) all() (string, []*tracepb.Span) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.raw.String(), slices.Clone(r.spans)
}

// named gives the first span of the name that is about the turn, if it has come.
func (r *receiver) named(name, turn string) *tracepb.Span {
	_, spans := r.all()
	for _, span := range spans {
		if span.Name == name && (turn == "" || words(span)["parley.turn"] == turn) {
			return span
		}
	}
	return nil
}

// linked gives a span of the name that names another trace.
func (r *receiver) linked(name string, trace []byte) *tracepb.Span {
	_, spans := r.all()
	for _, span := range spans {
		for _, link := range span.Links {
			if span.Name == name && bytes.Equal(link.TraceId, trace) {
				return span
			}
		}
	}
	return nil
}

func (r *receiver) within(name string, parent *tracepb.Span) bool {
	_, spans := r.all()
	return slices.ContainsFunc(spans, func(span *tracepb.Span) bool {
		return span.Name == name && bytes.Equal(span.ParentSpanId, parent.SpanId)
	})
}

// words are the attributes of a span that are text.
func words(span *tracepb.Span) map[string]string {
	found := map[string]string{}
	for _, attribute := range span.Attributes {
		found[attribute.Key] = attribute.Value.GetStringValue()
	}
	return found
}

var ids = []string{"parley.tenant", "parley.conversation", "parley.turn"}

// A trace tells the way of a turn through every part, by ids alone.
func TestATurnLeavesATraceWithoutAWordOfIt(t *testing.T) { //nolint:paralleltest // it sets the environment
	r, tracing := collect(t)
	w := observed(t, tracing)
	turns := w.sayMarkedThings(t)
	var first *tracepb.Span
	eventually(t, "the request's span arrives", func() bool {
		first = r.named("POST /v1/conversations/{id}/turns", turns[0])
		return first != nil
	})
	for _, name := range []string{
		"TurnClaim", "StartWorkflow:TurnWorkflow", "RunWorkflow:TurnWorkflow", "StartActivity:ModelStep",
		"RunActivity:ModelStep", "model stream", "TurnClose",
	} {
		var span *tracepb.Span
		eventually(t, name+" arrives", func() bool { span = r.named(name, turns[0]); return span != nil || name == "TurnClaim" })
		if span == nil {
			span = r.named(name, "") // the claim decides which turn it is
		}
		assert.Equal(t, first.TraceId, span.TraceId, name)
		for _, id := range ids[:2] {
			assert.Equal(t, map[string]string{ids[0]: w.tenant.TenantID.String(), ids[1]: w.tenant.ConversationID.String()}[id], words(span)[id], name)
		}
	}
	var flush *tracepb.Span // of many turns, so in a trace of its own
	eventually(t, "a flush that names the trace arrives", func() bool { flush = r.linked("flush", first.TraceId); return flush != nil })
	assert.NotEqual(t, first.TraceId, flush.TraceId)
	eventually(t, "its statement arrives", func() bool { return r.within("TurnEventFlush", flush) })

	require.NoError(t, tracing.Stop(t.Context()))
	raw, spans := r.all()
	assert.Contains(t, raw, "deployment.environment.name")
	assertDiscreet(t, raw)
	t.Logf("%d spans: %v", len(spans), spanNames(spans))
	requestLine := "trace_id\":\"" + hexOf(first.TraceId)
	assert.Contains(t, w.logs.all(), requestLine, "log lines name the trace")
}

func spanNames(spans []*tracepb.Span) []string {
	names := map[string]bool{}
	for _, span := range spans {
		names[span.Name] = true
	}
	return slices.Sorted(maps.Keys(names))
}
