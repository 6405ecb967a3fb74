package main

import (
	"context"

	"github.com/parley-chat/parley/telemetry"
)

// observed switches on what the environment asks for: metrics by an address to
// answer at, tracing by the address of a collector.
func (s nodeSettings) observed(ctx context.Context) (_ nodeSettings, err error) {
	telemetry.LogTo(s.logger)
	if s.MetricsListen != "" {
		if s.metrics, err = telemetry.NewMetrics(); err != nil {
			return s, err
		}
	}
	s.tracing, err = telemetry.StartTracing(ctx)
	return s, err
}

func (s nodeSettings) stopTracing(ctx context.Context) {
	if err := s.tracing.Stop(ctx); err != nil {
		s.logger.WarnContext(ctx, "the last spans could not be sent", "error", err)
	}
}

// metricsSite is a listener of its own: what it answers is for operators.
func (s nodeSettings) metricsSite() []site {
	if s.metrics == nil {
		return nil
	}
	return []site{{address: s.MetricsListen, handler: s.metrics.Handler()}}
}
