package api

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/parley-chat/parley/api/sse"
	"github.com/parley-chat/parley/chat"
	"github.com/parley-chat/parley/db"
	"github.com/parley-chat/parley/telemetry"
	"github.com/parley-chat/parley/turn"
)

const (
	approvalResponded = "approval-responded"
	// goOnWithin bounds how long a client is kept waiting for what comes of a decision.
	// What comes later is in the conversation's own stream.
	goOnWithin = 5 * time.Minute
	// maxDecisions bounds what one request decides.
	maxDecisions = 32
	// maxReason bounds a reason, in characters.
	maxReason = 1000
)

// decisionInChat is what a visitor says with a tool part of the AI SDK.
type decisionInChat struct {
	Approval struct {
		ID       string
		Approved bool
		Reason   string
	}
	at string // where it stands in the request
}

// decisionsIn finds what a request decides: its last message is the assistant's, and
// its parts say so.
func decisionsIn(request ChatRequest) (found []decisionInChat) {
	last := len(request.Messages) - 1
	if request.Messages[last].Role != string(chat.RoleAssistant) || request.Trigger == regenerateTrigger {
		return nil
	}
	for i, raw := range request.Messages[last].Parts {
		var part struct {
			State string
			decisionInChat
		}
		if json.Unmarshal(raw, &part) != nil || part.State != approvalResponded {
			continue
		}
		part.at = fmt.Sprintf("body.messages[%d].parts[%d].approval.id", last, i)
		found = append(found, part.decisionInChat)
	}
	return found
}

// decideInChat takes the visitor's decisions in, and streams what comes of them into the
// message that the client has.
func (s *Server) decideInChat(ctx context.Context, in *chatInput, decisions []decisionInChat, answers []answerInChat) (*streamOutput, error) {
	if len(decisions) > maxDecisions {
		return nil, wrongAt(decisions[maxDecisions].at, fmt.Sprintf("At most %d decisions can be taken at once.", maxDecisions))
	}
	conversation, err := s.chatOf(ctx, in)
	if err != nil {
		return nil, err
	}
	calls, err := s.pageCallsIn(ctx, conversation.ID, answers)
	if err != nil {
		return nil, err
	}
	if len(calls)+len(decisions) == 0 {
		return nil, errNotAsked(in.Body)
	}
	asked, rows, err := s.askedIn(ctx, conversation.ID, decisions, calls)
	if err != nil {
		return nil, err
	}
	offered, err := s.offeredAt(ctx, asked.ID, calls)
	if err != nil {
		return nil, err
	}
	asked.LastSeq = cmp.Or(offered, asked.LastSeq)
	for _, c := range calls {
		if err := c.record(ctx); err != nil {
			return nil, err
		}
	}
	for i, d := range decisions {
		if err := s.voteInChat(ctx, rows[i], d); err != nil {
			return nil, err
		}
	}
	return s.goOn(ctx, conversation, asked, offered > 0 || asked.Status == chat.TurnRunning), nil
}

// chatOf gives the conversation that a client of the AI SDK speaks of.
func (s *Server) chatOf(ctx context.Context, in *chatInput) (conversation db.Conversation, err error) {
	agent, err := agentFor(actorOf(ctx), in.ID)
	if err != nil {
		return conversation, err
	}
	err = s.tenantTx(ctx, func(tx *db.TenantTx) error {
		chatID := chat.CleanText(in.Body.ID)
		conversation, err = tx.ConversationFindChat(ctx, agent, actorOf(ctx).Visitor, &chatID)
		return unknownAs(err, errNoConversation)
	})
	return conversation, err
}

// askedIn gives the questions that are decided, and the turn that waits.
func (s *Server) askedIn(ctx context.Context, in chat.ConversationID, decisions []decisionInChat, calls []answered) (asked db.Turn, rows []db.ApprovalGetRow, err error) {
	rows = make([]db.ApprovalGetRow, len(decisions))
	err = s.tenantTx(ctx, func(tx *db.TenantTx) (err error) {
		for i, d := range decisions {
			if rows[i], err = askedInChat(ctx, tx, in, d); err != nil {
				return err
			}
		}
		if len(calls) > 0 {
			asked, err = tx.TurnGet(ctx, calls[0].call.Row.TurnID)
		} else {
			asked, err = tx.TurnGet(ctx, rows[0].TurnID)
		}
		return err
	})
	return asked, rows, err
}

func askedInChat(ctx context.Context, tx *db.TenantTx, in chat.ConversationID, d decisionInChat) (db.ApprovalGetRow, error) {
	id, err := chat.ParseID[chat.ApprovalID](d.Approval.ID)
	if err != nil {
		return db.ApprovalGetRow{}, errNoApproval.At(d.at)
	}
	row, err := tx.ApprovalGet(ctx, id)
	if err == nil && (row.Approval.ConversationID != in || row.Approval.Asks != chat.AsksVisitor) {
		err = errNoApproval
	}
	return row, unknownAs(err, errNoApproval.At(d.at))
}

