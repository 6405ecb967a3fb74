package turn_test

import (
	"context"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/chat"
	"github.com/parley-chat/parley/db"
	"github.com/parley-chat/parley/db/dbtest"
	"github.com/parley-chat/parley/internal/node"
	"github.com/parley-chat/parley/internal/node/nodetest"
	"github.com/parley-chat/parley/llm/simulator"
	"github.com/parley-chat/parley/turn"
)

func fork(f dbtest.Fixture, fork turn.Fork, text string) turn.Question {
	q := question(f, text)
	q.Fork = fork
	if text == "" {
		q.Parts = nil
	}
	return q
}

// ends has the simulator answer a question, and waits for the end of its turn.
func ends(ctx context.Context, t *testing.T, s story, q turn.Question) db.Turn {
	t.Helper()
	claimed, err := s.n.Turns.Start(ctx, s.f.TenantID, q)
	require.NoError(t, err)
	readAll(ctx, t, s.n, s.f, claimed.Turn.ID)
	return claimed.Turn
}

func shown(ctx context.Context, t *testing.T, n *node.Node, f dbtest.Fixture) (texts []string) {
	t.Helper()
	for _, message := range messagesOf(ctx, t, n, f) {
		texts = append(texts, chat.Text(message.Parts))
	}
	return texts
}

// TestVersionsOfAQuestionAndOfItsAnswer: the model is asked once for each, with
// the question that stands there.
func TestVersionsOfAQuestionAndOfItsAnswer(t *testing.T) {
	t.Parallel()
	env := nodetest.New(t)
	n, ctx := env.Start(t), withDeadline(t)
	s := story{env, n, dbtest.Tenant(t, n.DB)}
	for _, answer := range []string{"Heads.", "Tails.", "Edge.", "Blue."} {
		env.Simulator.AddFault(once(simulator.Fault{Deltas: []string{answer}}))
	}
	first := ends(ctx, t, s, question(s.f, "Heads or tails?"))
	second := ends(ctx, t, s, fork(s.f, turn.Fork{Regenerate: first.AssistantMessageID}, ""))
	require.Equal(t, first.UserMessageID, second.UserMessageID)
	ends(ctx, t, s, fork(s.f, turn.Fork{Regenerate: first.UserMessageID}, ""))
	require.Equal(t, []string{"Heads or tails?", "Edge."}, shown(ctx, t, n, s.f))
	ends(ctx, t, s, fork(s.f, turn.Fork{Edit: first.UserMessageID}, "Which colour?"))
	require.Equal(t, []string{"Which colour?", "Blue."}, shown(ctx, t, n, s.f))

	var asked []string
	for _, entry := range env.Simulator.Ledger() {
		asked = append(asked, entry.Text)
	}
	require.Equal(t, []string{"Heads or tails?", "Heads or tails?", "Heads or tails?", "Which colour?"}, asked)
	_, kept := answerOf(ctx, t, n, s.f, first.ID)
	require.Equal(t, "Heads.", chat.Text(kept.Parts), "the first answer stays as it is")
}

// TestForkWaitsForTheAnswer: nothing leaves a branch on which an answer is being
// written, and a stopped answer can be given anew.
func TestForkWaitsForTheAnswer(t *testing.T) {
	t.Parallel()
	env := nodetest.New(t)
	n, ctx := env.Start(t), withDeadline(t)
	s := story{env, n, dbtest.Tenant(t, n.DB)}
	env.Simulator.AddFault(once(slowly(strings.Repeat("word ", 2000))))
	env.Simulator.AddFault(simulator.Fault{Deltas: []string{"In short."}})
	first, err := n.Turns.Start(ctx, s.f.TenantID, question(s.f, "Tell me everything."))
	require.NoError(t, err)
	until(ctx, t, n, s.f, first.Turn.ID, chat.ChunkTextDelta)
	for _, f := range []turn.Fork{{Regenerate: first.Turn.UserMessageID}, {Edit: first.Turn.UserMessageID}} {
		_, err = n.Turns.Start(ctx, s.f.TenantID, fork(s.f, f, "Tell me less."))
		require.Equal(t, chat.CodeConflict, chat.CodeOf(err))
	}
	require.NoError(t, n.Turns.Stop(ctx, s.f.TenantID, first.Turn.ID))
	readAll(ctx, t, n, s.f, first.Turn.ID)
	ends(ctx, t, s, fork(s.f, turn.Fork{Regenerate: first.Turn.AssistantMessageID}, ""))
	require.Equal(t, []string{"Tell me everything.", "In short."}, shown(ctx, t, n, s.f))
}

func once(fault simulator.Fault) simulator.Fault {
	fault.Times = 1
	return fault
}
