package eventlog_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/chat"
	"github.com/parley-chat/parley/db"
	"github.com/parley-chat/parley/db/dbtest"
	"github.com/parley-chat/parley/db/eventlog"
)

const patience = 2 * time.Minute // a busy machine is no failure

func open(t *testing.T) (*db.DB, *eventlog.Log) {
	t.Helper()
	d := dbtest.Open(t)
	log := eventlog.New(d, slog.New(slog.DiscardHandler))
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { log.Run(ctx) })
	t.Cleanup(func() {
		cancel()
		running.Wait()
	})
	return d, log
}

// newTurn makes a running turn that nothing runs, with its first chunk written.
func newTurn(ctx context.Context, t *testing.T, d *db.DB, f dbtest.Fixture) db.Turn {
	t.Helper()
	var row db.Turn
	require.NoError(t, d.Tenant(ctx, f.TenantID, func(tx *db.TenantTx) (err error) {
		row, err = tx.TurnClaim(ctx, db.TurnClaimParams{
			ID: chat.NewID[chat.TurnID](), ConversationID: f.ConversationID, AgentID: f.AgentID, AgentVersionID: f.AgentVersionID,
			UserMessageID: chat.NewID[chat.MessageID](), AssistantMessageID: chat.NewID[chat.MessageID](),
			Parts: []chat.Part{chat.TextPart("?")}, Start: json.RawMessage(`{"type":"start"}`), Events: []json.RawMessage{}, UsageID: uuid.New(),
		})
		return err
	}))
	return row
}

func delta(text string) chat.Chunk {
	return chat.Chunk{Type: chat.ChunkTextDelta, ID: "p1", Delta: text}
}

// text reads a turn's deltas until they make up the wanted length.
func text(ctx context.Context, t *testing.T, reader *eventlog.Reader, length int) string {
	t.Helper()
	var b strings.Builder
	for b.Len() < length {
		event, err := reader.Next(ctx)
		require.NoError(t, err)
		var chunk chat.Chunk
		require.NoError(t, json.Unmarshal(event.JSON, &chunk))
		b.WriteString(chunk.Delta)
	}
	return b.String()
}

func words(from, to int) string {
	var all strings.Builder
	for i := from; i < to; i++ {
		fmt.Fprintf(&all, "word%d ", i)
	}
	return all.String()
}

// TestBrokenConnectionsLoseAndRepeatNothing ends the log's connections to the
// database again and again, so that commits stay unanswered.
func TestBrokenConnectionsLoseAndRepeatNothing(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	d, log := open(t)
	f := dbtest.Tenant(t, d)
	row := newTurn(ctx, t, d, f)
	reader := log.Turn(f.TenantID, row.ID, 0)
	defer reader.Close()
	breaking, stop := context.WithCancel(ctx)
	var breaker sync.WaitGroup
	breaker.Go(func() { breakConnections(breaking, t) })

	const count = 400
	writer := log.Writer(f.TenantID, row.ID, row.WriterEpoch, row.LastSeq)
	pace := time.NewTicker(2 * time.Millisecond)
	defer pace.Stop()
	for i := range count {
		writer.Append(eventlog.Checkpoint{ResponseID: "r", Seq: int64(i)}, delta(words(i, i+1)))
		<-pace.C
	}
	want := words(0, count)
	require.Equal(t, want, text(ctx, t, reader, len(want)))
	stop()
	breaker.Wait()
	require.NoError(t, writer.Err())
	requireDense(ctx, t, d, f, row.ID)
}

