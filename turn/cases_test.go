package turn_test

import (
	"context"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/chat"
	"github.com/parley-chat/parley/db"
	"github.com/parley-chat/parley/db/dbtest"
	"github.com/parley-chat/parley/internal/node"
	"github.com/parley-chat/parley/internal/node/nodetest"
	"github.com/parley-chat/parley/llm/simulator"
	"github.com/parley-chat/parley/turn"
	"github.com/parley-chat/parley/workflows"
)

// slowly makes the simulator speak a word every few milliseconds.
func slowly(words string) simulator.Fault {
	return simulator.Fault{Deltas: strings.SplitAfter(words, " "), Pace: &simulator.Pace{FirstTokenMS: 20, IntervalMS: 20}}
}

// interruptibly makes the simulator pause after its first words, for long enough
// to be spoken to even on a busy machine.
func interruptibly(words string) simulator.Fault {
	fault := slowly(words)
	fault.StallAfter, fault.StallMS = 6, 4000
	return fault
}

// until reads a turn's stream up to the first chunk that the condition holds for.
func until(ctx context.Context, t *testing.T, n *node.Node, f dbtest.Fixture, id chat.TurnID, kind chat.ChunkType) {
	t.Helper()
	reader := n.Log.Turn(f.TenantID, id, 0)
	defer reader.Close()
	for {
		event, err := reader.Next(ctx)
		require.NoError(t, err)
		if strings.Contains(string(event.JSON), `"`+string(kind)+`"`) {
			return
		}
	}
}

func TestStopKeepsWhatWasSaid(t *testing.T) {
	t.Parallel()
	env := nodetest.New(t)
	n, ctx := env.Start(t), withDeadline(t)
	f := dbtest.Tenant(t, n.DB)
	env.Simulator.AddFault(slowly(strings.Repeat("word ", 2000)))
	claimed, err := n.Turns.Start(ctx, f.TenantID, question(f, "Tell me everything."))
	require.NoError(t, err)
	until(ctx, t, n, f, claimed.Turn.ID, chat.ChunkTextDelta)

	require.NoError(t, n.Turns.Stop(ctx, f.TenantID, claimed.Turn.ID))
	chunks := readAll(ctx, t, n, f, claimed.Turn.ID)

	require.Equal(t, chat.ChunkAbort, chunks[len(chunks)-1].Type)
	row, message := answerOf(ctx, t, n, f, claimed.Turn.ID)
	require.Equal(t, chat.TurnStopped, row.Status)
	require.Equal(t, chat.MessageStopped, message.State)
	require.Equal(t, spoken(chunks), chat.Text(message.Parts))
	require.Contains(t, chat.Text(message.Parts), "word ")
	require.NoError(t, n.Turns.Stop(ctx, f.TenantID, claimed.Turn.ID), "stopping an ended turn changes nothing")
	require.Eventually(t, func() bool { return env.Simulator.Ledger()[0].State == simulator.StateCancelled }, patience, 10*time.Millisecond)
}

func TestMessageDuringATurnIsAnsweredByIt(t *testing.T) {
	t.Parallel()
	env := nodetest.New(t)
	n, ctx := env.Start(t), withDeadline(t)
	f := dbtest.Tenant(t, n.DB)
	env.Simulator.AddFault(interruptibly("This is the first part of the answer."))
	first, err := n.Turns.Start(ctx, f.TenantID, question(f, "What is Parley?"))
	require.NoError(t, err)
	until(ctx, t, n, f, first.Turn.ID, chat.ChunkTextDelta)

	second, err := n.Turns.Start(ctx, f.TenantID, question(f, "And who makes it?"))
	require.NoError(t, err)
	require.True(t, second.Steered)
	require.Equal(t, first.Turn.ID, second.Turn.ID)
	chunks := readAll(ctx, t, n, f, first.Turn.ID)

	require.Len(t, env.Simulator.Ledger(), 2, "the model is asked once more, with the new message")
	require.Equal(t, "And who makes it?", env.Simulator.Ledger()[1].Text)
	_, message := answerOf(ctx, t, n, f, first.Turn.ID)
	require.Equal(t, spoken(chunks), chat.Text(message.Parts))
	require.Equal(t, 2, strings.Count(chat.Text(message.Parts), "first part"))
	requireNothingPending(ctx, t, n, f)
}

func requireNothingPending(ctx context.Context, t *testing.T, n *node.Node, f dbtest.Fixture) {
	t.Helper()
	for i, message := range messagesOf(ctx, t, n, f) {
		require.EqualValues(t, i+1, message.Position)
		require.NotEqual(t, chat.MessagePending, message.State)
	}
}

