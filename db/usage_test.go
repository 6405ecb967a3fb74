package db_test

import (
	"context"
	"encoding/json"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"github.com/parley-chat/parley/chat"
	"github.com/parley-chat/parley/db"
	"github.com/parley-chat/parley/db/dbtest"
)

func TestUsageAddsUpOnceForEachCall(t *testing.T) {
	t.Parallel()
	d, ctx := dbtest.Open(t), context.Background()
	p := populate(t, d) // has used 7 micros
	const calls = 40
	var group errgroup.Group
	group.SetLimit(8)
	for step := range calls {
		group.Go(func() error {
			return d.Tenant(ctx, p.TenantID, func(tx *db.TenantTx) error {
				call := db.UsageSettleParams{
					ID: uuid.New(), TurnID: p.TurnID, Step: int32(step + 2), Attempt: 1, Purpose: "answer", Model: "m",
					CostMicros: 4, Source: "unknown",
				}
				if err := tx.UsageSettle(ctx, call); err != nil { // estimated
					return err
				}
				call.InputTokens, call.OutputTokens, call.CostMicros, call.Source = 3, 2, 10, "reported"
				if err := tx.UsageSettle(ctx, call); err != nil {
					return err
				}
				call.ID, call.CostMicros = uuid.New(), 20 // the same call, reported again
				return tx.UsageSettle(ctx, call)
			})
		})
	}
	require.NoError(t, group.Wait())
	endTurn(t, d, p, "0 seconds")
	require.NoError(t, d.Tenant(ctx, p.TenantID, func(tx *db.TenantTx) error {
		month, err := tx.UsageMonthGet(ctx)
		require.NoError(t, err)
		require.EqualValues(t, 7+10*calls, month.CostMicros)
		require.EqualValues(t, 3, month.Turns, "those that populate closed, and this one")
		require.Equal(t, 1, month.Month.Day())
		state, err := tx.TurnClaimState(ctx, db.TurnClaimStateParams{AgentID: p.AgentID, ConversationID: p.ConversationID})
		require.NoError(t, err)
		require.EqualValues(t, 7+10*calls, state.SpentMicros, "what the claim weighs")
		_, err = tx.UsageOpen(ctx, db.UsageOpenParams{ID: uuid.New(), TurnID: p.TurnID, Step: 1, Attempt: 2, Purpose: "answer"})
		require.NoError(t, err)
		turns, err := tx.TurnList(ctx, p.ConversationID, chat.TurnID{}, 1)
		require.NoError(t, err)
		require.EqualValues(t, 3*calls, turns[0].InputTokens)
		require.EqualValues(t, 2*calls, turns[0].OutputTokens)
		require.EqualValues(t, 7+10*calls, turns[0].CostMicros)
		require.EqualValues(t, 1, turns[0].Unreported, "the call that nobody has settled")
		return nil
	}))
}

// TestCallsAreInTheBooksBeforeTheyAreMade goes through the life of a step's calls.
func TestCallsAreInTheBooksBeforeTheyAreMade(t *testing.T) {
	t.Parallel()
	d, ctx := dbtest.Open(t), context.Background()
	p := populate(t, d)
	const step = 3
	params := func(attempt int32) db.UsageOpenParams {
		return db.UsageOpenParams{ID: uuid.New(), TurnID: p.TurnID, Step: step, Attempt: attempt, Purpose: "answer"}
	}
	require.NoError(t, d.Tenant(ctx, p.TenantID, func(tx *db.TenantTx) error {
		_, err := tx.UsageResumed(ctx, p.TurnID, step, "")
		require.Equal(t, chat.CodeNotFound, chat.CodeOf(err), "nobody has asked")
		first, err := tx.UsageOpen(ctx, params(1))
		require.NoError(t, err)
		same, err := tx.UsageOpen(ctx, params(1))
		require.NoError(t, err)
		require.Equal(t, first, same, "one attempt is one call")
		reopen := db.UsageReopenParams{
			ID: uuid.New(), TurnID: p.TurnID, Step: step, Attempt: 4, Epoch: 1, GivenUp: first, ResponseID: "resp_1",
		}
		second, err := tx.UsageReopen(ctx, reopen)
		require.NoError(t, err)
		reopen.ID, reopen.Epoch = uuid.New(), 2
		_, err = tx.UsageReopen(ctx, reopen)
		require.Equal(t, chat.CodeNotFound, chat.CodeOf(err), "another writer has the turn")
		for answer, want := range map[string]uuid.UUID{"resp_1": first, "resp_2": second, "": second} {
			found, err := tx.UsageResumed(ctx, p.TurnID, step, answer)
			require.NoError(t, err)
			require.Equal(t, want, found.ID, answer)
		}
		return nil
	}))
}

// TestTurnsOfATenantCloseTogether: the month's counters are the only rows that
// the closing transactions of a tenant share. They must not wait for each other
// in a circle.
func TestTurnsOfATenantCloseTogether(t *testing.T) {
	t.Parallel()
	d, ctx := dbtest.Open(t), context.Background()
	f := dbtest.Tenant(t, d)
	var group errgroup.Group
	for range 8 {
		group.Go(func() error {
			for range 30 {
				if err := claimAndClose(ctx, d, f); err != nil {
					return err
				}
			}
			return nil
		})
	}
	require.NoError(t, group.Wait())
}

