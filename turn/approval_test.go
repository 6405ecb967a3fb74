package turn_test

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/chat"
	"github.com/parley-chat/parley/db"
	"github.com/parley-chat/parley/llm/simulator"
	"github.com/parley-chat/parley/turn"
	"github.com/parley-chat/parley/workflows"
)

// asking is the shop's tool for which people are asked.
func (s *shop) asking(policy chat.ApprovalPolicy, decision chat.ToolDecision) chat.Tool {
	t := s.tool("refund", chat.ClassWrite)
	t.Policy = chat.ToolPolicy{Default: decision, Approval: policy}
	return t
}

// refunding is a story in which the visitor wants a refund, about which people are
// asked.
func refunding(ctx context.Context, t *testing.T, server *shop, policy chat.ApprovalPolicy, decision chat.ToolDecision) story {
	t.Helper()
	s := acting(ctx, t, server.asking(policy, decision))
	s.asksFor("So it is.", call("refund", `{"id": "1"}`))
	return s
}

// asked waits until people are asked about the turn's first call.
func asked(ctx context.Context, t *testing.T, s story, id chat.TurnID) (approval db.Approval) {
	t.Helper()
	until(ctx, t, s.n, s.f, id, chat.ChunkToolApprovalRequest)
	require.NoError(t, s.n.DB.Tenant(ctx, s.f.TenantID, func(tx *db.TenantTx) (err error) {
		approval, err = tx.ApprovalByCall(ctx, chat.ToolCallRef{Turn: id, Step: 1}.CallID(s.f.TenantID))
		return err
	}))
	return approval
}

func (s story) vote(ctx context.Context, approval db.Approval, change func(*turn.Vote)) (db.Approval, error) {
	vote := turn.Vote{
		Voter: uuid.New(), Role: chat.MemberAgent, Name: "Ann", Approve: true, Hash: turn.ArgumentsHash(approval.Arguments),
	}
	change(&vote)
	return s.n.Turns.Vote(ctx, s.f.TenantID, approval.ID, vote)
}

func TestApprovedCallIsMadeAndDeniedIsNot(t *testing.T) {
	t.Parallel()
	for name, approve := range map[string]bool{"approved": true, "denied": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx := withDeadline(t)
			server := newShop(t, says(`"done"`))
			s := refunding(ctx, t, server, chat.ApprovalPolicy{}, chat.DecideAskStaff)
			id := s.ask(ctx, t, "My money back!")
			approval := asked(ctx, t, s, id)
			require.Empty(t, server.seen(), "nothing is done before somebody has decided")
			decided, err := s.vote(ctx, approval, func(v *turn.Vote) { v.Approve, v.Reason = approve, "Too late." })
			require.NoError(t, err)
			require.NotEqual(t, chat.ApprovalOpen, decided.State)
			parts, rows := requireTold(ctx, t, s, id)
			require.Equal(t, approval.ID.String(), parts[0].Approval.ID)
			require.Equal(t, approve, *parts[0].Approval.Approved)
			if approve {
				require.Equal(t, chat.CallSucceeded, rows[0].State)
				require.Len(t, server.seen(), 1)
			} else {
				require.Equal(t, chat.CallDenied, rows[0].State)
				require.Equal(t, "Too late.", parts[0].Approval.Reason, "the agent is told why")
				require.Empty(t, server.seen())
			}
			again, err := s.vote(ctx, approval, func(v *turn.Vote) { v.Approve = !approve })
			require.NoError(t, err)
			require.Equal(t, decided.State, again.State, "a second decision gets the first one")
		})
	}
}

