package replay

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"time"

	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/sdk/interceptor"
	"go.temporal.io/sdk/workflow"
)

// trace notes what a replayed workflow asks for, in order.
type trace struct {
	interceptor.WorkerInterceptorBase
	calls []call
}

// call is one thing that a workflow asks for, in the words of Temporal's commands.
type call struct {
	command   enumspb.CommandType
	name      string // of an activity or a workflow
	arguments []any
}

func (c call) String() string { return strings.TrimSpace(c.command.String() + " " + c.name) }

// answers are the events that calls become.
var answers = map[enumspb.CommandType]enumspb.EventType{
	enumspb.COMMAND_TYPE_SCHEDULE_ACTIVITY_TASK:         enumspb.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED,
	enumspb.COMMAND_TYPE_START_TIMER:                    enumspb.EVENT_TYPE_TIMER_STARTED,
	enumspb.COMMAND_TYPE_START_CHILD_WORKFLOW_EXECUTION: enumspb.EVENT_TYPE_START_CHILD_WORKFLOW_EXECUTION_INITIATED,
	enumspb.COMMAND_TYPE_COMPLETE_WORKFLOW_EXECUTION:    enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_COMPLETED,
	enumspb.COMMAND_TYPE_FAIL_WORKFLOW_EXECUTION:        enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_FAILED,
}

// activities are the calls that compareInputs looks at.
func (t *trace) activities() (calls []call) {
	for _, c := range t.calls {
		if c.command == enumspb.COMMAND_TYPE_SCHEDULE_ACTIVITY_TASK {
			calls = append(calls, c)
		}
	}
	return calls
}

// instead is what the code asked for where the history has the event.
func (t *trace) instead(history *historypb.History, missing *historypb.HistoryEvent) string {
	place := 0
	for _, event := range history.GetEvents() {
		if event == missing {
			break
		}
		for _, kind := range answers {
			if event.GetEventType() == kind {
				place++
			}
		}
	}
	if place >= len(t.calls) {
		return nothing
	}
	return t.calls[place].String()
}

// InterceptWorkflow implements interceptor.WorkerInterceptor.
func (t *trace) InterceptWorkflow(_ workflow.Context, next interceptor.WorkflowInboundInterceptor) interceptor.WorkflowInboundInterceptor {
	in := &tracedWorkflow{trace: t}
	in.Next = next
	return in
}

type tracedWorkflow struct {
	interceptor.WorkflowInboundInterceptorBase
	trace *trace
}

// Init implements interceptor.WorkflowInboundInterceptor.
func (w *tracedWorkflow) Init(out interceptor.WorkflowOutboundInterceptor) error {
	traced := &tracedCalls{trace: w.trace}
	traced.Next = out
	return w.Next.Init(traced)
}

// ExecuteWorkflow implements interceptor.WorkflowInboundInterceptor.
func (w *tracedWorkflow) ExecuteWorkflow(ctx workflow.Context, in *interceptor.ExecuteWorkflowInput) (any, error) {
	result, err := w.Next.ExecuteWorkflow(ctx, in)
	command := enumspb.COMMAND_TYPE_COMPLETE_WORKFLOW_EXECUTION
	if err != nil {
		command = enumspb.COMMAND_TYPE_FAIL_WORKFLOW_EXECUTION
	}
	w.trace.calls = append(w.trace.calls, call{command: command})
	return result, err
}

type tracedCalls struct {
	interceptor.WorkflowOutboundInterceptorBase
	trace *trace
}

// note leaves out what a cancelled workflow asks for: it gets its answer at once
// and nothing is done.
func (c *tracedCalls) note(ctx workflow.Context, asked call) {
	if ctx.Err() == nil {
		c.trace.calls = append(c.trace.calls, asked)
	}
}

// ExecuteActivity implements interceptor.WorkflowOutboundInterceptor.
func (c *tracedCalls) ExecuteActivity(ctx workflow.Context, name string, arguments ...any) workflow.Future {
	c.note(ctx, call{enumspb.COMMAND_TYPE_SCHEDULE_ACTIVITY_TASK, name, arguments})
	return c.Next.ExecuteActivity(ctx, name, arguments...)
}

// ExecuteChildWorkflow implements interceptor.WorkflowOutboundInterceptor.
func (c *tracedCalls) ExecuteChildWorkflow(ctx workflow.Context, name string, arguments ...any) workflow.ChildWorkflowFuture {
	c.note(ctx, call{enumspb.COMMAND_TYPE_START_CHILD_WORKFLOW_EXECUTION, name, arguments})
	return c.Next.ExecuteChildWorkflow(ctx, name, arguments...)
}

// NewTimer implements interceptor.WorkflowOutboundInterceptor.
func (c *tracedCalls) NewTimer(ctx workflow.Context, wait time.Duration) workflow.Future {
	c.note(ctx, call{command: enumspb.COMMAND_TYPE_START_TIMER})
	return c.Next.NewTimer(ctx, wait)
}

// NewTimerWithOptions implements interceptor.WorkflowOutboundInterceptor. Sleep
// comes here as well.
func (c *tracedCalls) NewTimerWithOptions(ctx workflow.Context, wait time.Duration, options workflow.TimerOptions) workflow.Future {
	c.note(ctx, call{command: enumspb.COMMAND_TYPE_START_TIMER})
	return c.Next.NewTimerWithOptions(ctx, wait, options)
}

// compareInputs looks for activities that were asked for in the right order with
// something else to do, which the SDK does not mind.
func (r *Replayer) compareInputs(history *historypb.History, wanted *trace) error {
	calls := wanted.activities()
	for i, event := range scheduled(history) {
		if i >= len(calls) {
			return nil // the history is open: the code has not come as far
		}
		recorded := event.GetActivityTaskScheduledEventAttributes().GetInput()
		given, err := r.converter.ToPayloads(calls[i].arguments...)
		if err != nil {
			return err
		}
		was, is, err := r.inputs(recorded, given)
		if err != nil {
			return fmt.Errorf("input of event %d: %w", event.GetEventId(), err)
		}
		if !contains(is, was) {
			return &DivergedError{Event: event, Wanted: fmt.Sprintf("%s with the input %s, not %s", calls[i], text(is), text(was))}
		}
	}
	return nil
}

func (r *Replayer) inputs(recorded, given *commonpb.Payloads) (was, is any, err error) {
	if was, err = r.input(recorded); err != nil {
		return nil, nil, err
	}
	is, err = r.input(given)
	return was, is, err
}

func (r *Replayer) input(payloads *commonpb.Payloads) (any, error) {
	values := make([]any, len(payloads.GetPayloads()))
	for i, payload := range payloads.GetPayloads() {
		if err := r.converter.FromPayload(payload, &values[i]); err != nil {
			return nil, err
		}
	}
	return values, nil
}

// contains lets a later build add fields to what was recorded, since activities
// have to live with that anyway; nothing may be missing or different.
func contains(now, before any) bool {
	switch before := before.(type) {
	case map[string]any:
		now, ok := now.(map[string]any)
		for name, value := range before {
			ok = ok && contains(now[name], value)
		}
		return ok
	case []any:
		now, ok := now.([]any)
		ok = ok && len(now) == len(before)
		for i := 0; ok && i < len(before); i++ {
			ok = contains(now[i], before[i])
		}
		return ok
	default:
		return reflect.DeepEqual(now, before)
	}
}

func text(value any) string {
	encoded, err := json.Marshal(value)
	if err != nil {
		return err.Error()
	}
	return string(encoded)
}
