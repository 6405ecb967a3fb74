package db_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/chat"
	"github.com/parley-chat/parley/db"
	"github.com/parley-chat/parley/db/dbtest"
)

// TestRestoredDatabaseLeavesOpenChangesAlone: what may have been done since the
// backup is told as unknown, and cannot be dispatched any more.
func TestRestoredDatabaseLeavesOpenChangesAlone(t *testing.T) {
	t.Parallel()
	d, ctx := openDB(t, dbtest.Copy(t)), context.Background()
	p := populate(t, d)
	calls, err := d.MarkRestored(ctx)
	require.NoError(t, err)
	require.EqualValues(t, 3, calls)
	calls, err = d.MarkRestored(ctx)
	require.NoError(t, err)
	require.Zero(t, calls)
	require.NoError(t, d.Tenant(ctx, p.TenantID, func(tx *db.TenantTx) error {
		found, err := tx.ToolCallContext(ctx, p.callID())
		require.NoError(t, err)
		require.Equal(t, chat.CallUnknown, found.ToolCall.State)
		_, err = tx.ToolCallDispatch(ctx, db.ToolCallDispatchParams{TimeoutSeconds: 1, ID: p.callID()})
		require.Equal(t, chat.CodeNotFound, chat.CodeOf(err))
		return nil
	}))
}

// TestOutcomesAreFinal: what has become of a call is recorded once, and not even the
// owner of the database changes it by accident, unless nobody knew.
func TestOutcomesAreFinal(t *testing.T) {
	t.Parallel()
	url, ctx := dbtest.Copy(t), context.Background()
	d, conn := openDB(t, url), owner(t, url)
	p := populate(t, d)
	finish := func(state chat.ToolCallState) error {
		return d.Tenant(ctx, p.TenantID, func(tx *db.TenantTx) error {
			_, err := tx.ToolCallFinish(ctx, db.ToolCallFinishParams{ID: p.callID(), State: state})
			return err
		})
	}
	require.NoError(t, finish(chat.CallUnknown))
	require.Equal(t, chat.CodeNotFound, chat.CodeOf(finish(chat.CallSucceeded)))
	_, err := conn.Exec(ctx, "UPDATE tool_calls SET state = 'failed' WHERE id = $1", p.callID())
	require.NoError(t, err)
	_, err = conn.Exec(ctx, "UPDATE tool_calls SET state = 'succeeded' WHERE id = $1", p.callID())
	require.ErrorContains(t, err, "never changed")
}