// claimAndClose goes through a turn's two transactions in a conversation of its own.
func claimAndClose(ctx context.Context, d *db.DB, f dbtest.Fixture) error {
	conversation, turn, answer := chat.NewID[chat.ConversationID](), chat.NewID[chat.TurnID](), chat.NewID[chat.MessageID]()
	err := d.Tenant(ctx, f.TenantID, func(tx *db.TenantTx) error {
		_, err := tx.ConversationInsert(ctx, db.ConversationInsertParams{ID: conversation, AgentID: f.AgentID, VisitorID: f.VisitorID})
		if err != nil {
			return err
		}
		_, err = tx.TurnClaim(ctx, db.TurnClaimParams{
			ID: turn, ConversationID: conversation, AgentID: f.AgentID, AgentVersionID: f.AgentVersionID,
			UserMessageID: chat.NewID[chat.MessageID](), AssistantMessageID: answer,
			Parts: []chat.Part{chat.TextPart("?")}, Start: json.RawMessage(`{"type":"start"}`), Events: []json.RawMessage{},
			UsageID: uuid.New(),
		})
		return err
	})
	if err != nil {
		return err
	}
	return d.Tenant(ctx, f.TenantID, func(tx *db.TenantTx) error {
		usage := db.UsageSettleParams{ID: uuid.New(), TurnID: turn, Step: 1, Attempt: 1, Purpose: "answer", Model: "m", CostMicros: 10, Source: "reported"}
		if err := tx.UsageSettle(ctx, usage); err != nil {
			return err
		}
		return tx.TurnClose(ctx, db.TurnCloseParams{
			ID: turn, ConversationID: conversation, MessageID: answer, Status: chat.TurnCompleted, Step: 1, LastSeq: 1,
			Parts: []chat.Part{}, MessageState: chat.MessageComplete, Events: []json.RawMessage{},
		})
	})
}

func TestIdempotencyKeyHasOneHolder(t *testing.T) {
	t.Parallel()
	d, ctx := dbtest.Open(t), context.Background()
	f := dbtest.Tenant(t, d)
	take := func(body string) (taken int64) {
		require.NoError(t, d.Tenant(ctx, f.TenantID, func(tx *db.TenantTx) (err error) {
			taken, err = tx.IdempotencyKeyTake(ctx, "scope", "key", []byte(body))
			return err
		}))
		return taken
	}
	require.EqualValues(t, 1, take("body"))
	require.Zero(t, take("body"), "the first is at work")

	require.NoError(t, d.Tenant(ctx, f.TenantID, func(tx *db.TenantTx) error { return tx.IdempotencyKeyRelease(ctx, "scope", "key") }))
	require.EqualValues(t, 1, take("body"), "the first gave up")

	_, err := owner(t, dbtest.URL(t)).Exec(ctx,
		"UPDATE idempotency_keys SET created_at = now() - interval '2 minutes' WHERE tenant_id = $1", f.TenantID.String())
	require.NoError(t, err)
	require.Zero(t, take("another body"))
	require.EqualValues(t, 1, take("body"), "the first died")

	status := int32(201)
	require.NoError(t, d.Tenant(ctx, f.TenantID, func(tx *db.TenantTx) error {
		return tx.IdempotencyKeyFinish(ctx, db.IdempotencyKeyFinishParams{Scope: "scope", Key: "key", Status: &status, Response: []byte(`{"a": 1}`)})
	}))
	require.Zero(t, take("body"))
	require.NoError(t, d.Tenant(ctx, f.TenantID, func(tx *db.TenantTx) error {
		kept, err := tx.IdempotencyKeyGet(ctx, "scope", "key")
		require.Equal(t, &status, kept.Status)
		require.JSONEq(t, `{"a": 1}`, string(kept.Response))
		return err
	}))
}

func TestErrorsHaveTheirMeaning(t *testing.T) {
	t.Parallel()
	d, ctx := dbtest.Open(t), context.Background()
	f := dbtest.Tenant(t, d)
	in := func(act func(*db.TenantTx) error) error { return d.Tenant(ctx, f.TenantID, act) }
	require.Equal(t, chat.CodeNotFound, chat.CodeOf(in(func(tx *db.TenantTx) error {
		_, err := tx.TurnGet(ctx, chat.NewID[chat.TurnID]())
		return err
	})))
	err := in(func(tx *db.TenantTx) error {
		_, err := tx.AgentInsert(ctx, f.AgentID, "again", dbtest.Config)
		return err
	})
	require.Equal(t, chat.CodeConflict, chat.CodeOf(err))
	require.True(t, db.Violates(err, "agents_pkey"))
	require.False(t, db.Violates(err, "turns_one_active"))

	refused := chat.NewError(chat.CodeForbidden, "No.")
	require.Equal(t, refused, in(func(*db.TenantTx) error { return refused }), "the caller's own errors pass")
	canceled, cancel := context.WithCancel(ctx)
	cancel()
	require.ErrorIs(t, d.Tenant(canceled, f.TenantID, func(*db.TenantTx) error { return nil }), context.Canceled)
}

func TestFailedTransactionLeavesNothing(t *testing.T) {
	t.Parallel()
	d, ctx := dbtest.Open(t), context.Background()
	f := dbtest.Tenant(t, d)
	id := chat.NewID[chat.AgentID]()
	insert := func(tx *db.TenantTx) error {
		_, err := tx.AgentInsert(ctx, id, "agent", dbtest.Config)
		require.NoError(t, err)
		return chat.NewError(chat.CodeInvalid, "On second thoughts.")
	}
	require.Error(t, d.Tenant(ctx, f.TenantID, insert))
	require.Panics(t, func() {
		_ = d.Tenant(ctx, f.TenantID, func(tx *db.TenantTx) error { panic(insert(tx)) })
	})
	require.NoError(t, d.Tenant(ctx, f.TenantID, func(tx *db.TenantTx) error {
		_, err := tx.AgentGet(ctx, id)
		require.Equal(t, chat.CodeNotFound, chat.CodeOf(err))
		return nil
	}))
}
