package activities

import (
	"context"
	"errors"
	"time"

	"go.temporal.io/sdk/activity"

	"github.com/parley-chat/parley/chat"
	"github.com/parley-chat/parley/telemetry"
	"github.com/parley-chat/parley/turn"
	"github.com/parley-chat/parley/workflows"
)

// ModelStep implements workflows.Activities.
func (a *Activities) ModelStep(ctx context.Context, in workflows.StepInput) (workflows.StepResult, error) {
	defer beat(ctx)()
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
	ended, err := a.speak(ctx, in.Tenant, step)
	if err != nil {
		return workflows.StepResult{}, stepError(ctx, err)
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
	switch ended.Status {
	case chat.TurnRunning:
		result.Outcome = workflows.OutcomeContinue
	case chat.TurnCompleted:
		result.Outcome = workflows.OutcomeCompleted
		result.Suggest = step.Config.Suggestions
	default: // stopped or failed
	}
	return result
}

// beatEvery is a third of the heartbeat timeout, so that one late beat on a busy
// machine is not taken for a death. A step that ends sooner never beats.
const beatEvery = workflows.HeartbeatTimeout / 3

// beat says that this process is alive until the returned function is called.
// What the step has done is in the database, not in the heartbeat.
func beat(ctx context.Context) (stop func()) {
	done := make(chan struct{})
	go func() {
		ticker := time.NewTicker(beatEvery)
		defer ticker.Stop()
		for {
			select {
			case <-done:
				return
			case <-ticker.C:
				activity.RecordHeartbeat(ctx)
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
// begun, and closes the step.
func (a *Activities) speak(ctx context.Context, tenant chat.TenantID, step *turn.Step) (turn.Ended, error) {
	attempt, release := watch(ctx, step)
	defer release()
	m, err := a.models.of(tenant, step.Account, step.Config)
	if err != nil {
		return turn.Ended{}, err
	}
	s := newSpeech(step, m)
	err = s.run(attempt)
	if cause := context.Cause(attempt); cause != nil {
		err = cause
	}
	switch {
	case err == nil:
		return step.End(ctx, s.ending())
	case errors.Is(err, errStopped):
		return step.End(ctx, turn.Ending{Status: chat.TurnStopped, Usage: s.letGo(ctx)})
	default:
		return turn.Ended{}, err
	}
}

// watch gives the context of one attempt. It ends, with its cause, when the turn
// is stopped, when another attempt has taken over, and when the worker shuts
// down.
func watch(ctx context.Context, step *turn.Step) (attempt context.Context, release func()) {
	attempt, cancel := context.WithCancelCause(ctx)
	stoppable, forget := step.Stoppable(ctx)
	if step.Row.StopRequestedAt != nil {
		cancel(errStopped)
	}
	go func() {
		select {
		case <-attempt.Done():
		case <-stoppable.Done():
			if ctx.Err() == nil {
				cancel(errStopped)
			}
		case <-step.Fenced():
			cancel(step.FenceErr())
		case <-activity.GetWorkerStopChannel(ctx):
			cancel(errHandedOver)
		}
	}()
	return attempt, func() {
		cancel(nil)
		forget()
	}
}
