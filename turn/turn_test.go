package turn_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"strings"
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
)

const patience = 30 * time.Second

func withDeadline(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	t.Cleanup(cancel)
	return ctx
}

func question(f dbtest.Fixture, text string) turn.Question {
	return turn.Question{Conversation: f.ConversationID, Visitor: f.VisitorID, Parts: []chat.Part{chat.TextPart(text)}}
}

// readAll gives every chunk of a turn's stream, and checks that they are numbered
// without a gap.
func readAll(ctx context.Context, t *testing.T, n *node.Node, f dbtest.Fixture, id chat.TurnID) []chat.Chunk {
	t.Helper()
	reader := n.Log.Turn(f.TenantID, id, 0)
	defer reader.Close()
	var chunks []chat.Chunk
	for {
		event, err := reader.Next(ctx)
		if errors.Is(err, io.EOF) {
			return chunks
		}
		require.NoError(t, err)
		var chunk chat.Chunk
		require.NoError(t, json.Unmarshal(event.JSON, &chunk))
		chunks = append(chunks, chunk)
		require.EqualValues(t, len(chunks), event.Seq)
	}
}

func spoken(chunks []chat.Chunk) string {
	var parts []chat.Part
	for _, chunk := range chunks {
		parts = chat.Fold(parts, chunk)
	}
	return chat.Text(parts)
}

func answerOf(ctx context.Context, t *testing.T, n *node.Node, f dbtest.Fixture, id chat.TurnID) (row db.Turn, message db.MessageGetRow) {
	t.Helper()
	require.NoError(t, n.DB.Tenant(ctx, f.TenantID, func(tx *db.TenantTx) (err error) {
		if row, err = tx.TurnGet(ctx, id); err != nil {
			return err
		}
		message, err = tx.MessageGet(ctx, row.AssistantMessageID)
		return err
	}))
	return row, message
}

func TestAnswerIsStreamedAndStored(t *testing.T) {
	t.Parallel()
	env := nodetest.New(t)
	n, ctx := env.Start(t), withDeadline(t)
	f := dbtest.Tenant(t, n.DB)
	env.Simulator.AddFault(simulator.Fault{Deltas: strings.SplitAfter("The order 4711 is on its way.", " ")})

	claimed, err := n.Turns.Start(ctx, f.TenantID, question(f, "Where is my order?"))
	require.NoError(t, err)
	chunks := readAll(ctx, t, n, f, claimed.Turn.ID)

	require.Equal(t, "The order 4711 is on its way.", spoken(chunks))
	require.Equal(t, chat.ChunkStart, chunks[0].Type)
	require.Equal(t, chat.ChunkStartStep, chunks[1].Type)
	require.Equal(t, chat.ChunkFinishStep, chunks[len(chunks)-2].Type)
	require.Equal(t, chat.ChunkFinish, chunks[len(chunks)-1].Type)
	row, message := answerOf(ctx, t, n, f, claimed.Turn.ID)
	require.Equal(t, chat.TurnCompleted, row.Status)
	require.EqualValues(t, len(chunks), row.LastSeq)
	require.Equal(t, chat.MessageComplete, message.State)
	require.Equal(t, "The order 4711 is on its way.", chat.Text(message.Parts))
	require.Len(t, env.Simulator.Ledger(), 1)
}
