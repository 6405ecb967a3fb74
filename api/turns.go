package api

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"regexp"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humachi"

	"github.com/parley-chat/parley/chat"
	"github.com/parley-chat/parley/db"
	"github.com/parley-chat/parley/turn"
	"github.com/parley-chat/parley/turn/recording"
)

// Turns is what the API asks of those who run turns.
type Turns interface {
	// Start stores the question and makes sure that it will be answered.
	Start(ctx context.Context, tenant chat.TenantID, question turn.Question) (turn.Claimed, error)
	// Stop asks a running turn to end; one that is over stays as it is.
	Stop(ctx context.Context, tenant chat.TenantID, id chat.TurnID) error
	// Progress tells what a running turn is doing.
	Progress(ctx context.Context, tenant chat.TenantID, id chat.TurnID) (turn.Progress, error)
	// Vote takes in what a person says about a tool's call.
	Vote(ctx context.Context, tenant chat.TenantID, id chat.ApprovalID, vote turn.Vote) (db.Approval, error)
	// AskForPerson gives a visitor's conversation to people, if there are any now.
	AskForPerson(ctx context.Context, tenant chat.TenantID, id chat.ConversationID) (turn.PersonAsked, error)
	// CancelPerson lets the visitor go on with the agent.
	CancelPerson(ctx context.Context, tenant chat.TenantID, id chat.ConversationID) (db.Conversation, error)
	// Take puts a person in charge of a conversation.
	Take(ctx context.Context, tenant chat.TenantID, id chat.ConversationID, staff turn.Staff, force bool) (db.Conversation, error)
	// Write says something in a conversation that people answer.
	Write(ctx context.Context, tenant chat.TenantID, id chat.ConversationID, staff turn.Staff, parts []chat.Part) (chat.MessageID, error)
	// Return gives a conversation back to its agent.
	Return(ctx context.Context, tenant chat.TenantID, id chat.ConversationID) (db.Conversation, error)
	// Trace tells how a turn has gone so far, and Prompt what a step asked the model.
	Trace(ctx context.Context, tenant chat.TenantID, id chat.TurnID) (*turn.Trace, error)
	Prompt(ctx context.Context, tenant chat.TenantID, id chat.TurnID, step int) (turn.Prompt, error)
	// OfferedCall gives a call of the conversation that pages are, or were, offered.
	OfferedCall(ctx context.Context, tenant chat.TenantID, in chat.ConversationID, id string) (*turn.Call, error)
	// Record prepares the bundle of a turn that has ended.
	Record(ctx context.Context, tenant chat.TenantID, id chat.TurnID, failures recording.Failures) (*turn.Recording, error)
}

// Turn is one question and the work on its answer.
type Turn struct {
	ID                 chat.TurnID         `json:"id" format:"uuid"`
	ConversationID     chat.ConversationID `json:"conversationId" format:"uuid"`
	Status             chat.TurnStatus     `json:"status" enum:"running,awaiting_approval,completed,stopped,failed"`
	Steered            bool                `json:"steered,omitempty" doc:"A turn was running already: the message was handed to it."`
	UserMessageID      chat.MessageID      `json:"userMessageId" format:"uuid"`
	AssistantMessageID chat.MessageID      `json:"assistantMessageId" format:"uuid" doc:"The id that the answer has, or will have."`
	LastSeq            int64               `json:"lastSeq" doc:"The number of chunks in the turn's stream so far."`
	Error              *TurnError          `json:"error,omitempty" doc:"Why the turn failed."`
	Usage              *TurnUsage          `json:"usage,omitempty" doc:"What the model reported, over all steps."`
	CreatedAt          time.Time           `json:"createdAt"`
	FinishedAt         *time.Time          `json:"finishedAt,omitempty"`
}

// TurnError says in plain words why a turn failed.
type TurnError struct {
	Code    chat.Code `json:"code"`
	Message string    `json:"message"`
}

// TurnUsage is the cost of a turn.
type TurnUsage struct {
	InputTokens     int64 `json:"inputTokens"`
	CachedTokens    int64 `json:"cachedTokens" doc:"The part of inputTokens that the provider had cached."`
	OutputTokens    int64 `json:"outputTokens"`
	ReasoningTokens int64 `json:"reasoningTokens" doc:"The part of outputTokens that was spent on reasoning."`
	CostMicros      int64 `json:"costMicros" doc:"Millionths of a US dollar, by our list of prices. It includes an estimate for calls that were stopped before the provider had said what they cost."`
	Unreported      int64 `json:"unreported" doc:"How many calls to the model no provider has reported: under way, stopped, refused or cut off by a crash. Their tokens are not counted."`
}

type turnOutput struct {
	Body Turn
}

// TurnPath names a turn in a path.
type TurnPath struct {
	ID chat.TurnID `path:"id" format:"uuid" doc:"The turn."`
}

type createTurnInput struct {
	ConversationPath
	IdempotencyKey
	Accept string `header:"Accept" hidden:"true"`
	Body   TurnInput
}

