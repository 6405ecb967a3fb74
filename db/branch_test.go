package db_test

import (
	"context"
	"encoding/json"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/chat"
	"github.com/parley-chat/parley/db"
	"github.com/parley-chat/parley/db/dbtest"
)

// talk is a conversation as a plain tree, beside the one in the database, which
// keeps runs of numbers.
type talk struct {
	dbtest.Fixture
	ids     []chat.MessageID // by position, which begins with 1
	parents []int            // of each position, 0: none
	shown   int              // the last position of the branch that is shown
}

func (k *talk) add(id chat.MessageID) {
	k.ids, k.parents = append(k.ids, id), append(k.parents, k.shown)
	k.shown = len(k.ids) - 1
}

// branch gives the positions up to one, the oldest first.
func (k *talk) branch(ending int) (positions []int) {
	for at := ending; at > 0; at = k.parents[at] {
		positions = append(positions, at)
	}
	slices.Reverse(positions)
	return positions
}

func (k *talk) versions(position int) (ids []string) {
	for at := 1; at < len(k.ids); at++ {
		if k.parents[at] == k.parents[position] {
			ids = append(ids, k.ids[at].String())
		}
	}
	return ids
}

// newest gives the last position on a branch through that one.
func (k *talk) newest(position int) int {
	for at := len(k.ids) - 1; at > position; at-- {
		if slices.Contains(k.branch(at), position) {
			return at
		}
	}
	return position
}

// say asks, or asks again, and answers.
func (k *talk) say(ctx context.Context, t *testing.T, tx *db.TenantTx, asked chat.MessageID) {
	t.Helper()
	again, answer := !asked.IsZero(), chat.NewID[chat.MessageID]()
	if !again {
		asked = chat.NewID[chat.MessageID]()
	}
	row, err := tx.TurnClaim(ctx, db.TurnClaimParams{
		ID: chat.NewID[chat.TurnID](), ConversationID: k.ConversationID, AgentID: k.AgentID, AgentVersionID: k.AgentVersionID,
		UserMessageID: asked, AssistantMessageID: answer, Again: again,
		Parts: []chat.Part{chat.TextPart("?")}, Events: []json.RawMessage{}, Start: json.RawMessage(`{}`), UsageID: uuid.New(),
	})
	require.NoError(t, err)
	if !again {
		k.add(asked)
	}
	require.NoError(t, tx.TurnClose(ctx, db.TurnCloseParams{
		ID: row.ID, ConversationID: k.ConversationID, MessageID: answer, Status: chat.TurnCompleted, LastSeq: 1,
		Parts: []chat.Part{}, MessageState: chat.MessageComplete, Events: []json.RawMessage{},
	}))
	k.add(answer)
}

func (k *talk) fork(ctx context.Context, t *testing.T, tx *db.TenantTx, after int) {
	t.Helper()
	require.NoError(t, tx.ConversationFork(ctx, int32(after), k.ConversationID))
	k.shown = after
}

// check compares everything that can be asked of the database with the tree.
func (k *talk) check(ctx context.Context, t *testing.T, tx *db.TenantTx, ending *int32) {
	t.Helper()
	last := k.shown
	if ending != nil {
		last = int(*ending)
	}
	branch := k.branch(last)
	var forwards, backwards []int
	for after := int32(0); ; {
		page, err := tx.MessageListAfter(ctx, db.MessageListAfterParams{ConversationID: k.ConversationID, Ending: ending, After: after, Max: 3})
		require.NoError(t, err)
		if len(page) == 0 {
			break
		}
		for _, row := range page {
			forwards, after = append(forwards, int(row.Position)), row.Position
			require.Equal(t, k.ids[row.Position], row.ID)
			require.EqualValues(t, k.parents[row.Position], row.Parent)
			require.Equal(t, k.versions(int(row.Position)), row.Versions)
		}
	}
	for before := int32(math.MaxInt32); ; {
		page, err := tx.MessageListBefore(ctx, db.MessageListBeforeParams{ConversationID: k.ConversationID, Ending: ending, Before: before, Max: 3})
		require.NoError(t, err)
		if len(page) == 0 {
			break
		}
		for _, row := range page {
			backwards, before = append(backwards, int(row.Position)), row.Position
		}
	}
	slices.Reverse(backwards)
	require.Equal(t, branch, forwards)
	require.Equal(t, branch, backwards)
	told, err := tx.PromptMessages(ctx, ending, 4, k.ConversationID)
	require.NoError(t, err)
	slices.Reverse(told)
	for i, position := range branch[max(0, len(branch)-4):] {
		require.Equal(t, k.ids[position], told[i].ID)
	}
}

