package crashtest

import (
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/llm/simulator"
)

// model is the simulator, as its process shows itself.
type model struct {
	t       *testing.T
	servers *servers
}

// answer is how the model answers one question.
type answer = simulator.Fault

// words make an answer of so many deltas, all different, and awkward to cut.
func words(count int, pace simulator.Pace) answer {
	deltas := make([]string, count)
	for i := range deltas {
		deltas[i] = fmt.Sprintf("%d-é😀\"\\\n ", i)
	}
	return answer{Deltas: deltas, Pace: &pace}
}

func (m model) answers(ctx context.Context, question string, answer answer) {
	m.t.Helper()
	answer.Match.Text = question
	require.NoError(m.t, m.servers.Speak(ctx, answer))
}

// asked lists the requests about a question: those that asked it, and those that
// only read on in the answer to it.
func (m model) asked(ctx context.Context, question string) (asked, resumed int) {
	m.t.Helper()
	ledger, err := m.servers.Ledger(ctx)
	require.NoError(m.t, err)
	answers := map[string]bool{}
	for _, entry := range ledger {
		if entry.Text == question && entry.Endpoint != simulator.EndpointRetrieve {
			asked++
			answers[entry.ResponseID] = true
		}
	}
	for _, entry := range ledger {
		if entry.Endpoint == simulator.EndpointRetrieve && answers[entry.ResponseID] {
			resumed++
		}
	}
	return asked, resumed
}