// TestVotesThatDoNotCount: each says why, and decides nothing.
func TestVotesThatDoNotCount(t *testing.T) {
	t.Parallel()
	ctx := withDeadline(t)
	server := newShop(t, says(`"done"`))
	s := refunding(ctx, t, server, chat.ApprovalPolicy{Roles: []chat.MemberRole{chat.MemberOwner}, Quorum: 2}, chat.DecideAskStaff)
	id := s.ask(ctx, t, "My money back!")
	approval := asked(ctx, t, s, id)
	ann := uuid.New()
	for code, change := range map[chat.Code]func(*turn.Vote){
		chat.CodeNotFound: func(v *turn.Vote) { v.Role = chat.MemberAgent },
		chat.CodeConflict: func(v *turn.Vote) { v.Role, v.Hash = chat.MemberOwner, turn.ArgumentsHash(json.RawMessage(`{}`)) },
	} {
		_, err := s.vote(ctx, approval, change)
		require.Equal(t, code, chat.CodeOf(err))
	}
	_, err := s.vote(ctx, approval, func(v *turn.Vote) { v.Role, v.Arguments = chat.MemberOwner, json.RawMessage(`{"id": "2"}`) })
	require.Equal(t, chat.CodeConflict, chat.CodeOf(err), "they may not be edited")
	for range 2 {
		open, err := s.vote(ctx, approval, func(v *turn.Vote) { v.Role, v.Voter = chat.MemberOwner, ann })
		require.NoError(t, err)
		require.Equal(t, chat.ApprovalOpen, open.State, "one person is one vote")
	}
	require.Empty(t, server.seen())
	decided, err := s.vote(ctx, approval, func(v *turn.Vote) { v.Role = chat.MemberOwner })
	require.NoError(t, err)
	require.Equal(t, chat.ApprovalApproved, decided.State)
	requireTold(ctx, t, s, id)
	require.Len(t, server.seen(), 1)
}

func TestEditedArgumentsAreSentAndShown(t *testing.T) {
	t.Parallel()
	ctx := withDeadline(t)
	server := newShop(t, says(`"done"`))
	s := refunding(ctx, t, server, chat.ApprovalPolicy{Editable: true}, chat.DecideAskStaff)
	id := s.ask(ctx, t, "My money back!")
	_, err := s.vote(ctx, asked(ctx, t, s, id), func(v *turn.Vote) { v.Arguments = json.RawMessage(`{"id": "2"}`) })
	require.NoError(t, err)
	parts, _ := requireTold(ctx, t, s, id)
	require.JSONEq(t, `{"id": "2"}`, string(parts[0].Input))
	require.Equal(t, "/refund/2", server.seen()[0].Path)
}

func TestVisitorsDecideAboutTheirOwn(t *testing.T) {
	t.Parallel()
	ctx := withDeadline(t)
	server := newShop(t, says(`"done"`))
	s := refunding(ctx, t, server, chat.ApprovalPolicy{}, chat.DecideAskVisitor)
	id := s.ask(ctx, t, "My money back!")
	approval := asked(ctx, t, s, id)
	for _, stranger := range []func(*turn.Vote){
		func(v *turn.Vote) { v.Role = "" }, func(v *turn.Vote) { v.Role = chat.MemberOwner },
	} {
		_, err := s.vote(ctx, approval, stranger)
		require.Equal(t, chat.CodeNotFound, chat.CodeOf(err))
	}
	_, err := s.vote(ctx, approval, func(v *turn.Vote) { v.Role, v.Voter = "", s.f.VisitorID.Bytes() })
	require.NoError(t, err)
	requireTold(ctx, t, s, id)
	require.Len(t, server.seen(), 1)
}

func TestStopTakesTheQuestionBack(t *testing.T) {
	t.Parallel()
	ctx := withDeadline(t)
	server := newShop(t, says(`"done"`))
	s := refunding(ctx, t, server, chat.ApprovalPolicy{}, chat.DecideAskStaff)
	id := s.ask(ctx, t, "My money back!")
	approval := asked(ctx, t, s, id)
	require.NoError(t, s.n.Turns.Stop(ctx, s.f.TenantID, id))
	_, rows := requireTold(ctx, t, s, id)
	require.Equal(t, chat.CallCanceled, rows[0].State)
	_, err := s.vote(ctx, approval, func(*turn.Vote) {})
	require.Equal(t, chat.CodeGone, chat.CodeOf(err))
	require.Empty(t, server.seen())
}

