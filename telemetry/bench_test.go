package telemetry_test

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/chat"
	"github.com/parley-chat/parley/telemetry"
)

// flushesOfATurn is what an answer of a few seconds needs.
const flushesOfATurn = 50

// countTurn does what one turn has counted on its way.
func countTurn(m *telemetry.Metrics) {
	m.Claimed("started")
	closed := m.StreamOpened("turn", false)
	m.TurnBegun(10 * time.Millisecond)
	done := m.StepBegun(1)
	m.ModelAnswered("stream", 200*time.Millisecond)
	for range flushesOfATurn {
		m.Flushed(telemetry.LaneSteady, 1, 4, 2*time.Millisecond)
	}
	m.FirstText(time.Second)
	m.TokensUsed(telemetry.Tokens{Input: 100, Output: 100})
	m.ModelCalled("stream", "ok")
	m.TurnEnded("completed", "", time.Second)
	done()
	closed()
	m.Requested(telemetry.Request{Method: "POST", Route: "/v1/conversations/{id}/turns", Status: 200, Took: time.Second, Stream: true})
}

func BenchmarkTurn(b *testing.B) {
	on, err := telemetry.NewMetrics()
	require.NoError(b, err)
	for name, metrics := range map[string]*telemetry.Metrics{"on": on, "off": nil} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				countTurn(metrics)
			}
		})
	}
}

func BenchmarkFlush(b *testing.B) {
	metrics, err := telemetry.NewMetrics()
	require.NoError(b, err)
	b.ReportAllocs()
	b.RunParallel(func(b *testing.PB) {
		for b.Next() {
			metrics.Flushed(telemetry.LaneSteady, 20, 80, 2*time.Millisecond)
		}
	})
}

// BenchmarkAbout is what it costs to say what the work of a turn is about, and
// what a span costs where nobody traces.
func BenchmarkAbout(b *testing.B) {
	subject := telemetry.Subject{Tenant: chat.NewID[chat.TenantID](), Turn: chat.NewID[chat.TurnID]()}
	b.ReportAllocs()
	for b.Loop() {
		telemetry.About(context.Background(), subject)
	}
}

func BenchmarkSpanThatIsOff(b *testing.B) {
	var off *telemetry.Tracing
	b.ReportAllocs()
	for b.Loop() {
		_, span := off.StartWithin(context.Background(), "work", telemetry.Client)
		span.Word("key", "value")
		span.End()
	}
}

func BenchmarkLogLine(b *testing.B) {
	logger := slog.New(telemetry.LogHandler(slog.NewTextHandler(discard{}, nil)))
	ctx := telemetry.About(context.Background(), telemetry.Subject{Tenant: chat.NewID[chat.TenantID](), Turn: chat.NewID[chat.TurnID]()})
	b.ReportAllocs()
	for b.Loop() {
		logger.InfoContext(ctx, "turn: ended", "status", "completed")
	}
}

type discard struct{}

func (discard) Write(line []byte) (int, error) { return len(line), nil }
