package api_test

import (
	"context"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/chat"
	"github.com/parley-chat/parley/db"
	"github.com/parley-chat/parley/db/eventlog"
	"github.com/parley-chat/parley/turn"
)

// The tests play the part of the worker: they open a turn's steps and write its
// chunks in the way that the worker does, when it suits the story.

func (w *world) ask(t *testing.T, p party, conversation chat.ConversationID, text string) turn.Claimed {
	t.Helper()
	claimed, err := w.turns.Start(context.Background(), p.TenantID, turn.Question{
		Conversation: conversation, Parts: []chat.Part{chat.TextPart(text)},
	})
	require.NoError(t, err)
	return claimed
}

func (w *world) step(t *testing.T, p party, id chat.TurnID, number int32) *turn.Step {
	t.Helper()
	step, err := w.turns.OpenStep(context.Background(), p.TenantID, id, turn.Attempt{Step: number, Number: 1})
	require.NoError(t, err)
	t.Cleanup(step.Release)
	return step
}

// say appends an answer's beginning, one chunk a word.
func say(step *turn.Step, words ...string) {
	step.Append(eventlog.Checkpoint{}, chat.Chunk{Type: chat.ChunkStartStep}, chat.Chunk{Type: chat.ChunkTextStart, ID: "t1"})
	for _, word := range words {
		step.Append(eventlog.Checkpoint{}, delta(word))
	}
}

func delta(text string) chat.Chunk {
	return chat.Chunk{Type: chat.ChunkTextDelta, ID: "t1", Delta: text}
}

func finish(t *testing.T, step *turn.Step) turn.Ended {
	t.Helper()
	ended, err := step.End(context.Background(), turn.Ending{Status: chat.TurnCompleted, Finish: chat.FinishStop})
	require.NoError(t, err)
	return ended
}

// answered asks in the fixture's conversation and plays the whole answer.
func (w *world) answered(t *testing.T, p party, question string, words ...string) db.Turn {
	t.Helper()
	claimed := w.ask(t, p, p.ConversationID, question)
	step := w.step(t, p, claimed.Turn.ID, 1)
	say(step, words...)
	finish(t, step)
	return w.turnRow(t, p, claimed.Turn.ID)
}

func (w *world) turnRow(t *testing.T, p party, id chat.TurnID) db.Turn {
	t.Helper()
	var row db.Turn
	ctx := context.Background()
	require.NoError(t, w.db.Tenant(ctx, p.TenantID, func(tx *db.TenantTx) (err error) {
		row, err = tx.TurnGet(ctx, id)
		return err
	}))
	return row
}

// own gives the conversation that the party's visitor token may use.
func (w *world) own(t *testing.T, p party) chat.ConversationID {
	t.Helper()
	got := w.do(t, call{Method: "POST", Path: "/v1/conversations", Bearer: p.visitor, Body: `{}`})
	require.Equal(t, http.StatusCreated, got.Status, got.Text)
	id, err := chat.ParseID[chat.ConversationID](got.JSON["id"].(string))
	require.NoError(t, err)
	return id
}

func textMessage(text string) map[string]any {
	return map[string]any{"message": map[string]any{"parts": []any{map[string]any{"type": "text", "text": text}}}}
}

// eventually waits until something holds, and fails if it never does.
func eventually(t *testing.T, holds func() bool, what string) {
	t.Helper()
	require.Eventually(t, holds, patience, 5*time.Millisecond, what)
}

var zeroCheckpoint eventlog.Checkpoint

func parseTurn(t *testing.T, got answer) chat.TurnID {
	t.Helper()
	id, err := chat.ParseID[chat.TurnID](got.JSON["id"].(string))
	require.NoError(t, err)
	return id
}
