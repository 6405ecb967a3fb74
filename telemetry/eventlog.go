package telemetry

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Lane names one of the event log's two ways to the database.
type Lane int

const (
	// LaneSteady batches what may wait a moment.
	LaneSteady Lane = iota
	// LaneFirst carries the first words of a step, which somebody waits for.
	LaneFirst
)

var laneNames = [...]string{LaneSteady: "steady", LaneFirst: "first"}

type logMetrics struct {
	took   [len(laneNames)]prometheus.Observer
	chunks prometheus.Observer
	turns  prometheus.Observer
	failed *prometheus.CounterVec
}

func newLogMetrics(build maker) logMetrics {
	m := logMetrics{
		chunks: build.histogram("flush_chunks", "Chunks that one flush has committed.", sizeBuckets).WithLabelValues(),
		turns:  build.histogram("flush_turns", "Turns whose chunks one flush has committed.", sizeBuckets).WithLabelValues(),
		failed: build.counter("flush_failures_total", "Flushes that the database did not answer (retried), and turns whose chunks were not written because another writer owns the turn (fenced) or the database refused them (refused).", "reason"),
	}
	begin(m.failed, "retried", "fenced", "refused")
	took := build.histogram("flush_seconds", "Duration of the transaction of one flush. Its lane is first for the first words of a step, steady for the rest.", commitBuckets, "lane")
	for lane, name := range laneNames {
		m.took[lane] = took.WithLabelValues(name)
	}
	return m
}

// Flushed records a committed flush.
func (m *Metrics) Flushed(lane Lane, turns, chunks int, took time.Duration) {
	if m != nil {
		m.log.took[lane].Observe(took.Seconds())
		m.log.turns.Observe(float64(turns))
		m.log.chunks.Observe(float64(chunks))
	}
}

// FlushFailed counts a flush, or a turn's share of one, that was not written;
// reason is retried, fenced or refused.
func (m *Metrics) FlushFailed(reason string) {
	if m != nil {
		m.log.failed.WithLabelValues(reason).Inc()
	}
}
