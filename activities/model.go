package activities

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"go.temporal.io/sdk/activity"

	"github.com/parley-chat/parley/chat"
	"github.com/parley-chat/parley/telemetry"
	"github.com/parley-chat/parley/turn"
	"github.com/parley-chat/parley/workflows"
)

// ModelStep implements workflows.Activities.
func (a *Activities) ModelStep(ctx context.Context, in workflows.StepInput) (workflows.StepResult, error) {
	tries := triesOf(ctx)
	defer tries.beat(ctx)()
	ctx = telemetry.About(ctx, telemetry.Subject{Tenant: in.Tenant, Turn: in.Turn})
	attempt := turn.Attempt{Step: int32(in.Step), Number: activity.GetInfo(ctx).Attempt}
	step, err := a.turns.OpenStep(ctx, in.Tenant, in.Turn, attempt)
	if err != nil {
		return workflows.StepResult{}, err
	}
	defer step.Release()
	if step.Over != nil {
		return stepResult(step, *step.Over), nil
	}
	ctx = telemetry.About(ctx, telemetry.Subject{Conversation: step.Row.ConversationID})
	defer a.count(ctx, step)()
	ended, err := a.speak(ctx, in.Tenant, step, tries)
	if err != nil {
		return workflows.StepResult{}, tries.stepError(ctx, err)
	}
	return stepResult(step, ended), nil
}

// count tells the operators that the step is under way, until done is called.
func (a *Activities) count(ctx context.Context, step *turn.Step) (done func()) {
	attempt := activity.GetInfo(ctx).Attempt
	if step.Number == 1 && attempt == 1 {
		a.models.metrics.TurnBegun(step.Waited())
	}
	return a.models.metrics.StepBegun(attempt)
}

func stepResult(step *turn.Step, ended turn.Ended) workflows.StepResult {
	result := workflows.StepResult{LastSeq: ended.LastSeq, Outcome: workflows.OutcomeEnded}
	for _, call := range ended.Calls {
		result.Calls = append(result.Calls, workflows.PlannedCall{Index: call.Place, Timeout: call.Timeout, MayAsk: call.MayAsk})
	}
	switch ended.Status {
	case chat.TurnRunning:
		result.Outcome = workflows.OutcomeContinue
	case chat.TurnCompleted:
		result.Outcome = workflows.OutcomeCompleted
		result.Suggest = step.Config.Suggestions && !step.Config.Output.Suggests() && !ended.Blocked
	default: // stopped or failed
	}
	return result
}

// beatEvery is a third of the heartbeat timeout, so that one late beat on a busy
// machine is not taken for a death. A step that ends sooner never beats.
const beatEvery = workflows.HeartbeatTimeout / 3

// tries counts how often the provider has failed a step, over all attempts. Those
// that a dying process or a lost database has ended are not the provider's. The
// count travels with the heartbeat, which is what an attempt leaves to the next
// one however it ends; what the step has done is in the database.
type tries struct {
	failed atomic.Int32
	models int32 // that can be asked; 0: one
}

func triesOf(ctx context.Context) *tries {
	t := &tries{}
	var failed int32
	if activity.HasHeartbeatDetails(ctx) && activity.GetHeartbeatDetails(ctx, &failed) == nil {
		t.failed.Store(failed)
	}
	return t
}

// among says how many models there are to try.
func (t *tries) among(l lineup) *tries {
	t.models = int32(len(l.names))
	return t
}

func (t *tries) soFar() int { return int(t.failed.Load()) }

// fail counts a failure and gives their number.
func (t *tries) fail(ctx context.Context) int32 {
	failed := t.failed.Add(1)
	activity.RecordHeartbeat(ctx, failed) // sent at the end of the attempt at the latest
	return failed
}