// voteInChat decides about the arguments that the question has: a question's never
// change, so that its id says which the visitor was shown.
func (s *Server) voteInChat(ctx context.Context, row db.ApprovalGetRow, d decisionInChat) error {
	reason := []rune(chat.CleanText(d.Approval.Reason))
	_, err := s.turns.Vote(ctx, actorOf(ctx).Tenant, row.Approval.ID, turn.Vote{
		Voter: row.VisitorID.Bytes(), Name: row.VisitorName, Approve: d.Approval.Approved,
		Reason: string(reason[:min(len(reason), maxReason)]), Hash: turn.ArgumentsHash(row.Approval.Arguments),
	})
	return unknownAs(err, errNoApproval.At(d.at))
}

// goOn streams what comes after a decision: the rest of the turn that asked, if it has
// waited, or what became of its calls and the turn that goes on for it.
func (s *Server) goOn(ctx context.Context, conversation db.Conversation, asked db.Turn, waited bool) *streamOutput {
	return &streamOutput{Body: func(out huma.Context) {
		out.SetHeader(streamHeader, "v1")
		ctx, cut := s.streamContext(telemetry.About(ctx, telemetry.Subject{Conversation: conversation.ID, Turn: asked.ID}))
		defer s.metrics.StreamOpened("turn", false)()
		to := s.openFrames(ctx, out, cut, 0, nil)
		defer to.close()
		to.event(0, startOfAnswer, true)
		to.begun = true
		f := following{turn: asked, after: asked.LastSeq, fresh: true, oneAnswer: true}
		if !waited {
			next, err := s.continuation(ctx, conversation, asked)
			if err != nil {
				s.noteCut(ctx, err)
				return
			}
			if s.tellOutcomes(ctx, asked, to); next.ID.IsZero() {
				to.event(0, endOfDecision, false)
				to.event(0, []byte(sse.Done), true)
				return
			}
			f.turn, f.after = next, 0
		}
		reader := s.log.Turn(f.turn.TenantID, f.turn.ID, f.after)
		defer reader.Close()
		if err := s.pump(ctx, f, reader, to); err != nil {
			s.noteCut(ctx, err)
		}
	}}
}

var endOfDecision = []byte(`{"type":"finish","finishReason":"stop"}`)

// continuation waits for the turn that goes on for one that did not wait. None: others
// are still to decide, or there is nothing to go on with.
func (s *Server) continuation(ctx context.Context, conversation db.Conversation, asked db.Turn) (next db.Turn, err error) {
	bounded, cancel := context.WithTimeout(ctx, goOnWithin)
	defer cancel()
	reader := s.log.Conversation(conversation.TenantID, conversation.ID, conversation.LastEventSeq)
	defer reader.Close()
	for {
		over := false
		err := s.tenantTx(ctx, func(tx *db.TenantTx) (err error) {
			next, over, err = goesOn(ctx, tx, asked.ID)
			return err
		})
		if err != nil || over {
			return next, err
		}
		if _, err := reader.Next(bounded); err != nil {
			if ctx.Err() == nil && bounded.Err() != nil {
				return db.Turn{}, nil
			}
			return db.Turn{}, err
		}
	}
}

// goesOn looks whether there is still something to wait for.
func goesOn(ctx context.Context, tx *db.TenantTx, asked chat.TurnID) (next db.Turn, over bool, err error) {
	next, err = tx.TurnContinuing(ctx, asked)
	if err == nil || chat.CodeOf(err) != chat.CodeNotFound {
		return next, true, err
	}
	row, err := tx.TurnGet(ctx, asked)
	if err != nil || row.Status != chat.TurnAwaitingApproval {
		return db.Turn{}, true, err
	}
	over, err = tx.ApprovalAskedByTurn(ctx, asked)
	return db.Turn{}, over, err
}

// tellOutcomes tells what has become of the calls that the client knows as asked about.
func (s *Server) tellOutcomes(ctx context.Context, asked db.Turn, to *frames) {
	var message db.MessageGetRow
	err := s.tenantTx(ctx, func(tx *db.TenantTx) (err error) {
		message, err = tx.MessageGet(ctx, asked.AssistantMessageID)
		return err
	})
	if err != nil {
		s.noteCut(ctx, err) // they are in the history
	}
	for _, part := range message.Parts {
		if part.Type != chat.PartTool || !part.CallOver() {
			continue
		}
		told := called(part)
		if raw, err := json.Marshal(told[len(told)-1]); err == nil {
			to.event(0, raw, false)
		}
	}
}
