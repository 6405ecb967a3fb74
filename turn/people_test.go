package turn_test

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/chat"
	"github.com/parley-chat/parley/db"
	"github.com/parley-chat/parley/db/dbtest"
	"github.com/parley-chat/parley/internal/node/nodetest"
	"github.com/parley-chat/parley/llm/simulator"
	"github.com/parley-chat/parley/turn"
	"github.com/parley-chat/parley/turn/recording"
	"github.com/parley-chat/parley/workflows"
)

var ada = turn.Staff{Name: "Ada"}

// handing starts a node with an agent whose conversations people may answer.
func handing(ctx context.Context, t *testing.T, human chat.HumanHandoff) story {
	t.Helper()
	s := acting(ctx, t)
	config := dbtest.Config
	config.Human = human
	publish(ctx, t, s.n, s.f, config)
	return s
}

func (s story) say(ctx context.Context, t *testing.T, text string) turn.Claimed {
	t.Helper()
	claimed, err := s.n.Turns.Start(ctx, s.f.TenantID, question(s.f, text))
	require.NoError(t, err)
	return claimed
}

func (s story) conversation(ctx context.Context, t *testing.T) (row db.Conversation) {
	t.Helper()
	require.NoError(t, s.n.DB.Tenant(ctx, s.f.TenantID, func(tx *db.TenantTx) (err error) {
		row, err = tx.ConversationLock(ctx, s.f.ConversationID)
		return err
	}))
	return row
}

// lines are what a reader of the conversation sees, one line a message.
func (s story) lines(ctx context.Context, t *testing.T) (lines []string) {
	t.Helper()
	require.NoError(t, s.n.DB.Tenant(ctx, s.f.TenantID, func(tx *db.TenantTx) error {
		rows, err := tx.MessageListAfter(ctx, db.MessageListAfterParams{ConversationID: s.f.ConversationID, Max: 100})
		for _, row := range rows {
			line := string(row.Role)
			if row.Author != "" {
				line = row.Author
			}
			if row.Parts[0].Type == chat.PartHandoff {
				var note chat.HandoffNote
				require.NoError(t, json.Unmarshal(row.Parts[0].Data, &note))
				lines = append(lines, "-- "+strings.TrimSpace(string(note.State)+" "+note.Name))
				continue
			}
			lines = append(lines, line+": "+chat.Text(row.Parts))
		}
		return err
	}))
	return lines
}

func (s story) sees(ctx context.Context, t *testing.T, want ...string) {
	t.Helper()
	var lines []string
	require.Eventually(t, func() bool {
		lines = s.lines(ctx, t)
		return len(lines) >= len(want)
	}, patience, 20*time.Millisecond)
	require.Equal(t, want, lines)
}

func TestPeopleAnswerAndGiveBack(t *testing.T) {
	t.Parallel()
	ctx := withDeadline(t)
	s := handing(ctx, t, chat.HumanHandoff{Enabled: true})
	s.env.Simulator.AddScript(simulator.Script{Times: 1, Text: "I am the agent."})

	asked, err := s.n.Turns.AskForPerson(ctx, s.f.TenantID, s.f.ConversationID)
	require.NoError(t, err)
	require.Zero(t, asked.OpensAt)
	require.Equal(t, chat.ModeHuman, asked.Conversation.Mode)
	_, err = s.n.Turns.AskForPerson(ctx, s.f.TenantID, s.f.ConversationID)
	require.NoError(t, err, "asking again changes nothing")

	s.writesTo(t, "/dashboard/conversations/"+s.f.ConversationID.String())

	kept := s.say(ctx, t, "Is anybody there?")
	require.False(t, kept.Kept.IsZero())
	require.True(t, kept.Turn.ID.IsZero(), "no model is asked while people answer")
	require.NotNil(t, s.conversation(ctx, t).WaitingSince)

	_, err = s.n.Turns.Write(ctx, s.f.TenantID, s.f.ConversationID, ada, []chat.Part{chat.TextPart("I am.")})
	require.NoError(t, err)
	row := s.conversation(ctx, t)
	require.Equal(t, "Ada", row.StaffName, "whoever writes first is in charge")
	require.Nil(t, row.WaitingSince)
	require.Equal(t, "I am.", row.Preview)

	_, err = s.n.Turns.Take(ctx, s.f.TenantID, s.f.ConversationID, turn.Staff{Name: "Bob"}, false)
	require.Equal(t, chat.CodeConflict, chat.CodeOf(err))
	require.ErrorContains(t, err, "Ada")
	_, err = s.n.Turns.Take(ctx, s.f.TenantID, s.f.ConversationID, turn.Staff{Name: "Bob"}, true)
	require.NoError(t, err)

	s.say(ctx, t, "And who are you?")
	_, err = s.n.Turns.Return(ctx, s.f.TenantID, s.f.ConversationID)
	require.NoError(t, err)
	s.sees(ctx, t, "-- waiting", "user: Is anybody there?", "-- taken Ada", "Ada: I am.", "-- taken Bob",
		"user: And who are you?", "-- returned", "assistant: I am the agent.")
	require.Equal(t, chat.ModeAgent, s.conversation(ctx, t).Mode)
	require.Len(t, s.env.Simulator.Ledger(), 1)

	_, err = s.n.Turns.Write(ctx, s.f.TenantID, s.f.ConversationID, ada, []chat.Part{chat.TextPart("Too late.")})
	require.Equal(t, chat.CodeConflict, chat.CodeOf(err))
	prompt := s.prompted(ctx, t)
	for _, told := range []string{"Is anybody there?", "(Written by Ada, a person of the team.)", "Bob, a person of the team, has taken", "given this conversation back"} {
		require.Contains(t, prompt, told)
	}
}