// TurnInput is what a turn is wanted for: a message, another version of a
// message, or another answer.
type TurnInput struct {
	Message    *MessageInput  `json:"message,omitempty" doc:"Required, but with regenerate."`
	Edit       chat.MessageID `json:"edit,omitzero" format:"uuid" doc:"A user's message of which this is another version: it stands beside that one, which stays, and begins a branch."`
	Regenerate chat.MessageID `json:"regenerate,omitzero" format:"uuid" doc:"An answer to be given anew, or a message to be answered anew: the new answer begins a branch. No message comes with it."`
	ClientTools
}

// ClientTools are the tools that the page can do which asks.
type ClientTools struct {
	ClientTools []string `json:"clientTools,omitempty" maxItems:"64" doc:"The names of the client tools that the page which asks can do. The model is offered no others of the agent's client tools for this turn; where a turn is running already, those of that one."`
}

// names gives those that can be a tool's name: others are no tool's.
func (t ClientTools) names() []string {
	names := []string{}
	for _, name := range t.ClientTools {
		if toolName.MatchString(name) {
			names = append(names, name)
		}
	}
	return names
}

var toolName = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)

func (s *Server) registerTurns() {
	visitor := access{audience: forVisitors, permission: PermChat, crossOrigin: true}
	tags := []string{tagTurns}
	missing := []int{http.StatusNotFound}
	register(s, visitor, s.startOperation(huma.Operation{
		OperationID: "createTurn", Path: "/v1/conversations/{id}/turns", Tags: tags,
		Summary: "Ask", MaxBodyBytes: turnBodyLimit,
		Description: "Stores the message and starts a turn. While people answer the conversation no turn starts: then it is 201 and the message, or a stream that says so. " +
			"With `Accept: text/event-stream` the answer is the turn's stream; " +
			"otherwise 202 and the turn. When a turn is running already the message is handed to it (`steered`); an edit or a regeneration is a conflict then. " +
			"A repeated Idempotency-Key, or message id, attaches to its turn or returns the finished one; with another message it is 422.",
		Errors: []int{http.StatusNotFound, http.StatusConflict, http.StatusPaymentRequired, http.StatusServiceUnavailable},
	}), s.createTurn)
	register(s, visitor, huma.Operation{
		OperationID: "getTurn", Method: http.MethodGet, Path: "/v1/turns/{id}", Tags: tags,
		Summary: "Get a turn", Errors: missing,
	}, s.getTurn)
	register(s, visitor, s.turnStreamOperation(huma.Operation{
		OperationID: "streamTurn", Path: "/v1/turns/{id}/stream", Tags: tags, Errors: missing,
		Summary: "Follow a turn",
	}), s.streamTurn)
	register(s, visitor, huma.Operation{
		OperationID: "stopTurn", Method: http.MethodPost, Path: "/v1/turns/{id}/stop", Tags: tags,
		Summary: "Stop a turn", DefaultStatus: http.StatusAccepted, Errors: missing,
		Description: "Asks the turn to end with what it has written so far. A turn that has ended is left as it is.",
	}, s.stopTurn)
}

func (s *Server) createTurn(ctx context.Context, in *createTurnInput) (*streamOutput, error) {
	question, err := questionOf(in.Body)
	if err != nil {
		return nil, err
	}
	question.ClientTools = in.Body.names()
	in.Body.ClientTools = ClientTools{} // a page may have got another tool before it asks again
	body, err := json.Marshal(in.Body)
	if err != nil {
		return nil, err
	}
	question.Conversation = in.ID
	question.Key, question.BodyHash = in.IdempotencyKey.IdempotencyKey, hashOf(body)
	claimed, err := s.ask(ctx, question)
	if err != nil {
		return nil, idReusedAt(err, "body.message.id")
	}
	streams := strings.Contains(in.Accept, "text/event-stream")
	if !claimed.Kept.IsZero() {
		return s.keptOutput(ctx, claimed, streams), nil
	}
	if streams {
		return s.followClaimed(ctx, claimed, nativeStream), nil
	}
	shown := turnOf(claimed.Turn)
	shown.Steered = claimed.Steered
	return &streamOutput{Body: func(out huma.Context) { s.writeTurn(out, shown) }}, nil
}

// questionOf reads what is asked, of a conversation yet to be said.
func questionOf(in TurnInput) (turn.Question, error) {
	question := turn.Question{Fork: turn.Fork{Edit: in.Edit, Regenerate: in.Regenerate}}
	switch {
	case !in.Regenerate.IsZero() && !in.Edit.IsZero():
		return question, chat.NewError(chat.CodeInvalid, "A message is either edited or answered anew.").At("body.regenerate")
	case !in.Regenerate.IsZero() && in.Message != nil:
		return question, chat.NewError(chat.CodeInvalid, "The answer is given to what was asked before: no message comes with it.").At("body.message")
	case !in.Regenerate.IsZero():
		return question, nil
	case in.Message == nil:
		return question, chat.NewError(chat.CodeInvalid, "The message is missing.").At("body.message")
	}
	var err error
	question.At, question.ClientID = "body.message.parts", chat.CleanText(in.Message.ID)
	question.Parts, err = partsOf(in.Message.Parts, question.At)
	return question, err
}