func breakConnections(ctx context.Context, t *testing.T) {
	t.Helper()
	conn, err := pgx.Connect(ctx, dbtest.URL(t))
	if err != nil {
		t.Errorf("connect: %v", err)
		return
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	// More and more slowly: on a busy machine no commit would ever be quick enough.
	for pause := 15 * time.Millisecond; ctx.Err() == nil; pause += time.Millisecond {
		<-time.After(pause)
		_, err := conn.Exec(ctx, `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
			WHERE datname = current_database() AND query LIKE '%TurnEventFlush%' AND pid <> pg_backend_pid()`)
		if err != nil && ctx.Err() == nil {
			t.Errorf("terminate: %v", err)
		}
	}
}

func requireDense(ctx context.Context, t *testing.T, d *db.DB, f dbtest.Fixture, id chat.TurnID) {
	t.Helper()
	require.NoError(t, d.Tenant(ctx, f.TenantID, func(tx *db.TenantTx) error {
		rows, err := tx.TurnEventListAfter(ctx, id, 0, 10_000)
		for i, row := range rows {
			require.EqualValues(t, i+1, row.Seq)
		}
		return err
	}))
}

// TestReplacedWriterIsFenced: who has been replaced writes nothing more.
func TestReplacedWriterIsFenced(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	d, log := open(t)
	f := dbtest.Tenant(t, d)
	row := newTurn(ctx, t, d, f)
	old := log.Writer(f.TenantID, row.ID, row.WriterEpoch, row.LastSeq)
	var taken db.Turn
	require.NoError(t, d.Tenant(ctx, f.TenantID, func(tx *db.TenantTx) (err error) {
		taken, err = tx.TurnTakeEpoch(ctx, row.ID)
		return err
	}))

	old.Append(eventlog.Checkpoint{}, delta("from the grave"))
	select {
	case <-old.Failed():
	case <-ctx.Done():
		t.Fatal("the old writer was not stopped")
	}
	require.ErrorIs(t, old.Err(), eventlog.ErrFenced)
	_, err := old.Drain(ctx)
	require.ErrorIs(t, err, eventlog.ErrFenced)

	reader := log.Turn(f.TenantID, row.ID, 0)
	defer reader.Close()
	log.Writer(f.TenantID, row.ID, taken.WriterEpoch, taken.LastSeq).Append(eventlog.Checkpoint{}, delta("alive"))
	require.Equal(t, "alive", text(ctx, t, reader, len("alive")))
}

// TestOneBadTurnHarmsOneTurn: a chunk that the database refuses fails its own
// turn and leaves the others of the same batch alone.
func TestOneBadTurnHarmsOneTurn(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	d, log := open(t)
	good, bad := dbtest.Tenant(t, d), dbtest.Tenant(t, d)
	goodRow, badRow := newTurn(ctx, t, d, good), newTurn(ctx, t, d, bad)
	reader := log.Turn(good.TenantID, goodRow.ID, 0)
	defer reader.Close()
	sick := log.Writer(bad.TenantID, badRow.ID, badRow.WriterEpoch, badRow.LastSeq)
	well := log.Writer(good.TenantID, goodRow.ID, goodRow.WriterEpoch, goodRow.LastSeq)
	sick.Append(eventlog.Checkpoint{}, delta("U+0000 \x00 is not text"))
	well.Append(eventlog.Checkpoint{}, delta("well"))
	require.Equal(t, "well", text(ctx, t, reader, len("well")))
	select {
	case <-sick.Failed():
	case <-ctx.Done():
		t.Fatal("the bad chunk was not refused")
	}
	require.Error(t, sick.Err())
	require.NoError(t, well.Err())
}

// TestSlowReaderIsCutAndResumes: a reader that does not read costs a bounded
// amount of memory, and loses nothing.
func TestSlowReaderIsCutAndResumes(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	d, log := open(t)
	f := dbtest.Tenant(t, d)
	row := newTurn(ctx, t, d, f)
	slow := log.Turn(f.TenantID, row.ID, 0)
	defer slow.Close()
	_, err := slow.Next(ctx)
	require.NoError(t, err)

	piece := strings.Repeat("x", 64<<10)
	writer := log.Writer(f.TenantID, row.ID, row.WriterEpoch, row.LastSeq)
	const pieces = 24
	fast := log.Turn(f.TenantID, row.ID, 0)
	defer fast.Close()
	for range pieces {
		writer.Append(eventlog.Checkpoint{}, delta(piece))
		require.Equal(t, piece, text(ctx, t, fast, len(piece)))
	}

	for err == nil {
		_, err = slow.Next(ctx)
	}
	require.ErrorIs(t, err, eventlog.ErrSlow)
	again := log.Turn(f.TenantID, row.ID, slow.Last())
	defer again.Close()
	event, err := again.Next(ctx)
	require.NoError(t, err)
	require.Equal(t, slow.Last()+1, event.Seq)
}

func TestReaderOfAnotherTenantSeesNothing(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	d, log := open(t)
	mine, theirs := dbtest.Tenant(t, d), dbtest.Tenant(t, d)
	row := newTurn(ctx, t, d, mine)
	reader := log.Turn(theirs.TenantID, row.ID, 0)
	defer reader.Close()
	_, err := reader.Next(ctx)
	require.Equal(t, chat.CodeNotFound, chat.CodeOf(err))
	require.NotErrorIs(t, err, io.EOF)
}
