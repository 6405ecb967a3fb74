package crashtest

import (
	"context"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/internal/stack"
	"github.com/parley-chat/parley/internal/visitor"
	"github.com/parley-chat/parley/llm/simulator"
	"github.com/parley-chat/parley/workflows"
)

// TestKilledAgainAndAgain kills the node that writes an answer as soon as it has
// said something new: sometimes its successor runs already, sometimes not.
func TestKilledAgainAndAgain(t *testing.T) {
	t.Parallel()
	const kills = 5
	w, ctx := newWorld(t)
	current := w.node(ctx, nil)
	c := w.converse(ctx, w.enter(ctx, current), words(300, simulator.Pace{FirstTokenMS: 100, IntervalMS: 100}))
	written := int64(0)
	for kill := range kills {
		require.NoError(t, c.read(ctx, wordsAfter(written)))
		require.Empty(t, c.seen.Ended.Type, "the answer was over after %d kills", kill)
		previous := current
		if kill%2 == 1 {
			previous.Kill()
		}
		current = w.node(ctx, nil)
		previous.Kill()
		c.visitor = c.visitor.At(current.URL)
		written = c.written(ctx, t)
	}
	require.NoError(t, c.read(ctx, toTheEnd))
	c.requireWhole(ctx, t)
	require.Equal(t, c.want, c.seen.Said(), "nothing was taken back")
	asked, resumed := w.model.asked(ctx, c.text)
	require.Equal(t, 1, asked, "the model was paid more than once")
	require.GreaterOrEqual(t, resumed, kills)
}

// TestKilledBetweenClaimAndStart: the question is stored, but the node dies while
// it tells Temporal of it.
func TestKilledBetweenClaimAndStart(t *testing.T) {
	t.Parallel()
	w, ctx := newWorld(t)
	temporal := newGate(t, w.servers.TemporalAddress)
	first := w.node(ctx, map[string]string{"TEMPORAL_ADDRESS": temporal.address})
	c := w.converse(ctx, w.enter(ctx, first), words(10, simulator.Pace{}))
	temporal.hold(toServer)
	asking, give := context.WithCancel(ctx)
	var asked sync.WaitGroup
	asked.Go(func() { _, _ = c.visitor.Ask(asking, c.conversation, c.text, c.key) })
	require.Eventually(t, func() bool { return w.isClaimed(ctx, c) }, patience, pollEvery)
	first.Kill()
	give()
	asked.Wait()
	temporal.drop()

	c.visitor = c.visitor.At(w.node(ctx, nil).URL)
	require.NoError(t, c.read(ctx, toTheEnd))
	c.requireWhole(ctx, t)
	times, _ := w.model.asked(ctx, c.text)
	require.Equal(t, 1, times)
}

func (w *world) isClaimed(ctx context.Context, c *chatting) bool {
	messages, err := c.visitor.Messages(ctx, c.conversation)
	return err == nil && len(messages) > 0
}

// TestKilledBeforeTheAnswerHasAName: the model has been asked, but the node dies
// before it could store what to resume. Asking again is all that is left.
func TestKilledBeforeTheAnswerHasAName(t *testing.T) {
	t.Parallel()
	w, ctx := newWorld(t)
	wire, byWire := w.gateToModel()
	first := w.node(ctx, byWire)
	c := w.converse(ctx, w.enter(ctx, first), words(10, simulator.Pace{}))
	wire.hold(toNode)
	require.NoError(t, c.read(ctx, func(seen *visitor.Transcript) bool { return seen.Last == 1 }))
	require.Eventually(t, func() bool { times, _ := w.model.asked(ctx, c.text); return times == 1 }, patience, pollEvery)
	first.Kill()

	c.visitor = c.visitor.At(w.node(ctx, nil).URL)
	require.NoError(t, c.read(ctx, toTheEnd))
	c.requireWhole(ctx, t)
	require.Equal(t, c.want, c.seen.Said(), "what nobody was shown needs no taking back")
	times, _ := w.model.asked(ctx, c.text)
	require.Equal(t, 2, times)
}

// TestKilledAtAnyMoment kills a node that has just been asked many things, so that
// each of them is at another point of its way.
func TestKilledAtAnyMoment(t *testing.T) {
	t.Parallel()
	const questions = 16
	w, ctx := newWorld(t)
	first := w.node(ctx, nil)
	v := w.enter(ctx, first)
	all := make([]*chatting, questions)
	for i := range all {
		all[i] = w.converse(ctx, v, words(60, simulator.Pace{FirstTokenMS: 10, IntervalMS: 5}))
	}
	second := w.node(ctx, nil)
	named := make([]bool, questions) // the readers have seen that the response id is stored
	var reading sync.WaitGroup
	for i, c := range all {
		reading.Go(func() {
			pause(time.Duration(i) * 20 * time.Millisecond)
			broken := c.readOnce(ctx, toTheEnd)
			named[i] = c.seen.Last >= 2
			if broken != nil {
				c.visitor = c.visitor.At(second.URL)
				requireRead(t, c.read(ctx, toTheEnd))
			}
		})
	}
	pause(questions * 20 * time.Millisecond)
	first.Kill()
	reading.Wait()
	for i, c := range all {
		c.visitor = c.visitor.At(second.URL)
		c.requireWhole(ctx, t)
		if times, _ := w.model.asked(ctx, c.text); named[i] {
			require.Equal(t, 1, times, "question %d", i)
			require.Equal(t, c.want, c.seen.Said())
		}
	}
}