// writesTo waits for a letter that says so.
func (s story) writesTo(t *testing.T, text string) {
	t.Helper()
	require.Eventually(t, func() bool {
		letters, err := filepath.Glob(filepath.Join(s.env.Config.Mail.Folder, "*"))
		require.NoError(t, err)
		for _, letter := range letters {
			said, err := os.ReadFile(letter)
			if err == nil && strings.Contains(string(said), text) {
				require.NotContains(t, string(said), "Is anybody there?")
				return true
			}
		}
		return false
	}, patience, 20*time.Millisecond)
}

// prompted is what the model would be told next.
func (s story) prompted(ctx context.Context, t *testing.T) string {
	t.Helper()
	s.env.Simulator.AddScript(simulator.Script{Times: 1, Text: "Yes."})
	id := s.ask(ctx, t, "Go on.")
	readAll(ctx, t, s.n, s.f, id)
	recorded, err := s.n.Turns.Record(ctx, s.f.TenantID, id, recording.FailureMessages)
	require.NoError(t, err)
	file, err := os.Create(filepath.Join(t.TempDir(), "turn"))
	require.NoError(t, err)
	require.NoError(t, recorded.Write(ctx, file))
	require.NoError(t, file.Close())
	var input recording.Input
	require.NoError(t, json.Unmarshal([]byte(contentOf(t, file.Name(), recording.FileInput)), &input))
	var told strings.Builder
	for _, said := range input.Prompt {
		told.WriteString(said.Text + "\n")
	}
	return told.String()
}

func TestNobodyAnswersAndTheAgentGoesOn(t *testing.T) {
	t.Parallel()
	ctx := withDeadline(t)
	s := handing(ctx, t, chat.HumanHandoff{Enabled: true, AnswerMinutes: 1})
	s.env.Simulator.AddScript(simulator.Script{Times: 1, Text: "I am sorry. It is open at nine."})
	_, err := s.n.Turns.AskForPerson(ctx, s.f.TenantID, s.f.ConversationID)
	require.NoError(t, err)
	s.say(ctx, t, "When do you open?")
	s.say(ctx, t, "Hello?")
	dbtest.AgeHandoffs(t, s.env.Config.Database.URL, s.f.TenantID, 2*time.Minute)
	s.sees(ctx, t, "-- waiting", "user: When do you open?", "user: Hello?", "-- unanswered", "assistant: I am sorry. It is open at nine.")
	row := s.conversation(ctx, t)
	require.Equal(t, chat.ModeAgent, row.Mode)
	require.Nil(t, row.WaitingSince)
}

