package turn_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/chat"
	"github.com/parley-chat/parley/db"
	"github.com/parley-chat/parley/db/dbtest"
	"github.com/parley-chat/parley/internal/node"
	"github.com/parley-chat/parley/internal/node/nodetest"
	"github.com/parley-chat/parley/llm/simulator"
	"github.com/parley-chat/parley/turn"
	"github.com/parley-chat/parley/workflows"
)

// shop is a tenant's server: what it was asked, and how it answers.
type shop struct {
	*httptest.Server
	mu       sync.Mutex
	requests []shopRequest
}

type shopRequest struct {
	Method, Path, Key, Secret, Signature, Body string
}

func newShop(t *testing.T, answer http.HandlerFunc) *shop {
	t.Helper()
	s := &shop{}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		s.mu.Lock()
		s.requests = append(s.requests, shopRequest{
			r.Method, r.URL.Path, r.Header.Get("Idempotency-Key"), r.Header.Get("X-Key"), r.Header.Get("Webhook-Signature"), string(body),
		})
		s.mu.Unlock()
		answer(w, r)
	}))
	t.Cleanup(s.Close)
	return s
}

func (s *shop) seen() []shopRequest {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]shopRequest{}, s.requests...)
}

func says(text string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, text) }
}

// tool makes a tool whose request goes to the shop.
func (s *shop) tool(name string, class chat.ToolClass) chat.Tool {
	method := http.MethodPost
	if class == chat.ClassRead {
		method = http.MethodGet
	}
	return chat.Tool{
		Name: name, Title: "The " + name, Description: "For tests.", Kind: chat.ToolHTTP, Class: class,
		InputSchema: json.RawMessage(`{"type":"object","properties":{"id":{"type":"string"}},"required":["id"]}`),
		Policy:      chat.ToolPolicy{Default: chat.DecideAllow},
		HTTP:        &chat.HTTPTool{Method: method, URL: s.URL + "/" + name + "/{{args.id}}"},
	}
}

// acting starts a node that may reach servers on this machine, with an agent that
// has the tools.
func acting(ctx context.Context, t *testing.T, tools ...chat.Tool) story {
	t.Helper()
	env := nodetest.New(t)
	env.Config.Tools.Allow = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}
	n := env.Start(t)
	s := story{env, n, dbtest.Tenant(t, n.DB)}
	config := dbtest.Config
	config.Tools = tools
	publish(ctx, t, n, s.f, config)
	return s
}

// asksFor has the model ask for the calls, and answer with the text once it knows
// what they have brought.
func (s story) asksFor(text string, calls ...simulator.Call) {
	s.env.Simulator.AddScript(simulator.Script{Calls: calls})
	s.env.Simulator.AddScript(simulator.Script{AfterTools: true, Text: text})
}

func call(name, arguments string) simulator.Call {
	return simulator.Call{Name: name, Arguments: json.RawMessage(arguments)}
}

func toolCalls(ctx context.Context, t *testing.T, n *node.Node, f dbtest.Fixture, id chat.TurnID) (calls []db.ToolCall) {
	t.Helper()
	require.NoError(t, n.DB.Tenant(ctx, f.TenantID, func(tx *db.TenantTx) (err error) {
		calls, err = tx.ToolCallListByTurn(ctx, id)
		return err
	}))
	return calls
}

func toolParts(parts []chat.Part) (found []chat.Part) {
	for _, part := range parts {
		if part.Type == chat.PartTool {
			found = append(found, part)
		}
	}
	return found
}

func folded(chunks []chat.Chunk) (parts []chat.Part) {
	for _, chunk := range chunks {
		parts = chat.Fold(parts, chunk)
	}
	return parts
}

// requireTold asserts that stream, stored answer and ledger tell the same of every
// call, and gives them.
func requireTold(ctx context.Context, t *testing.T, s story, id chat.TurnID) ([]chat.Part, []db.ToolCall) {
	t.Helper()
	chunks := readAll(ctx, t, s.n, s.f, id)
	_, message := answerOf(ctx, t, s.n, s.f, id)
	streamed, stored := toolParts(folded(chunks)), toolParts(message.Parts)
	first, err := json.Marshal(streamed)
	require.NoError(t, err)
	second, err := json.Marshal(stored)
	require.NoError(t, err)
	require.JSONEq(t, string(first), string(second))
	rows := toolCalls(ctx, t, s.n, s.f, id)
	require.Len(t, rows, len(stored))
	for i, row := range rows {
		require.Equal(t, row.ID, stored[i].ToolCallID)
		require.Equal(t, row.Tool, stored[i].ToolName)
		require.True(t, row.State.Final())
		require.True(t, stored[i].CallOver())
	}
	return stored, rows
}

