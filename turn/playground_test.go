package turn_test

import (
	"context"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/chat"
	"github.com/parley-chat/parley/db"
	"github.com/parley-chat/parley/turn"
)

// draft changes the draft of the fixture's agent, and publishes nothing.
func (s story) draft(ctx context.Context, t *testing.T, config chat.AgentConfig) {
	t.Helper()
	require.NoError(t, s.n.DB.Tenant(ctx, s.f.TenantID, func(tx *db.TenantTx) error {
		found, err := tx.AgentGet(ctx, s.f.AgentID)
		require.NoError(t, err)
		_, err = tx.AgentDraftPut(ctx, db.AgentDraftPutParams{
			ID: s.f.AgentID, Name: found.Agent.Name, Draft: config, Revision: found.Agent.DraftRevision,
		})
		return err
	}))
}

// plays gives a question of the fixture's member to the draft.
func (s story) plays(ctx context.Context, t *testing.T, asks chat.PlayAsks, text string) turn.Question {
	t.Helper()
	id := chat.NewID[chat.ConversationID]()
	require.NoError(t, s.n.DB.Tenant(ctx, s.f.TenantID, func(tx *db.TenantTx) error {
		_, err := tx.PlaygroundInsert(ctx, db.PlaygroundInsertParams{ID: id, AgentID: s.f.AgentID, PlayedBy: s.f.UserID, PlayAsks: asks})
		return err
	}))
	return turn.Question{Conversation: id, Player: s.f.UserID, Parts: []chat.Part{chat.TextPart(text)}}
}

// TestDraftAnswersWhoTriesItOut: as it is at that moment, and nobody else meets it.
func TestDraftAnswersWhoTriesItOut(t *testing.T) {
	t.Parallel()
	ctx := withDeadline(t)
	s := acting(ctx, t)
	config := priced()
	config.Instructions = "You are the draft."
	s.draft(ctx, t, config)
	play := s.plays(ctx, t, chat.PlayAsksChanges, "Who are you?")
	first := ends(ctx, t, s, play)
	again := ends(ctx, t, s, play)
	require.Equal(t, first.AgentVersionID, again.AgentVersionID, "the same draft is kept once")
	require.Equal(t, "You are the draft.", s.prompt(ctx, t, first.ID, 1).Request.Instructions)
	config.Instructions = "You are the next draft."
	s.draft(ctx, t, config)
	next := ends(ctx, t, s, turn.Question{Conversation: play.Conversation, Player: s.f.UserID, Fork: turn.Fork{Regenerate: again.AssistantMessageID}})
	require.Equal(t, "You are the next draft.", s.prompt(ctx, t, next.ID, 1).Request.Instructions)
	require.Equal(t, "You are the draft.", s.prompt(ctx, t, first.ID, 1).Request.Instructions, "an old answer keeps its draft")
	visitors := ended(ctx, t, s)
	require.Equal(t, "You are the test assistant.", s.prompt(ctx, t, visitors, 1).Request.Instructions)
	require.Zero(t, s.trace(ctx, t, next.ID).Agent.AgentVersion.Number)

	require.NoError(t, s.n.DB.Tenant(ctx, s.f.TenantID, func(tx *db.TenantTx) error {
		versions, err := tx.AgentVersionList(ctx, s.f.AgentID, 100, 100)
		require.NoError(t, err)
		for _, version := range versions {
			require.Positive(t, version.Number)
		}
		listed, err := tx.ConversationList(ctx, db.ConversationListParams{Max: 100})
		require.NoError(t, err)
		require.Len(t, listed, 1)
		require.Equal(t, s.f.ConversationID, listed[0].Conversation.ID)
		found, err := tx.ConversationSearch(ctx, db.ConversationSearchParams{Words: "Who are you", Max: 100})
		require.NoError(t, err)
		require.Empty(t, found)
		month, err := tx.UsageMonthGet(ctx)
		require.NoError(t, err)
		require.EqualValues(t, 1, month.Turns, "the visitor's alone")
		spent := s.trace(ctx, t, visitors).Usage[0].CostMicros
		require.Greater(t, month.CostMicros, spent, "what it costs counts in the budget")
		return nil
	}))
}

// TestOnlyWhoPlaysAsksThere: not another member, a program or a visitor, and nobody
// plays in a visitor's conversation.
func TestOnlyWhoPlaysAsksThere(t *testing.T) {
	t.Parallel()
	ctx := withDeadline(t)
	s := acting(ctx, t)
	play := s.plays(ctx, t, chat.PlayAsksNone, "Hello?")
	visitors := question(s.f, "Hello?")
	visitors.Visitor = chat.VisitorID{}
	visitors.Player = s.f.UserID
	for name, q := range map[string]turn.Question{
		"another member":           {Conversation: play.Conversation, Parts: play.Parts, Player: chat.NewID[chat.UserID]()},
		"a program":                {Conversation: play.Conversation, Parts: play.Parts},
		"a visitor":                {Conversation: play.Conversation, Parts: play.Parts, Visitor: s.f.VisitorID},
		"a member, for a visitor":  visitors,
		"a program that edits one": {Conversation: play.Conversation, Fork: turn.Fork{Regenerate: chat.NewID[chat.MessageID]()}},
	} {
		_, err := s.n.Turns.Start(ctx, s.f.TenantID, q)
		require.Equal(t, chat.CodeNotFound, chat.CodeOf(err), name)
	}
}

