package turn_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/chat"
	"github.com/parley-chat/parley/db"
	"github.com/parley-chat/parley/db/dbtest"
	"github.com/parley-chat/parley/internal/node/nodetest"
	"github.com/parley-chat/parley/llm/simulator"
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

// TestTurnWithoutWorkflowEndsTruthfully: an operator may terminate a run.
func TestTurnWithoutWorkflowEndsTruthfully(t *testing.T) {
	t.Parallel()
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
	require.NoError(t, n.Temporal.TerminateWorkflow(ctx, id, "", "an operator did it"))

	chunks := readAll(ctx, t, n, f, claimed.Turn.ID)
	require.Equal(t, chat.ChunkError, chunks[len(chunks)-1].Type)
	row, message := answerOf(ctx, t, n, f, claimed.Turn.ID)
	require.Equal(t, chat.TurnFailed, row.Status)
	require.Equal(t, spoken(chunks), chat.Text(message.Parts), "what was said is kept")
	require.NotEmpty(t, spoken(chunks))
}
