package openai_test

import (
	"net/http/httptest"
	"sync"
	"testing"

	"github.com/parley-chat/parley/llm"
	"github.com/parley-chat/parley/llm/openai"
	"github.com/parley-chat/parley/llm/simulator"
)

// BenchmarkThousandStreams has a thousand paced streams open at once and counts
// what a delta costs, both in the client and in the simulator: at this pace the
// wall clock says nothing, so look at the processor's time (-cpuprofile, or
// time(1)).
func BenchmarkThousandStreams(b *testing.B) {
	const streams, tokens = 1000, 30
	sim := simulator.New(simulator.Config{})
	sim.AddFault(simulator.Fault{Tokens: tokens, Pace: &simulator.Pace{FirstTokenMS: 500, IntervalMS: 100}})
	server := httptest.NewServer(sim)
	defer server.Close()
	provider, err := openai.New(openai.Config{BaseURL: server.URL, HTTPClient: openai.NewHTTPClient()})
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		var group sync.WaitGroup
		for range streams {
			group.Go(func() {
				answer, err := llm.Complete(b.Context(), provider, ask("hello"))
				if err != nil || answer.Usage.OutputTokens != tokens {
					b.Error(answer, err)
				}
			})
		}
		group.Wait()
	}
	b.ReportMetric(streams*tokens, "deltas/op")
}

// BenchmarkDelta is what one delta costs from the simulator's plan to the
// caller's hands, when nothing waits.
func BenchmarkDelta(b *testing.B) {
	for _, api := range bothAPIs {
		b.Run(string(api), func(b *testing.B) {
			sim := simulator.New(simulator.Config{})
			sim.AddFault(simulator.Fault{Tokens: b.N})
			server := httptest.NewServer(sim)
			defer server.Close()
			provider, err := openai.New(openai.Config{API: api, BaseURL: server.URL, HTTPClient: openai.NewHTTPClient()})
			if err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			b.ResetTimer()
			if _, err := llm.Complete(b.Context(), provider, ask("hello")); err != nil {
				b.Fatal(err)
			}
		})
	}
}
