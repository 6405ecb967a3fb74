package turn

import (
	"context"
	"errors"
	"strings"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	failurepb "go.temporal.io/api/failure/v1"
	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/converter"

	"github.com/parley-chat/parley/turn/recording"
	"github.com/parley-chat/parley/workflows"
)

// traceTimeout bounds what a trace waits for Temporal.
const traceTimeout = 3 * time.Second

// The kinds of failures that are not an activity's own word.
const (
	// FailureWorkerLost says that the process which made an attempt has died, or hung.
	FailureWorkerLost = "worker_lost"
	FailureTimedOut   = "timed_out"
)

// pastSteps reads of a workflow's history how often each step of the model was tried.
type pastSteps struct {
	tries    map[int]Tries
	activity map[string]int // the steps, by the ids of their activities
	event    map[int64]int  // the same, by the events that ask for them
}

// triesOf gives the attempts at each step by its number, as far as Temporal knows. Of an
// attempt that runs the history says nothing yet.
func (s *Service) triesOf(ctx context.Context, workflow string, running bool) (map[int]Tries, recording.State, error) {
	p := pastSteps{tries: map[int]Tries{}, activity: map[string]int{}, event: map[int64]int{}}
	past, err := s.pastOf(ctx, workflow, recording.FailureTypes)
	if err != nil {
		return nil, PastUnavailable, err
	}
	if past.first == nil {
		return nil, recording.StateGone, nil
	}
	for event := past.first; event != nil; {
		p.read(event)
		if event, err = past.read(ctx); err != nil {
			return nil, PastUnavailable, err
		}
	}
	if running {
		err = p.readPending(ctx, s, workflow)
	}
	return p.tries, recording.StateComplete, err
}

func (p pastSteps) read(event *historypb.HistoryEvent) {
	if asked := event.GetActivityTaskScheduledEventAttributes(); asked.GetActivityType().GetName() == "ModelStep" {
		var in workflows.StepInput
		if converter.GetDefaultDataConverter().FromPayloads(asked.GetInput(), &in) == nil {
			p.activity[asked.GetActivityId()], p.event[event.GetEventId()] = in.Step, in.Step
		}
		return
	}
	begun := event.GetActivityTaskStartedEventAttributes()
	if step, ok := p.event[begun.GetScheduledEventId()]; ok && begun != nil {
		p.note(step, begun.GetAttempt(), begun.GetLastFailure())
	}
}

func (p pastSteps) note(step int, attempt int32, failure *failurepb.Failure) {
	p.tries[step] = Tries{Attempts: int(attempt), Failure: kindOf(failure)}
}

func (p pastSteps) readPending(ctx context.Context, s *Service, workflow string) error {
	described, err := s.temporal.DescribeWorkflowExecution(ctx, workflow, "")
	if _, gone := errors.AsType[*serviceerror.NotFound](err); gone {
		return nil
	}
	for _, pending := range described.GetPendingActivities() {
		if step, ok := p.activity[pending.GetActivityId()]; ok {
			p.note(step, pending.GetAttempt(), pending.GetLastFailure())
		}
	}
	return err
}

// kindOf is what may be said of a failure: what kind it was. What a provider said of the
// platform's account is no business of its tenants.
func kindOf(failure *failurepb.Failure) string {
	switch {
	case failure == nil:
		return ""
	case failure.GetApplicationFailureInfo() != nil:
		return known(failure.GetApplicationFailureInfo().GetType())
	case failure.GetTimeoutFailureInfo().GetTimeoutType() == enumspb.TIMEOUT_TYPE_HEARTBEAT:
		return FailureWorkerLost
	case failure.GetTimeoutFailureInfo() != nil:
		return FailureTimedOut
	default:
		return workflows.ErrorInternal
	}
}

// known leaves out the names of Go's own errors.
func known(kind string) string {
	if kind == "" || strings.ToLower(kind) != kind {
		return workflows.ErrorInternal
	}
	return kind
}
