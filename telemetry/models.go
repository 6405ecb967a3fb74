package telemetry

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

type modelMetrics struct {
	calls      *prometheus.CounterVec
	firstEvent *prometheus.HistogramVec
	tokens     *prometheus.CounterVec
}

func newModelMetrics(build maker) modelMetrics {
	return modelMetrics{
		calls:      build.counter("model_calls_total", "Calls to model providers, by what was asked (stream, resume, cancel) and how they ended: ok, or the class of the error.", "call", "outcome"),
		firstEvent: build.histogram("model_first_event_seconds", "From asking a provider until the first event of its answer.", speechBuckets, "call"),
		tokens:     build.counter("model_tokens_total", "Tokens that providers have reported. Cached ones are part of input, reasoning ones of output.", "kind"),
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