func TestCallBringsWhatTheAnswerIsMadeOf(t *testing.T) {
	t.Parallel()
	ctx := withDeadline(t)
	server := newShop(t, says(`{"status": "shipped"}`))
	s := acting(ctx, t, server.tool("order", chat.ClassRead))
	s.asksFor("It is on its way.", call("order", `{"id": "4711"}`))
	id := s.ask(ctx, t, "Where is my order?")

	parts, rows := requireTold(ctx, t, s, id)
	require.Equal(t, chat.ToolPartOutput, parts[0].State)
	require.Equal(t, "The order", parts[0].Title)
	require.JSONEq(t, `{"id": "4711"}`, string(parts[0].Input))
	require.JSONEq(t, `{"status": "shipped"}`, string(parts[0].Output))
	require.Equal(t, chat.CallSucceeded, rows[0].State)
	require.Len(t, server.seen(), 1)
	require.Equal(t, "/order/4711", server.seen()[0].Path)
	require.Equal(t, rows[0].ID, server.seen()[0].Key, "the call's name travels with it")
	require.NotEmpty(t, server.seen()[0].Signature)
	require.Len(t, s.env.Simulator.Ledger(), 2)
	row, message := answerOf(ctx, t, s.n, s.f, id)
	require.Equal(t, chat.TurnCompleted, row.Status)
	require.Equal(t, "It is on its way.", chat.Text(message.Parts))
	requireBooks(ctx, t, s.env, s.n, s.f, id)
}

func TestCallsOfAStepRunSideBySide(t *testing.T) {
	t.Parallel()
	ctx := withDeadline(t)
	var together sync.WaitGroup
	together.Add(3)
	server := newShop(t, func(w http.ResponseWriter, r *http.Request) {
		together.Done()
		together.Wait() // nobody is answered before all three are here
		_, _ = io.WriteString(w, `"`+r.URL.Path+`"`)
	})
	s := acting(ctx, t, server.tool("order", chat.ClassRead))
	s.asksFor("All three.", call("order", `{"id": "1"}`), call("order", `{"id": "2"}`), call("order", `{"id": "3"}`))
	parts, _ := requireTold(ctx, t, s, s.ask(ctx, t, "Where are my orders?"))
	require.Len(t, parts, 3)
	for i, path := range []string{`"/order/1"`, `"/order/2"`, `"/order/3"`} {
		require.Equal(t, path, string(parts[i].Output))
	}
}

// TestCallsThatAreNotMade: the model learns why, and answers all the same.
func TestCallsThatAreNotMade(t *testing.T) {
	t.Parallel()
	ctx := withDeadline(t)
	server := newShop(t, says(`{}`))
	denied := server.tool("denied", chat.ClassRead)
	denied.Policy = chat.ToolPolicy{Default: chat.DecideAllow, Rules: []chat.ToolRule{{When: `args.id == "4"`, Then: chat.DecideDeny}}}
	s := acting(ctx, t, server.tool("order", chat.ClassRead), denied)
	s.asksFor("Sorry.", call("order", `{"number": 1}`), call("order", `"not json"`), call("unknown", `{}`), call("denied", `{"id": "4"}`))
	parts, rows := requireTold(ctx, t, s, s.ask(ctx, t, "Where is my order?"))
	require.Empty(t, server.seen())
	require.Equal(t, []string{chat.ToolPartError, chat.ToolPartError, chat.ToolPartError, chat.ToolPartDenied},
		[]string{parts[0].State, parts[1].State, parts[2].State, parts[3].State})
	require.Contains(t, parts[0].ErrorText, "id")
	require.Equal(t, chat.CallFailed, rows[0].State)
	require.Equal(t, chat.CallDenied, rows[3].State)
}

