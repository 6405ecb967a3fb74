package main

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/internal/visitor"
	"github.com/parley-chat/parley/llm/simulator"
)

// TestAnswerIsWhatTheModelSays: all exactness is measured against it.
func TestAnswerIsWhatTheModelSays(t *testing.T) {
	t.Parallel()
	model := simulator.New(simulator.Config{})
	model.AddFault(simulator.Fault{Tokens: 30})
	server := httptest.NewServer(model)
	t.Cleanup(server.Close)
	l := &load{job: job{Target: server.URL + "/v1"}, client: http.DefaultClient}
	seen := &taken{asked: time.Now()}
	require.NoError(t, l.askModel(t.Context(), seen))
	require.Equal(t, answer(30), seen.text.String())
	require.Positive(t, seen.firstToken)
}

// TestLoadGeneratorTalksToItsMaster runs a job like the benchmark does, but for
// the process.
func TestLoadGeneratorTalksToItsMaster(t *testing.T) {
	t.Parallel()
	model := simulator.New(simulator.Config{})
	model.AddFault(simulator.Fault{Match: simulator.Match{Endpoint: simulator.EndpointResponses}, Times: 1, Status: 500})
	model.AddFault(simulator.Fault{Tokens: 5})
	server := httptest.NewServer(model)
	t.Cleanup(server.Close)
	order, err := json.Marshal(job{Target: server.URL + "/v1", Direct: true, Clients: 2, Turns: 3, Tokens: 5})
	require.NoError(t, err)
	var out strings.Builder
	require.NoError(t, runLoad(t.Context(), strings.NewReader(string(order)+`"begin"`), &out))
	ready, seen, _ := strings.Cut(out.String(), "\n")
	require.Equal(t, `"ready"`, ready)
	var r result
	require.NoError(t, json.Unmarshal([]byte(seen), &r))
	require.Equal(t, 5, r.Turns)
	require.Len(t, r.FirstToken, 5)
	require.Len(t, r.Wrong, 1, "a failed answer is told, not left out")
}

func TestClientNoticesWhatMustNotBe(t *testing.T) {
	t.Parallel()
	cases := map[string][]visitor.Event{
		"a gap":        {{Seq: 1, Data: []byte(`{"type":"start"}`)}, {Seq: 3, Data: []byte(`{"type":"start-step"}`)}},
		"a repetition": {{Seq: 1, Data: []byte(`{"type":"start"}`)}, {Seq: 1, Data: []byte(`{"type":"start"}`)}},
		"a reset":      {{Seq: 1, Data: []byte(`{"type":"data-reset"}`)}},
		"an error":     {{Seq: 1, Data: []byte(`{"type":"error","errorText":"no"}`)}},
	}
	for name, events := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var err error
			for seen := (&taken{}); len(events) > 0 && err == nil; events = events[1:] {
				err = seen.take(events[0])
			}
			require.Error(t, err)
		})
	}
	news := visitor.Event{Seq: 7, Data: []byte(`{"type":"data-status","transient":true}`)}
	require.NoError(t, (&taken{}).take(news), "news has no number of its own")
}

func TestKernelAccounts(t *testing.T) {
	t.Parallel()
	before := cpuOf(os.Getpid())
	for began := time.Now(); time.Since(began) < 10*time.Second && cpuOf(os.Getpid()) < before+5*tick; {
	}
	require.GreaterOrEqual(t, cpuOf(os.Getpid()), before+5*tick)
	peak, err := peakMemory(os.Getpid())
	require.NoError(t, err)
	require.Greater(t, peak, int64(1<<20))
}

func TestReportShowsEveryRow(t *testing.T) {
	t.Parallel()
	b := &bench{}
	b.add(row{what: "speed", target: "fast", ours: "slow"}, result{Turns: 3, Wrong: []string{"a gap"}})
	text := render([]string{"2 cores"}, b.rows, true)
	require.Contains(t, text, "| speed | fast | slow; **1 of 4 answers wrong**: a gap |  |")
	require.Contains(t, text, "- 2 cores\n")
	require.Contains(t, text, "quick run")
}
