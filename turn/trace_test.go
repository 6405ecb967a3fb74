package turn_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/chat"
	"github.com/parley-chat/parley/db"
	"github.com/parley-chat/parley/db/dbtest"
	"github.com/parley-chat/parley/internal/node/nodetest"
	"github.com/parley-chat/parley/llm"
	"github.com/parley-chat/parley/llm/simulator"
	"github.com/parley-chat/parley/turn"
	"github.com/parley-chat/parley/turn/recording"
	"github.com/parley-chat/parley/workflows"
)

func (s story) trace(ctx context.Context, t *testing.T, id chat.TurnID) *turn.Trace {
	t.Helper()
	trace, err := s.n.Turns.Trace(ctx, s.f.TenantID, id)
	require.NoError(t, err)
	return trace
}

func (s story) prompt(ctx context.Context, t *testing.T, id chat.TurnID, step int) turn.Prompt {
	t.Helper()
	prompt, err := s.n.Turns.Prompt(ctx, s.f.TenantID, id, step)
	require.NoError(t, err)
	return prompt
}

// told is what a prompt's messages say.
func told(prompt turn.Prompt) (texts []string) {
	for _, message := range prompt.Request.Messages {
		texts = append(texts, message.Text)
	}
	return texts
}

// TestTraceTellsEveryStep: what the model was asked and has cost is what its server
// has noted, and what a tool did is what the ledger has, in the order of time.
func TestTraceTellsEveryStep(t *testing.T) {
	t.Parallel()
	ctx := withDeadline(t)
	server := newShop(t, says(`{"status": "shipped"}`))
	s := acting(ctx, t)
	config := priced()
	config.Tools = []chat.Tool{server.tool("order", chat.ClassRead)}
	publish(ctx, t, s.n, s.f, config)
	s.asksFor("It is on its way.", call("order", `{"id": "4711"}`))
	id := ended(ctx, t, s)
	nodetest.History(ctx, t, s.n, workflows.TurnID(s.f.TenantID, id))
	trace := s.trace(ctx, t, id)

	require.Len(t, trace.Steps, 2)
	require.Equal(t, recording.StateComplete, trace.Log)
	require.Equal(t, recording.StateComplete, trace.Past)
	ledger := s.env.Simulator.Ledger()
	require.Len(t, trace.Usage, len(ledger))
	for i, call := range trace.Usage {
		require.Equal(t, ledger[i].RequestID, call.ID.String())
		require.EqualValues(t, ledger[i].Reported.InputTokens, call.InputTokens)
		require.EqualValues(t, ledger[i].Reported.OutputTokens, call.OutputTokens)
		require.Positive(t, call.CostMicros)
	}
	requireBooks(ctx, t, s.env, s.n, s.f, id)
	first, second := trace.Steps[0], trace.Steps[1]
	for _, step := range trace.Steps {
		require.Equal(t, turn.Tries{Attempts: 1}, step.Tries)
	}
	made := trace.Calls[0]
	require.Equal(t, chat.DecideAllow, made.Decision)
	require.Equal(t, "default", made.DecidedBy)
	inOrder := []*time.Time{
		first.BegunAt, first.AnsweredAt, first.EndedAt, &made.CreatedAt, made.DispatchedAt, made.FinishedAt,
		second.BegunAt, second.AnsweredAt, second.FirstTextAt, second.EndedAt, trace.Row.FinishedAt,
	}
	for i, moment := range inOrder {
		require.NotNil(t, moment, "moment %d", i)
		require.False(t, i > 0 && moment.Before(*inOrder[i-1]), "moment %d is before the one before it", i)
	}
	require.Equal(t, second.FirstTextAt, trace.FirstTextAt)
	require.Equal(t, "It is on its way.", chat.Text(second.Parts))

	asked, again := s.prompt(ctx, t, id, 1), s.prompt(ctx, t, id, 2)
	require.Equal(t, []string{"Where is it?"}, told(asked))
	require.True(t, strings.HasPrefix(asked.Request.Instructions, config.Instructions))
	require.Equal(t, "order", asked.Request.Tools[0].Name)
	require.Equal(t, []string{"Where is it?", "", llm.Data("order", `{"status": "shipped"}`)}, told(again))
	for _, prompt := range []turn.Prompt{asked, again} {
		require.Equal(t, turn.PromptSent, prompt.State, "what was put together again is what was sent")
	}
	_, err := s.n.Turns.Prompt(ctx, s.f.TenantID, id, 3)
	require.Equal(t, chat.CodeNotFound, chat.CodeOf(err))
	stranger := dbtest.Tenant(t, s.n.DB).TenantID
	_, err = s.n.Turns.Trace(ctx, stranger, id)
	require.Equal(t, chat.CodeNotFound, chat.CodeOf(err))
	_, err = s.n.Turns.Prompt(ctx, stranger, id, 1)
	require.Equal(t, chat.CodeNotFound, chat.CodeOf(err))
}

