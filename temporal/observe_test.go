package temporal

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/telemetry"
)

// BenchmarkMetric is what one of the SDK's measurements costs. A turn with one
// step makes about sixty.
func BenchmarkMetric(b *testing.B) {
	metrics, err := telemetry.NewMetrics()
	require.NoError(b, err)
	handler := metricsHandler(metrics).WithTags(map[string]string{"namespace": "parley", "client_name": "temporal_go"})
	b.ReportAllocs()
	for b.Loop() {
		tagged := handler.WithTags(map[string]string{"task_queue": "turns", "activity_type": "ModelStep", "workflow_type": "TurnWorkflow"})
		tagged.Timer("temporal_activity_execution_latency").Record(time.Second)
	}
}

func TestUnobservedClientsHaveNoObservers(t *testing.T) {
	t.Parallel()
	observers, err := interceptors(nil)
	require.NoError(t, err)
	require.Empty(t, observers)
	require.Nil(t, metricsHandler(nil), "not a handler that holds nothing")
}
