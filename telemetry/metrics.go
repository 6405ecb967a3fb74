package telemetry

import (
	"fmt"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	otelprometheus "go.opentelemetry.io/otel/exporters/prometheus"
	"go.opentelemetry.io/otel/metric"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/exemplar"
)

// Metrics counts what one node does. Its methods may be called on nil.
type Metrics struct {
	registry *prometheus.Registry
	meter    metric.Meter
	turns    turnMetrics
	log      logMetrics
	streams  streamMetrics
	models   modelMetrics
	tools    toolMetrics
	http     httpMetrics
}

// NewMetrics makes a registry with everything that a node counts, and what Go
// and the operating system say about the process.
func NewMetrics() (*Metrics, error) {
	registry := prometheus.NewRegistry()
	registry.MustRegister(
		collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
		collectors.NewBuildInfoCollector(),
	)
	meter, err := newMeter(registry)
	if err != nil {
		return nil, fmt.Errorf("metrics: %w", err)
	}
	build := maker{registry}
	return &Metrics{
		registry: registry,
		meter:    meter,
		turns:    newTurnMetrics(build),
		log:      newLogMetrics(build),
		streams:  newStreamMetrics(build),
		models:   newModelMetrics(build),
		tools:    newToolMetrics(build),
		http:     newHTTPMetrics(build),
	}, nil
}

// Meter is for libraries that count by OpenTelemetry; nil if metrics are off. It
// lands in the same registry.
func (m *Metrics) Meter() metric.Meter {
	if m == nil {
		return nil
	}
	return m.meter
}

func newMeter(registry *prometheus.Registry) (metric.Meter, error) {
	exporter, err := otelprometheus.New(
		otelprometheus.WithRegisterer(registry), otelprometheus.WithoutScopeInfo(), otelprometheus.WithoutTargetInfo())
	if err != nil {
		return nil, err
	}
	durations := sdkmetric.NewView(sdkmetric.Instrument{Unit: "s"},
		sdkmetric.Stream{Aggregation: sdkmetric.AggregationExplicitBucketHistogram{Boundaries: waitBuckets}})
	provider := sdkmetric.NewMeterProvider(
		sdkmetric.WithReader(exporter), sdkmetric.WithView(durations), sdkmetric.WithExemplarFilter(exemplar.AlwaysOffFilter))
	return provider.Meter(scope), nil
}

// scrapeLimit ends a scrape that a part which does not answer holds up.
const scrapeLimit = 5 * time.Second

// Handler answers Prometheus. It belongs on an address that only operators
// reach.
func (m *Metrics) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{
		ErrorHandling: promhttp.ContinueOnError, Registry: m.registry, Timeout: scrapeLimit,
	}))
	return mux
}

// maker registers metrics whose names begin with parley_.
type maker struct{ registry *prometheus.Registry }

func (m maker) counter(name, help string, labels ...string) *prometheus.CounterVec {
	vector := prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: "parley", Name: name, Help: help}, labels)
	m.registry.MustRegister(vector)
	return vector
}

func (m maker) gauge(name, help string, labels ...string) *prometheus.GaugeVec {
	vector := prometheus.NewGaugeVec(prometheus.GaugeOpts{Namespace: "parley", Name: name, Help: help}, labels)
	m.registry.MustRegister(vector)
	return vector
}

func (m maker) histogram(name, help string, buckets []float64, labels ...string) *prometheus.HistogramVec {
	vector := prometheus.NewHistogramVec(prometheus.HistogramOpts{Namespace: "parley", Name: name, Help: help, Buckets: buckets}, labels)
	m.registry.MustRegister(vector)
	return vector
}

// begin makes the series of values that are known beforehand start at zero: what
// appears with its first event has not risen, as far as Prometheus can see.
func begin(counter *prometheus.CounterVec, values ...string) {
	for _, value := range values {
		counter.WithLabelValues(value)
	}
}

// Upper ends of the histograms' buckets, in seconds. They are closest together
// where an operator's thresholds are.
var (
	waitBuckets    = []float64{.005, .01, .02, .03, .05, .1, .25, .5, 1, 2.5, 5, 10, 30}
	speechBuckets  = []float64{.05, .1, .2, .3, .5, .75, 1, 1.5, 2, 3, 5, 10, 20, 60}
	turnBuckets    = []float64{.25, .5, 1, 2, 5, 10, 20, 30, 60, 120, 300, 1200}
	commitBuckets  = []float64{.001, .002, .003, .005, .01, .02, .04, .08, .15, .3, 1, 5}
	requestBuckets = []float64{.005, .01, .025, .05, .1, .25, .5, 1, 2.5, 10}
	// And of the sizes of batches.
	sizeBuckets = []float64{1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000}
)