// TestTurnDoesNotWaitForPeopleForLong: a message that comes in ends the wait, the
// conversation goes on, and what is decided later is told by a turn of its own.
func TestTurnDoesNotWaitForPeopleForLong(t *testing.T) {
	t.Parallel()
	ctx := withDeadline(t)
	server := newShop(t, says(`"refunded"`))
	s := acting(ctx, t, server.asking(chat.ApprovalPolicy{}, chat.DecideAskStaff))
	s.env.Simulator.AddScript(simulator.Script{Times: 1, Calls: []simulator.Call{call("refund", `{"id": "1"}`)}})
	s.env.Simulator.AddScript(simulator.Script{AfterTools: true, Text: "You have your money."})
	s.env.Simulator.AddScript(simulator.Script{Text: "I have asked my colleagues."})
	id := s.ask(ctx, t, "My money back!")
	approval := asked(ctx, t, s, id)
	require.Equal(t, id, s.ask(ctx, t, "Are you there?"))
	readAll(ctx, t, s.n, s.f, id)
	row, message := answerOf(ctx, t, s.n, s.f, id)
	require.Equal(t, chat.TurnCompleted, row.Status)
	require.Contains(t, chat.Text(message.Parts), "I have asked my colleagues.")

	_, err := s.vote(ctx, approval, func(*turn.Vote) {})
	require.NoError(t, err)
	next := continued(ctx, t, s, id)
	readAll(ctx, t, s.n, s.f, next.ID)
	require.Len(t, server.seen(), 1)
	_, message = answerOf(ctx, t, s.n, s.f, id)
	require.Equal(t, chat.ToolPartOutput, toolParts(message.Parts)[0].State, "the first answer shows what came of it")
	row, _ = answerOf(ctx, t, s.n, s.f, next.ID)
	require.Equal(t, chat.TurnCompleted, row.Status)
}

// continued waits for the turn that goes on with another.
func continued(ctx context.Context, t *testing.T, s story, id chat.TurnID) (found db.Turn) {
	t.Helper()
	require.Eventually(t, func() bool {
		var rows []db.TurnListRow
		require.NoError(t, s.n.DB.Tenant(ctx, s.f.TenantID, func(tx *db.TenantTx) (err error) {
			rows, err = tx.TurnList(ctx, s.f.ConversationID, chat.TurnID{}, 10)
			return err
		}))
		for _, row := range rows {
			if row.Turn.Continues == id {
				found = row.Turn
			}
		}
		return !found.ID.IsZero()
	}, patience, 10*time.Millisecond)
	return found
}

// parked asks for a refund and lets the turn park, as it does after a minute.
func parked(ctx context.Context, t *testing.T, s story) (id chat.TurnID, approval db.Approval) {
	t.Helper()
	id = s.ask(ctx, t, "My money back!")
	approval = asked(ctx, t, s, id)
	found, err := s.n.Turns.Park(ctx, s.f.TenantID, id)
	require.NoError(t, err)
	require.Equal(t, turn.WaitsLong, found)
	chunks := readAll(ctx, t, s.n, s.f, id)
	require.Equal(t, chat.FinishToolCalls, chunks[len(chunks)-1].FinishReason)
	row, message := answerOf(ctx, t, s.n, s.f, id)
	require.Equal(t, chat.TurnAwaitingApproval, row.Status)
	require.Equal(t, chat.ToolPartAsked, toolParts(message.Parts)[0].State)
	return id, approval
}

// TestParkedTurnIsGoneOnWith: whoever decides, however late, has another turn tell the
// visitor; the parked one shows what came of it, and nothing is told twice.
func TestParkedTurnIsGoneOnWith(t *testing.T) {
	t.Parallel()
	for name, approve := range map[string]bool{"approved": true, "denied": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx := withDeadline(t)
			server := newShop(t, says(`"refunded"`))
			s := refunding(ctx, t, server, chat.ApprovalPolicy{}, chat.DecideAskStaff)
			id, approval := parked(ctx, t, s)
			_, err := s.vote(ctx, approval, func(v *turn.Vote) { v.Approve = approve })
			require.NoError(t, err)
			next := continued(ctx, t, s, id)
			readAll(ctx, t, s.n, s.f, next.ID)
			row, message := answerOf(ctx, t, s.n, s.f, next.ID)
			require.Equal(t, chat.TurnCompleted, row.Status)
			require.Equal(t, "So it is.", chat.Text(message.Parts))
			require.Equal(t, next.UserMessageID, row.UserMessageID)
			row, message = answerOf(ctx, t, s.n, s.f, id)
			require.Equal(t, chat.TurnCompleted, row.Status)
			require.Equal(t, approve, toolParts(message.Parts)[0].State == chat.ToolPartOutput)
			require.NoError(t, s.n.Turns.Continue(ctx, s.f.TenantID, id), "it has been told")
			require.Len(t, messagesOf(ctx, t, s.n, s.f), 3, "a question and two answers")
		})
	}
}

