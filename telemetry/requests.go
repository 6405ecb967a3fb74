package telemetry

import (
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

type httpMetrics struct {
	requests *prometheus.CounterVec
	took     *prometheus.HistogramVec
}

func newHTTPMetrics(build maker) httpMetrics {
	return httpMetrics{
		requests: build.counter("http_requests_total", "Requests answered, by the pattern of their address.", "method", "route", "status"),
		took:     build.histogram("http_request_seconds", "Duration of requests, without event streams.", requestBuckets, "route"),
	}
}

// Request is an answered HTTP request.
type Request struct {
	Method string
	Route  string // the pattern; "" where no address matched
	Status int
	Took   time.Duration
	// Stream: the answer was an event stream, which lasts as long as its reader
	// wants.
	Stream bool
}

// Requested records an answered request.
func (m *Metrics) Requested(r Request) {
	if m == nil {
		return
	}
	if r.Route == "" {
		r.Method, r.Route = "any", "none" // or anybody could invent time series
	}
	m.http.requests.WithLabelValues(r.Method, r.Route, strconv.Itoa(r.Status)).Inc()
	if !r.Stream {
		m.http.took.WithLabelValues(r.Route).Observe(r.Took.Seconds())
	}
}
