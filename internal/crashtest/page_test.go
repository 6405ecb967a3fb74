package crashtest

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/chat"
	"github.com/parley-chat/parley/db"
	"github.com/parley-chat/parley/internal/visitor"
	"github.com/parley-chat/parley/llm/simulator"
)

// TestKilledWhileThePageIsAtIt: the node dies after the page has taken the call. The page
// brings its answer to the next node, and brings it again since it has not heard: it is
// recorded once, and the turn goes on.
func TestKilledWhileThePageIsAtIt(t *testing.T) {
	t.Parallel()
	w, ctx := newWorldFor(t, patience)
	require.NoError(t, w.site.Configure(ctx, func(config *chat.AgentConfig) {
		config.Tools = []chat.Tool{{
			Name: "add_to_cart", Description: "Puts something into the cart.", Kind: chat.ToolClient, Class: chat.ClassWrite, TimeoutSeconds: 120,
			InputSchema: json.RawMessage(`{"type":"object"}`), Policy: chat.ToolPolicy{Default: chat.DecideAllow},
		}}
	}))
	current := w.node(ctx, nil)
	c := w.converse(ctx, w.enter(ctx, current), answer{})
	require.NoError(t, w.servers.Say(ctx, simulator.Script{
		Match: simulator.Match{Text: c.text}, Times: 1, Calls: []simulator.Call{{Name: "add_to_cart", Arguments: json.RawMessage(`{"id": "mug"}`)}},
	}))
	require.NoError(t, w.servers.Say(ctx, simulator.Script{Match: simulator.Match{Text: c.text}, AfterTools: true, Text: "So it is."}))
	c.visitor.Tools = []string{"add_to_cart"}
	require.NoError(t, c.read(ctx, func(seen *visitor.Transcript) bool { return offeredIn(seen.Parts) != "" }))
	call := offeredIn(c.seen.Parts)
	granted, err := c.visitor.TakeCall(ctx, c.conversation, call, "one")
	require.NoError(t, err)
	require.True(t, granted)
	current.Kill()

	next := w.node(ctx, nil)
	c.visitor = c.visitor.At(next.URL)
	for range 2 {
		state, err := c.visitor.AnswerCall(ctx, c.conversation, call, "one", map[string]int{"items": 1})
		require.NoError(t, err)
		require.Equal(t, chat.CallSucceeded, state)
	}
	require.NoError(t, c.read(ctx, toTheEnd))
	require.Equal(t, chat.ChunkFinish, c.seen.Ended.Type)
	require.Equal(t, "So it is.", c.seen.Text())
	d, err := db.Open(ctx, db.Config{URL: w.site.DatabaseURL, MaxConns: 1})
	require.NoError(t, err)
	defer d.Close()
	require.NoError(t, d.Tenant(ctx, w.site.Tenant, func(tx *db.TenantTx) error {
		rows, err := tx.ToolCallListByTurn(ctx, c.turn)
		require.Len(t, rows, 1)
		require.Equal(t, chat.CallSucceeded, rows[0].State)
		require.EqualValues(t, 1, rows[0].Attempts)
		return err
	}))
}

func offeredIn(parts []chat.Part) string {
	for _, part := range parts {
		if part.ForPage() {
			return part.ToolCallID
		}
	}
	return ""
}
