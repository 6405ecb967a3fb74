// Package telemetry is what a node tells its operators: metrics for Prometheus,
// traces for OpenTelemetry, and the ids that both and the log lines carry.
//
// Nothing here can carry what visitors and models say, or a secret: metrics have
// counts, durations and a few known words, spans and logs have ids and classes
// of errors beside that. Metrics have no ids either, since every value of a
// label is a time series of its own.
//
// A nil *Metrics and a nil *Tracing are valid, mean "off", and cost a
// comparison.
package telemetry