// The process dies between the transaction and the hint, or Temporal is away: the
// row is what counts.
func TestHandoffWhoseStartWasLostIsTakenUp(t *testing.T) {
	t.Parallel()
	ctx := withDeadline(t)
	s := handing(ctx, t, chat.HumanHandoff{Enabled: true})
	s.env.Simulator.AddScript(simulator.Script{Times: 1, Text: "Here I am."})
	require.NoError(t, s.n.DB.Tenant(ctx, s.f.TenantID, func(tx *db.TenantTx) error {
		if _, err := tx.HandoffOpen(ctx, db.HandoffOpenParams{
			ID: chat.NewID[chat.HandoffID](), ConversationID: s.f.ConversationID, AskedBy: "visitor", AnswerMinutes: 1,
		}); err != nil {
			return err
		}
		_, err := tx.MessageAdd(ctx, db.MessageAddParams{
			ID: chat.NewID[chat.MessageID](), ConversationID: s.f.ConversationID, Role: chat.RoleUser, Parts: []chat.Part{chat.TextPart("Hello?")},
			Events: []json.RawMessage{},
		})
		return err
	}))
	dbtest.AgeHandoffs(t, s.env.Config.Database.URL, s.f.TenantID, 2*time.Minute)
	s.sees(ctx, t, "user: Hello?", "-- unanswered", "assistant: Here I am.")
}

// TestWhatWasLeftOutlivesADatabaseThatFails: the agent goes on, but the turn that answers
// what was left cannot be stored. It must not be taken for answered.
func TestWhatWasLeftOutlivesADatabaseThatFails(t *testing.T) {
	t.Parallel()
	ctx := withDeadline(t)
	s := handing(ctx, t, chat.HumanHandoff{Enabled: true, AnswerMinutes: 1})
	s.env.Simulator.AddScript(simulator.Script{Times: 1, Text: "Here I am."})
	_, err := s.n.Turns.AskForPerson(ctx, s.f.TenantID, s.f.ConversationID)
	require.NoError(t, err)
	s.say(ctx, t, "Hello?")
	var open db.Handoff
	require.NoError(t, s.n.DB.Tenant(ctx, s.f.TenantID, func(tx *db.TenantTx) (err error) {
		open, err = tx.HandoffOfConversation(ctx, s.f.ConversationID)
		return err
	}))
	url := s.env.Config.Database.URL
	mend := dbtest.RefuseTurns(t, url, s.f.TenantID)
	dbtest.AgeHandoffs(t, url, s.f.TenantID, 2*time.Minute)
	_, err = s.n.Turns.WatchHandoff(ctx, s.f.TenantID, open.ID)
	require.ErrorContains(t, err, "no turn today")
	s.sees(ctx, t, "-- waiting", "user: Hello?", "-- unanswered")
	mend()
	s.sees(ctx, t, "-- waiting", "user: Hello?", "-- unanswered", "assistant: Here I am.")
}

func TestModelAsksForAPerson(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		hours *chat.BusinessHours
		mode  chat.ConversationMode
		state chat.ToolCallState
	}{
		"when people are there": {nil, chat.ModeHuman, chat.CallSucceeded},
		"when nobody is":        {closedNow(), chat.ModeAgent, chat.CallFailed},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx := withDeadline(t)
			s := handing(ctx, t, chat.HumanHandoff{Enabled: true, Hours: c.hours})
			s.asksFor("We will see.", call(chat.HandoffToPerson, `{"note": "angry"}`))
			id := s.ask(ctx, t, "I want a person!")
			require.Equal(t, "We will see.", spoken(readAll(ctx, t, s.n, s.f, id)), "the answer is given to its end")
			require.Equal(t, c.mode, s.conversation(ctx, t).Mode)
			require.Equal(t, c.state, toolCalls(ctx, t, s.n, s.f, id)[0].State)
		})
	}
}

// closedNow are hours on the other side of the week.
func closedNow() *chat.BusinessHours {
	day := (int(time.Now().UTC().Weekday())+2)%7 + 1 // 1 is Monday: three days ahead
	return &chat.BusinessHours{Zone: "UTC", Days: []chat.OpenHours{{Day: day, From: "09:00", To: "10:00"}}}
}

func TestStaffTakesARunningAnswerOver(t *testing.T) {
	t.Parallel()
	ctx := withDeadline(t)
	s := handing(ctx, t, chat.HumanHandoff{})
	s.env.Simulator.AddFault(slowly(strings.Repeat("word ", 2000)))
	id := s.ask(ctx, t, "Tell me everything.")
	until(ctx, t, s.n, s.f, id, chat.ChunkTextDelta)
	_, err := s.n.Turns.AskForPerson(ctx, s.f.TenantID, s.f.ConversationID)
	require.Equal(t, chat.CodeConflict, chat.CodeOf(err), "visitors may not ask, staff may always come")
	_, err = s.n.Turns.Take(ctx, s.f.TenantID, s.f.ConversationID, ada, false)
	require.NoError(t, err)
	chunks := readAll(ctx, t, s.n, s.f, id)
	require.Equal(t, chat.ChunkAbort, chunks[len(chunks)-1].Type)
	require.False(t, s.say(ctx, t, "Thank you").Kept.IsZero())
	_, err = s.n.Turns.CancelPerson(ctx, s.f.TenantID, s.f.ConversationID)
	require.NoError(t, err)
}

