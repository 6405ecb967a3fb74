package temporal

import (
	"slices"
	"strings"
	"sync"

	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/contrib/opentelemetry"

	"github.com/parley-chat/parley/telemetry"
)

// metricsHandler has the SDK count what it does; nil leaves it out.
func metricsHandler(to *telemetry.Metrics) client.MetricsHandler {
	meter := to.Meter()
	if meter == nil {
		return nil
	}
	return &rememberingHandler{MetricsHandler: opentelemetry.NewMetricsHandler(opentelemetry.MetricsHandlerOptions{
		Meter: meter, UseMonotonicCounters: true,
		OnError: func(error) {}, // an instrument that cannot be made is no reason to fail a turn
	})}
}

// rememberingHandler keeps what the handler below it makes anew at each call. The
// SDK labels and looks up an instrument for every one of the sixty measurements
// of a turn, always with the same few labels.
type rememberingHandler struct {
	client.MetricsHandler
	labelled, counters, gauges, timers sync.Map
}

// WithTags implements client.MetricsHandler.
func (h *rememberingHandler) WithTags(tags map[string]string) client.MetricsHandler {
	return remembered(&h.labelled, keyOf(tags), func() client.MetricsHandler {
		return &rememberingHandler{MetricsHandler: h.MetricsHandler.WithTags(tags)}
	})
}

// Counter implements client.MetricsHandler.
func (h *rememberingHandler) Counter(name string) client.MetricsCounter {
	return remembered(&h.counters, name, func() client.MetricsCounter { return h.MetricsHandler.Counter(name) })
}

// Gauge implements client.MetricsHandler.
func (h *rememberingHandler) Gauge(name string) client.MetricsGauge {
	return remembered(&h.gauges, name, func() client.MetricsGauge { return h.MetricsHandler.Gauge(name) })
}

// Timer implements client.MetricsHandler.
func (h *rememberingHandler) Timer(name string) client.MetricsTimer {
	return remembered(&h.timers, name, func() client.MetricsTimer { return h.MetricsHandler.Timer(name) })
}

func remembered[T any](in *sync.Map, key string, build func() T) T {
	found, ok := in.Load(key)
	if !ok {
		found, _ = in.LoadOrStore(key, build())
	}
	known, _ := found.(T)
	return known
}

// keyOf is the same for the same tags.
func keyOf(tags map[string]string) string {
	var few [8]string
	names := few[:0]
	size := 0
	for name, value := range tags {
		names = append(names, name)
		size += len(name) + len(value) + 2
	}
	slices.Sort(names)
	var key strings.Builder
	key.Grow(size)
	for _, name := range names {
		key.WriteString(name)
		key.WriteByte(0)
		key.WriteString(tags[name])
		key.WriteByte(0)
	}
	return key.String()
}
