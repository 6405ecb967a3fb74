package turn

import (
	"context"
	"errors"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	workflowpb "go.temporal.io/api/workflow/v1"

	"github.com/parley-chat/parley/chat"
	"github.com/parley-chat/parley/workflows"
)

// State classes what a running turn is doing, for whoever waits for it.
type State string

// What a turn can be doing.
const (
	StateWorking  State = "working"  // a step is under way, whether or not it speaks
	StateRetrying State = "retrying" // a step has failed and is tried again
	StateWaiting  State = "waiting"  // no worker has taken the turn yet
)

// Progress is what a running turn is doing, with a sentence for the visitor.
type Progress struct {
	State   State  `json:"state"`
	Message string `json:"message"`
}

var (
	working  = Progress{StateWorking, "The assistant is still working on its answer."}
	retrying = Progress{StateRetrying, "Something went wrong. The assistant is trying again."}
	using    = Progress{StateWorking, "The assistant is looking something up, or having something done."}
	waiting  = Progress{StateWaiting, "The assistant will begin in a moment."}
	stopping = Progress{StateWorking, "The answer is being stopped."}
)

// OutOfReach is told while nobody can be asked: the turn goes on once Temporal is
// back.
var OutOfReach = Progress{StateRetrying, "The assistant is out of reach for a moment. Its answer will go on."}

// Progress asks Temporal. A dead or failed step is known to the server alone,
// what a live workflow is about to its query.
func (s *Service) Progress(ctx context.Context, tenant chat.TenantID, turn chat.TurnID) (Progress, error) {
	id := workflows.TurnID(tenant, turn)
	described, err := s.temporal.DescribeWorkflowExecution(ctx, id, "")
	if _, absent := errors.AsType[*serviceerror.NotFound](err); absent {
		return waiting, nil // claimed, and about to be started by the reconciler
	}
	if err != nil {
		return Progress{}, err
	}
	for _, activity := range described.GetPendingActivities() {
		if found, decided := progressOf(activity); decided {
			return found, nil
		}
	}
	return s.phase(ctx, id)
}

// progressOf reads the attempts of a step. One that runs in its first attempt
// decides nothing.
func progressOf(activity *workflowpb.PendingActivityInfo) (Progress, bool) {
	switch {
	case activity.GetState() == enumspb.PENDING_ACTIVITY_STATE_CANCEL_REQUESTED:
		return stopping, true
	case activity.GetAttempt() > 1:
		return retrying, true
	case activity.GetState() == enumspb.PENDING_ACTIVITY_STATE_SCHEDULED:
		return waiting, true
	}
	return Progress{}, false
}

func (s *Service) phase(ctx context.Context, id string) (Progress, error) {
	answer, err := s.temporal.QueryWorkflow(ctx, id, "", workflows.QueryProgress)
	if err != nil {
		return Progress{}, err
	}
	var known workflows.Progress
	if err := answer.Get(&known); err != nil {
		return Progress{}, err
	}
	switch known.Phase {
	case workflows.PhaseStopping:
		return stopping, nil
	case workflows.PhaseTools:
		return using, nil
	default:
		return working, nil
	}
}
