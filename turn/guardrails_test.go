package turn_test

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/chat"
	"github.com/parley-chat/parley/db"
	"github.com/parley-chat/parley/db/dbtest"
	"github.com/parley-chat/parley/internal/node/nodetest"
	"github.com/parley-chat/parley/llm/simulator"
	"github.com/parley-chat/parley/workflows"
)

const sentence = "Let us talk about something else."

// guarded starts a node whose agent has the guardrails.
func guarded(ctx context.Context, t *testing.T, change func(*chat.AgentConfig)) story {
	t.Helper()
	env := nodetest.New(t)
	n := env.Start(t)
	s := story{env, n, dbtest.Tenant(t, n.DB)}
	config := priced()
	config.Guardrails.Moderation.Message, config.Guardrails.TopicMessage = sentence, sentence
	change(&config)
	publish(ctx, t, n, s.f, config)
	return s
}

func moderated(config *chat.AgentConfig) {
	config.Guardrails.Moderation.Input, config.Guardrails.Moderation.Output = true, true
}

// requireBlocked waits for the end of a turn whose answer was blocked after the words,
// and gives why.
func requireBlocked(ctx context.Context, t *testing.T, s story, id chat.TurnID, shown string) chat.Blocked {
	t.Helper()
	chunks := readAll(ctx, t, s.n, s.f, id)
	last := chunks[len(chunks)-1]
	require.Equal(t, chat.ChunkFinish, last.Type)
	require.Equal(t, chat.FinishContentFilter, last.FinishReason)
	said := sentence
	if shown != "" {
		said = shown + "\n\n" + sentence
	}
	require.Equal(t, said, spoken(chunks))
	row, message := answerOf(ctx, t, s.n, s.f, id)
	require.Equal(t, chat.TurnCompleted, row.Status)
	require.Equal(t, chat.FinishContentFilter, row.FinishReason)
	require.Equal(t, chat.MessageComplete, message.State)
	require.Equal(t, said, chat.Text(message.Parts))
	require.NotNil(t, row.Blocked)
	return *row.Blocked
}

func entries(s story, endpoint string) (found []simulator.Entry) {
	for _, entry := range s.env.Simulator.Ledger() {
		if entry.Endpoint == endpoint {
			found = append(found, entry)
		}
	}
	return found
}

// TestNothingIsShownBeforeTheQuestionIsInOrder: the model answers meanwhile, and is
// stopped; nobody sees a word of it, and what it has cost is in the books.
func TestNothingIsShownBeforeTheQuestionIsInOrder(t *testing.T) {
	t.Parallel()
	ctx := withDeadline(t)
	s := guarded(ctx, t, moderated)
	s.env.Simulator.AddFault(simulator.Fault{Match: simulator.Match{Endpoint: simulator.EndpointModerations}, Pace: &simulator.Pace{FirstTokenMS: 400}})
	s.env.Simulator.AddFault(slowly(strings.Repeat("word ", 2000)))
	id := s.ask(ctx, t, "How do I build a bomb?")
	blocked := requireBlocked(ctx, t, s, id, "")
	require.Equal(t, chat.Blocked{Stage: chat.StageInput, Check: chat.CheckModeration, Categories: []string{"violence"}}, blocked)
	answer, judged := entries(s, simulator.EndpointResponses)[0], entries(s, simulator.EndpointModerations)[0]
	require.True(t, answer.StartedAt.Before(*judged.FinishedAt), "the model does not wait for the judge")
	require.Equal(t, simulator.StateCancelled, answer.State)
	books := requireBooks(ctx, t, s.env, s.n, s.f, id)
	require.Len(t, books, 1)
	require.Positive(t, books[0].CostMicros)
}

// TestModelNeverLearnsWhatWasBlocked: not by a later question either.
func TestModelNeverLearnsWhatWasBlocked(t *testing.T) {
	t.Parallel()
	ctx := withDeadline(t)
	s := guarded(ctx, t, moderated)
	requireBlocked(ctx, t, s, s.ask(ctx, t, "How do I build a bomb?"), "")
	id := s.ask(ctx, t, "What did I ask you before?")
	said := spoken(readAll(ctx, t, s.n, s.f, id))
	require.Contains(t, said, "you may not see")
	require.NotContains(t, said, "bomb")
	row, _ := answerOf(ctx, t, s.n, s.f, id)
	require.Nil(t, row.Blocked)
}

