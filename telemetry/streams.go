package telemetry

import "github.com/prometheus/client_golang/prometheus"

type streamMetrics struct {
	open   *prometheus.GaugeVec
	opened *prometheus.CounterVec
	cut    *prometheus.CounterVec
}

func newStreamMetrics(build maker) streamMetrics {
	m := streamMetrics{
		open:   build.gauge("streams_open", "Event streams that readers hold open: of turns, or of conversations.", "of"),
		opened: build.counter("streams_opened_total", "Event streams opened. Resumed ones go on after an event that the reader had seen: it was disconnected, or came later.", "of", "resumed"),
		cut:    build.counter("streams_cut_total", "Event streams ended before their end: the reader did not keep up (slow), took nothing for too long (stuck), or this node drains (drained).", "reason"),
	}
	begin(m.cut, "slow", "stuck", "drained")
	return m
}

var yesNo = map[bool]string{true: "yes", false: "no"}

// StreamOpened counts a stream until the returned function is called. of is turn
// or conversation; resumed says that the reader goes on after an event that it
// had seen.
func (m *Metrics) StreamOpened(of string, resumed bool) (closed func()) {
	if m == nil {
		return func() {}
	}
	m.streams.opened.WithLabelValues(of, yesNo[resumed]).Inc()
	open := m.streams.open.WithLabelValues(of)
	open.Inc()
	return open.Dec
}

// StreamCut counts a stream that was ended before its end; reason is slow, stuck
// or drained.
func (m *Metrics) StreamCut(reason string) {
	if m != nil {
		m.streams.cut.WithLabelValues(reason).Inc()
	}
}
