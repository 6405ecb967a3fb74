package api

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/parley-chat/parley/chat"
	"github.com/parley-chat/parley/db"
	"github.com/parley-chat/parley/tool"
	"github.com/parley-chat/parley/turn"
)

// pageCallLimit leaves room for a longest output in the costliest JSON escapes.
const pageCallLimit = 6*tool.MaxPageOutput + 4<<10

// PageCallPath names a call that pages are offered.
type PageCallPath struct {
	ConversationPath
	Call string `path:"call" maxLength:"100" doc:"The call's toolCallId."`
}

// PageCallClaim says whether a page is to make a call.
type PageCallClaim struct {
	Granted  bool            `json:"granted" doc:"The page is to make the call. Otherwise another one has taken it."`
	Tool     string          `json:"tool" doc:"The tool's name."`
	Input    json.RawMessage `json:"input" doc:"What the call is made with."`
	Deadline time.Time       `json:"deadline" doc:"Nobody waits for the answer any longer."`
}

// PageCall is a call that a page has answered.
type PageCall struct {
	CallID string             `json:"callId"`
	State  chat.ToolCallState `json:"state" enum:"succeeded,failed" doc:"As the first answer has it."`
	Output json.RawMessage    `json:"output,omitempty"`
	Error  string             `json:"error,omitempty"`
}

type claimPageCallInput struct {
	PageCallPath
	Body struct {
		Page string `json:"page" minLength:"1" maxLength:"100" doc:"A name that the page makes up for itself, like a random UUID. The same name gets the call again."`
	}
}

type claimPageCallOutput struct {
	Body PageCallClaim
}

type answerPageCallInput struct {
	PageCallPath
	IdempotencyKey
	Body struct {
		Page   string          `json:"page,omitempty" maxLength:"100" doc:"The name with which the call was taken. Left out: whoever has taken it."`
		Output json.RawMessage `json:"output,omitempty" doc:"What came of it: any JSON, at most 64 KB and 32 levels deep. It has to fit the tool's outputSchema."`
		Error  string          `json:"error,omitempty" maxLength:"1000" doc:"Why it did not work, instead of an output. The model is told."`
	}
}

type answerPageCallOutput struct {
	Body PageCall
}

func (s *Server) registerPageCalls() {
	tags := []string{tagTools}
	register(s, access{audience: forVisitors, permission: PermChat, crossOrigin: true}, huma.Operation{
		OperationID: "claimPageCall", Method: http.MethodPost, Path: "/v1/conversations/{id}/tool-calls/{call}/claim", Tags: tags,
		Summary: "Take a call that is for a page", Errors: []int{http.StatusNotFound, http.StatusGone},
		Description: "A call of a `client` tool is offered to all pages of the visitor; the first to take it makes it. " +
			"A call is offered where its part is `input-available` and `providerExecuted` is false. When nobody waits for it any more it is 410.",
	}, s.claimPageCall)
	register(s, access{audience: forVisitors, permission: PermChat, crossOrigin: true, replays: true}, huma.Operation{
		OperationID: "answerPageCall", Method: http.MethodPost, Path: "/v1/conversations/{id}/tool-calls/{call}/result", Tags: tags,
		Summary: "Tell what has become of a call that is for a page", MaxBodyBytes: pageCallLimit,
		Errors:      []int{http.StatusNotFound, http.StatusConflict, http.StatusGone},
		Description: "The first answer counts, and whoever answers again gets that. A call that nobody has taken is taken and answered at once. When nobody waits for it any more it is 410.",
	}, s.answerPageCall)
}

// offeredCall gives a call of a conversation that the actor may see.
func (s *Server) offeredCall(ctx context.Context, in PageCallPath) (*turn.Call, error) {
	err := s.tenantTx(ctx, func(tx *db.TenantTx) error {
		_, err := ownConversation(ctx, tx, in.ID)
		return err
	})
	if err != nil {
		return nil, err
	}
	return s.turns.OfferedCall(ctx, actorOf(ctx).Tenant, in.ID, in.Call)
}

func (s *Server) claimPageCall(ctx context.Context, in *claimPageCallInput) (*claimPageCallOutput, error) {
	call, err := s.offeredCall(ctx, in.PageCallPath)
	if err != nil {
		return nil, err
	}
	granted, err := call.Claim(ctx, chat.CleanText(in.Body.Page))
	if err != nil {
		return nil, err
	}
	return &claimPageCallOutput{Body: PageCallClaim{
		Granted: granted, Tool: call.Row.Tool, Input: call.Row.Arguments, Deadline: *call.Row.DeadlineAt,
	}}, nil
}

func (s *Server) answerPageCall(ctx context.Context, in *answerPageCallInput) (*answerPageCallOutput, error) {
	call, err := s.offeredCall(ctx, in.PageCallPath)
	if err != nil {
		return nil, err
	}
	answer := pageAnswer{page: chat.CleanText(in.Body.Page), output: in.Body.Output, reason: in.Body.Error, at: "body"}
	if err := answer.record(ctx, call); err != nil {
		return nil, err
	}
	row := call.Row
	return &answerPageCallOutput{Body: PageCall{CallID: row.ID, State: row.State, Output: row.Output, Error: row.Error}}, nil
}

// pageAnswer is what a page says of a call; at is where it says so in the request.
type pageAnswer struct {
	page   string
	output json.RawMessage
	reason string
	at     string
}

func (a pageAnswer) record(ctx context.Context, call *turn.Call) error {
	said := turn.PageAnswer{Page: a.page}
	switch reason := strings.TrimSpace(a.reason); {
	case a.output == nil && reason == "":
		return wrongAt(a.at+".output", "The output is missing: say what came of the call, or give an error.")
	case a.output != nil && reason != "":
		return wrongAt(a.at+".error", "A call has either an output or an error.")
	case reason != "":
		said.Error = tool.PageError(reason)
	case !call.Row.Answered: // the first answer counts, whatever the second is
		output, err := tool.PageOutput(*call.Tool, a.output)
		if err != nil {
			return wrongAt(a.at+".output", tool.Sentence(err))
		}
		said.Output = output
	}
	return call.Answer(ctx, said)
}