// TestSlowServerDelaysOnlyItsOwnCall: its tool's timeout ends the wait, and a change
// that may have been done is told as such.
func TestSlowServerDelaysOnlyItsOwnCall(t *testing.T) {
	t.Parallel()
	ctx := withDeadline(t)
	release := make(chan struct{})
	t.Cleanup(func() { close(release) })
	server := newShop(t, func(_ http.ResponseWriter, r *http.Request) {
		select {
		case <-release:
		case <-r.Context().Done():
		}
	})
	slow, change := server.tool("slow", chat.ClassRead), server.tool("change", chat.ClassWrite)
	slow.TimeoutSeconds, change.TimeoutSeconds = 1, 1
	s := acting(ctx, t, slow, change)
	s.asksFor("It does not answer.", call("slow", `{"id": "1"}`), call("change", `{"id": "1"}`))
	id := s.ask(ctx, t, "Where is my order?")
	parts, rows := requireTold(ctx, t, s, id)
	require.Equal(t, []chat.ToolCallState{chat.CallFailed, chat.CallUnknown}, []chat.ToolCallState{rows[0].State, rows[1].State})
	require.Contains(t, parts[1].ErrorText, "not known")
	require.Len(t, server.seen(), 2)
	row, _ := answerOf(ctx, t, s.n, s.f, id)
	require.Equal(t, chat.TurnCompleted, row.Status)
}

// TestRepeatableCallsAreRepeated: a server that has trouble is asked again, with the
// same key, unless that could do something twice.
func TestRepeatableCallsAreRepeated(t *testing.T) {
	t.Parallel()
	for class, times := range map[chat.ToolClass]int{chat.ClassRead: 3, chat.ClassIdempotent: 3, chat.ClassWrite: 1} {
		t.Run(string(class), func(t *testing.T) {
			t.Parallel()
			ctx := withDeadline(t)
			var server *shop
			server = newShop(t, func(w http.ResponseWriter, _ *http.Request) {
				if len(server.seen()) < 3 {
					w.WriteHeader(http.StatusServiceUnavailable)
					return
				}
				_, _ = io.WriteString(w, `"done"`)
			})
			s := acting(ctx, t, server.tool("order", class))
			s.asksFor("So it is.", call("order", `{"id": "1"}`))
			_, rows := requireTold(ctx, t, s, s.ask(ctx, t, "Please."))
			require.Len(t, server.seen(), times)
			for _, request := range server.seen() {
				require.Equal(t, rows[0].ID, request.Key)
			}
			if class == chat.ClassWrite {
				require.Equal(t, chat.CallUnknown, rows[0].State)
			} else {
				require.Equal(t, chat.CallSucceeded, rows[0].State)
			}
		})
	}
}

// TestStopDoesNotLoseWhatIsUnderWay: the answer ends at once, and tells later what
// became of the change.
func TestStopDoesNotLoseWhatIsUnderWay(t *testing.T) {
	t.Parallel()
	ctx := withDeadline(t)
	release := make(chan struct{})
	server := newShop(t, func(w http.ResponseWriter, _ *http.Request) {
		<-release
		_, _ = io.WriteString(w, `"refunded"`)
	})
	s := acting(ctx, t, server.tool("refund", chat.ClassWrite))
	s.asksFor("Never said.", call("refund", `{"id": "1"}`))
	id := s.ask(ctx, t, "My money back!")
	require.Eventually(t, func() bool { return len(server.seen()) == 1 }, patience, 10*time.Millisecond)
	require.NoError(t, s.n.Turns.Stop(ctx, s.f.TenantID, id))
	chunks := readAll(ctx, t, s.n, s.f, id)
	require.Equal(t, chat.ChunkAbort, chunks[len(chunks)-1].Type)
	_, message := answerOf(ctx, t, s.n, s.f, id)
	require.Contains(t, toolParts(message.Parts)[0].ErrorText, "not known yet")

	close(release)
	require.Eventually(t, func() bool {
		_, message := answerOf(ctx, t, s.n, s.f, id)
		return toolParts(message.Parts)[0].State == chat.ToolPartOutput
	}, patience, 10*time.Millisecond)
	require.Equal(t, chat.CallSucceeded, toolCalls(ctx, t, s.n, s.f, id)[0].State)
	require.Len(t, server.seen(), 1)
	require.Len(t, s.env.Simulator.Ledger(), 1)
}

