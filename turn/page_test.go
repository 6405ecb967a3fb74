package turn_test

import (
	"context"
	"encoding/json"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/chat"
	"github.com/parley-chat/parley/db"
	"github.com/parley-chat/parley/db/dbtest"
	"github.com/parley-chat/parley/llm/simulator"
	"github.com/parley-chat/parley/turn"
)

// cart is a tool that the visitor's page does.
func cart(class chat.ToolClass) chat.Tool {
	return chat.Tool{
		Name: "add_to_cart", Title: "Add to the cart", Description: "For tests.", Kind: chat.ToolClient, Class: class,
		InputSchema: json.RawMessage(`{"type":"object","properties":{"id":{"type":"string"}},"required":["id"]}`),
		Policy:      chat.ToolPolicy{Default: chat.DecideAllow},
	}
}

// asksFromPage is a question of a page that has the cart.
func (s story) asksFromPage(ctx context.Context, t *testing.T, text string) chat.TurnID {
	t.Helper()
	q := question(s.f, text)
	q.ClientTools = []string{"add_to_cart", "of_another_agent"}
	claimed, err := s.n.Turns.Start(ctx, s.f.TenantID, q)
	require.NoError(t, err)
	return claimed.Turn.ID
}

// offered waits until the turn's first call is offered to pages.
func (s story) offered(ctx context.Context, t *testing.T, id chat.TurnID) *turn.Call {
	t.Helper()
	call := chat.ToolCallRef{Turn: id, Step: 1}.CallID(s.f.TenantID)
	var found *turn.Call
	require.Eventually(t, func() bool {
		var err error
		found, err = s.n.Turns.OfferedCall(ctx, s.f.TenantID, s.f.ConversationID, call)
		return err == nil
	}, patience, 5*time.Millisecond)
	return found
}

func output(text string) turn.PageAnswer { return turn.PageAnswer{Output: json.RawMessage(text)} }

// inCart asks for something to be put into the cart, and gives the call that is offered.
func (s story) inCart(ctx context.Context, t *testing.T) (chat.TurnID, *turn.Call) {
	t.Helper()
	s.env.Simulator.AddScript(simulator.Script{
		Match: simulator.Match{Offers: "add_to_cart"}, Times: 1, Calls: []simulator.Call{call("add_to_cart", `{"id": "4711"}`)},
	})
	s.env.Simulator.AddScript(simulator.Script{AfterTools: true, Text: "It is in there."})
	id := s.asksFromPage(ctx, t, "I take it.")
	return id, s.offered(ctx, t, id)
}

func TestPageMakesACall(t *testing.T) {
	t.Parallel()
	ctx := withDeadline(t)
	s := acting(ctx, t, cart(chat.ClassWrite))
	id, made := s.inCart(ctx, t)
	granted, err := made.Claim(ctx, "one")
	require.NoError(t, err)
	require.True(t, granted)
	require.JSONEq(t, `{"id": "4711"}`, string(made.Row.Arguments))
	require.NoError(t, made.Answer(ctx, turn.PageAnswer{Page: "one", Output: json.RawMessage(`{"items": 3}`)}))

	parts, rows := requireTold(ctx, t, s, id)
	require.Equal(t, chat.ToolPartOutput, parts[0].State)
	require.JSONEq(t, `{"items": 3}`, string(parts[0].Output))
	require.True(t, parts[0].ForPage())
	require.Equal(t, chat.CallSucceeded, rows[0].State)
	require.True(t, rows[0].Told)
	require.Len(t, s.env.Simulator.Ledger(), 2)
	_, message := answerOf(ctx, t, s.n, s.f, id)
	require.Equal(t, "It is in there.", chat.Text(message.Parts))
}

// TestOnePageOfManyMakesACall: all of them reach for it at the same time.
func TestOnePageOfManyMakesACall(t *testing.T) {
	t.Parallel()
	ctx := withDeadline(t)
	s := acting(ctx, t, cart(chat.ClassWrite))
	id, made := s.inCart(ctx, t)
	var effects atomic.Int32
	var pages sync.WaitGroup
	for _, page := range []string{"a", "b", "c", "d", "e", "f"} {
		pages.Go(func() {
			mine, err := s.n.Turns.OfferedCall(ctx, s.f.TenantID, s.f.ConversationID, made.Row.ID)
			if err != nil {
				return
			}
			granted, err := mine.Claim(ctx, page)
			if err != nil || !granted {
				return
			}
			effects.Add(1)
			_ = mine.Answer(ctx, turn.PageAnswer{Page: page, Output: json.RawMessage(`"by ` + page + `"`)})
		})
	}
	pages.Wait()
	require.EqualValues(t, 1, effects.Load())
	_, rows := requireTold(ctx, t, s, id)
	require.Equal(t, `"by `+*rows[0].Page+`"`, string(rows[0].Output))
	require.EqualValues(t, 1, rows[0].Attempts)
}