func TestRepeatedRequestIsOneTurn(t *testing.T) {
	t.Parallel()
	env := nodetest.New(t)
	n, ctx := env.Start(t), withDeadline(t)
	f := dbtest.Tenant(t, n.DB)
	q := question(f, "Once, please.")
	q.Key, q.BodyHash = "key-1", []byte("body")

	first, err := n.Turns.Start(ctx, f.TenantID, q)
	require.NoError(t, err)
	again, err := n.Turns.Start(ctx, f.TenantID, q)
	require.NoError(t, err)
	require.True(t, again.Repeated)
	require.Equal(t, first.Turn.ID, again.Turn.ID)
	readAll(ctx, t, n, f, first.Turn.ID)
	finished, err := n.Turns.Start(ctx, f.TenantID, q)
	require.NoError(t, err)
	require.Equal(t, chat.TurnCompleted, finished.Turn.Status)

	q.BodyHash = []byte("another body")
	_, err = n.Turns.Start(ctx, f.TenantID, q)
	require.Equal(t, chat.CodeKeyReused, chat.CodeOf(err))
	require.Len(t, env.Simulator.Ledger(), 1)
}

func TestClaimRefusals(t *testing.T) {
	t.Parallel()
	env := nodetest.New(t)
	env.Config.Turns.Limits = turn.Limits{MonthlyBudgetMicros: 0, MaxActiveTurns: 1, MaxEager: 1}
	n, ctx := env.Start(t), withDeadline(t)
	mine, theirs := dbtest.Tenant(t, n.DB), dbtest.Tenant(t, n.DB)

	_, err := n.Turns.Start(ctx, mine.TenantID, question(mine, "Hello?"))
	require.Equal(t, chat.CodeBudgetExhausted, chat.CodeOf(err))
	_, err = n.Turns.Start(ctx, theirs.TenantID, question(mine, "Hello?"))
	require.Equal(t, chat.CodeNotFound, chat.CodeOf(err), "another tenant's conversation does not exist")
	stranger := question(mine, "Hello?")
	stranger.Visitor = chat.NewID[chat.VisitorID]()
	_, err = n.Turns.Start(ctx, mine.TenantID, stranger)
	require.Equal(t, chat.CodeNotFound, chat.CodeOf(err), "another visitor's conversation does not exist")
	require.Empty(t, env.Simulator.Ledger())
}

func TestProviderFaults(t *testing.T) {
	t.Parallel()
	const answer = "All is well that ends well."
	cases := map[string]struct {
		fault  simulator.Fault
		status chat.TurnStatus
		code   string
	}{
		"rate limited, then well": {simulator.Fault{Times: 1, Status: 429, RetryAfter: "0"}, chat.TurnCompleted, ""},
		"500, then well":          {simulator.Fault{Times: 1, Status: 500}, chat.TurnCompleted, ""},
		"cut in the stream":       {simulator.Fault{Times: 1, CutAfter: 6, Deltas: strings.SplitAfter(answer, " ")}, chat.TurnCompleted, ""},
		"an error in the stream":  {simulator.Fault{Times: 1, ErrorAfter: 7, Deltas: strings.SplitAfter("This is given up.", " ")}, chat.TurnCompleted, ""},
		"request refused":         {simulator.Fault{Times: 9, Status: 400}, chat.TurnFailed, workflows.ErrorModelRejected},
		"key refused":             {simulator.Fault{Times: 9, Status: 401}, chat.TurnFailed, workflows.ErrorModelCredentials},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			env := nodetest.New(t)
			n, ctx := env.Start(t), withDeadline(t)
			f := dbtest.Tenant(t, n.DB)
			env.Simulator.AddFault(c.fault)
			env.Simulator.AddFault(simulator.Fault{Deltas: strings.SplitAfter(answer, " ")})
			claimed, err := n.Turns.Start(ctx, f.TenantID, question(f, "Well?"))
			require.NoError(t, err)
			chunks := readAll(ctx, t, n, f, claimed.Turn.ID)
			row, message := answerOf(ctx, t, n, f, claimed.Turn.ID)
			require.Equal(t, c.status, row.Status)
			require.Equal(t, c.code, string(row.ErrorCode))
			if c.status == chat.TurnCompleted {
				require.Equal(t, answer, spoken(chunks))
			} else {
				require.Equal(t, chat.ChunkError, chunks[len(chunks)-1].Type)
				require.NotEmpty(t, chunks[len(chunks)-1].ErrorText)
			}
			require.Equal(t, spoken(chunks), chat.Text(message.Parts))
			requireBooks(ctx, t, env, n, f, claimed.Turn.ID)
		})
	}
}

// TestThinkingModelIsAskedOnce: a model may be silent for longer than the
// heartbeat timeout.
func TestThinkingModelIsAskedOnce(t *testing.T) {
	t.Parallel()
	env := nodetest.New(t)
	n, ctx := env.Start(t), withDeadline(t)
	f := dbtest.Tenant(t, n.DB)
	thinking := workflows.HeartbeatTimeout + 2*time.Second
	env.Simulator.AddFault(simulator.Fault{Deltas: []string{"Forty-two."}, Pace: &simulator.Pace{FirstTokenMS: thinking.Milliseconds()}})
	claimed, err := n.Turns.Start(ctx, f.TenantID, question(f, "What is the answer?"))
	require.NoError(t, err)
	require.Equal(t, "Forty-two.", spoken(readAll(ctx, t, n, f, claimed.Turn.ID)))
	require.Len(t, env.Simulator.Ledger(), 1)
}

