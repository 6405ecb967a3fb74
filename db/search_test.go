package db_test

import (
	"context"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/chat"
	"github.com/parley-chat/parley/db"
	"github.com/parley-chat/parley/db/dbtest"
)

func search(t *testing.T, d *db.DB, tenant chat.TenantID, params db.ConversationSearchParams) []chat.ConversationID {
	t.Helper()
	if params.Max == 0 {
		params.Max = 10
	}
	ids, ctx := []chat.ConversationID{}, context.Background()
	require.NoError(t, d.Tenant(ctx, tenant, func(tx *db.TenantTx) error {
		rows, err := tx.ConversationSearch(ctx, params)
		for _, row := range rows {
			ids = append(ids, row.Conversation.ID)
		}
		return err
	}))
	return ids
}

func say(t *testing.T, d *db.DB, f dbtest.Fixture, parts ...chat.Part) chat.ConversationID {
	t.Helper()
	id, ctx := chat.NewID[chat.ConversationID](), context.Background()
	require.NoError(t, d.Tenant(ctx, f.TenantID, func(tx *db.TenantTx) error {
		_, err := tx.ConversationInsert(ctx, db.ConversationInsertParams{ID: id, AgentID: f.AgentID, VisitorID: f.VisitorID})
		if err != nil {
			return err
		}
		f.ConversationID = id
		_, err = startTurn(ctx, tx, f, parts...)
		return err
	}))
	return id
}

func TestSearchFindsWhatWasSaid(t *testing.T) {
	t.Parallel()
	d := dbtest.Open(t)
	f, other := dbtest.Tenant(t, d), dbtest.Tenant(t, d)
	older := say(t, d, f, chat.TextPart("Where is my Parcel?"))
	newer := say(t, d, f, chat.TextPart("the"), chat.TextPart("parcel arrived"))
	say(t, d, other, chat.TextPart("parcel"))
	say(t, d, f, chat.Part{Type: chat.PartReasoning, Text: "parcel"})

	require.Equal(t, []chat.ConversationID{newer, older}, search(t, d, f.TenantID, db.ConversationSearchParams{Words: "parcel"}))
	require.Equal(t, []chat.ConversationID{older}, search(t, d, f.TenantID, db.ConversationSearchParams{Words: "parcel -arrived"}))
	require.Equal(t, []chat.ConversationID{newer}, search(t, d, f.TenantID, db.ConversationSearchParams{Words: `"parcel arrived"`}))
	require.Empty(t, search(t, d, f.TenantID, db.ConversationSearchParams{Words: "letter"}))
	require.Empty(t, search(t, d, f.TenantID, db.ConversationSearchParams{Words: "parcel", AgentID: chat.NewID[chat.AgentID]()}))
	require.Len(t, search(t, d, f.TenantID, db.ConversationSearchParams{Words: "parcel", AgentID: f.AgentID}), 2)
}

func TestSearchPagesWithoutGapOrRepetition(t *testing.T) {
	t.Parallel()
	d, ctx := dbtest.Open(t), context.Background()
	f := dbtest.Tenant(t, d)
	var said, found []chat.ConversationID
	for range 5 {
		said = append([]chat.ConversationID{say(t, d, f, chat.TextPart("again"))}, said...)
	}
	page := db.ConversationSearchParams{Words: "again", Max: 2}
	for {
		ids := search(t, d, f.TenantID, page)
		if len(ids) == 0 {
			break
		}
		found = append(found, ids...)
		page.BeforeID = ids[len(ids)-1]
		require.NoError(t, d.Tenant(ctx, f.TenantID, func(tx *db.TenantTx) error {
			last, err := tx.ConversationGet(ctx, page.BeforeID)
			page.Before = &last.Conversation.UpdatedAt
			return err
		}))
	}
	require.Equal(t, said, found)
}

func TestSearchLeavesOutDeletedConversations(t *testing.T) {
	t.Parallel()
	d, ctx := dbtest.Open(t), context.Background()
	f := dbtest.Tenant(t, d)
	id := say(t, d, f, chat.TextPart("gone"))
	require.NoError(t, d.Tenant(ctx, f.TenantID, func(tx *db.TenantTx) error {
		_, err := tx.ConversationDelete(ctx, id)
		return err
	}))
	require.Empty(t, search(t, d, f.TenantID, db.ConversationSearchParams{Words: "gone"}))
}

// A tsvector ends at 1 MB: a message that is larger must be stored all the same.
func TestEnormousMessageIsStoredAndFoundByItsBeginning(t *testing.T) {
	t.Parallel()
	d := dbtest.Open(t)
	f := dbtest.Tenant(t, d)
	var text strings.Builder
	text.WriteString("beginning ")
	for text.Len() < 3<<20 {
		text.WriteString(chat.NewID[chat.MessageID]().String() + " ")
	}
	id := say(t, d, f, chat.TextPart(text.String()))
	require.Equal(t, []chat.ConversationID{id}, search(t, d, f.TenantID, db.ConversationSearchParams{Words: "beginning"}))
}

// With many messages the search must use its text index, which the same query
// cannot under row-level security: that is why it has an owner of its own.
func TestSearchUsesTheTextIndex(t *testing.T) {
	t.Parallel()
	url, ctx := dbtest.Copy(t), context.Background()
	d, conn := openDB(t, url), owner(t, url)
	f := dbtest.Tenant(t, d)
	_, err := conn.Exec(ctx, `
		INSERT INTO messages (tenant_id, id, conversation_id, role, parts, position, state)
		SELECT $1::uuid, gen_random_uuid(), $2::uuid, 'user',
		       jsonb_build_array(jsonb_build_object('type', 'text', 'text', 'word' || n)), n, 'complete'
		  FROM generate_series(1, 5000) n`, f.TenantID.String(), f.ConversationID.String())
	require.NoError(t, err)
	_, err = conn.Exec(ctx, "ANALYZE messages, conversations")
	require.NoError(t, err)

	explain := func(role string) string {
		body, err := column(ctx, conn, "SELECT prosrc FROM pg_proc WHERE proname = 'conversations_search'")
		require.NoError(t, err)
		tx, err := conn.Begin(ctx)
		require.NoError(t, err)
		defer func() { require.NoError(t, tx.Rollback(ctx)) }()
		_, err = tx.Exec(ctx, "SET LOCAL ROLE "+role+"; SET LOCAL app.tenant_id = '"+f.TenantID.String()+"';"+
			"PREPARE searching (text, uuid, timestamptz, uuid, integer) AS "+body[0])
		require.NoError(t, err)
		plan, err := column(ctx, tx, "EXPLAIN EXECUTE searching ('word77', NULL, NULL, NULL, 20)")
		require.NoError(t, err)
		_, err = tx.Exec(ctx, "DEALLOCATE searching")
		require.NoError(t, err)
		return strings.Join(plan, "\n")
	}
	require.Regexp(t, `Bitmap Index Scan on messages_search.*\n.*Index Cond: .*search @@`, explain("parley_search"))
	require.NotRegexp(t, `Index Cond: .*search @@`, explain("parley_app"), "is the detour no longer needed?")
}
