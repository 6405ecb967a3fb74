package crashtest

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/llm/simulator"
)

// model is the simulator, as its process shows itself.
type model struct {
	t    *testing.T
	base string
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
	body, err := json.Marshal(answer)
	require.NoError(m.t, err)
	m.call(ctx, http.MethodPost, "/_faults", body, nil)
}

// asked lists the requests about a question: those that asked it, and those that
// only read on in the answer to it.
func (m model) asked(ctx context.Context, question string) (asked, resumed int) {
	m.t.Helper()
	var ledger struct{ Entries []simulator.Entry }
	m.call(ctx, http.MethodGet, "/_ledger", nil, &ledger)
	answers := map[string]bool{}
	for _, entry := range ledger.Entries {
		if entry.Text == question && entry.Endpoint != simulator.EndpointRetrieve {
			asked++
			answers[entry.ResponseID] = true
		}
	}
	for _, entry := range ledger.Entries {
		if entry.Endpoint == simulator.EndpointRetrieve && answers[entry.ResponseID] {
			resumed++
		}
	}
	return asked, resumed
}

func (m model) call(ctx context.Context, method, path string, body []byte, out any) {
	m.t.Helper()
	request, err := http.NewRequestWithContext(ctx, method, m.base+path, bytes.NewReader(body))
	require.NoError(m.t, err)
	response, err := http.DefaultClient.Do(request)
	require.NoError(m.t, err)
	defer response.Body.Close()
	require.Less(m.t, response.StatusCode, 300)
	if out != nil {
		require.NoError(m.t, json.NewDecoder(response.Body).Decode(out))
	}
}
