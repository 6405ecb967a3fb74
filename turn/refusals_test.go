package turn

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/chat"
)

// TestFloodIsRefusedFromMemory: the database weighs the first refusals of a
// tenant, and the node repeats them for a moment, to that tenant alone, and not
// before the moment is over.
func TestFloodIsRefusedFromMemory(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		noisy, quiet := chat.NewID[chat.TenantID](), chat.NewID[chat.TenantID]()
		busy, ctx, began := chat.NewError(chat.CodeRateLimited, "Too many."), t.Context(), time.Now()
		var r refusals
		for range refusalsWeighed {
			require.NoError(t, r.due(ctx, noisy, began), "the database decides")
			r.note(noisy, busy, began)
			r.note(quiet, nil, began)
			r.note(quiet, chat.NewError(chat.CodeNotFound, "No."), began)
		}
		require.NoError(t, r.due(ctx, quiet, began))
		require.Zero(t, time.Since(began), "nobody was kept waiting")
		require.Equal(t, busy, r.due(ctx, noisy, began))
		require.Equal(t, refusalSpan, time.Since(began), "who floods waits for the refusal")
		require.NoError(t, r.due(ctx, noisy, time.Now()), "it may have room again")
		r.note(noisy, busy, time.Now())
		require.NoError(t, r.due(ctx, noisy, time.Now()), "the count begins anew")
	})
}

// TestHeldRefusalsAreBounded: a flood cannot fill the memory by waiting, and who
// hangs up waits no longer.
func TestHeldRefusalsAreBounded(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		tenant, began := chat.NewID[chat.TenantID](), time.Now()
		busy, gone := chat.NewError(chat.CodeRateLimited, "Too many."), make(chan error)
		var r refusals
		for range refusalsWeighed {
			r.note(tenant, busy, began)
		}
		ctx, hangUp := context.WithCancel(t.Context())
		for range refusalsHeld {
			go func() { gone <- r.due(ctx, tenant, began) }()
		}
		synctest.Wait()
		require.Equal(t, busy, r.due(t.Context(), tenant, began), "one more is refused at once")
		hangUp()
		for range refusalsHeld {
			require.Equal(t, busy, <-gone)
		}
		require.Zero(t, time.Since(began))
		require.Zero(t, r.held)
	})
}
