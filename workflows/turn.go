package workflows

import (
	"errors"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/parley-chat/parley/chat"
)

// TurnInput names the turn to run. Everything else about it is in its row.
type TurnInput struct {
	Tenant chat.TenantID `json:"tenant"`
	Turn   chat.TurnID   `json:"turn"`
}

// Progress is the answer to QueryProgress. The steps' text is in the event log.
type Progress struct {
	Phase Phase `json:"phase"`
	Step  int   `json:"step"`
	// LastSeq is the event log's last number when the last step ended.
	LastSeq int64 `json:"lastSeq"`
	// Calls is how many calls of tools are under way.
	Calls int `json:"calls,omitempty"`
}

// Phase says what a turn is doing.
type Phase string

// The phases of a turn.
const (
	PhaseModel    Phase = "model"    // the model is asked or speaks
	PhaseTools    Phase = "tools"    // calls of tools are under way
	PhaseStopping Phase = "stopping" // a stop is on its way
	PhaseClosing  Phase = "closing"
	PhaseFollowUp Phase = "follow-up" // the answer is stored; suggestions are made
	PhaseDone     Phase = "done"
)

// maxSteps bounds one turn whatever its agent allows: a visitor who keeps writing into
// a running answer gets at most so many model calls out of it.
const maxSteps = chat.MostSteps

// TurnWorkflow answers one message of a visitor.
func TurnWorkflow(ctx workflow.Context, in TurnInput) error {
	t := &turn{in: in, progress: Progress{Phase: PhaseModel, Step: 1}}
	if err := t.setup(ctx); err != nil {
		return err
	}
	return t.run(ctx)
}

type turn struct {
	in       TurnInput
	progress Progress
	stepping workflow.Context
	stop     workflow.CancelFunc
	stopped  bool
	steered  bool // a message came in
	parked   bool // the turn does not wait for people any more
}

// setup installs every handler before anything blocks: a query or signal may
// arrive with the first workflow task.
func (t *turn) setup(ctx workflow.Context) error {
	t.stepping, t.stop = workflow.WithCancel(ctx)
	workflow.Go(ctx, t.awaitStop)
	workflow.Go(ctx, t.awaitSteer)
	return workflow.SetQueryHandler(ctx, QueryProgress, func() (Progress, error) { return t.progress, nil })
}

func (t *turn) awaitStop(ctx workflow.Context) {
	workflow.GetSignalChannel(ctx, SignalStop).Receive(ctx, nil)
	t.stopped = true
	if t.progress.Phase == PhaseModel || t.progress.Phase == PhaseTools {
		t.progress.Phase = PhaseStopping
	}
	t.stop()
}

// awaitSteer takes the hints in. The closing transaction looks for pending messages
// itself: only a turn that waits for people needs to know.
func (t *turn) awaitSteer(ctx workflow.Context) {
	hints := workflow.GetSignalChannel(ctx, SignalSteer)
	for {
		hints.Receive(ctx, nil)
		t.steered = true
	}
}

func (t *turn) run(ctx workflow.Context) error {
	result, err := t.steps(ctx)
	if err != nil {
		return t.close(ctx, err)
	}
	if result.Outcome == OutcomeCompleted && result.Suggest {
		t.progress.Phase = PhaseFollowUp
		t.followUp(ctx)
	}
	t.progress.Phase = PhaseDone
	return nil
}

// steps runs model steps until one of them has closed the turn.
func (t *turn) steps(ctx workflow.Context) (StepResult, error) {
	for ; t.progress.Step <= maxSteps; t.progress.Step++ {
		result, err := modelStep(t.stepping, StepInput{Tenant: t.in.Tenant, Turn: t.in.Turn, Step: t.progress.Step})
		if err != nil {
			return StepResult{}, err
		}
		t.progress.LastSeq = result.LastSeq
		if result.Outcome != OutcomeContinue {
			return result, nil
		}
		if err := t.call(ctx, result.Calls); err != nil || t.parked {
			return StepResult{Outcome: OutcomeEnded}, err
		}
	}
	return StepResult{}, temporal.NewNonRetryableApplicationError("too many steps", ErrorInternal, nil)
}