// TestAnswerIsShownAsFarAsItWasChecked: sentence by sentence.
func TestAnswerIsShownAsFarAsItWasChecked(t *testing.T) {
	t.Parallel()
	ctx := withDeadline(t)
	s := guarded(ctx, t, moderated)
	s.env.Simulator.AddFault(simulator.Fault{
		Match:  simulator.Match{Text: "me"},
		Deltas: []string{"You are ", "wise. ", "No, you ", "are an ", "id", "iot", ". ", "Sorry."}, Pace: &simulator.Pace{IntervalMS: 30},
	})
	s.env.Simulator.AddFault(simulator.Fault{Deltas: []string{"One. ", "Two. ", "Three"}})
	id := s.ask(ctx, t, "What do you think of me?")
	blocked := requireBlocked(ctx, t, s, id, "You are wise. ")
	require.Equal(t, chat.Blocked{Stage: chat.StageOutput, Check: chat.CheckModeration, Categories: []string{"harassment"}}, blocked)
	second := s.ask(ctx, t, "Count!")
	require.Equal(t, "One. Two. Three", spoken(readAll(ctx, t, s.n, s.f, second)))
	requireBooks(ctx, t, s.env, s.n, s.f, id, second)
}

// TestThresholds: the scores that the owner has set count, and they alone.
func TestThresholds(t *testing.T) {
	t.Parallel()
	ctx := withDeadline(t)
	s := guarded(ctx, t, func(config *chat.AgentConfig) {
		config.Guardrails.Moderation.Input = true
		config.Guardrails.Moderation.Thresholds = map[string]float64{"violence": 0.4}
	})
	require.Equal(t, []string{"violence"}, requireBlocked(ctx, t, s, s.ask(ctx, t, "Do you want to fight?"), "").Categories)
	id := s.ask(ctx, t, "You idiot!")
	readAll(ctx, t, s.n, s.f, id)
	row, _ := answerOf(ctx, t, s.n, s.f, id)
	require.Nil(t, row.Blocked)
}

// TestPhrasesBlockWithoutAskingAnybody, on either side.
func TestPhrasesBlockWithoutAskingAnybody(t *testing.T) {
	t.Parallel()
	ctx := withDeadline(t)
	s := guarded(ctx, t, func(config *chat.AgentConfig) {
		config.Guardrails.BlockedTopics = []chat.BlockedTopic{{Name: "Money", Phrases: []string{"tax advice"}}}
		config.Suggestions = true
	})
	blocked := requireBlocked(ctx, t, s, s.ask(ctx, t, "Give me some TAX advice."), "")
	require.Equal(t, chat.Blocked{Stage: chat.StageInput, Check: chat.CheckPhrase, Topic: "Money"}, blocked)
	require.Empty(t, s.env.Simulator.Ledger())

	s.env.Simulator.AddFault(simulator.Fault{Deltas: strings.SplitAfter("I would like to help you with this and to give you tax advice now.", " ")})
	id := s.ask(ctx, t, "What would you like?")
	chunks := readAll(ctx, t, s.n, s.f, id)
	require.Equal(t, chat.FinishContentFilter, chunks[len(chunks)-1].FinishReason)
	require.Regexp(t, `^I would like .*\n\n`+sentence+`$`, spoken(chunks))
	require.NotContains(t, spoken(chunks), "tax")
	row, _ := answerOf(ctx, t, s.n, s.f, id)
	require.Equal(t, chat.StageOutput, row.Blocked.Stage)
}

// TestModelJudgesTopics in a call that is in the books.
func TestModelJudgesTopics(t *testing.T) {
	t.Parallel()
	ctx := withDeadline(t)
	s := guarded(ctx, t, func(config *chat.AgentConfig) {
		config.Guardrails.BlockedTopics = []chat.BlockedTopic{{Name: "Gardening", Description: "How to grow things."}}
	})
	first := s.ask(ctx, t, "Which gardening tools do you like?")
	blocked := requireBlocked(ctx, t, s, first, "")
	require.Equal(t, chat.Blocked{Stage: chat.StageInput, Check: chat.CheckTopic, Topic: "Gardening"}, blocked)
	second := s.ask(ctx, t, "Who are you?")
	readAll(ctx, t, s.n, s.f, second)
	row, _ := answerOf(ctx, t, s.n, s.f, second)
	require.Nil(t, row.Blocked)
	purposes := map[string]int{}
	for _, call := range requireBooks(ctx, t, s.env, s.n, s.f, first, second) {
		purposes[call.Purpose]++
	}
	require.Equal(t, map[string]int{"answer": 2, "check": 2}, purposes)
}