// TestReadersOnBothNodes: what one node writes, the other's readers get as well.
func TestReadersOnBothNodes(t *testing.T) {
	t.Parallel()
	env := nodetest.New(t)
	ctx := withDeadline(t)
	writer, other := env.Start(t), env.Start(t)
	f := dbtest.Tenant(t, writer.DB)
	env.Simulator.AddFault(slowly("one two three four five six seven eight nine ten"))
	claimed, err := writer.Turns.Start(ctx, f.TenantID, question(f, "Count!"))
	require.NoError(t, err)

	var group sync.WaitGroup
	texts := make([]string, 2)
	for i, n := range []*node.Node{writer, other} {
		group.Go(func() { texts[i] = spoken(readAll(ctx, t, n, f, claimed.Turn.ID)) })
	}
	group.Wait()
	require.Equal(t, "one two three four five six seven eight nine ten", texts[0])
	require.Equal(t, texts[0], texts[1])
}

// TestStopReachesAnotherNode: the step may run on a node that was not asked.
func TestStopReachesAnotherNode(t *testing.T) {
	t.Parallel()
	env := nodetest.New(t)
	ctx := withDeadline(t)
	writer, other := env.Start(t), env.Start(t)
	f := dbtest.Tenant(t, writer.DB)
	env.Simulator.AddFault(slowly(strings.Repeat("word ", 2000)))
	claimed, err := writer.Turns.Start(ctx, f.TenantID, question(f, "Tell me everything."))
	require.NoError(t, err)
	until(ctx, t, other, f, claimed.Turn.ID, chat.ChunkTextDelta)
	require.NoError(t, other.Turns.Stop(ctx, f.TenantID, claimed.Turn.ID))
	chunks := readAll(ctx, t, other, f, claimed.Turn.ID)
	require.Equal(t, chat.ChunkAbort, chunks[len(chunks)-1].Type)
}

// TestReplayFromAnywhere: a reader that comes back gets the rest and no more.
func TestReplayFromAnywhere(t *testing.T) {
	t.Parallel()
	env := nodetest.New(t)
	n, ctx := env.Start(t), withDeadline(t)
	f := dbtest.Tenant(t, n.DB)
	env.Simulator.AddFault(slowly("one two three four five"))
	claimed, err := n.Turns.Start(ctx, f.TenantID, question(f, "Count!"))
	require.NoError(t, err)
	all := readAll(ctx, t, n, f, claimed.Turn.ID)
	for after := range len(all) + 1 {
		reader := n.Log.Turn(f.TenantID, claimed.Turn.ID, int64(after))
		for want := after + 1; want <= len(all); want++ {
			event, err := reader.Next(ctx)
			require.NoError(t, err)
			require.EqualValues(t, want, event.Seq)
		}
		_, err := reader.Next(ctx)
		require.ErrorIs(t, err, io.EOF, "after %d", after)
		reader.Close()
	}
}

func TestSuggestionsComeAfterTheAnswer(t *testing.T) {
	t.Parallel()
	env := nodetest.New(t)
	n, ctx := env.Start(t), withDeadline(t)
	f := dbtest.Tenant(t, n.DB)
	suggestingAgent(ctx, t, n, f)
	claimed, err := n.Turns.Start(ctx, f.TenantID, question(f, "What can you do?"))
	require.NoError(t, err)
	readAll(ctx, t, n, f, claimed.Turn.ID)
	require.Eventually(t, func() bool {
		_, message := answerOf(ctx, t, n, f, claimed.Turn.ID)
		last := message.Parts[len(message.Parts)-1]
		return last.Type == chat.PartSuggestions && strings.Contains(string(last.Data), "?")
	}, patience, 20*time.Millisecond)
	calls := requireBooks(ctx, t, env, n, f, claimed.Turn.ID)
	require.Len(t, calls, 2, "the call for the suggestions is in the books as well")
}

func suggestingAgent(ctx context.Context, t *testing.T, n *node.Node, f dbtest.Fixture) {
	t.Helper()
	config := dbtest.Config
	config.Suggestions = true
	publish(ctx, t, n, f, config)
}

func publish(ctx context.Context, t *testing.T, n *node.Node, f dbtest.Fixture, config chat.AgentConfig) {
	t.Helper()
	require.NoError(t, n.DB.Tenant(ctx, f.TenantID, func(tx *db.TenantTx) error {
		agent, err := tx.AgentGet(ctx, f.AgentID)
		if err != nil {
			return err
		}
		draft, err := tx.AgentDraftPut(ctx, db.AgentDraftPutParams{ID: f.AgentID, Name: agent.Agent.Name, Draft: config, Revision: agent.Agent.DraftRevision})
		if err != nil {
			return err
		}
		_, err = tx.AgentPublish(ctx, db.AgentPublishParams{
			ID: chat.NewID[chat.AgentVersionID](), AgentID: f.AgentID, Revision: draft.DraftRevision, PublishedBy: f.UserID,
		})
		return err
	}))
}