// TestTraceCountsAttempts: those that the provider has failed, and those whose process
// has gone away. What an answer was asked with that another process went on with is
// shown, and nobody says that it is certain.
func TestTraceCountsAttempts(t *testing.T) {
	t.Parallel()
	env := nodetest.New(t)
	ctx := withDeadline(t)
	n := env.Start(t)
	s := story{env, n, dbtest.Tenant(t, n.DB)}
	env.Simulator.AddFault(simulator.Fault{
		Match: simulator.Match{Endpoint: simulator.EndpointResponses}, Times: 2, Status: http.StatusInternalServerError,
	})
	id := ended(ctx, t, s)
	nodetest.History(ctx, t, n, workflows.TurnID(s.f.TenantID, id))
	trace := s.trace(ctx, t, id)
	require.Equal(t, turn.Tries{Attempts: 3, Failure: workflows.ErrorModelUnavailable}, trace.Steps[0].Tries)
	require.Equal(t, turn.PromptSent, s.prompt(ctx, t, id, 1).State)

	env.Simulator.AddFault(slowly("All is well that ends well."))
	id = s.ask(ctx, t, "Well?")
	until(ctx, t, n, s.f, id, chat.ChunkTextDelta)
	n.Stop()
	s.n = env.Start(t)
	readAll(ctx, t, s.n, s.f, id)
	nodetest.History(ctx, t, s.n, workflows.TurnID(s.f.TenantID, id))
	trace = s.trace(ctx, t, id)
	require.Equal(t, turn.Tries{Attempts: 2, Failure: "handed_over"}, trace.Steps[0].Tries)
	prompt := s.prompt(ctx, t, id, 1)
	require.Equal(t, turn.PromptUnknown, prompt.State)
	require.Contains(t, told(prompt), "Well?")
}

// TestTraceOfARunningTurn tells how far it has come, and how it fares.
func TestTraceOfARunningTurn(t *testing.T) {
	t.Parallel()
	env := nodetest.New(t)
	ctx := withDeadline(t)
	n := env.Start(t)
	s := story{env, n, dbtest.Tenant(t, n.DB)}
	env.Simulator.AddFault(simulator.Fault{
		Match: simulator.Match{Endpoint: simulator.EndpointResponses}, Times: 1, Status: http.StatusInternalServerError,
	})
	env.Simulator.AddFault(interruptibly("one two three four five six"))
	id := s.ask(ctx, t, "Count!")
	until(ctx, t, n, s.f, id, chat.ChunkTextDelta)
	trace := s.trace(ctx, t, id)
	require.Equal(t, chat.TurnRunning, trace.Row.Status)
	require.Len(t, trace.Steps, 1)
	step := trace.Steps[0]
	require.Equal(t, turn.Tries{Attempts: 2, Failure: workflows.ErrorModelUnavailable}, step.Tries)
	require.NotNil(t, step.FirstTextAt)
	require.Nil(t, step.EndedAt)
	require.NotEmpty(t, chat.Text(step.Parts))
	require.Equal(t, []string{"Count!"}, told(s.prompt(ctx, t, id, 1)))
	require.NoError(t, n.Turns.Stop(ctx, s.f.TenantID, id))
	readAll(ctx, t, n, s.f, id)
	require.NotNil(t, s.trace(ctx, t, id).Steps[0].EndedAt)
}