// TestPlayerIsAskedBeforeWhatAPolicyAllows: if they wish, and about changes alone if they
// wish that. What a policy asks or denies stays so.
func TestPlayerIsAskedBeforeWhatAPolicyAllows(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		asks   chat.PlayAsks
		class  chat.ToolClass
		policy chat.ToolDecision
		want   chat.ToolDecision
		by     string
	}{
		"nothing":             {chat.PlayAsksNone, chat.ClassWrite, chat.DecideAllow, chat.DecideAllow, "default"},
		"a read":              {chat.PlayAsksChanges, chat.ClassRead, chat.DecideAllow, chat.DecideAllow, "default"},
		"a write":             {chat.PlayAsksChanges, chat.ClassWrite, chat.DecideAllow, chat.DecideAskPlayer, "playground"},
		"an idempotent one":   {chat.PlayAsksChanges, chat.ClassIdempotent, chat.DecideAllow, chat.DecideAskPlayer, "playground"},
		"everything":          {chat.PlayAsksAll, chat.ClassRead, chat.DecideAllow, chat.DecideAskPlayer, "playground"},
		"the visitor's":       {chat.PlayAsksAll, chat.ClassWrite, chat.DecideAskVisitor, chat.DecideAskVisitor, "default"},
		"the team's":          {chat.PlayAsksAll, chat.ClassWrite, chat.DecideAskStaff, chat.DecideAskStaff, "default"},
		"what is not allowed": {chat.PlayAsksAll, chat.ClassWrite, chat.DecideDeny, chat.DecideDeny, "default"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx := withDeadline(t)
			server := newShop(t, says(`{"done": true}`))
			s := acting(ctx, t)
			does := server.tool("act", c.class)
			does.Policy.Default = c.policy
			config := priced()
			config.Tools = []chat.Tool{does}
			s.draft(ctx, t, config)
			s.asksFor("So it is.", call("act", `{"id": "1"}`))
			claimed, err := s.n.Turns.Start(ctx, s.f.TenantID, s.plays(ctx, t, c.asks, "Do it!"))
			require.NoError(t, err)
			id := claimed.Turn.ID
			if c.want.Asks() != "" {
				s.decides(ctx, t, id, c.want)
			}
			readAll(ctx, t, s.n, s.f, id)
			trace := s.trace(ctx, t, id)
			require.Equal(t, c.want, trace.Calls[0].Decision)
			require.Equal(t, c.by, trace.Calls[0].DecidedBy)
			if c.policy == chat.DecideDeny {
				require.Empty(t, server.seen())
				return
			}
			require.Len(t, server.seen(), 1)
			require.Equal(t, chat.CallSucceeded, trace.Calls[0].State)
			if c.want.Asks() != "" {
				require.Equal(t, chat.ApprovalApproved, trace.Approvals[0].State)
			}
		})
	}
}

// decides says yes as whoever is asked, after others have tried to.
func (s story) decides(ctx context.Context, t *testing.T, id chat.TurnID, want chat.ToolDecision) {
	t.Helper()
	approval := asked(ctx, t, s, id)
	require.Equal(t, want.Asks(), approval.Asks)
	player := func(v *turn.Vote) { v.Voter, v.Role = uuid.UUID(s.f.UserID.Bytes()), "" }
	if want == chat.DecideAskStaff {
		_, err := s.vote(ctx, approval, player)
		require.Equal(t, chat.CodeNotFound, chat.CodeOf(err), "who plays does not speak for the team")
		_, err = s.vote(ctx, approval, func(*turn.Vote) {})
		require.NoError(t, err)
		return
	}
	for _, other := range []func(*turn.Vote){
		func(*turn.Vote) {}, // a member
		func(v *turn.Vote) { v.Role, v.Program = "", true },
		func(v *turn.Vote) { v.Role = "" }, // anybody else
		func(v *turn.Vote) { v.Voter, v.Role = uuid.UUID(s.f.VisitorID.Bytes()), "" },
	} {
		_, err := s.vote(ctx, approval, other)
		require.Equal(t, chat.CodeNotFound, chat.CodeOf(err))
	}
	require.NoError(t, s.n.DB.Tenant(ctx, s.f.TenantID, func(tx *db.TenantTx) error {
		open, err := tx.ApprovalOpenCount(ctx)
		require.Zero(t, open, "the team is not asked")
		return err
	}))
	_, err := s.vote(ctx, approval, player)
	require.NoError(t, err)
}