// TestQuestionOfAReplacedAnswerIsTakenBack: nobody decides about what the visitor has
// turned away from.
func TestQuestionOfAReplacedAnswerIsTakenBack(t *testing.T) {
	t.Parallel()
	ctx := withDeadline(t)
	server := newShop(t, says(`"refunded"`))
	s := acting(ctx, t, server.asking(chat.ApprovalPolicy{}, chat.DecideAskStaff))
	s.env.Simulator.AddScript(simulator.Script{Times: 1, Calls: []simulator.Call{call("refund", `{"id": "1"}`)}})
	s.env.Simulator.AddScript(simulator.Script{Text: "Something else."})
	id, approval := parked(ctx, t, s)
	row, _ := answerOf(ctx, t, s.n, s.f, id)
	ends(ctx, t, s, fork(s.f, turn.Fork{Edit: row.UserMessageID}, "Never mind."))
	_, err := s.vote(ctx, approval, func(*turn.Vote) {})
	require.Equal(t, chat.CodeGone, chat.CodeOf(err))
	require.Eventually(t, func() bool {
		return toolCalls(ctx, t, s.n, s.f, id)[0].State == chat.CallCanceled
	}, patience, 10*time.Millisecond)
	require.Empty(t, server.seen())
}

// TestLostSignalIsMadeUpFor: the decision is in the database, and whoever made it died
// before it could be told.
func TestLostSignalIsMadeUpFor(t *testing.T) {
	t.Parallel()
	ctx := withDeadline(t)
	server := newShop(t, says(`"refunded"`))
	s := refunding(ctx, t, server, chat.ApprovalPolicy{}, chat.DecideAskStaff)
	id := s.ask(ctx, t, "My money back!")
	approval := asked(ctx, t, s, id)
	require.NoError(t, s.n.DB.Tenant(ctx, s.f.TenantID, func(tx *db.TenantTx) error {
		_, err := tx.ApprovalDecide(ctx, db.ApprovalDecideParams{ID: approval.ID, State: chat.ApprovalApproved})
		return err
	}))
	requireTold(ctx, t, s, id)
	require.Len(t, server.seen(), 1)
}

// TestThoseWhoMayDecideAreWritten: each gets a link of their own, and the letter tells
// nothing of what the call is about.
func TestThoseWhoMayDecideAreWritten(t *testing.T) {
	t.Parallel()
	ctx := withDeadline(t)
	server := newShop(t, says(`"refunded"`))
	s := acting(ctx, t, server.asking(chat.ApprovalPolicy{}, chat.DecideAskStaff))
	s.asksFor("So it is.", call("refund", `{"id": "very-secret"}`))
	approval := asked(ctx, t, s, s.ask(ctx, t, "My money back!"))
	var files []string
	require.Eventually(t, func() bool {
		files, _ = filepath.Glob(filepath.Join(s.env.Config.Mail.Folder, "*.eml"))
		return len(files) == 1
	}, patience, 10*time.Millisecond)
	var letter string
	require.Eventually(t, func() bool {
		text, err := os.ReadFile(files[0])
		letter = strings.ReplaceAll(string(text), "=\r\n", "") // as letters fold their lines
		return err == nil && strings.Contains(letter, "/approvals/")
	}, patience, 10*time.Millisecond)
	require.Contains(t, letter, s.f.Email)
	require.NotContains(t, letter, "very-secret")
	_, rest, _ := strings.Cut(letter, "/approvals/")
	link, err := s.env.Config.Key.ReadLink(strings.Fields(rest)[0])
	require.NoError(t, err)
	require.Equal(t, approval.ID.String(), link.Approval)
	require.Equal(t, s.f.UserID.String(), link.User)
}

// TestQuestionOutlivesItsWorkflows: an operator has terminated both, and people decide
// all the same.
func TestQuestionOutlivesItsWorkflows(t *testing.T) {
	t.Parallel()
	ctx := withDeadline(t)
	server := newShop(t, says(`"refunded"`))
	s := refunding(ctx, t, server, chat.ApprovalPolicy{}, chat.DecideAskStaff)
	id, approval := parked(ctx, t, s)
	for _, lost := range []string{
		workflows.ToolCallID(s.f.TenantID, chat.ToolCallRef{Turn: id, Step: 1}), workflows.ApprovalID(s.f.TenantID, approval.ID),
	} {
		_ = s.n.Temporal.TerminateWorkflow(ctx, lost, "", "an operator did it") // the second may have gone with the first
	}
	_, err := s.vote(ctx, approval, func(*turn.Vote) {})
	require.NoError(t, err)
	require.Eventually(t, func() bool {
		return toolCalls(ctx, t, s.n, s.f, id)[0].State == chat.CallSucceeded
	}, patience, 10*time.Millisecond)
	require.Len(t, server.seen(), 1)
}
