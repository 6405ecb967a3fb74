package telemetry

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/parley-chat/parley/chat"
)

type turnMetrics struct {
	claims     *prometheus.CounterVec
	queued     prometheus.Observer
	firstText  prometheus.Observer
	took       prometheus.Observer
	ended      *prometheus.CounterVec
	steps      prometheus.Gauge
	attempts   *prometheus.CounterVec
	reconciled *prometheus.CounterVec
}

func newTurnMetrics(build maker) turnMetrics {
	m := turnMetrics{
		claims:     build.counter("claims_total", "Messages that wanted an answer, by what became of them: started a turn, steered the running one, repeated an earlier request, or the code of the refusal.", "outcome"),
		queued:     build.histogram("turn_queue_seconds", "From the claim of a turn until a worker has begun its first step.", waitBuckets).WithLabelValues(),
		firstText:  build.histogram("turn_first_text_seconds", "From the claim of a turn until its first text is committed and shown.", speechBuckets).WithLabelValues(),
		took:       build.histogram("turn_seconds", "From the claim of a turn until it is closed.", turnBuckets).WithLabelValues(),
		ended:      build.counter("turns_ended_total", "Turns closed by this node, by their status, and why they failed.", "status", "code"),
		steps:      build.gauge("steps_running", "Model steps under way on this node.").WithLabelValues(),
		attempts:   build.counter("step_attempts_total", "Model steps begun on this node: the first attempt, or a later one after a failure or the loss of a node.", "attempt"),
		reconciled: build.counter("turns_reconciled_total", "Turns that the reconciler found without a workflow: started once more, or closed as failed.", "action"),
	}
	begin(m.claims, "started", "steered", "repeated")
	begin(m.attempts, "first", "retry")
	begin(m.reconciled, "started", "closed")
	for _, status := range []chat.TurnStatus{chat.TurnCompleted, chat.TurnStopped} {
		m.ended.WithLabelValues(string(status), "")
	}
	return m
}

// Claimed counts a message that wanted an answer; outcome is started, steered,
// repeated or the code of an error.
func (m *Metrics) Claimed(outcome string) {
	if m != nil {
		m.turns.claims.WithLabelValues(outcome).Inc()
	}
}

// StepBegun counts an attempt at a model step until the returned function is
// called. attempt is from 1.
func (m *Metrics) StepBegun(attempt int32) (done func()) {
	if m == nil {
		return func() {}
	}
	which := "first"
	if attempt > 1 {
		which = "retry"
	}
	m.turns.attempts.WithLabelValues(which).Inc()
	m.turns.steps.Inc()
	return m.turns.steps.Dec
}

// TurnBegun records how long a turn has waited for its first step.
func (m *Metrics) TurnBegun(waited time.Duration) {
	if m != nil {
		m.turns.queued.Observe(seconds(waited))
	}
}

// FirstText records how long a visitor has waited for the first word.
func (m *Metrics) FirstText(waited time.Duration) {
	if m != nil {
		m.turns.firstText.Observe(seconds(waited))
	}
}

// TurnEnded counts a turn that this node has closed. code says why it failed; it
// is "" for the others.
func (m *Metrics) TurnEnded(status, code string, took time.Duration) {
	if m != nil {
		m.turns.ended.WithLabelValues(status, code).Inc()
		m.turns.took.Observe(seconds(took))
	}
}

// Reconciled counts a turn that had lost its workflow; action is started or
// closed.
func (m *Metrics) Reconciled(action string) {
	if m != nil {
		m.turns.reconciled.WithLabelValues(action).Inc()
	}
}

// seconds forgives clocks of two machines that disagree a little.
func seconds(d time.Duration) float64 { return max(d, 0).Seconds() }