// TestSlowModelIsAskedOnce: a model may think, and may fall silent in the middle
// of a sentence, for longer than a node may be silent.
func TestSlowModelIsAskedOnce(t *testing.T) {
	t.Parallel()
	w, ctx := newWorld(t)
	slow := words(6, simulator.Pace{FirstTokenMS: (workflows.HeartbeatTimeout + 2*time.Second).Milliseconds()})
	slow.StallAfter, slow.StallMS = 6, (workflows.HeartbeatTimeout + 1500*time.Millisecond).Milliseconds()
	c := w.converse(ctx, w.enter(ctx, w.node(ctx, nil)), slow)
	require.NoError(t, c.read(ctx, toTheEnd))
	c.requireWhole(ctx, t)
	asked, resumed := w.model.asked(ctx, c.text)
	require.Equal(t, 1, asked)
	require.Zero(t, resumed, "the step was tried more than once")
}

// TestPausedNodeIsFenced: a node hangs for longer than anybody waits for it, and
// then goes on as if nothing had happened, beside its successor.
func TestPausedNodeIsFenced(t *testing.T) {
	t.Parallel()
	w, ctx := newWorld(t)
	hung, other := w.node(ctx, nil), w.node(ctx, nil)
	c := w.converse(ctx, w.enter(ctx, hung), words(130, simulator.Pace{FirstTokenMS: 50, IntervalMS: 100}))
	require.NoError(t, c.read(ctx, wordsAfter(0)))
	stayed := &chatting{visitor: c.visitor, conversation: c.conversation, turn: c.turn}
	var staying sync.WaitGroup
	staying.Go(func() { _ = stayed.read(ctx, toTheEnd) })

	hung.Pause()
	c.visitor = c.visitor.At(other.URL)
	require.NoError(t, c.read(ctx, wordsAfter(c.written(ctx, t))))
	require.Empty(t, c.seen.Ended.Type, "the answer was over before the hung node could do harm")
	hung.Resume()
	require.NoError(t, c.read(ctx, toTheEnd))
	c.requireWhole(ctx, t)
	require.Equal(t, c.want, c.seen.Said())
	staying.Wait()
	require.Equal(t, c.seen.Parts, stayed.seen.Parts, "who stayed with the hung node reads the same")
	asked, _ := w.model.asked(ctx, c.text)
	require.Equal(t, 1, asked)
}

// TestReadersOnTwoNodes: two nodes serve one turn's stream, and a reader moves
// between them as it likes.
func TestReadersOnTwoNodes(t *testing.T) {
	t.Parallel()
	w, ctx := newWorld(t)
	nodes := []*stack.Node{w.node(ctx, nil), w.node(ctx, nil)}
	first := w.converse(ctx, w.enter(ctx, nodes[0]), words(150, simulator.Pace{FirstTokenMS: 200, IntervalMS: 20}))
	require.NoError(t, first.read(ctx, func(*visitor.Transcript) bool { return true }))
	second := &chatting{visitor: first.visitor.At(nodes[1].URL), turn: first.turn}
	mover := &chatting{visitor: first.visitor, turn: first.turn}
	var reading sync.WaitGroup
	for _, c := range []*chatting{first, second} {
		reading.Go(func() { requireRead(t, c.read(ctx, toTheEnd)) })
	}
	reading.Go(func() { requireRead(t, mover.wander(ctx, nodes)) })
	reading.Wait()
	first.requireWhole(ctx, t)
	require.Equal(t, first.seen.Parts, second.seen.Parts)
	require.Equal(t, first.seen.Parts, mover.seen.Parts)
	require.Equal(t, first.want, mover.seen.Said())
}

// requireRead is for goroutines, which may not end the test themselves.
func requireRead(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Error(err)
	}
}

// wander reads to the end and changes the node after every few events.
func (c *chatting) wander(ctx context.Context, nodes []*stack.Node) error {
	for c.seen.Ended.Type == "" {
		c.visitor = c.visitor.At(nodes[rand.IntN(len(nodes))].URL)
		until := c.seen.Last + rand.Int64N(9)
		err := c.read(ctx, func(seen *visitor.Transcript) bool { return seen.Last > until })
		if err != nil {
			return err
		}
	}
	return nil
}
