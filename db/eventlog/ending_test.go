package eventlog_test

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/db/dbtest"
	"github.com/parley-chat/parley/db/eventlog"
)

// TestTurnThatEndsBetweenTwoLooks: a reader has found nothing new, and the turn
// ends before it asks whether there is more to come. The end is still to be read.
func TestTurnThatEndsBetweenTwoLooks(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	url := dbtest.Copy(t)
	d := openAt(t, url)
	row := newTurn(ctx, t, d, dbtest.Tenant(t, d))
	closing, err := pgx.Connect(ctx, url)
	require.NoError(t, err)
	defer func() { _ = closing.Close(ctx) }()
	tx, err := closing.Begin(ctx)
	require.NoError(t, err)
	_, err = tx.Exec(ctx, "LOCK TABLE turns")
	require.NoError(t, err)

	reader := eventlog.New(d, slog.New(slog.DiscardHandler)).Turn(row.TenantID, row.ID, row.LastSeq)
	defer reader.Close()
	type read struct {
		event eventlog.Event
		err   error
	}
	got := make(chan read, 1)
	go func() {
		event, err := reader.Next(ctx)
		got <- read{event, err}
	}()
	require.Eventually(t, func() bool {
		var waiting int
		err := tx.QueryRow(ctx, "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'turns'::regclass").Scan(&waiting)
		return err == nil && waiting == 1
	}, patience, 10*time.Millisecond)
	_, err = tx.Exec(ctx, `WITH ended AS (UPDATE turns SET status = 'completed', last_seq = last_seq + 1, finished_at = now() WHERE id = $1)
		INSERT INTO turn_events (tenant_id, turn_id, seq, chunk) VALUES ($2, $1, $3, '{"type":"finish"}')`,
		row.ID.String(), row.TenantID.String(), row.LastSeq+1)
	require.NoError(t, err)
	require.NoError(t, tx.Commit(ctx))

	last := <-got
	require.NoError(t, last.err)
	require.Equal(t, row.LastSeq+1, last.event.Seq)
	require.True(t, last.event.Ends)
}
