package crashtest

import (
	"context"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/db"
	"github.com/parley-chat/parley/internal/stack"
	"github.com/parley-chat/parley/internal/visitor"
	"github.com/parley-chat/parley/llm/simulator"
)

// The tests of this file take down what the others stand on, so they run before
// them: none is parallel.

// crowd is how many answers are under way when a server dies.
const crowd = 20

func TestTemporalKilledUnderLoad(t *testing.T) {
	killUnderLoad(t, func(w *world) *stack.Process { return w.servers.Temporal })
}

func TestPostgresKilledUnderLoad(t *testing.T) {
	killUnderLoad(t, func(w *world) *stack.Process { return w.servers.Postgres })
}

// killUnderLoad kills a server while all of a crowd are being answered, asks on
// while it is down, and starts it again.
func killUnderLoad(t *testing.T, victim func(*world) *stack.Process) {
	t.Helper()
	w, ctx := newWorld(t)
	nodes := []*stack.Node{w.node(ctx, nil), w.node(ctx, nil)}
	first := w.gather(ctx, nodes, crowd)
	late := w.gather(ctx, nodes, crowd/4)
	var reading, speaking sync.WaitGroup
	speaking.Add(crowd)
	for _, c := range first {
		reading.Go(func() {
			requireRead(t, c.read(ctx, wordsAfter(0)))
			speaking.Done()
			requireRead(t, c.read(ctx, toTheEnd))
		})
	}
	speaking.Wait()
	victim(w).Kill()
	for _, c := range late {
		reading.Go(func() { requireRead(t, c.read(ctx, toTheEnd)) })
	}
	require.NoError(t, victim(w).Start(ctx))
	reading.Wait()
	for _, c := range append(first, late...) {
		c.requireWhole(ctx, t)
		asked, _ := w.model.asked(ctx, c.text)
		require.Equal(t, 1, asked)
	}
	w.requireNothingRuns(ctx)
}

// gather prepares questions of several visitors at all nodes.
func (w *world) gather(ctx context.Context, nodes []*stack.Node, count int) []*chatting {
	visitors := make([]*visitor.Visitor, len(nodes))
	for i, n := range nodes {
		visitors[i] = w.enter(ctx, n)
	}
	all := make([]*chatting, count)
	for i := range all {
		answer := words(100, simulator.Pace{FirstTokenMS: 100, IntervalMS: 100})
		all[i] = w.converse(ctx, visitors[i%len(visitors)], answer)
	}
	return all
}

// requireNothingRuns looks into the database for turns that nobody has ended.
func (w *world) requireNothingRuns(ctx context.Context) {
	w.t.Helper()
	d, err := db.Open(ctx, db.Config{URL: w.site.DatabaseURL, MaxConns: 1})
	require.NoError(w.t, err)
	defer d.Close()
	var running []db.TurnUnstartedRow
	var silent []db.TurnSilentRow
	require.NoError(w.t, d.System(ctx, func(tx *db.SystemTx) error {
		if running, err = tx.TurnUnstarted(ctx, 0, 100); err != nil {
			return err
		}
		silent, err = tx.TurnSilent(ctx, 0, 100)
		return err
	}))
	require.Empty(w.t, running)
	require.Empty(w.t, silent)
}
