package telemetry

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/parley-chat/parley/chat"
)

type toolMetrics struct {
	calls *prometheus.CounterVec
	took  *prometheus.HistogramVec
}

func newToolMetrics(build maker) toolMetrics {
	m := toolMetrics{
		calls: build.counter("tool_calls_total", "Calls of tools that are over, by the class of the tool and what became of them.", "class", "state"),
		took:  build.histogram("tool_call_seconds", "From the moment that a step has asked for a call until it is over.", turnBuckets, "class"),
	}
	for _, class := range []chat.ToolClass{chat.ClassRead, chat.ClassIdempotent, chat.ClassWrite} {
		for _, state := range []chat.ToolCallState{chat.CallSucceeded, chat.CallFailed, chat.CallUnknown} {
			m.calls.WithLabelValues(string(class), string(state))
		}
	}
	return m
}

// ToolCalled counts a call that is over, and how long after it was asked for.
func (m *Metrics) ToolCalled(class chat.ToolClass, state chat.ToolCallState, took time.Duration) {
	if m != nil {
		m.tools.calls.WithLabelValues(string(class), string(state)).Inc()
		m.tools.took.WithLabelValues(string(class)).Observe(took.Seconds())
	}
}
