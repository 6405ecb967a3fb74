package workflows

import (
	"context"
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/parley-chat/parley/chat"
)

// Activities is every side effect a workflow may ask for. The worker registers
// one implementation by these method names; each activity can run more than
// once and must leave the same result.
type Activities interface {
	// ModelStep asks the model once and streams its answer into the turn's event
	// log. When nothing is left to do it also closes the turn, in the transaction
	// that closes the step.
	ModelStep(ctx context.Context, in StepInput) (StepResult, error)
	// CloseTurn ends a turn whose step could not end it.
	CloseTurn(ctx context.Context, in CloseInput) error
	// Suggest stores follow-up questions with a finished answer.
	Suggest(ctx context.Context, in SuggestInput) error
	// CallTool decides about a call, makes it if it may be made, and records what
	// became of it; or it asks people and says so. A change that may have been made is
	// never made again.
	CallTool(ctx context.Context, in ToolCallInput) (ToolCallResult, error)
	// CloseCall records the end of a call that CallTool could not bring to one.
	CloseCall(ctx context.Context, in ToolCallInput) (ToolCallResult, error)
	// ParkTurn ends the stream of a turn that waits for nothing but people.
	ParkTurn(ctx context.Context, in TurnInput) (Parking, error)
	// ContinueTurn starts another turn that tells what has become of calls that a turn
	// did not wait for, if there is something to tell.
	ContinueTurn(ctx context.Context, in TurnInput) error
	// NotifyApproval tells those who may decide.
	NotifyApproval(ctx context.Context, in ApprovalInput) error
	// RemindApproval tells them once more, and the owners.
	RemindApproval(ctx context.Context, in ApprovalInput) error
	// ExpireApproval decides what nobody has decided in time.
	ExpireApproval(ctx context.Context, in ApprovalInput) error
	// NotifyHandoff tells those who can answer that a visitor waits for them.
	NotifyHandoff(ctx context.Context, in HandoffInput) error
	// WatchHandoff looks at a handoff, and has the agent go on where people had their time.
	WatchHandoff(ctx context.Context, in HandoffInput) (HandoffWatch, error)
}

// StepInput names the step to run.
type StepInput struct {
	Tenant chat.TenantID `json:"tenant"`
	Turn   chat.TurnID   `json:"turn"`
	Step   int           `json:"step"` // from 1
}

// StepResult says how a step ended.
type StepResult struct {
	Outcome Outcome `json:"outcome"`
	LastSeq int64   `json:"lastSeq"`
	// Suggest says that the agent's version asks for follow-up questions.
	Suggest bool `json:"suggest,omitempty"`
	// Calls are to be made before the next step.
	Calls []PlannedCall `json:"calls,omitempty"`
}

// PlannedCall is a call of a tool that a step has asked for.
type PlannedCall struct {
	Index   int           `json:"index"` // in the step, from 0
	Timeout time.Duration `json:"timeout"`
	// MayAsk: people may have to decide about it.
	MayAsk bool `json:"mayAsk,omitempty"`
}

// Parking says what has become of a turn that waits for people.
type Parking string

// What ParkTurn can find.
const (
	ParkingBusy   Parking = "busy"    // the turn waits on
	ParkingDone   Parking = "parked"  // its stream has ended
	ParkingGoesOn Parking = "goes on" // a message came in, which the next step answers
)

// Outcome is what a step leaves to be done.
type Outcome string

const (
	// OutcomeContinue says that the model is to be asked again: a message came in while
	// it spoke, or it wants to know what its calls bring.
	OutcomeContinue Outcome = "continue"
	// OutcomeCompleted says that the answer is stored and the turn closed.
	OutcomeCompleted Outcome = "completed"
	// OutcomeEnded says that the turn is closed without a full answer (stopped, failed, or
	// its conversation deleted).
	OutcomeEnded Outcome = "ended"
)

// CloseInput says how to close a turn.
type CloseInput struct {
	Tenant chat.TenantID `json:"tenant"`
	Turn   chat.TurnID   `json:"turn"`
	// Stopped: the visitor asked for it. Otherwise the turn has failed with Code.
	Stopped bool   `json:"stopped,omitempty"`
	Code    string `json:"code,omitempty"`
}

// SuggestInput names the finished turn to suggest follow-up questions for.
type SuggestInput struct {
	Tenant chat.TenantID `json:"tenant"`
	Turn   chat.TurnID   `json:"turn"`
}

// Error types that an activity gives its application errors. They become the
// error code of a failed turn; the operator finds the chain in Temporal Web.
const (
	ErrorModelRejected = "model_rejected" // the provider refuses the request; retrying cannot help
	// ErrorTooExpensive: the answer has cost as much as its agent lets one cost.
	ErrorTooExpensive     = "too_expensive"
	ErrorModelCredentials = "model_credentials" //nolint:gosec // the name of an error: the provider refuses the key
	// ErrorAnswerInvalid: the answer was not in the form that its agent's answers have,
	// and neither was the one that the model was asked for after that.
	ErrorAnswerInvalid    = "answer_invalid"
	ErrorModelUnavailable = "model_unavailable" // overloaded, rate limited or unreachable
	// ErrorTooManySteps: the model still asks for calls where it may make no more.
	ErrorTooManySteps = "too_many_steps"
	// ErrorCheckUnavailable: what was said cannot be checked, and the agent's owner does
	// not want it answered unchecked.
	ErrorCheckUnavailable = "check_unavailable"
	ErrorInternal         = "internal"
)

