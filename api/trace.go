package api

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/parley-chat/parley/chat"
	"github.com/parley-chat/parley/db"
	"github.com/parley-chat/parley/turn"
	"github.com/parley-chat/parley/turn/recording"
)

// Trace is how an answer came about.
type Trace struct {
	TurnID         chat.TurnID         `json:"turnId" format:"uuid"`
	ConversationID chat.ConversationID `json:"conversationId" format:"uuid"`
	AgentID        chat.AgentID        `json:"agentId" format:"uuid"`
	AgentName      string              `json:"agentName" doc:"Of today."`
	AgentVersion   int                 `json:"agentVersion" doc:"The number of the version that answers; 0: a draft that somebody tries out."`
	Revision       int64               `json:"revision" doc:"The draft's revision that the version is made of."`
	Status         chat.TurnStatus     `json:"status" enum:"running,awaiting_approval,completed,stopped,failed"`
	FinishReason   chat.FinishReason   `json:"finishReason,omitempty"`
	Error          *TurnError          `json:"error,omitempty" doc:"Why the turn failed."`
	CreatedAt      time.Time           `json:"createdAt"`
	FirstTextAt    *time.Time          `json:"firstTextAt,omitempty" doc:"When the first words of the answer were stored, which is when they were shown."`
	FinishedAt     *time.Time          `json:"finishedAt,omitempty"`
	StopAskedAt    *time.Time          `json:"stopAskedAt,omitempty"`
	Usage          TurnUsage           `json:"usage" doc:"All calls to models together."`
	Unpriced       bool                `json:"unpriced" doc:"A model is not in our list of prices: what its calls cost is reckoned with a rate above the usual ones, and may be far off."`
	Steps          []TraceStep         `json:"steps" doc:"Each time that the model was asked for the answer."`
	Other          []TraceModelCall    `json:"other" doc:"Calls to models that were not for the answer, like suggestions."`
	Log            recording.State     `json:"log" enum:"complete,gone" doc:"gone: it is too long ago, and moments are those of the books alone."`
	Attempts       recording.State     `json:"attempts" enum:"complete,gone,unavailable" doc:"Whether Temporal still knows how often each step was tried, and could be asked."`
	TemporalURL    string              `json:"temporalUrl,omitempty" doc:"The turn's run in Temporal Web; only for operators."`
}

// TraceStep is one time that the model was asked, and what came of it.
type TraceStep struct {
	Number      int              `json:"number" doc:"From 1."`
	BegunAt     *time.Time       `json:"begunAt,omitempty" doc:"When the model was about to be asked."`
	AnsweredAt  *time.Time       `json:"answeredAt,omitempty" doc:"When its answer began."`
	FirstTextAt *time.Time       `json:"firstTextAt,omitempty" doc:"When the first words or thoughts of this step were stored."`
	EndedAt     *time.Time       `json:"endedAt,omitempty"`
	Attempts    int              `json:"attempts,omitempty" doc:"How often the step was tried: after a failure, or because a process died. Left out: nobody knows."`
	LastFailure string           `json:"lastFailure,omitempty" doc:"The kind of the last failure of an attempt, like model_unavailable or worker_lost."`
	Resets      int              `json:"resets,omitempty" doc:"How often what had been said was taken back and said anew."`
	Calls       []TraceModelCall `json:"calls" doc:"Each call to the model, one for every time that it was asked anew."`
	Text        string           `json:"text,omitempty"`
	Reasoning   string           `json:"reasoning,omitempty"`
	ToolCalls   []TraceToolCall  `json:"toolCalls"`
}