// ask claims a turn for the question on behalf of whoever sent the request. That
// the conversation is theirs is checked by the claim, which locks it.
func (s *Server) ask(ctx context.Context, question turn.Question) (turn.Claimed, error) {
	actor := actorOf(ctx)
	if actor.Kind == ActorVisitor {
		question.Visitor, question.Agent = actor.Visitor, actor.Agent
		if err := s.limits.visitorTurns.take(ctx, actor.ID()); err != nil {
			return turn.Claimed{}, err
		}
	}
	claimed, err := s.turns.Start(ctx, actor.Tenant, question)
	if err == nil {
		n := noteOf(ctx)
		n.conversation, n.turn = question.Conversation, claimed.Turn.ID
	}
	return claimed, err
}

// idReusedAt names the field in which the request holds its message's id.
func idReusedAt(err error, field string) error {
	if errors.Is(err, turn.ErrMessageIDReused) {
		return turn.ErrMessageIDReused.At(field)
	}
	return err
}

func (s *Server) writeTurn(out huma.Context, shown Turn) {
	_, w := humachi.Unwrap(out)
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set(turnHeader, shown.ID.String())
	w.WriteHeader(http.StatusAccepted)
	// The client has gone when this fails; the turn goes on.
	_ = json.NewEncoder(w).Encode(shown)
}

func turnOf(row db.Turn) Turn {
	shown := Turn{
		ID: row.ID, ConversationID: row.ConversationID, Status: row.Status,
		UserMessageID: row.UserMessageID, AssistantMessageID: row.AssistantMessageID,
		LastSeq: row.LastSeq, CreatedAt: row.CreatedAt, FinishedAt: row.FinishedAt,
	}
	if row.ErrorCode != "" {
		shown.Error = &TurnError{Code: row.ErrorCode, Message: row.ErrorMessage}
	}
	return shown
}

// usageOf gives nil for a turn of which nobody has said anything yet.
func usageOf(usage TurnUsage) *TurnUsage {
	if usage == (TurnUsage{Unreported: usage.Unreported}) {
		return nil
	}
	return &usage
}

func sumOf(calls []db.Usage) TurnUsage {
	var sum TurnUsage
	for _, call := range calls {
		sum.InputTokens += call.InputTokens
		sum.CachedTokens += call.CachedTokens
		sum.OutputTokens += call.OutputTokens
		sum.ReasoningTokens += call.ReasoningTokens
		sum.CostMicros += call.CostMicros
		if call.Source == "unknown" {
			sum.Unreported++
		}
	}
	return sum
}

var errNoTurn = chat.NewError(chat.CodeNotFound, "There is no such turn.")

// ownTurn gives a turn of a conversation that the actor may see.
func ownTurn(ctx context.Context, tx *db.TenantTx, id chat.TurnID) (db.Turn, error) {
	row, err := tx.TurnGet(ctx, id)
	if err != nil {
		return row, unknownAs(err, errNoTurn)
	}
	if _, err := ownConversation(ctx, tx, row.ConversationID); err != nil {
		return row, unknownAs(err, errNoTurn)
	}
	noteOf(ctx).turn = id
	return row, nil
}

func (s *Server) getTurn(ctx context.Context, in *TurnPath) (*turnOutput, error) {
	var shown Turn
	err := s.tenantTx(ctx, func(tx *db.TenantTx) error {
		row, err := ownTurn(ctx, tx, in.ID)
		if err != nil {
			return err
		}
		calls, err := tx.UsageByTurn(ctx, in.ID)
		shown = turnOf(row)
		shown.Usage = usageOf(sumOf(calls))
		return err
	})
	return &turnOutput{Body: shown}, err
}

func (s *Server) streamTurn(ctx context.Context, in *turnStreamInput) (*streamOutput, error) {
	var row db.Turn
	err := s.tenantTx(ctx, func(tx *db.TenantTx) (err error) {
		row, err = ownTurn(ctx, tx, in.ID)
		return err
	})
	if err != nil {
		return nil, err
	}
	return s.resumeTurn(ctx, row, in.StreamPosition, nativeStream)
}

func (s *Server) stopTurn(ctx context.Context, in *TurnPath) (*turnOutput, error) {
	var row db.Turn
	err := s.tenantTx(ctx, func(tx *db.TenantTx) (err error) {
		row, err = ownTurn(ctx, tx, in.ID)
		return err
	})
	if err != nil {
		return nil, err
	}
	if err := s.turns.Stop(ctx, row.TenantID, in.ID); err != nil {
		return nil, err
	}
	return &turnOutput{Body: turnOf(row)}, nil
}