// TestAnswerGivenAnewDoesNotDoItTwice: the change that the replaced answer has made
// counts for the new one; another one is made.
func TestAnswerGivenAnewDoesNotDoItTwice(t *testing.T) {
	t.Parallel()
	ctx := withDeadline(t)
	server := newShop(t, says(`{"refunded": true}`))
	s := acting(ctx, t, server.tool("refund", chat.ClassWrite), server.tool("look", chat.ClassRead))
	s.asksFor("Done.", call("refund", `{"id": "1"}`), call("look", `{"id": "1"}`))
	first := ends(ctx, t, s, question(s.f, "My money back!"))
	require.Len(t, server.seen(), 2)

	second := ends(ctx, t, s, fork(s.f, turn.Fork{Regenerate: first.AssistantMessageID}, ""))
	require.Len(t, server.seen(), 3, "only the look is repeated")
	parts, rows := requireTold(ctx, t, s, second.ID)
	require.JSONEq(t, `{"refunded": true}`, string(parts[0].Output))
	require.Equal(t, toolCalls(ctx, t, s.n, s.f, first.ID)[0].ID, *rows[0].ReusedFrom)

	edited := ends(ctx, t, s, fork(s.f, turn.Fork{Edit: first.UserMessageID}, "My money back, please!"))
	require.Len(t, server.seen(), 4)
	_, rows = requireTold(ctx, t, s, edited.ID)
	require.Equal(t, chat.CallSucceeded, rows[0].State)

	ends(ctx, t, s, question(s.f, "And once more!"))
	require.Len(t, server.seen(), 6, "what is asked for on the branch itself is done")
}

func TestMessageDuringACallIsAnsweredByTheNextStep(t *testing.T) {
	t.Parallel()
	ctx := withDeadline(t)
	release := make(chan struct{})
	server := newShop(t, func(w http.ResponseWriter, _ *http.Request) {
		<-release
		_, _ = io.WriteString(w, `"late"`)
	})
	s := acting(ctx, t, server.tool("order", chat.ClassRead))
	s.env.Simulator.AddScript(simulator.Script{Times: 1, Calls: []simulator.Call{call("order", `{"id": "1"}`)}})
	s.env.Simulator.AddScript(simulator.Script{AfterTools: true, Text: "First answer."})
	s.env.Simulator.AddScript(simulator.Script{Text: "Second answer."})
	id := s.ask(ctx, t, "Where is my order?")
	require.Eventually(t, func() bool { return len(server.seen()) == 1 }, patience, 10*time.Millisecond)
	require.Equal(t, id, s.ask(ctx, t, "And the other one?"))
	close(release)
	requireTold(ctx, t, s, id)
	_, message := answerOf(ctx, t, s.n, s.f, id)
	require.Contains(t, chat.Text(message.Parts), "Second answer.")
	requireNothingPending(ctx, t, s.n, s.f)
}

// TestCallWithoutWorkflowIsNotForgotten: an operator has terminated it, in the middle
// of a change, and the turn is over.
func TestCallWithoutWorkflowIsNotForgotten(t *testing.T) {
	t.Parallel()
	ctx := withDeadline(t)
	release := make(chan struct{})
	t.Cleanup(func() { close(release) })
	server := newShop(t, func(_ http.ResponseWriter, r *http.Request) {
		select {
		case <-release:
		case <-r.Context().Done():
		}
	})
	s := acting(ctx, t, server.tool("refund", chat.ClassWrite))
	s.asksFor("Never said.", call("refund", `{"id": "1"}`))
	id := s.ask(ctx, t, "My money back!")
	require.Eventually(t, func() bool { return len(server.seen()) == 1 }, patience, 10*time.Millisecond)
	require.NoError(t, s.n.Turns.Stop(ctx, s.f.TenantID, id))
	readAll(ctx, t, s.n, s.f, id)
	lost := workflows.ToolCallID(s.f.TenantID, chat.ToolCallRef{Turn: id, Step: 1})
	require.NoError(t, s.n.Temporal.TerminateWorkflow(ctx, lost, "", "an operator did it"))
	dbtest.AgeCalls(t, s.env.Config.Database.URL, id, time.Hour)
	require.Eventually(t, func() bool {
		return toolCalls(ctx, t, s.n, s.f, id)[0].State == chat.CallUnknown
	}, patience, 10*time.Millisecond)
	_, message := answerOf(ctx, t, s.n, s.f, id)
	require.Contains(t, toolParts(message.Parts)[0].ErrorText, "a person has to look")
	require.Len(t, server.seen(), 1)
}
