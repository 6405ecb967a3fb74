package turn

import (
	"context"
	"errors"
	"fmt"

	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	failurepb "go.temporal.io/api/failure/v1"
	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/api/proxy"
	"go.temporal.io/api/serviceerror"
	taskqueuepb "go.temporal.io/api/taskqueue/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/parley-chat/parley/chat"
	"github.com/parley-chat/parley/turn/recording"
)

// past is what Temporal remembers of a workflow, event by event.
type past struct {
	events   client.HistoryEventIterator
	first    *historypb.HistoryEvent // nil: it remembers nothing
	codec    converter.PayloadCodec
	failures recording.Failures
}

// pastOf asks Temporal for the beginning, so that what can go wrong does so
// before anything is written.
func (s *Service) pastOf(ctx context.Context, id string, failures recording.Failures) (*past, error) {
	p := &past{codec: s.codec, failures: failures}
	p.events = s.temporal.GetWorkflowHistory(ctx, id, "", false, enumspb.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
	var err error
	p.first, err = p.read(ctx)
	if _, gone := errors.AsType[*serviceerror.NotFound](err); gone {
		return p, nil
	}
	if err != nil {
		return nil, chat.NewError(chat.CodeUnavailable, "The workflow's history cannot be read right now. Try again in a moment.").Because(err)
	}
	return p, nil
}

func (p *past) write(ctx context.Context, w *recording.Writer) (recording.History, error) {
	told := recording.History{State: recording.StateGone, Failures: p.failures}
	if p.first == nil {
		return told, nil
	}
	told.State = recording.StateOpen
	event := p.first
	err := w.History(func() (*historypb.HistoryEvent, error) {
		current, err := event, error(nil)
		if current != nil {
			told.Count++
			if endsWorkflow(current.GetEventType()) {
				told.State = recording.StateComplete
			}
			event, err = p.read(ctx)
		}
		return current, err
	})
	return told, err
}

// read gives the next event as it may be shown, nil after the last one.
func (p *past) read(ctx context.Context) (*historypb.HistoryEvent, error) {
	if !p.events.HasNext() {
		return nil, nil
	}
	event, err := p.events.Next()
	if err != nil {
		return nil, err
	}
	if err := p.open(ctx, event); err != nil {
		return nil, fmt.Errorf("history event %d: %w", event.GetEventId(), err)
	}
	withoutIdentity(event.ProtoReflect())
	return event, nil
}

// open unseals what a workflow was given and gave.
func (p *past) open(ctx context.Context, event *historypb.HistoryEvent) error {
	err := proxy.VisitPayloads(ctx, event, proxy.VisitPayloadsOptions{
		SkipSearchAttributes: true,
		Visitor: func(_ *proxy.VisitPayloadsContext, payloads []*commonpb.Payload) ([]*commonpb.Payload, error) {
			return p.codec.Decode(payloads)
		},
	})
	if err != nil {
		return err
	}
	return proxy.VisitFailures(ctx, event, proxy.VisitFailuresOptions{
		Visitor: func(_ *proxy.VisitFailuresContext, failure *failurepb.Failure) error {
			p.show(failure)
			return nil
		},
	})
}

func (p *past) show(failure *failurepb.Failure) {
	if p.failures == recording.FailureMessages {
		converter.DecodeCommonFailureAttributes(converter.GetDefaultDataConverter(), failure)
	} else {
		failure.Message, failure.StackTrace = "", ""
		if info := failure.GetApplicationFailureInfo(); info != nil {
			info.Details = nil
		}
	}
	failure.EncodedAttributes = nil
}

// withoutIdentity leaves out which process did what, and the names of queues that
// are one process's own: a tenant need not know the operator's machines.
func withoutIdentity(message protoreflect.Message) {
	if queue, ok := message.Interface().(*taskqueuepb.TaskQueue); ok && queue.GetKind() == enumspb.TASK_QUEUE_KIND_STICKY {
		queue.Name = ""
	}
	message.Range(func(field protoreflect.FieldDescriptor, value protoreflect.Value) bool {
		switch {
		case field.Name() == "identity":
			message.Clear(field)
		case field.Message() != nil && !field.IsList() && !field.IsMap():
			withoutIdentity(value.Message())
		}
		return true
	})
}

func endsWorkflow(kind enumspb.EventType) bool {
	switch kind {
	case enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_COMPLETED, enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_FAILED,
		enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_CANCELED, enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_TERMINATED,
		enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_TIMED_OUT, enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_CONTINUED_AS_NEW:
		return true
	default:
		return false
	}
}