// beat says that this process is alive until the returned function is called.
func (t *tries) beat(ctx context.Context) (stop func()) {
	done := make(chan struct{})
	go func() {
		ticker := time.NewTicker(beatEvery)
		defer ticker.Stop()
		for {
			select {
			case <-done:
				return
			case <-ticker.C:
				activity.RecordHeartbeat(ctx, t.failed.Load())
			}
		}
	}()
	return func() { close(done) }
}

// Why an attempt's context can end before the model does.
var (
	errStopped    = errors.New("somebody stopped the turn")
	errHandedOver = errors.New("this worker is shutting down; another one goes on")
)

// speak asks the model, or goes on with an answer that an earlier attempt had
// begun, and closes the step. Where nothing may be spent any more it only does that.
func (a *Activities) speak(ctx context.Context, tenant chat.TenantID, step *turn.Step, tries *tries) (turn.Ended, error) {
	if step.Exhausted() {
		return step.End(ctx, turn.Ending{Status: chat.TurnFailed, Code: workflows.ErrorTooExpensive})
	}
	models, err := a.models.of(tenant, step.Account, step.Config)
	if err != nil {
		return turn.Ended{}, err
	}
	s := newSpeech(step, models, tries.among(models).soFar())
	s.metrics = a.models.metrics
	attempt, release := watch(ctx, step, models.resumes && s.kept())
	defer release()
	err = s.run(attempt)
	if cause := context.Cause(attempt); cause != nil {
		err = cause
	}
	blocked, isBlocked := errors.AsType[*blockedError](err)
	switch {
	case err == nil:
		return step.End(ctx, s.ending())
	case isBlocked:
		s.metrics.Blocked(string(blocked.Stage), string(blocked.Check))
		return step.End(ctx, turn.Ending{
			Status: chat.TurnCompleted, Finish: chat.FinishContentFilter, Blocked: &blocked.Blocked, Usage: s.letGo(ctx),
		})
	case errors.Is(err, errStopped):
		return step.End(ctx, turn.Ending{Status: chat.TurnStopped, Usage: s.letGo(ctx)})
	default:
		return turn.Ended{}, err
	}
}

// handOverWithin is how long an attempt may go on when its worker shuts down, if
// nobody else could go on with the answer: shorter than the worker waits.
const handOverWithin = 8 * time.Second

// watch gives the context of one attempt. It ends, with its cause, when the turn
// is stopped, when another attempt has taken over, and when the worker shuts
// down: then as soon as the answer can be resumed, so that the model is not asked
// twice, and as late as possible where it cannot.
func watch(ctx context.Context, step *turn.Step, resumes bool) (attempt context.Context, release func()) {
	attempt, cancel := context.WithCancelCause(ctx)
	stoppable, forget := step.Stoppable(ctx)
	if step.Row.StopRequestedAt != nil {
		cancel(errStopped)
	}
	w := watched{ctx: ctx, attempt: attempt, stoppable: stoppable, cancel: cancel, step: step}
	go func() {
		if !w.until(activity.GetWorkerStopChannel(ctx), nil) {
			return
		}
		var secured <-chan struct{}
		if resumes {
			secured = step.Secured()
		}
		if w.until(secured, time.After(handOverWithin)) {
			cancel(errHandedOver)
		}
	}()
	return attempt, func() {
		cancel(nil)
		forget()
	}
}

// watched is an attempt that somebody may end.
type watched struct {
	ctx                context.Context //nolint:containedctx // the activity's: all three are what is watched
	attempt, stoppable context.Context //nolint:containedctx // see ctx
	cancel             context.CancelCauseFunc
	step               *turn.Step
}

// until waits for a moment, or that it is late. It gives false if the attempt has
// ended before.
func (w watched) until(moment <-chan struct{}, late <-chan time.Time) bool {
	select {
	case <-moment:
		return true
	case <-late:
		return true
	case <-w.attempt.Done():
	case <-w.stoppable.Done():
		if w.ctx.Err() == nil {
			w.cancel(errStopped)
		}
	case <-w.step.Fenced():
		w.cancel(w.step.FenceErr())
	}
	return false
}
