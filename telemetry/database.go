package telemetry

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Pool is what one pool of database connections says about itself.
type Pool struct {
	Name             string
	InUse, Idle, Max int32
	Waits            int64         // acquisitions that found no idle connection
	Waited           time.Duration // in all acquisitions together
	GivenUp          int64         // acquisitions that ended with their context
}

// WatchPools has the pools looked at whenever Prometheus asks.
func (m *Metrics) WatchPools(pools func() []Pool) {
	if m != nil {
		m.registry.MustRegister(poolCollector(pools))
	}
}

type poolCollector func() []Pool

var (
	poolConnections = describe("db_connections", "Connections to the database, in use or idle.", "pool", "state")
	poolMax         = describe("db_connections_max", "How many connections the pool may open.", "pool")
	poolWaits       = describe("db_pool_waits_total", "Times that no connection of the pool was idle.", "pool")
	poolWaited      = describe("db_pool_wait_seconds_total", "Time spent waiting for connections of the pool.", "pool")
	poolGivenUp     = describe("db_pool_given_up_total", "Waits for a connection that ended without one.", "pool")
)

func describe(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc("parley_"+name, help, labels, nil)
}

// Describe implements prometheus.Collector.
func (poolCollector) Describe(to chan<- *prometheus.Desc) {
	for _, desc := range []*prometheus.Desc{poolConnections, poolMax, poolWaits, poolWaited, poolGivenUp} {
		to <- desc
	}
}

// Collect implements prometheus.Collector.
func (pools poolCollector) Collect(to chan<- prometheus.Metric) {
	for _, p := range pools() {
		to <- prometheus.MustNewConstMetric(poolConnections, prometheus.GaugeValue, float64(p.InUse), p.Name, "in_use")
		to <- prometheus.MustNewConstMetric(poolConnections, prometheus.GaugeValue, float64(p.Idle), p.Name, "idle")
		to <- prometheus.MustNewConstMetric(poolMax, prometheus.GaugeValue, float64(p.Max), p.Name)
		to <- prometheus.MustNewConstMetric(poolWaits, prometheus.CounterValue, float64(p.Waits), p.Name)
		to <- prometheus.MustNewConstMetric(poolWaited, prometheus.CounterValue, p.Waited.Seconds(), p.Name)
		to <- prometheus.MustNewConstMetric(poolGivenUp, prometheus.CounterValue, float64(p.GivenUp), p.Name)
	}
}

// Backlog is what the database says about the turns of all nodes.
type Backlog struct {
	Running int64         // turns that are not closed
	Silent  time.Duration // how long the quietest of them has committed nothing
}

// WatchBacklog has the database asked whenever Prometheus asks. While it does
// not answer, the two metrics are absent.
func (m *Metrics) WatchBacklog(backlog func(context.Context) (Backlog, error)) {
	if m != nil {
		m.registry.MustRegister(backlogCollector(backlog))
	}
}

type backlogCollector func(context.Context) (Backlog, error)

var (
	backlogRunning = describe("turns_running", "Turns that are not closed, on all nodes together.")
	backlogSilent  = describe("turns_silence_seconds", "How long the quietest running turn, of any node, has committed nothing.")
)

// backlogLimit bounds the question, which a scrape waits for.
const backlogLimit = time.Second

// Describe implements prometheus.Collector.
func (backlogCollector) Describe(to chan<- *prometheus.Desc) {
	to <- backlogRunning
	to <- backlogSilent
}

// Collect implements prometheus.Collector.
func (ask backlogCollector) Collect(to chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), backlogLimit)
	defer cancel()
	found, err := ask(ctx)
	if err != nil {
		return
	}
	to <- prometheus.MustNewConstMetric(backlogRunning, prometheus.GaugeValue, float64(found.Running))
	to <- prometheus.MustNewConstMetric(backlogSilent, prometheus.GaugeValue, seconds(found.Silent))
}