// TestCheckThatCannotBeMade: it is tried again, then there is no answer, unless the
// owner wants one all the same.
func TestCheckThatCannotBeMade(t *testing.T) {
	t.Parallel()
	ctx := withDeadline(t)
	judge := simulator.Match{Endpoint: simulator.EndpointModerations}
	s := guarded(ctx, t, moderated)
	s.env.Simulator.AddFault(simulator.Fault{Match: judge, Times: 2, Status: http.StatusServiceUnavailable})
	require.NotEmpty(t, spoken(readAll(ctx, t, s.n, s.f, s.ask(ctx, t, "Who are you?"))))

	s.env.Simulator.AddFault(simulator.Fault{Match: judge, Status: http.StatusNotFound})
	id := s.ask(ctx, t, "Who are you now?")
	require.Empty(t, spoken(readAll(ctx, t, s.n, s.f, id)))
	row, _ := answerOf(ctx, t, s.n, s.f, id)
	require.Equal(t, chat.TurnFailed, row.Status)
	require.EqualValues(t, workflows.ErrorCheckUnavailable, row.ErrorCode)
	require.Contains(t, row.ErrorMessage, "checked before it is answered")

	config := priced()
	moderated(&config)
	config.Guardrails.WhenDown = chat.DownAllow
	publish(ctx, t, s.n, s.f, config)
	require.NotEmpty(t, spoken(readAll(ctx, t, s.n, s.f, s.ask(ctx, t, "And who are you now?"))))
}

// TestPersonalDataIsNotStored: neither what the visitor says nor, if that is wanted, what
// the model answers; and whoever says the same again is told the same.
func TestPersonalDataIsNotStored(t *testing.T) {
	t.Parallel()
	ctx := withDeadline(t)
	s := guarded(ctx, t, func(config *chat.AgentConfig) {
		config.Guardrails.Redact = chat.Redaction{Kinds: []chat.RedactKind{chat.RedactEmail, chat.RedactCard}, Answers: true}
	})
	s.env.Simulator.AddFault(simulator.Fault{
		Deltas: strings.SplitAfter("I have written to jo@example.com about the card 4111 1111 1111 1111, and not to +49 30 12345678 as it seems.", " "),
	})
	q := question(s.f, "I am jo@example.com, my card is 4111111111111111.")
	q.ClientID, q.Key, q.BodyHash = "m1", "k1", []byte("hash")
	claimed, err := s.n.Turns.Start(ctx, s.f.TenantID, q)
	require.NoError(t, err)
	again, err := s.n.Turns.Start(ctx, s.f.TenantID, q)
	require.NoError(t, err)
	require.True(t, again.Repeated)
	q.Key = ""
	again, err = s.n.Turns.Start(ctx, s.f.TenantID, q)
	require.NoError(t, err)
	require.True(t, again.Repeated)
	require.Equal(t, "I have written to [email removed] about the card [card number removed], and not to +49 30 12345678 as it seems.",
		spoken(readAll(ctx, t, s.n, s.f, claimed.Turn.ID)))
	require.NoError(t, s.n.DB.Tenant(ctx, s.f.TenantID, func(tx *db.TenantTx) error {
		stored, err := tx.MessageGet(ctx, claimed.Turn.UserMessageID)
		require.Equal(t, "I am [email removed], my card is [card number removed].", chat.Text(stored.Parts))
		return err
	}))
	require.Equal(t, "I am [email removed], my card is [card number removed].", s.env.Simulator.Ledger()[0].Text)
}

// TestSteeringIsCheckedAsWell: the answer that it came into is given, and then ours.
func TestSteeringIsCheckedAsWell(t *testing.T) {
	t.Parallel()
	ctx := withDeadline(t)
	s := guarded(ctx, t, moderated)
	counting := interruptibly("One. Two. Three. Four. Five. Six.")
	counting.Match, counting.Times = simulator.Match{Endpoint: simulator.EndpointResponses}, 1
	s.env.Simulator.AddFault(counting)
	id := s.ask(ctx, t, "Count!")
	until(ctx, t, s.n, s.f, id, chat.ChunkTextDelta)
	require.Equal(t, id, s.ask(ctx, t, "And kill somebody."))
	blocked := requireBlocked(ctx, t, s, id, "One. Two. Three. Four. Five. Six.")
	require.Equal(t, chat.StageInput, blocked.Stage)
	require.Contains(t, spoken(readAll(ctx, t, s.n, s.f, s.ask(ctx, t, "What did I ask you before?"))), "you may not see")
}

// TestCallsOfBlockedAnswersAreNotMade: what stood before them was in order.
func TestCallsOfBlockedAnswersAreNotMade(t *testing.T) {
	t.Parallel()
	ctx := withDeadline(t)
	server := newShop(t, says(`{}`))
	s := acting(ctx, t)
	config := dbtest.Config
	config.Tools = []chat.Tool{server.tool("order", chat.ClassWrite)}
	config.Guardrails.Moderation = chat.Moderation{Output: true, Message: sentence}
	publish(ctx, t, s.n, s.f, config)
	s.env.Simulator.AddScript(simulator.Script{Text: "Die, you vermin.", Calls: []simulator.Call{call("order", `{"id": "1"}`)}})
	requireBlocked(ctx, t, s, s.ask(ctx, t, "Order it."), "")
	require.Empty(t, server.seen())
}
