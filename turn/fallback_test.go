package turn_test

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/chat"
	"github.com/parley-chat/parley/llm/simulator"
)

// withFallback is an agent whose first model is gpt-4o and whose second is gpt-4o-mini.
func withFallback(ctx context.Context, t *testing.T) story {
	t.Helper()
	return guarded(ctx, t, func(config *chat.AgentConfig) { config.FallbackModels = []string{"gpt-4o-mini"} })
}

// askedModels are the models that were asked for an answer, in their order.
func askedModels(s story) (names []string) {
	for _, entry := range entries(s, simulator.EndpointResponses) {
		names = append(names, entry.Model)
	}
	return names
}

// TestAnotherModelAnswersWhileOneIsDown: the visitor sees an answer, the books who has
// given it; and after a while the one that is down is left alone.
func TestAnotherModelAnswersWhileOneIsDown(t *testing.T) {
	t.Parallel()
	for _, fault := range []simulator.Fault{{Status: http.StatusServiceUnavailable}, {Status: http.StatusNotFound, Code: "model_not_found"}} {
		ctx := withDeadline(t)
		s := withFallback(ctx, t)
		fault.Match = simulator.Match{Model: "gpt-4o"}
		s.env.Simulator.AddFault(fault)
		s.env.Simulator.AddFault(simulator.Fault{Deltas: []string{"Here I am."}})
		var ids []chat.TurnID
		for range 7 {
			id := s.ask(ctx, t, "Who are you?")
			require.Equal(t, "Here I am.", spoken(readAll(ctx, t, s.n, s.f, id)))
			ids = append(ids, id)
		}
		asked := askedModels(s)
		require.Len(t, asked, 5*2+2, "five failures are enough")
		require.Equal(t, []string{"gpt-4o", "gpt-4o-mini"}, asked[:2])
		require.Equal(t, []string{"gpt-4o-mini", "gpt-4o-mini"}, asked[10:])
		books := requireBooks(ctx, t, s.env, s.n, s.f, ids...)
		for _, call := range books {
			if call.Source == "reported" {
				require.Equal(t, "gpt-4o-mini", call.Model)
				require.Positive(t, call.CostMicros)
			}
		}
	}
}

// TestAnswerThatBreaksOffIsGivenByAnotherModel: what was shown is taken back first.
func TestAnswerThatBreaksOffIsGivenByAnotherModel(t *testing.T) {
	t.Parallel()
	ctx := withDeadline(t)
	s := withFallback(ctx, t)
	broken := slowly("This one is never told to its end, whatever it takes.")
	broken.Match, broken.ErrorAfter = simulator.Match{Model: "gpt-4o"}, 10
	s.env.Simulator.AddFault(broken)
	s.env.Simulator.AddFault(simulator.Fault{Deltas: strings.SplitAfter("All is well that ends well.", " ")})
	id := s.ask(ctx, t, "Well?")
	chunks := readAll(ctx, t, s.n, s.f, id)
	require.Equal(t, "All is well that ends well.", spoken(chunks))
	require.Contains(t, chunks, chat.Chunk{Type: chat.ChunkReset})
	require.Equal(t, []string{"gpt-4o", "gpt-4o-mini"}, askedModels(s))
	requireBooks(ctx, t, s.env, s.n, s.f, id)
}

// TestModelThatIsRefusedIsNotDown: another one would refuse the same.
func TestModelThatIsRefusedIsNotDown(t *testing.T) {
	t.Parallel()
	ctx := withDeadline(t)
	s := withFallback(ctx, t)
	s.env.Simulator.AddFault(simulator.Fault{Status: http.StatusBadRequest})
	id := s.ask(ctx, t, "Well?")
	readAll(ctx, t, s.n, s.f, id)
	row, _ := answerOf(ctx, t, s.n, s.f, id)
	require.Equal(t, chat.TurnFailed, row.Status)
	require.Equal(t, []string{"gpt-4o"}, askedModels(s))
}