// HeartbeatTimeout is how long a model step may be silent before it is given to
// another worker. The activity beats from before the model's first byte, so a
// model may think for longer than this; a killed process is noticed within it.
const HeartbeatTimeout = 3 * time.Second

// TaskTimeout is how soon a workflow's task that a dead worker held is given to
// another.
const TaskTimeout = 2 * time.Second

// The one table of timeouts and retries. A retry of a step resumes the
// provider's own response where it can, so the first one comes quickly.
var (
	stepOptions = workflow.ActivityOptions{
		StartToCloseTimeout:    20 * time.Minute,
		ScheduleToCloseTimeout: 40 * time.Minute,
		HeartbeatTimeout:       HeartbeatTimeout,
		WaitForCancellation:    true,
		RetryPolicy: &temporal.RetryPolicy{
			InitialInterval:    150 * time.Millisecond,
			BackoffCoefficient: 2,
			MaximumInterval:    10 * time.Second,
			NonRetryableErrorTypes: []string{
				ErrorModelRejected, ErrorModelCredentials,
			},
		},
	}
	closeOptions = workflow.ActivityOptions{
		StartToCloseTimeout: 10 * time.Second,
		RetryPolicy: &temporal.RetryPolicy{
			InitialInterval:    200 * time.Millisecond,
			BackoffCoefficient: 2,
			MaximumInterval:    10 * time.Second,
		},
	}
	// A conversation in which another answer is given is asked again until it is not.
	continueOptions = workflow.ActivityOptions{
		StartToCloseTimeout:    10 * time.Second,
		ScheduleToCloseTimeout: 24 * time.Hour,
		RetryPolicy: &temporal.RetryPolicy{
			InitialInterval:    250 * time.Millisecond,
			BackoffCoefficient: 1.5,
			MaximumInterval:    10 * time.Second,
		},
	}
	suggestOptions = workflow.ActivityOptions{
		StartToCloseTimeout:    20 * time.Second,
		ScheduleToCloseTimeout: 2 * time.Minute,
		RetryPolicy: &temporal.RetryPolicy{
			InitialInterval:    time.Second,
			BackoffCoefficient: 2,
			MaximumAttempts:    4,
		},
	}
)

// callOptions leave an attempt the time to record what it has done, and a call that
// nobody can bring to an end some more attempts to do so.
func callOptions(timeout time.Duration) workflow.ActivityOptions {
	return workflow.ActivityOptions{
		StartToCloseTimeout:    timeout + time.Minute,
		ScheduleToCloseTimeout: timeout + CallGrace,
		HeartbeatTimeout:       HeartbeatTimeout,
		WaitForCancellation:    true,
		RetryPolicy: &temporal.RetryPolicy{
			InitialInterval:    150 * time.Millisecond,
			BackoffCoefficient: 2,
			MaximumInterval:    5 * time.Second,
		},
	}
}

// CallGrace is how long after its tool's timeout a call is still tried to be
// brought to an end by those who make it.
const CallGrace = 10 * time.Minute

func callTool(ctx workflow.Context, in ToolCallInput) (ToolCallResult, error) {
	var result ToolCallResult
	err := execute(ctx, callOptions(in.Timeout), "CallTool", in).Get(ctx, &result)
	return result, err
}

func closeCall(ctx workflow.Context, in ToolCallInput) (ToolCallResult, error) {
	var result ToolCallResult
	err := execute(ctx, closeOptions, "CloseCall", in).Get(ctx, &result)
	return result, err
}

func modelStep(ctx workflow.Context, in StepInput) (StepResult, error) {
	var result StepResult
	err := execute(ctx, stepOptions, "ModelStep", in).Get(ctx, &result)
	return result, err
}

func closeTurn(ctx workflow.Context, in CloseInput) error {
	return execute(ctx, closeOptions, "CloseTurn", in).Get(ctx, nil)
}

func suggest(ctx workflow.Context, in SuggestInput) error {
	return execute(ctx, suggestOptions, "Suggest", in).Get(ctx, nil)
}

func execute(ctx workflow.Context, options workflow.ActivityOptions, name string, in any) workflow.Future {
	return workflow.ExecuteActivity(workflow.WithActivityOptions(ctx, options), name, in)
}

func parkTurn(ctx workflow.Context, in TurnInput) (Parking, error) {
	var parking Parking
	err := execute(ctx, closeOptions, "ParkTurn", in).Get(ctx, &parking)
	return parking, err
}

func continueTurn(ctx workflow.Context, in TurnInput) error {
	return execute(ctx, continueOptions, "ContinueTurn", in).Get(ctx, nil)
}

func notifyApproval(ctx workflow.Context, in ApprovalInput) error {
	return execute(ctx, suggestOptions, "NotifyApproval", in).Get(ctx, nil)
}

func remindApproval(ctx workflow.Context, in ApprovalInput) error {
	return execute(ctx, suggestOptions, "RemindApproval", in).Get(ctx, nil)
}

func expireApproval(ctx workflow.Context, in ApprovalInput) error {
	return execute(ctx, closeOptions, "ExpireApproval", in).Get(ctx, nil)
}

func notifyHandoff(ctx workflow.Context, in HandoffInput) error {
	return execute(ctx, suggestOptions, "NotifyHandoff", in).Get(ctx, nil)
}

func watchHandoff(ctx workflow.Context, in HandoffInput) (HandoffWatch, error) {
	var watched HandoffWatch
	err := execute(ctx, closeOptions, "WatchHandoff", in).Get(ctx, &watched)
	return watched, err
}