// What was said to people is checked before a model hears it.
func TestWhatPeopleWereToldIsCheckedWhenTheAgentGoesOn(t *testing.T) {
	t.Parallel()
	ctx := withDeadline(t)
	s := acting(ctx, t)
	config := dbtest.Config
	config.Guardrails = chat.Guardrails{BlockedTopics: []chat.BlockedTopic{{Name: "Tax", Phrases: []string{"tax return"}}}, TopicMessage: "Ask your adviser."}
	publish(ctx, t, s.n, s.f, config)
	_, err := s.n.Turns.Take(ctx, s.f.TenantID, s.f.ConversationID, ada, false)
	require.NoError(t, err)
	s.say(ctx, t, "Who does my tax return?")
	s.say(ctx, t, "Hello?")
	_, err = s.n.Turns.Return(ctx, s.f.TenantID, s.f.ConversationID)
	require.NoError(t, err)
	s.sees(ctx, t, "-- taken Ada", "user: Who does my tax return?", "user: Hello?", "-- returned", "assistant: Ask your adviser.")
}

func TestKeptMessageIsKeptOnce(t *testing.T) {
	t.Parallel()
	ctx := withDeadline(t)
	s := handing(ctx, t, chat.HumanHandoff{})
	_, err := s.n.Turns.Take(ctx, s.f.TenantID, s.f.ConversationID, ada, false)
	require.NoError(t, err)
	q := question(s.f, "Hello")
	q.Key, q.BodyHash, q.ClientID = "key", []byte("hash"), "mine"
	first, err := s.n.Turns.Start(ctx, s.f.TenantID, q)
	require.NoError(t, err)
	again, err := s.n.Turns.Start(ctx, s.f.TenantID, q)
	require.NoError(t, err)
	require.Equal(t, first.Kept, again.Kept)
	q.Key = ""
	again, err = s.n.Turns.Start(ctx, s.f.TenantID, q)
	require.NoError(t, err)
	require.Equal(t, first.Kept, again.Kept, "the client's id is enough")
	q.Parts = []chat.Part{chat.TextPart("Something else")}
	_, err = s.n.Turns.Start(ctx, s.f.TenantID, q)
	require.ErrorIs(t, err, turn.ErrMessageIDReused)
	q.ClientID, q.Fork = "", turn.Fork{Edit: first.Kept}
	_, err = s.n.Turns.Start(ctx, s.f.TenantID, q)
	require.Equal(t, chat.CodeConflict, chat.CodeOf(err))
	s.sees(ctx, t, "-- taken Ada", "user: Hello")
}

// other makes another agent of the tenant's and publishes it.
func (s story) other(ctx context.Context, t *testing.T, name string, config chat.AgentConfig) chat.AgentID {
	t.Helper()
	id := chat.NewID[chat.AgentID]()
	require.NoError(t, s.n.DB.Tenant(ctx, s.f.TenantID, func(tx *db.TenantTx) error {
		if _, err := tx.AgentInsert(ctx, id, name, config); err != nil {
			return err
		}
		_, err := tx.AgentPublish(ctx, db.AgentPublishParams{ID: chat.NewID[chat.AgentVersionID](), AgentID: id, Revision: 1, PublishedBy: s.f.UserID})
		return err
	}))
	return id
}

