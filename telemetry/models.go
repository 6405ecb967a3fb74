package telemetry

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

type modelMetrics struct {
	calls      *prometheus.CounterVec
	firstEvent *prometheus.HistogramVec
	tokens     *prometheus.CounterVec
	fallbacks  prometheus.Counter
	circuits   *prometheus.CounterVec
	down       prometheus.Gauge
	blocked    *prometheus.CounterVec
	unchecked  *prometheus.CounterVec
}

func newModelMetrics(build maker) modelMetrics {
	m := modelMetrics{
		calls:      build.counter("model_calls_total", "Calls to model providers, by what was asked (stream, resume, cancel, moderate) and how they ended: ok, or the class of the error.", "call", "outcome"),
		firstEvent: build.histogram("model_first_event_seconds", "From asking a provider until the first event of its answer.", speechBuckets, "call"),
		tokens:     build.counter("model_tokens_total", "Tokens that providers have reported. Cached ones are part of input, reasoning ones of output.", "kind"),
		fallbacks:  build.counter("model_fallbacks_total", "Answers that were asked of another model than the agent's first, because that was down.").WithLabelValues(),
		circuits:   build.counter("model_circuit_changes_total", "How often this node has taken a model for down (open), tried it again (half-open) and found it working (closed).", "to"),
		down:       build.gauge("model_circuits_open", "Models that this node takes for down.").WithLabelValues(),
		blocked:    build.counter("guardrail_blocks_total", "Answers that were not given, or not to their end, by whose words and which check.", "stage", "check"),
		unchecked:  build.counter("guardrail_failures_total", "Checks that could not be made, by what became of the answer: blocked for now, or allowed.", "outcome"),
	}
	begin(m.circuits, "open", "half-open", "closed")
	begin(m.unchecked, "blocked", "allowed")
	return m
}

// FellBack counts an answer that is asked of another model than the agent's first.
func (m *Metrics) FellBack() {
	if m != nil {
		m.models.fallbacks.Inc()
	}
}

// CircuitChanged tells that a model is taken for down, tried again, or found working.
func (m *Metrics) CircuitChanged(to string, worked, works bool) {
	if m == nil {
		return
	}
	m.models.circuits.WithLabelValues(to).Inc()
	switch {
	case worked:
		m.models.down.Inc()
	case works:
		m.models.down.Dec()
	}
}

// Blocked counts an answer that a check has ended.
func (m *Metrics) Blocked(stage, check string) {
	if m != nil {
		m.models.blocked.WithLabelValues(stage, check).Inc()
	}
}

// Unchecked counts a check that could not be made; outcome is blocked or allowed.
func (m *Metrics) Unchecked(outcome string) {
	if m != nil {
		m.models.unchecked.WithLabelValues(outcome).Inc()
	}
}

// ModelCalled counts a call to a provider that has ended; outcome is ok or the
// class of its error.
func (m *Metrics) ModelCalled(call, outcome string) {
	if m != nil {
		m.models.calls.WithLabelValues(call, outcome).Inc()
	}
}

// ModelAnswered records how long a provider took to begin its answer.
func (m *Metrics) ModelAnswered(call string, took time.Duration) {
	if m != nil {
		m.models.firstEvent.WithLabelValues(call).Observe(took.Seconds())
	}
}

// Tokens is what a provider has reported for an answer.
type Tokens struct{ Input, Cached, Output, Reasoning int64 }

// TokensUsed adds up what answers have cost.
func (m *Metrics) TokensUsed(used Tokens) {
	if m == nil {
		return
	}
	for kind, count := range map[string]int64{
		"input": used.Input, "cached": used.Cached, "output": used.Output, "reasoning": used.Reasoning,
	} {
		m.models.tokens.WithLabelValues(kind).Add(float64(max(count, 0)))
	}
}