// TraceModelCall is one call to a model as the books have it.
type TraceModelCall struct {
	ID              string    `json:"id" doc:"Our own name for the call, which the provider is told as well."`
	Purpose         string    `json:"purpose" enum:"answer,suggestions,title,check" doc:"check: a guardrail has asked."`
	Attempt         int       `json:"attempt"`
	Model           string    `json:"model,omitempty" doc:"Left out until the call is over."`
	State           string    `json:"state" enum:"reported,unknown" doc:"unknown: the provider has not said what it used: it is under way, or was stopped, refused or cut off. The cost is our estimate then."`
	InputTokens     int64     `json:"inputTokens"`
	CachedTokens    int64     `json:"cachedTokens"`
	OutputTokens    int64     `json:"outputTokens"`
	ReasoningTokens int64     `json:"reasoningTokens"`
	CostMicros      int64     `json:"costMicros" doc:"Millionths of a US dollar."`
	Unpriced        bool      `json:"unpriced,omitempty" doc:"The model is not in our list of prices."`
	PriceVersion    string    `json:"priceVersion,omitempty" doc:"The day of the list of prices."`
	ResponseID      string    `json:"responseId,omitempty" doc:"The provider's name for the answer."`
	CreatedAt       time.Time `json:"createdAt"`
}

// TraceToolCall is what the model has asked to have done.
type TraceToolCall struct {
	ID           string             `json:"id"`
	Tool         string             `json:"tool"`
	Title        string             `json:"title,omitempty"`
	Class        chat.ToolClass     `json:"class,omitempty" enum:"read,idempotent,write"`
	State        chat.ToolCallState `json:"state,omitempty" enum:"requested,awaiting,approved,dispatched,succeeded,failed,denied,canceled,outcome_unknown" doc:"Left out while the model is still asking for it."`
	Arguments    json.RawMessage    `json:"arguments,omitempty" doc:"As they are sent; what people have changed is in it."`
	Decision     chat.ToolDecision  `json:"decision,omitempty" enum:"allow,ask_staff,ask_visitor,ask_player,deny" doc:"What was decided before it was made."`
	DecidedBy    string             `json:"decidedBy,omitempty" doc:"What has decided: the condition of a rule of the tool's policy, default, or playground."`
	Approval     *TraceApproval     `json:"approval,omitempty" doc:"What people were asked."`
	Attempts     int                `json:"attempts" doc:"How often it was sent."`
	Output       json.RawMessage    `json:"output,omitempty"`
	Error        string             `json:"error,omitempty"`
	ReusedFrom   string             `json:"reusedFrom,omitempty" doc:"The call of a replaced answer whose outcome this one has taken over."`
	Told         bool               `json:"told" doc:"The model knew the outcome in the next step."`
	CreatedAt    *time.Time         `json:"createdAt,omitempty"`
	DispatchedAt *time.Time         `json:"dispatchedAt,omitempty"`
	FinishedAt   *time.Time         `json:"finishedAt,omitempty"`
}

// TraceApproval is a question to people and how it stands.
type TraceApproval struct {
	ID        chat.ApprovalID    `json:"id" format:"uuid"`
	Asks      string             `json:"asks" enum:"staff,visitor,player"`
	State     chat.ApprovalState `json:"state" enum:"open,approved,denied,canceled"`
	Expired   bool               `json:"expired,omitempty"`
	Reason    string             `json:"reason,omitempty"`
	CreatedAt time.Time          `json:"createdAt"`
	DecidedAt *time.Time         `json:"decidedAt,omitempty"`
}

// TracePrompt is what the model was asked in one step.
type TracePrompt struct {
	State           turn.PromptState     `json:"state" enum:"sent,changed,unknown" doc:"It is put together again from what is stored. sent: it is what was sent, by its hash. changed: something that it is made of has changed since. unknown: there is no hash, because the step has not ended or another process went on with it."`
	Model           string               `json:"model"`
	Instructions    string               `json:"instructions"`
	Messages        []TracePromptMessage `json:"messages" doc:"Oldest first."`
	LeftOut         int                  `json:"leftOut" doc:"How many of the oldest messages did not fit into the model's window."`
	Tools           []TracePromptTool    `json:"tools" doc:"What the model was offered."`
	MaxOutputTokens int                  `json:"maxOutputTokens,omitempty"`
}