func TestSecondAnswerGetsTheFirst(t *testing.T) {
	t.Parallel()
	ctx := withDeadline(t)
	s := acting(ctx, t, cart(chat.ClassWrite))
	id, made := s.inCart(ctx, t)
	again := s.offered(ctx, t, id)
	require.NoError(t, made.Answer(ctx, output(`1`)))
	require.NoError(t, again.Answer(ctx, turn.PageAnswer{Error: "No."}))
	require.Equal(t, chat.CallSucceeded, again.Row.State)
	require.JSONEq(t, `1`, string(again.Row.Output))
	_, err := again.Claim(ctx, "two")
	require.Equal(t, chat.CodeGone, chat.CodeOf(err))
	requireTold(ctx, t, s, id)
}

func TestAnotherPageCannotAnswer(t *testing.T) {
	t.Parallel()
	ctx := withDeadline(t)
	s := acting(ctx, t, cart(chat.ClassWrite))
	id, made := s.inCart(ctx, t)
	granted, err := made.Claim(ctx, "one")
	require.NoError(t, err)
	require.True(t, granted)
	granted, err = s.offered(ctx, t, id).Claim(ctx, "two")
	require.NoError(t, err)
	require.False(t, granted)
	granted, err = s.offered(ctx, t, id).Claim(ctx, "one")
	require.NoError(t, err)
	require.True(t, granted, "whose first answer was lost")
	err = s.offered(ctx, t, id).Answer(ctx, turn.PageAnswer{Page: "two", Output: json.RawMessage(`2`)})
	require.Equal(t, chat.CodeConflict, chat.CodeOf(err))
	require.NoError(t, made.Answer(ctx, turn.PageAnswer{Page: "one", Error: "Sold out."}))
	parts, _ := requireTold(ctx, t, s, id)
	require.Equal(t, "Sold out.", parts[0].ErrorText)
}

// TestPageThatIsSilent: what nobody has taken was not done; of what was taken nobody
// knows, unless it changes nothing.
func TestPageThatIsSilent(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		class chat.ToolClass
		taken bool
		state chat.ToolCallState
	}{
		"nobody takes it":     {chat.ClassWrite, false, chat.CallFailed},
		"a look is taken":     {chat.ClassRead, true, chat.CallFailed},
		"a change is taken":   {chat.ClassWrite, true, chat.CallUnknown},
		"a repeatable change": {chat.ClassIdempotent, true, chat.CallUnknown},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx := withDeadline(t)
			quick := cart(c.class)
			quick.TimeoutSeconds = 1
			s := acting(ctx, t, quick)
			id, made := s.inCart(ctx, t)
			if c.taken {
				_, err := made.Claim(ctx, "gone")
				require.NoError(t, err)
			}
			_, rows := requireTold(ctx, t, s, id)
			require.Equal(t, c.state, rows[0].State)
			err := made.Answer(ctx, turn.PageAnswer{Page: *rows[0].Page, Output: json.RawMessage(`1`)})
			require.Equal(t, chat.CodeGone, chat.CodeOf(err))
			require.Equal(t, c.state, toolCalls(ctx, t, s.n, s.f, id)[0].State)
		})
	}
}

