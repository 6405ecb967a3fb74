package turn_test

import (
	"context"
	"encoding/json"
	"log/slog"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"go.temporal.io/api/common/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"

	"github.com/parley-chat/parley/chat"
	"github.com/parley-chat/parley/db"
	"github.com/parley-chat/parley/db/dbtest"
	"github.com/parley-chat/parley/db/eventlog"
	"github.com/parley-chat/parley/internal/node/nodetest"
	"github.com/parley-chat/parley/llm/simulator"
	"github.com/parley-chat/parley/turn"
	"github.com/parley-chat/parley/workflows"
)

// TestClaimedTurnWithoutWorkflowIsStarted: the node may die right after the
// claim. Here nobody ever started a workflow.
func TestClaimedTurnWithoutWorkflowIsStarted(t *testing.T) {
	t.Parallel()
	env := nodetest.New(t)
	n, ctx := env.Start(t), withDeadline(t)
	f := dbtest.Tenant(t, n.DB)
	env.Simulator.AddFault(simulator.Fault{Deltas: []string{"Found it."}})
	answer, id := chat.NewID[chat.MessageID](), chat.NewID[chat.TurnID]()
	start, err := json.Marshal(chat.Chunk{Type: chat.ChunkStart, MessageID: answer})
	require.NoError(t, err)
	require.NoError(t, n.DB.Tenant(ctx, f.TenantID, func(tx *db.TenantTx) error {
		_, err := tx.TurnClaim(ctx, db.TurnClaimParams{
			ID: id, ConversationID: f.ConversationID, AgentID: f.AgentID, AgentVersionID: f.AgentVersionID,
			UserMessageID: chat.NewID[chat.MessageID](), AssistantMessageID: answer,
			Parts: []chat.Part{chat.TextPart("Anybody?")}, Start: start, Events: []json.RawMessage{}, UsageID: uuid.New(),
		})
		return err
	}))
	require.Equal(t, "Found it.", spoken(readAll(ctx, t, n, f, id)))
}

// TestTurnWithoutWorkflowEndsTruthfully: an operator may terminate a run, and a
// Temporal that was restored may never have heard of it.
func TestTurnWithoutWorkflowEndsTruthfully(t *testing.T) {
	t.Parallel()
	for name, lose := range map[string]func(context.Context, client.Client, string) error{
		"terminated": func(ctx context.Context, c client.Client, id string) error {
			return c.TerminateWorkflow(ctx, id, "", "an operator did it")
		},
		"unknown": func(ctx context.Context, c client.Client, id string) error {
			_, err := c.WorkflowService().DeleteWorkflowExecution(ctx, &workflowservice.DeleteWorkflowExecutionRequest{
				Namespace: "default", WorkflowExecution: &common.WorkflowExecution{WorkflowId: id},
			})
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			checkLostWorkflow(t, lose)
		})
	}
}

func checkLostWorkflow(t *testing.T, lose func(context.Context, client.Client, string) error) {
	t.Helper()
	env := nodetest.New(t)
	n := env.Start(t)
	ctx := withDeadline(t)
	f := dbtest.Tenant(t, n.DB)
	env.Simulator.AddFault(simulator.Fault{
		Deltas: strings.SplitAfter("one two three", " "), StallAfter: 5, StallMS: time.Minute.Milliseconds(),
	})
	claimed, err := n.Turns.Start(ctx, f.TenantID, question(f, "Count!"))
	require.NoError(t, err)
	until(ctx, t, n, f, claimed.Turn.ID, chat.ChunkTextDelta)
	id := workflows.TurnID(f.TenantID, claimed.Turn.ID)
	require.NoError(t, lose(ctx, n.Temporal, id))

	chunks := readAll(ctx, t, n, f, claimed.Turn.ID)
	require.Equal(t, chat.ChunkError, chunks[len(chunks)-1].Type)
	row, message := answerOf(ctx, t, n, f, claimed.Turn.ID)
	require.Equal(t, chat.TurnFailed, row.Status)
	require.Equal(t, spoken(chunks), chat.Text(message.Parts), "what was said is kept")
	require.NotEmpty(t, spoken(chunks))
	require.Eventually(t, func() bool { return env.Simulator.Ledger()[0].State == simulator.StateCancelled }, patience, 10*time.Millisecond,
		"the model does not speak on to nobody")
	requireBooks(ctx, t, env, n, f, claimed.Turn.ID)
}

// TestWorkflowOfATurnThatIsNotThereEnds: a database that was restored does not
// know what was claimed after the backup, and Temporal does.
func TestWorkflowOfATurnThatIsNotThereEnds(t *testing.T) {
	t.Parallel()
	env := nodetest.New(t)
	n, ctx := env.Start(t), withDeadline(t)
	in := workflows.TurnInput{Tenant: dbtest.Tenant(t, n.DB).TenantID, Turn: chat.NewID[chat.TurnID]()}
	run, err := n.Temporal.ExecuteWorkflow(ctx, client.StartWorkflowOptions{
		ID: workflows.TurnID(in.Tenant, in.Turn), TaskQueue: env.Config.Turns.Queue,
	}, workflows.TurnWorkflow, in)
	require.NoError(t, err)
	require.NoError(t, run.Get(ctx, nil))
}

// refusing is Temporal when it is too busy to start anything, for a while.
type refusing struct {
	client.Client
	refusals atomic.Int32
}

func (r *refusing) ExecuteWorkflow(ctx context.Context, options client.StartWorkflowOptions, workflow any, args ...any) (client.WorkflowRun, error) {
	if r.refusals.Add(-1) >= 0 {
		return nil, serviceerror.NewUnavailable("too busy")
	}
	return r.Client.ExecuteWorkflow(ctx, options, workflow, args...)
}

// TestTurnThatCouldNotBeStartedForLongIsStarted: it has been silent for as long as
// one whose workflow is lost, but nothing was ever said in it.
func TestTurnThatCouldNotBeStartedForLongIsStarted(t *testing.T) {
	t.Parallel()
	env := nodetest.New(t)
	d, err := db.Open(t.Context(), env.Config.Database)
	require.NoError(t, err)
	t.Cleanup(d.Close)
	ctx, f := withDeadline(t), dbtest.Tenant(t, d)
	env.Simulator.AddFault(simulator.Fault{Deltas: []string{"At last."}})
	elsewhere := nodetest.New(t) // its node has another database, but the same key
	elsewhere.Config.Key = env.Config.Key
	busy := &refusing{Client: elsewhere.Start(t).Temporal}
	busy.refusals.Store(3)
	quiet := slog.New(slog.DiscardHandler)
	late := turn.NewService(d, eventlog.New(d, quiet), busy, quiet, env.Config.Turns)
	claimed, err := late.Start(ctx, f.TenantID, question(f, "Anybody?"))
	require.NoError(t, err)
	dbtest.Delay(t, env.Config.Database.URL, claimed.Turn.ID, time.Hour)

	reconciling, halt := context.WithCancel(ctx)
	defer halt()
	go late.Reconcile(reconciling)
	require.Eventually(t, func() bool { return busy.refusals.Load() < 0 }, patience, 10*time.Millisecond)
	n := env.Start(t)
	require.Equal(t, "At last.", spoken(readAll(ctx, t, n, f, claimed.Turn.ID)))
}
