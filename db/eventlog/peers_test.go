package eventlog_test

import (
	"context"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/chat"
	"github.com/parley-chat/parley/db"
	"github.com/parley-chat/parley/db/dbtest"
	"github.com/parley-chat/parley/db/eventlog"
)

// TestNodesThatStartTogetherKnowEachOther: whichever joins first has missed the
// other's greeting, or is not yet in the list that the other reads. They must
// not depend on the next periodic look at that list, which is seconds away.
func TestNodesThatStartTogetherKnowEachOther(t *testing.T) {
	t.Parallel()
	const soon = 3 * time.Second
	d := openAt(t, dbtest.Copy(t))
	logs := make([]*eventlog.Log, 6)
	var running sync.WaitGroup
	ctx, halt := context.WithCancel(context.Background())
	t.Cleanup(func() { halt(); running.Wait() })
	for i := range logs {
		logs[i] = eventlog.New(d, slog.New(slog.DiscardHandler))
		running.Go(func() { logs[i].Run(ctx) })
	}
	for from := range logs {
		for to := range logs {
			requireStops(t, logs[from], logs[to], soon)
		}
	}
}

// TestNoticeBringsEventsToNewReaders: a notice alone must do, also for a reader
// that has come since the one before.
func TestNoticeBringsEventsToNewReaders(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	d, writing := open(t)
	reading := eventlog.New(d, slog.New(slog.DiscardHandler))
	reading.NeverPoll()
	var running sync.WaitGroup
	running.Go(func() { reading.Run(ctx) })
	t.Cleanup(func() { cancel(); running.Wait() })
	requireStops(t, writing, reading, patience)
	f := dbtest.Tenant(t, d)
	row := newTurn(ctx, t, d, f)
	writer := writing.Writer(f.TenantID, row.ID, row.WriterEpoch, row.LastSeq)
	for i := range 5 {
		reader := reading.Turn(f.TenantID, row.ID, row.LastSeq)
		before := text(ctx, t, reader, len(words(0, i)))
		writer.Append(eventlog.Checkpoint{}, delta(words(i, i+1)))
		require.Equal(t, words(0, i+1), before+text(ctx, t, reader, len(words(i, i+1))))
		reader.Close()
	}
}

// TestWhispersReachWhoReadsTheConversation: on all nodes, and nobody else; not a reader of
// another conversation, and not one of another tenant who knows the conversation's id.
func TestWhispersReachWhoReadsTheConversation(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	d, here := open(t)
	there := eventlog.New(d, slog.New(slog.DiscardHandler))
	var running sync.WaitGroup
	running.Go(func() { there.Run(ctx) })
	t.Cleanup(func() { cancel(); running.Wait() })
	requireStops(t, here, there, patience)
	f, stranger := dbtest.Tenant(t, d), dbtest.Tenant(t, d)
	for _, log := range []*eventlog.Log{here, there} {
		reader := log.Conversation(f.TenantID, f.ConversationID, 0)
		defer reader.Close()
		require.NoError(t, here.Whisper(ctx, f.TenantID, f.ConversationID, chat.RoleUser))
		requireWhisper(ctx, t, chat.RoleUser, reader)
		for _, other := range []struct {
			tenant       chat.TenantID
			conversation chat.ConversationID
		}{{stranger.TenantID, f.ConversationID}, {f.TenantID, stranger.ConversationID}} {
			reader := log.Conversation(other.tenant, other.conversation, 0)
			defer reader.Close()
			require.NoError(t, here.Whisper(ctx, f.TenantID, f.ConversationID, chat.RoleUser))
			require.NoError(t, here.Whisper(ctx, other.tenant, other.conversation, chat.RoleAssistant))
			requireWhisper(ctx, t, chat.RoleAssistant, reader)
		}
	}
}

// requireWhisper checks what a reader hears first.
func requireWhisper(ctx context.Context, t *testing.T, from chat.Role, reader *eventlog.Reader) {
	t.Helper()
	event, err := reader.Next(ctx)
	require.NoError(t, err)
	require.True(t, event.Passing)
	require.JSONEq(t, `{"type": "typing", "role": "`+string(from)+`"}`, string(event.JSON))
}

// TestNodeJoinsWhenTheDatabaseComesBack: a node may start while the database is
// away, or lose it later. Either way it finds the others again, and they find it,
// sooner than by the next look at the list of nodes.
func TestNodeJoinsWhenTheDatabaseComesBack(t *testing.T) {
	t.Parallel()
	url := dbtest.Copy(t)
	wire := dbtest.NewWire(t, url)
	steady, lost := openAt(t, url), openAt(t, wire.URL)
	ctx, halt := context.WithCancel(context.Background())
	var running sync.WaitGroup
	t.Cleanup(func() { halt(); running.Wait() })
	here, there := eventlog.New(steady, slog.New(slog.DiscardHandler)), eventlog.New(lost, slog.New(slog.DiscardHandler))
	running.Go(func() { here.Run(ctx) })
	wire.Cut()
	running.Go(func() { there.Run(ctx) })
	for range 2 {
		require.Eventually(t, func() bool { return lost.Ping(ctx) != nil }, patience, 10*time.Millisecond)
		wire.Mend()
		requireStops(t, here, there, patience)
		requireStops(t, there, here, patience)
		wire.Cut()
	}
}

func openAt(t *testing.T, url string) *db.DB {
	t.Helper()
	d, err := db.Open(t.Context(), db.Config{URL: url, MaxConns: 2})
	require.NoError(t, err)
	t.Cleanup(d.Close)
	return d
}

// requireStops asks again and again: a node that has not joined yet hears nothing.
func requireStops(t *testing.T, from, to *eventlog.Log, within time.Duration) {
	t.Helper()
	id := chat.NewID[chat.TurnID]()
	stoppable, release := to.Stoppable(t.Context(), id)
	defer release()
	require.Eventually(t, func() bool {
		return from.Stop(t.Context(), id) == nil && stoppable.Err() != nil
	}, within, 10*time.Millisecond, "a stop did not reach the other node")
}