// TestStopTakesAnOfferBack: but what a page has begun it may bring to its end.
func TestStopTakesAnOfferBack(t *testing.T) {
	t.Parallel()
	for name, taken := range map[string]bool{"offered": false, "taken": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx := withDeadline(t)
			s := acting(ctx, t, cart(chat.ClassWrite))
			id, made := s.inCart(ctx, t)
			if taken {
				_, err := made.Claim(ctx, "one")
				require.NoError(t, err)
			}
			require.NoError(t, s.n.Turns.Stop(ctx, s.f.TenantID, id))
			readAll(ctx, t, s.n, s.f, id)
			_, claimed := made.Claim(ctx, "one")
			err := made.Answer(ctx, turn.PageAnswer{Page: "one", Output: json.RawMessage(`1`)})
			row := toolCalls(ctx, t, s.n, s.f, id)[0]
			if !taken {
				require.Equal(t, chat.CodeGone, chat.CodeOf(claimed))
				require.Equal(t, chat.CodeGone, chat.CodeOf(err))
				require.Equal(t, chat.CallCanceled, row.State)
				return
			}
			require.NoError(t, err)
			require.Equal(t, chat.CallSucceeded, row.State)
			_, message := answerOf(ctx, t, s.n, s.f, id)
			require.Equal(t, chat.ToolPartOutput, toolParts(message.Parts)[0].State)
		})
	}
}

// TestToolsThatNoPageHasAreNotOffered: neither to the model, nor to pages if it asks all
// the same.
func TestToolsThatNoPageHasAreNotOffered(t *testing.T) {
	t.Parallel()
	ctx := withDeadline(t)
	s := acting(ctx, t, cart(chat.ClassWrite))
	s.env.Simulator.AddScript(simulator.Script{Match: simulator.Match{Offers: "add_to_cart"}, Text: "It was offered."})
	s.asksFor("I cannot.", call("add_to_cart", `{"id": "4711"}`))
	id := s.ask(ctx, t, "I take it.")
	parts, rows := requireTold(ctx, t, s, id)
	require.Equal(t, chat.CallFailed, rows[0].State)
	require.Contains(t, parts[0].ErrorText, "no tool of this name")
	_, message := answerOf(ctx, t, s.n, s.f, id)
	require.Equal(t, "I cannot.", chat.Text(message.Parts))
}

// TestApprovedCallIsOfferedThen: pages see it only once people have said yes, also where
// the turn has not waited for that.
func TestApprovedCallIsOfferedThen(t *testing.T) {
	t.Parallel()
	for name, parked := range map[string]bool{"at once": false, "later": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx := withDeadline(t)
			asking := cart(chat.ClassWrite)
			asking.Policy = chat.ToolPolicy{Default: chat.DecideAskStaff}
			s := acting(ctx, t, asking)
			s.asksFor("It is in there.", call("add_to_cart", `{"id": "4711"}`))
			id := s.asksFromPage(ctx, t, "I take it.")
			approval := asked(ctx, t, s, id)
			_, err := s.n.Turns.OfferedCall(ctx, s.f.TenantID, s.f.ConversationID, approval.CallID)
			require.Equal(t, chat.CodeNotFound, chat.CodeOf(err))
			if parked {
				_, err := s.n.Turns.Park(ctx, s.f.TenantID, id)
				require.NoError(t, err)
			}
			_, err = s.vote(ctx, approval, func(*turn.Vote) {})
			require.NoError(t, err)
			made := s.offered(ctx, t, id)
			if parked {
				_, message := answerOf(ctx, t, s.n, s.f, id)
				part := toolParts(message.Parts)[0]
				require.Equal(t, chat.ToolPartInput, part.State, "the stored answer offers it")
				require.True(t, part.ForPage())
			}
			require.NoError(t, made.Answer(ctx, output(`"there"`)))
			if !parked {
				requireTold(ctx, t, s, id)
				return
			}
			require.Eventually(t, func() bool {
				var next db.Turn
				err := s.n.DB.Tenant(ctx, s.f.TenantID, func(tx *db.TenantTx) (err error) {
					next, err = tx.TurnContinuing(ctx, id)
					return err
				})
				return err == nil && next.Status == chat.TurnCompleted
			}, patience, 10*time.Millisecond)
		})
	}
}

// paged has a page answer a call.
func paged(ctx context.Context, t *testing.T, s story) chat.TurnID {
	t.Helper()
	config := dbtest.Config
	config.Tools = []chat.Tool{cart(chat.ClassWrite)}
	publish(ctx, t, s.n, s.f, config)
	id, made := s.inCart(ctx, t)
	_, err := made.Claim(ctx, "one")
	require.NoError(t, err)
	require.NoError(t, made.Answer(ctx, turn.PageAnswer{Page: "one", Output: json.RawMessage(`{"items": 3}`)}))
	return id
}
