package crashtest

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/chat"
	"github.com/parley-chat/parley/internal/stack"
	"github.com/parley-chat/parley/internal/visitor"
	"github.com/parley-chat/parley/llm/simulator"
)

// streams is how many answers are read while a node is replaced.
const streams = 200

// busy are the settings of a node that waits for its load balancer, and lets two
// visitors do the work of two hundred.
var busy = map[string]string{
	"PARLEY_DRAIN_DELAY": "500ms", "PARLEY_LIMIT_ADDRESS": "1000000",
	"PARLEY_LIMIT_VISITOR": "1000000", "PARLEY_LIMIT_VISITOR_TURNS": "1000000",
}

// TestRollingDeploy replaces one node after the other by one of another build,
// while all their visitors read: like a load balancer would, they turn to another
// node when theirs ends their connection. Turns go from the old build to the old,
// and from the old to the new. It is not parallel, since it is a crowd by itself.
func TestRollingDeploy(t *testing.T) {
	w, _ := newWorld(t)
	ctx, cancel := context.WithTimeout(t.Context(), 2*patience)
	defer cancel()
	next := filepath.Join(t.TempDir(), "parley")
	require.NoError(t, stack.Build(filepath.Join("..", ".."), next, "next"))
	nodes := []*stack.Node{w.node(ctx, busy), w.node(ctx, busy)}
	requireDifferent(t, nodes[0].Program, next)
	for _, leaving := range nodes {
		w.replace(ctx, nodes, func() {
			leaving.Stop()
			require.NoError(t, leaving.Ended(), "it has ended by itself, and in time")
			leaving.Program = next
			require.NoError(t, leaving.Start(ctx))
		})
	}
}

// requireDifferent compares two builds as Temporal does: by their content.
func requireDifferent(t *testing.T, one, other string) {
	t.Helper()
	old, err := os.ReadFile(one)
	require.NoError(t, err)
	fresh, err := os.ReadFile(other)
	require.NoError(t, err)
	require.False(t, bytes.Equal(old, fresh))
}

// replace has a crowd of visitors ask, and while all of them read, does to the
// nodes what it is told to.
func (w *world) replace(ctx context.Context, nodes []*stack.Node, how func()) {
	w.t.Helper()
	crowd := w.gather(ctx, nodes, streams)
	var speaking, reading sync.WaitGroup
	speaking.Add(len(crowd))
	for i, c := range crowd {
		next := balanced(c.visitor, nodes, i)
		reading.Go(func() {
			requireRead(w.t, c.readFrom(ctx, wordsAfter(0), next))
			speaking.Done()
			requireRead(w.t, c.readFrom(ctx, toTheEnd, next))
		})
	}
	speaking.Wait()
	how()
	reading.Wait()
	w.requireTold(ctx, crowd)
	w.requireNothingRuns(ctx)
}

// requireTold checks that each of a crowd has read all that the model said, once,
// and that the model was asked once for it. It looks at everything in few
// requests, since the crowd is large.
func (w *world) requireTold(ctx context.Context, crowd []*chatting) {
	w.t.Helper()
	ledger, err := w.servers.Ledger(ctx)
	require.NoError(w.t, err)
	asked, resumed := map[string]int{}, 0
	for _, entry := range ledger {
		if entry.Endpoint == simulator.EndpointRetrieve {
			resumed++
		} else {
			asked[entry.Text]++
		}
	}
	require.NotZero(w.t, resumed, "the node had nothing to hand over")
	for _, c := range crowd {
		require.Equal(w.t, chat.ChunkFinish, c.seen.Ended.Type)
		require.Equal(w.t, c.want, c.seen.Said(), "nothing was taken back, and nothing repeated")
		require.Equal(w.t, 1, asked[c.text], "the model was paid more than once")
	}
	crowd[0].requireWhole(ctx, w.t)
}

// balanced sends each connection of a visitor to the next node.
func balanced(v *visitor.Visitor, nodes []*stack.Node, first int) func() *visitor.Visitor {
	at := first
	return func() *visitor.Visitor {
		node := nodes[at%len(nodes)]
		at++
		return v.At(node.URL)
	}
}

// TestStoppedBeforeTheAnswerHasAName: a node is asked to stop while the model has
// been asked and has not said under which name its answer can be resumed. To hand
// the turn over at once would have the model asked, and paid, again.
func TestStoppedBeforeTheAnswerHasAName(t *testing.T) {
	t.Parallel()
	w, ctx := newWorld(t)
	wire, byWire := w.gateToModel()
	byWire["PARLEY_DRAIN_DELAY"] = "2s"
	first := w.node(ctx, byWire)
	second := w.node(ctx, nil)
	c := w.converse(ctx, w.enter(ctx, first), words(20, simulator.Pace{IntervalMS: 50}))
	wire.hold(toNode)
	require.NoError(t, c.read(ctx, func(seen *visitor.Transcript) bool { return seen.Last == 1 }))
	require.Eventually(t, func() bool { times, _ := w.model.asked(ctx, c.text); return times == 1 }, patience, pollEvery)
	var stopping sync.WaitGroup
	stopping.Go(first.Stop)
	require.Eventually(t, func() bool { return w.isDraining(ctx, first) }, patience, pollEvery)
	wire.open(toNode)
	c.visitor = c.visitor.At(second.URL)
	require.NoError(t, c.read(ctx, toTheEnd))
	stopping.Wait()
	require.NoError(t, first.Ended())
	c.requireWhole(ctx, t)
	times, _ := w.model.asked(ctx, c.text)
	require.Equal(t, 1, times)
}

// isDraining asks a node as a load balancer does.
func (w *world) isDraining(ctx context.Context, n *stack.Node) bool {
	w.t.Helper()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, n.URL+"/readyz", nil)
	require.NoError(w.t, err)
	response, err := http.DefaultClient.Do(request)
	require.NoError(w.t, err, "it is to be asked for as long as it lingers")
	defer response.Body.Close()
	var state struct{ Status string }
	require.NoError(w.t, json.NewDecoder(response.Body).Decode(&state))
	return response.StatusCode == http.StatusServiceUnavailable && state.Status == "draining"
}

// TestStoppedWhereNothingCanBeResumed: an answer over Chat Completions would have
// to be taken back and asked for anew, so a node that stops lets a short one end.
func TestStoppedWhereNothingCanBeResumed(t *testing.T) {
	t.Parallel()
	w, ctx := newWorld(t)
	settings := map[string]string{"OPENAI_BASE_URL": w.servers.SimulatorURL, "OPENAI_API_KEY": "any", "PARLEY_MODEL_API": "chat"}
	first, second := w.node(ctx, settings), w.node(ctx, settings)
	c := w.converse(ctx, w.enter(ctx, first), words(40, simulator.Pace{IntervalMS: 50}))
	require.NoError(t, c.read(ctx, wordsAfter(0)))
	var stopping sync.WaitGroup
	stopping.Go(first.Stop)
	c.visitor = c.visitor.At(second.URL)
	require.NoError(t, c.read(ctx, toTheEnd))
	stopping.Wait()
	require.NoError(t, first.Ended())
	c.requireWhole(ctx, t)
	require.Equal(t, c.want, c.seen.Said(), "nothing was taken back")
	times, _ := w.model.asked(ctx, c.text)
	require.Equal(t, 1, times)
}