// call has the step's calls made, all at once, and waits for the last of them, or
// until there is nothing to wait for but people. They are not the turn's to end: one
// that has begun goes on if the turn is stopped.
func (t *turn) call(ctx workflow.Context, calls []PlannedCall) error {
	if len(calls) == 0 {
		return nil
	}
	t.progress.Phase, t.progress.Calls, t.steered = PhaseTools, t.progress.Calls+len(calls), false
	open := len(calls)
	detached, _ := workflow.NewDisconnectedContext(ctx)
	mayAsk := false
	for _, planned := range calls {
		mayAsk = mayAsk || planned.MayAsk
		run := t.start(detached, planned)
		workflow.Go(detached, func(ctx workflow.Context) {
			if err := run.Get(ctx, nil); err != nil {
				workflow.GetLogger(ctx).Error("a call of a tool has failed", "error", err)
			}
			t.progress.Calls--
			open--
		})
	}
	over := func() bool { return open == 0 }
	if !mayAsk {
		return t.backToTheModel(workflow.Await(t.stepping, over))
	}
	return t.backToTheModel(t.awaitPeople(over))
}

func (t *turn) backToTheModel(err error) error {
	if err == nil {
		t.progress.Phase = PhaseModel
	}
	return err
}

const (
	// parkAfter is how long a visitor's stream stays open for people to decide, and
	// parkAgain how long after a look that has found something else under way.
	parkAfter = time.Minute
	parkAgain = 15 * time.Second
)

// awaitPeople waits until the calls are over. When only people are waited for, and
// it takes them long or the visitor goes on, the turn does not wait any more.
func (t *turn) awaitPeople(over func() bool) error {
	for wait := parkAfter; ; wait = parkAgain {
		steered := func() bool { return over() || t.steered }
		if _, err := workflow.AwaitWithTimeout(t.stepping, wait, steered); err != nil || over() {
			return err
		}
		t.steered = false
		parking, err := parkTurn(t.stepping, t.in)
		if err != nil || parking == ParkingGoesOn {
			return err
		}
		if parking == ParkingDone {
			t.parked = true
			return nil
		}
	}
}

func (t *turn) start(ctx workflow.Context, planned PlannedCall) workflow.ChildWorkflowFuture {
	ref := chat.ToolCallRef{Turn: t.in.Turn, Step: t.progress.Step, Index: planned.Index}
	options := workflow.ChildWorkflowOptions{
		WorkflowID:            ToolCallID(t.in.Tenant, ref),
		WorkflowIDReusePolicy: enumspb.WORKFLOW_ID_REUSE_POLICY_REJECT_DUPLICATE,
		WorkflowTaskTimeout:   TaskTimeout,
		ParentClosePolicy:     enumspb.PARENT_CLOSE_POLICY_ABANDON,
		TypedSearchAttributes: workflow.GetTypedSearchAttributes(ctx),
	}
	in := ToolCallInput{Tenant: t.in.Tenant, Call: ref, Timeout: planned.Timeout}
	return workflow.ExecuteChildWorkflow(workflow.WithChildOptions(ctx, options), ToolCallWorkflow, in)
}

// close gives the readers a truthful end when no step could. It runs outside
// cancellation: a cancelled workflow closes its turn as well.
func (t *turn) close(ctx workflow.Context, cause error) error {
	t.progress.Phase = PhaseClosing
	detached, cancel := workflow.NewDisconnectedContext(ctx)
	defer cancel()
	stopped := t.stopped || temporal.IsCanceledError(cause)
	in := CloseInput{Tenant: t.in.Tenant, Turn: t.in.Turn, Stopped: stopped}
	if !stopped {
		in.Code = errorCode(cause)
	}
	if err := closeTurn(detached, in); err != nil {
		return err
	}
	t.progress.Phase = PhaseDone
	if stopped {
		return nil
	}
	return cause
}

// followUp is a courtesy: its failure is logged and leaves the answer as it is.
func (t *turn) followUp(ctx workflow.Context) {
	err := suggest(ctx, SuggestInput(t.in))
	if err != nil {
		workflow.GetLogger(ctx).Warn("no suggestions", "error", err)
	}
}

// errorCode turns the end of a step into the code that the turn's row keeps.
func errorCode(err error) string {
	if failure, ok := errors.AsType[*temporal.ApplicationError](err); ok {
		switch failure.Type() {
		case ErrorModelRejected, ErrorModelCredentials, ErrorModelUnavailable, ErrorCheckUnavailable:
			return failure.Type()
		}
	}
	if _, ok := errors.AsType[*temporal.TimeoutError](err); ok {
		return ErrorModelUnavailable
	}
	return ErrorInternal
}