// TracePromptMessage is one message that the model was told.
type TracePromptMessage struct {
	Role   string           `json:"role" enum:"user,assistant,tool"`
	Text   string           `json:"text"`
	Calls  []TracePromptAsk `json:"calls,omitempty" doc:"What an answer had asked for."`
	CallID string           `json:"callId,omitempty" doc:"Of a tool's message: the call whose outcome it is."`
}

// TracePromptAsk is a call that the model was reminded of.
type TracePromptAsk struct {
	ID        string `json:"id"`
	Name      string `json:"name"`
	Arguments string `json:"arguments"`
}

// TracePromptTool is a tool as the model was told of it.
type TracePromptTool struct {
	Name        string          `json:"name"`
	Description string          `json:"description"`
	Parameters  json.RawMessage `json:"parameters,omitempty"`
}

type traceOutput struct {
	Body Trace
}

type tracePromptInput struct {
	TurnPath
	Step int `path:"step" minimum:"1" maximum:"10000" doc:"The number of the step."`
}

type tracePromptOutput struct {
	Body TracePrompt
}

func (s *Server) registerTrace() {
	reads := access{audience: forStaff, permission: PermTurnsTrace}
	missing := []int{http.StatusNotFound}
	register(s, reads, huma.Operation{
		OperationID: "traceTurn", Method: http.MethodGet, Path: "/v1/turns/{id}/trace", Tags: []string{tagTurns},
		Summary: "Trace a turn", Errors: missing,
		Description: "How an answer came about, step by step: what the model said and when, what each call to it has cost, and what the tools did and why they were allowed to. " +
			"It can be read while the turn runs. A secret key needs the scope `turns:trace` or `turns:export`.",
	}, s.traceTurn)
	register(s, reads, huma.Operation{
		OperationID: "tracePrompt", Method: http.MethodGet, Path: "/v1/turns/{id}/trace/{step}/prompt", Tags: []string{tagTurns},
		Summary: "Show what a step asked the model", Errors: missing,
	}, s.tracePrompt)
}

func (s *Server) traceTurn(ctx context.Context, in *TurnPath) (*traceOutput, error) {
	row, err := s.tracedTurn(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	found, err := s.turns.Trace(ctx, row.TenantID, row.ID)
	if err != nil {
		return nil, unknownAs(err, errNoTurn)
	}
	shown := traceOf(found)
	if actorOf(ctx).IsOperator {
		shown.TemporalURL = s.temporalURL(row)
	}
	return &traceOutput{Body: shown}, nil
}

func (s *Server) tracedTurn(ctx context.Context, id chat.TurnID) (row db.Turn, err error) {
	err = s.tenantTx(ctx, func(tx *db.TenantTx) error {
		row, err = ownTurn(ctx, tx, id)
		return err
	})
	return row, err
}

func (s *Server) tracePrompt(ctx context.Context, in *tracePromptInput) (*tracePromptOutput, error) {
	row, err := s.tracedTurn(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	found, err := s.turns.Prompt(ctx, row.TenantID, row.ID, in.Step)
	if err != nil {
		return nil, err
	}
	return &tracePromptOutput{Body: promptOf(found)}, nil
}

func promptOf(found turn.Prompt) TracePrompt {
	request := found.Request
	shown := TracePrompt{
		State: found.State, Model: request.Model, Instructions: request.Instructions, LeftOut: found.LeftOut,
		MaxOutputTokens: request.MaxOutputTokens, Messages: []TracePromptMessage{}, Tools: []TracePromptTool{},
	}
	for _, message := range request.Messages {
		told := TracePromptMessage{Role: string(message.Role), Text: message.Text, CallID: message.CallID}
		if message.CallID != "" {
			told.Role = "tool"
		}
		for _, call := range message.Calls {
			told.Calls = append(told.Calls, TracePromptAsk{ID: call.ID, Name: call.Name, Arguments: call.Arguments})
		}
		shown.Messages = append(shown.Messages, told)
	}
	for _, offered := range request.Tools {
		shown.Tools = append(shown.Tools, TracePromptTool{Name: offered.Name, Description: offered.Description, Parameters: offered.Parameters})
	}
	return shown
}
