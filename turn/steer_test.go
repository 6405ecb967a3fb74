package turn_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/chat"
	"github.com/parley-chat/parley/db"
	"github.com/parley-chat/parley/db/dbtest"
	"github.com/parley-chat/parley/internal/node"
	"github.com/parley-chat/parley/internal/node/nodetest"
	"github.com/parley-chat/parley/llm/simulator"
	"github.com/parley-chat/parley/turn"
)

// TestSteeringRacesTheEnd has several people write into one conversation, by two
// nodes, always at the moment at which an answer is about to end. Each message is
// answered once and in its order, by the turn that runs or by a new one.
func TestSteeringRacesTheEnd(t *testing.T) {
	t.Parallel()
	const writers, each = 6, 10
	env := nodetest.New(t)
	ctx := withDeadline(t)
	nodes := []*node.Node{env.Start(t), env.Start(t)}
	f := dbtest.Tenant(t, nodes[0].DB)
	env.Simulator.AddFault(simulator.Fault{Deltas: []string{"Yes."}, Pace: &simulator.Pace{FirstTokenMS: 2}})
	var group sync.WaitGroup
	begun := make(chan turn.Claimed, writers*each)
	for writer := range writers {
		group.Go(func() {
			for i := range each {
				claimed, err := askAtTheEnd(ctx, nodes[(writer+i)%2], f, fmt.Sprintf("Question %d of %d?", i, writer))
				if err != nil {
					t.Errorf("writer %d: %v", writer, err)
					return
				}
				begun <- claimed
			}
		})
	}
	group.Wait()
	close(begun)

	var turns []chat.TurnID
	for claimed := range begun {
		if !claimed.Steered {
			turns = append(turns, claimed.Turn.ID)
		}
	}
	for i, id := range turns {
		chunks := readAll(ctx, t, nodes[i%2], f, id)
		require.Equal(t, chat.ChunkFinish, chunks[len(chunks)-1].Type)
	}
	messages := messagesOf(ctx, t, nodes[0], f)
	require.Len(t, messages, writers*each+len(turns), "every message, and an answer of every turn")
	steps := requireAnsweredInOrder(t, messages)
	require.Len(t, requireBooks(ctx, t, env, nodes[0], f, turns...), steps)
	require.Len(t, env.Simulator.Ledger(), steps, "the model was asked once a step")
}

// askAtTheEnd sends a message and comes back when the answer has its words, and so
// may end at any moment.
func askAtTheEnd(ctx context.Context, n *node.Node, f dbtest.Fixture, text string) (turn.Claimed, error) {
	claimed, err := n.Turns.Start(ctx, f.TenantID, question(f, text))
	if err != nil {
		return claimed, err
	}
	reader := n.Log.Turn(f.TenantID, claimed.Turn.ID, claimed.Turn.LastSeq)
	defer reader.Close()
	for {
		event, err := reader.Next(ctx)
		if errors.Is(err, io.EOF) {
			return claimed, nil
		}
		if err != nil || strings.Contains(string(event.JSON), `"`+string(chat.ChunkTextDelta)+`"`) {
			return claimed, err
		}
	}
}

func messagesOf(ctx context.Context, t *testing.T, n *node.Node, f dbtest.Fixture) (rows []db.MessageListAfterRow) {
	t.Helper()
	require.NoError(t, n.DB.Tenant(ctx, f.TenantID, func(tx *db.TenantTx) (err error) {
		rows, err = tx.MessageListAfter(ctx, db.MessageListAfterParams{ConversationID: f.ConversationID, Max: 1000})
		return err
	}))
	return rows
}

// requireAnsweredInOrder reads a conversation from its beginning: each answer takes
// in exactly what was said since the one before, in its order. It gives how many
// steps that took. Two turns that ran at once could not leave this.
func requireAnsweredInOrder(t *testing.T, messages []db.MessageListAfterRow) (steps int) {
	t.Helper()
	var waiting []chat.MessageID
	for i, message := range messages {
		require.EqualValues(t, i+1, message.Position)
		require.Equal(t, chat.MessageComplete, message.State)
		if message.Role == chat.RoleUser {
			waiting = append(waiting, message.ID)
			continue
		}
		require.NotEmpty(t, waiting, "an answer to nothing")
		answered, spoken := waiting[:1:1], 1
		for _, part := range message.Parts {
			if part.Type == chat.PartSteer {
				var steer chat.Steer
				require.NoError(t, json.Unmarshal(part.Data, &steer))
				answered = append(answered, steer.MessageIDs...)
				spoken++
			}
		}
		require.Equal(t, waiting, answered)
		require.Equal(t, spoken, strings.Count(chat.Text(message.Parts), "Yes."), "each step is said once")
		steps, waiting = steps+spoken, nil
	}
	require.Empty(t, waiting, "nobody has answered these")
	return steps
}
