package turn_test

import (
	"context"
	"net/http"
	"net/http/httptest"
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
)

// TestDyingNodesUseUpNoneOfTheProvidersTries: a step has been begun more often
// than a provider may fail before the provider fails for the first time.
func TestDyingNodesUseUpNoneOfTheProvidersTries(t *testing.T) {
	t.Parallel()
	const lives = 5
	env := nodetest.New(t)
	ctx, cancel := context.WithTimeout(context.Background(), 4*patience) // every life takes a second or two
	defer cancel()
	silent := slowly("This one is never told to its end.")
	silent.Times, silent.StallAfter, silent.StallMS = 1, 6, time.Hour.Milliseconds()
	env.Simulator.AddFault(silent)
	env.Simulator.AddFault(simulator.Fault{
		Match: simulator.Match{Endpoint: simulator.EndpointResponses}, Times: 2, Status: http.StatusInternalServerError,
	})
	env.Simulator.AddFault(simulator.Fault{Deltas: strings.SplitAfter("All is well that ends well.", " ")})
	n, err := node.Start(ctx, env.Config)
	require.NoError(t, err)
	f := dbtest.Tenant(t, n.DB)
	claimed, err := n.Turns.Start(ctx, f.TenantID, question(f, "Well?"))
	require.NoError(t, err)
	until(ctx, t, n, f, claimed.Turn.ID, chat.ChunkTextDelta)
	for range lives {
		before := epoch(ctx, t, n, f, claimed.Turn.ID)
		n.Stop()
		n, err = node.Start(ctx, env.Config)
		require.NoError(t, err)
		require.Eventually(t, func() bool { return epoch(ctx, t, n, f, claimed.Turn.ID) > before }, patience, 10*time.Millisecond)
	}
	forget := httptest.NewRequest(http.MethodDelete, "/v1/responses/"+env.Simulator.Ledger()[0].ResponseID, http.NoBody)
	env.Simulator.ServeHTTP(httptest.NewRecorder(), forget) // there is nothing to resume any more
	n.Stop()

	last := env.Start(t)
	chunks := readAll(ctx, t, last, f, claimed.Turn.ID)
	require.Equal(t, chat.ChunkFinish, chunks[len(chunks)-1].Type)
	_, message := answerOf(ctx, t, last, f, claimed.Turn.ID)
	require.Equal(t, "All is well that ends well.", chat.Text(message.Parts))
}

func epoch(ctx context.Context, t *testing.T, n *node.Node, f dbtest.Fixture, id chat.TurnID) (epoch int64) {
	t.Helper()
	require.NoError(t, n.DB.Tenant(ctx, f.TenantID, func(tx *db.TenantTx) error {
		row, err := tx.TurnGet(ctx, id)
		epoch = row.WriterEpoch
		return err
	}))
	return epoch
}