// TestBranchesAreATree says things at random places of conversations, and
// compares what is listed with a plain tree.
func TestBranchesAreATree(t *testing.T) {
	t.Parallel()
	d, ctx := dbtest.Open(t), context.Background()
	for seed := range uint64(6) {
		t.Run(strconv.FormatUint(seed, 10), func(t *testing.T) {
			t.Parallel()
			random := rand.New(rand.NewPCG(seed, 1))
			k := &talk{Fixture: dbtest.Tenant(t, d), ids: make([]chat.MessageID, 1), parents: make([]int, 1)}
			for range 25 {
				require.NoError(t, d.Tenant(ctx, k.TenantID, func(tx *db.TenantTx) error {
					k.grow(ctx, t, tx, random)
					k.check(ctx, t, tx, nil)
					other := int32(1 + random.IntN(len(k.ids)-1))
					k.check(ctx, t, tx, &other)
					k.checkVersion(ctx, t, tx, int(other))
					return nil
				}))
			}
		})
	}
}

func (k *talk) grow(ctx context.Context, t *testing.T, tx *db.TenantTx, random *rand.Rand) {
	t.Helper()
	if len(k.ids) == 1 {
		k.say(ctx, t, tx, chat.MessageID{})
		return
	}
	target := 1 + random.IntN(len(k.ids)-1)
	switch random.IntN(4) {
	case 0:
		k.fork(ctx, t, tx, k.newest(target))
	case 1:
		k.fork(ctx, t, tx, k.parents[target])
		k.say(ctx, t, tx, chat.MessageID{})
	case 2:
		k.fork(ctx, t, tx, target)
		k.say(ctx, t, tx, k.ids[target])
	default:
		k.say(ctx, t, tx, chat.MessageID{})
	}
}

func (k *talk) checkVersion(ctx context.Context, t *testing.T, tx *db.TenantTx, position int) {
	t.Helper()
	version, err := tx.MessageVersion(ctx, k.ConversationID, k.ids[position])
	require.NoError(t, err)
	require.EqualValues(t, position, version.Position)
	require.EqualValues(t, k.parents[position], version.Parent)
	require.Equal(t, k.ids[k.parents[position]], version.ParentID)
	require.Equal(t, slices.Contains(k.branch(k.shown), position), version.Shown)
	require.EqualValues(t, k.newest(position), version.Newest)
}

// The application may not move, rewrite or take back what was said.
func TestWhatWasSaidStaysInItsPlace(t *testing.T) {
	t.Parallel()
	d, ctx := dbtest.Open(t), context.Background()
	p := populate(t, d)
	for _, change := range []string{"position = 7", "run = 1", "fork = 1", "role = 'user'", "conversation_id = gen_random_uuid()", "id = gen_random_uuid()"} {
		err := d.TenantSQL(ctx, p.TenantID, func(tx pgx.Tx) error {
			_, err := tx.Exec(ctx, "UPDATE messages SET "+change)
			return err
		})
		require.ErrorContains(t, err, "permission denied", change)
	}
	err := d.TenantSQL(ctx, p.TenantID, func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, "DELETE FROM messages")
		return err
	})
	require.ErrorContains(t, err, "permission denied")
}