// TestPromptIsOfItsOwnStep: a message that came in while the model spoke is in the
// prompt of the step that answers it, not before, and nothing that was said later, or
// on another branch, is in any.
func TestPromptIsOfItsOwnStep(t *testing.T) {
	t.Parallel()
	env := nodetest.New(t)
	n, ctx := env.Start(t), withDeadline(t)
	s := story{env, n, dbtest.Tenant(t, n.DB)}
	id := steered(ctx, t, s)
	readAll(ctx, t, n, s.f, id)
	env.Simulator.AddFault(simulator.Fault{Deltas: []string{"Fine."}})
	later := ends(ctx, t, s, question(s.f, "Later?"))
	again := ends(ctx, t, s, fork(s.f, turn.Fork{Regenerate: later.AssistantMessageID}, ""))

	require.Equal(t, []string{"First?"}, told(s.prompt(ctx, t, id, 1)))
	second := told(s.prompt(ctx, t, id, 2))
	require.Len(t, second, 3)
	require.Equal(t, "First?", second[0])
	require.Equal(t, "Second?", second[2])
	for _, of := range []chat.TurnID{later.ID, again.ID} {
		prompt := s.prompt(ctx, t, of, 1)
		require.Equal(t, turn.PromptSent, prompt.State)
		require.Len(t, prompt.Request.Messages, 5)
		require.Equal(t, "Later?", prompt.Request.Messages[4].Text)
	}
	require.Equal(t, turn.PromptSent, s.prompt(ctx, t, id, 1).State)
	require.Equal(t, turn.PromptSent, s.prompt(ctx, t, id, 2).State)

	require.NoError(t, n.DB.Tenant(ctx, s.f.TenantID, func(tx *db.TenantTx) error {
		_, err := tx.MessagePartsPut(ctx, []chat.Part{chat.TextPart("Something else?")}, later.UserMessageID)
		return err
	}))
	require.Equal(t, turn.PromptChanged, s.prompt(ctx, t, later.ID, 1).State, "what has changed since is not passed off as what was sent")
}

// TestTraceOutlivesTheLog: of an old turn the books and the answer still tell.
func TestTraceOutlivesTheLog(t *testing.T) {
	t.Parallel()
	ctx := withDeadline(t)
	server := newShop(t, says(`{"status": "shipped"}`))
	s := acting(ctx, t, server.tool("order", chat.ClassRead))
	s.asksFor("It is on its way.", call("order", `{"id": "1"}`))
	id := ended(ctx, t, s)
	whole := s.trace(ctx, t, id)
	soon := time.Now().Add(time.Hour)
	require.NoError(t, s.n.DB.System(ctx, func(tx *db.SystemTx) error {
		_, err := tx.TurnEventPrune(ctx, db.TurnEventPruneParams{FinishedBefore: &soon, ArchiveBytes: 1 << 20, Max: 100})
		return err
	}))
	archived := s.trace(ctx, t, id)
	require.Equal(t, recording.StateComplete, archived.Log)
	require.WithinDuration(t, *whole.Steps[1].FirstTextAt, *archived.Steps[1].FirstTextAt, time.Second)
	require.NoError(t, s.n.DB.System(ctx, func(tx *db.SystemTx) error {
		_, err := tx.TurnArchivePrune(ctx, soon, 100)
		return err
	}))
	gone := s.trace(ctx, t, id)
	require.Equal(t, recording.StateGone, gone.Log)
	require.Len(t, gone.Steps, 2)
	require.Equal(t, "It is on its way.", chat.Text(gone.Steps[1].Parts))
	require.NotNil(t, gone.Steps[0].EndedAt)
	require.Nil(t, gone.Steps[1].FirstTextAt)
	for step := range 2 {
		require.Equal(t, turn.PromptSent, s.prompt(ctx, t, id, step+1).State)
	}
}
