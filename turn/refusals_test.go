package turn

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/chat"
)

// TestFloodIsRefusedFromMemory: the database weighs the first refusals of a
// tenant, and the node repeats them for a moment, to that tenant alone.
func TestFloodIsRefusedFromMemory(t *testing.T) {
	t.Parallel()
	noisy, quiet := chat.NewID[chat.TenantID](), chat.NewID[chat.TenantID]()
	busy, now := chat.NewError(chat.CodeRateLimited, "Too many."), time.Now()
	var r refusals
	for range refusalsWeighed {
		require.NoError(t, r.due(noisy, now), "the database decides")
		r.note(noisy, busy, now)
		r.note(quiet, nil, now)
		r.note(quiet, chat.NewError(chat.CodeNotFound, "No."), now)
	}
	require.Equal(t, busy, r.due(noisy, now))
	require.NoError(t, r.due(quiet, now))
	now = now.Add(refusalSpan)
	require.NoError(t, r.due(noisy, now), "it may have room again")
	r.note(noisy, busy, now)
	require.NoError(t, r.due(noisy, now), "the count begins anew")
}