func TestAgentsHandOver(t *testing.T) {
	t.Parallel()
	for _, along := range []chat.HandoffContext{chat.ContextConversation, chat.ContextRequest} {
		t.Run(string(along), func(t *testing.T) {
			t.Parallel()
			ctx := withDeadline(t)
			s := acting(ctx, t)
			seller := dbtest.Config
			seller.Instructions = "You sell."
			config := dbtest.Config
			config.Handoffs = []chat.AgentHandoff{{Name: "sales", AgentID: s.other(ctx, t, "Sales", seller), When: "Buying.", Context: along}}
			publish(ctx, t, s.n, s.f, config)
			s.env.Simulator.AddScript(simulator.Script{Times: 1, Text: "Hello."})
			readAll(ctx, t, s.n, s.f, s.ask(ctx, t, "Good morning"))
			s.env.Simulator.AddScript(simulator.Script{Times: 1, Calls: []simulator.Call{call("handoff_to_sales", `{"note": "wants shoes"}`)}})
			s.env.Simulator.AddScript(simulator.Script{Times: 1, AfterTools: true, Text: "Which shoes?"})
			handed := s.ask(ctx, t, "I want shoes")
			require.Equal(t, "Which shoes?", spoken(readAll(ctx, t, s.n, s.f, handed)))
			for step, of := range map[int]chat.AgentConfig{1: config, 2: seller} {
				prompt := s.prompt(ctx, t, handed, step)
				require.True(t, strings.HasPrefix(prompt.Request.Instructions, of.Instructions), "step %d", step)
				require.Equal(t, turn.PromptSent, prompt.State)
			}
			s.env.Simulator.AddScript(simulator.Script{Times: 1, Text: "Red ones, then."})
			readAll(ctx, t, s.n, s.f, s.ask(ctx, t, "Red"))
			s.sees(ctx, t, "user: Good morning", "assistant: Hello.", "user: I want shoes", "Sales: Which shoes?", "user: Red", "Sales: Red ones, then.")
			prompt := s.prompted(ctx, t)
			require.Contains(t, prompt, "You are Sales")
			require.Contains(t, prompt, "I want shoes")
			require.Equal(t, along == chat.ContextConversation, strings.Contains(prompt, "Good morning"))
		})
	}
}

// Agents that give a question to each other come to an end.
func TestHandoffsAreBounded(t *testing.T) {
	t.Parallel()
	ctx := withDeadline(t)
	s := acting(ctx, t)
	second := dbtest.Config
	second.Handoffs = []chat.AgentHandoff{{Name: "first", AgentID: s.f.AgentID, When: "Always."}}
	config := dbtest.Config
	config.Handoffs = []chat.AgentHandoff{{Name: "second", AgentID: s.other(ctx, t, "Second", second), When: "Always."}}
	publish(ctx, t, s.n, s.f, config)
	for i := range chat.MostAgentHandoffs + 1 {
		name := []string{"handoff_to_second", "handoff_to_first"}[i%2]
		s.env.Simulator.AddScript(simulator.Script{Times: 1, AfterTools: i > 0, Calls: []simulator.Call{call(name, `{}`)}})
	}
	s.env.Simulator.AddScript(simulator.Script{Times: 1, AfterTools: true, Text: "Then I will answer."})
	id := s.ask(ctx, t, "Who answers?")
	require.Equal(t, "Then I will answer.", spoken(readAll(ctx, t, s.n, s.f, id)))
	calls := toolCalls(ctx, t, s.n, s.f, id)
	require.Len(t, calls, chat.MostAgentHandoffs+1)
	require.Equal(t, chat.CallFailed, calls[chat.MostAgentHandoffs].State)
	require.Contains(t, calls[chat.MostAgentHandoffs].Error, "too often")
}

// TestHandoffReplays: people come and go, and a later worker decides all of it again.
func TestHandoffReplays(t *testing.T) {
	t.Parallel()
	env := nodetest.New(t)
	env.RecordHistories(t)
	n, ctx := env.Start(t), withDeadline(t)
	s := story{env, n, dbtest.Tenant(t, n.DB)}
	config := dbtest.Config
	config.Human.Enabled = true
	publish(ctx, t, n, s.f, config)
	s.env.Simulator.AddScript(simulator.Script{Times: 1, Text: "Here I am."})
	_, err := n.Turns.AskForPerson(ctx, s.f.TenantID, s.f.ConversationID)
	require.NoError(t, err)
	var open db.Handoff
	require.NoError(t, n.DB.Tenant(ctx, s.f.TenantID, func(tx *db.TenantTx) error {
		open, err = tx.HandoffOfConversation(ctx, s.f.ConversationID)
		return err
	}))
	_, err = n.Turns.Write(ctx, s.f.TenantID, s.f.ConversationID, ada, []chat.Part{chat.TextPart("Hello.")})
	require.NoError(t, err)
	s.say(ctx, t, "Hello!")
	_, err = n.Turns.Return(ctx, s.f.TenantID, s.f.ConversationID)
	require.NoError(t, err)
	s.sees(ctx, t, "-- waiting", "-- taken Ada", "Ada: Hello.", "user: Hello!", "-- returned", "assistant: Here I am.")
	history := nodetest.History(ctx, t, n, workflows.HandoffID(s.f.TenantID, open.ID))
	require.NoError(t, replayer(t).ReplayWorkflowHistory(nil, history))
	if *record {
		write(t, "handoff-returned", history)
	}
}
