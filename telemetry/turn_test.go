package telemetry_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/llm/simulator"
)

func TestATurnMovesTheMetrics(t *testing.T) {
	t.Parallel()
	w := observed(t, nil)
	w.Simulator.AddFault(simulator.Fault{Deltas: []string{"One ", "two ", "three."}, Pace: &simulator.Pace{FirstTokenMS: 120, IntervalMS: 60}})
	id, _ := w.ask(t, "Count.")

	for name, want := range map[string]float64{
		"parley_turn_first_text_seconds_count":   1,
		"parley_turn_queue_seconds_count":        1,
		"parley_turn_seconds_count":              1,
		"parley_model_first_event_seconds_count": 1,
	} {
		assert.InDelta(t, want, w.sample(t, name), 0, name)
	}
	assert.InDelta(t, 1, w.sample(t, "parley_claims_total", "outcome", "started"), 0)
	assert.InDelta(t, 1, w.sample(t, "parley_turns_ended_total", "status", "completed"), 0)
	assert.InDelta(t, 0, w.sample(t, "parley_turns_ended_total", "status", "failed"), 0)
	assert.InDelta(t, 1, w.sample(t, "parley_step_attempts_total", "attempt", "first"), 0)
	assert.InDelta(t, 1, w.sample(t, "parley_model_calls_total", "call", "stream", "outcome", "ok"), 0)
	assert.Positive(t, w.sample(t, "parley_model_tokens_total", "kind", "output"))
	assert.Positive(t, w.sample(t, "parley_flush_seconds_count", "lane", "first"))
	assert.GreaterOrEqual(t, w.sample(t, "parley_flush_chunks_sum"), 3.0)
	assert.InDelta(t, 1, w.sample(t, "parley_streams_opened_total", "of", "turn", "resumed", "no"), 0)
	assert.Less(t, w.sample(t, "parley_turn_queue_seconds_sum"), w.sample(t, "parley_turn_first_text_seconds_sum"))
	assert.GreaterOrEqual(t, w.sample(t, "parley_turn_first_text_seconds_sum"), 0.12, "the model's own time is part of it")
	assert.LessOrEqual(t, w.sample(t, "parley_turn_first_text_seconds_sum"), w.sample(t, "parley_turn_seconds_sum"))
	assert.InDelta(t, 16+3+2, w.sample(t, "parley_db_connections_max"), 100, "the pools are watched")
	assert.Positive(t, w.sample(t, "temporal_request_total", "operation", "StartWorkflowExecution"))
	assert.Positive(t, w.sample(t, "temporal_activity_execution_latency_seconds_count", "activity_type", "ModelStep"))
	assert.Positive(t, w.sample(t, "go_goroutines"))
	eventually(t, "nothing runs any more", func() bool {
		return w.sample(t, "parley_steps_running") == 0 && w.sample(t, "parley_streams_open") == 0 && w.sample(t, "parley_turns_running") == 0
	})

	assert.Equal(t, http.StatusOK, w.request(t, "GET", "/v1/turns/"+id+"/stream?startIndex=2", nil))
	assert.InDelta(t, 1, w.sample(t, "parley_streams_opened_total", "of", "turn", "resumed", "yes"), 0)
	eventually(t, "the request is counted at its end", func() bool {
		return w.sample(t, "parley_http_requests_total", "route", "/v1/turns/{id}/stream", "status", "200") == 1
	})
	assert.Zero(t, w.sample(t, "parley_http_request_seconds_count", "route", "/v1/turns/{id}/stream"), "a stream's length says nothing about speed")
}

func TestMetricsOfARunningTurn(t *testing.T) {
	t.Parallel()
	w := observed(t, nil)
	w.Simulator.AddFault(simulator.Fault{Tokens: 5, StallAfter: 3, StallMS: 60_000})
	response := w.begin(t, "Wait.")
	defer response.Body.Close()
	eventually(t, "the step is seen to run, and to be silent", func() bool {
		return w.sample(t, "parley_steps_running") == 1 && w.sample(t, "parley_turns_running") == 1 &&
			w.sample(t, "parley_streams_open", "of", "turn") == 1 && w.sample(t, "parley_turns_silence_seconds") > 0.5
	})
	require.Equal(t, http.StatusAccepted, w.request(t, "POST", "/v1/turns/"+response.Header.Get("X-Parley-Turn-Id")+"/stop", nil))
	eventually(t, "the turn is counted as stopped", func() bool {
		return w.sample(t, "parley_turns_ended_total", "status", "stopped") == 1 && w.sample(t, "parley_model_calls_total", "call", "stream", "outcome", "canceled") == 1
	})
}

func TestAFailedTurnIsCountedByItsReason(t *testing.T) {
	t.Parallel()
	w := observed(t, nil)
	w.Simulator.AddFault(simulator.Fault{Status: http.StatusUnauthorized, Code: "invalid_api_key", Message: "no"})
	w.ask(t, "Hello?")
	assert.InDelta(t, 1, w.sample(t, "parley_turns_ended_total", "status", "failed", "code", "model_credentials"), 0)
	assert.InDelta(t, 1, w.sample(t, "parley_model_calls_total", "call", "stream", "outcome", "auth"), 0)
	assert.Zero(t, w.sample(t, "parley_turn_first_text_seconds_count"))
}
