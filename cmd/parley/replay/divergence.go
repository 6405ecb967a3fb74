package replay

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// DivergedError names the first event of a history that the code does not lead to.
type DivergedError struct {
	Event *historypb.HistoryEvent
	// After: the code went on when the history had come to its end with Event.
	After bool
	// Wanted is what the code did instead.
	Wanted string

	cause error // in the SDK's words
}

func (d *DivergedError) Error() string {
	event := fmt.Sprintf("event %d (%s)", d.Event.GetEventId(), nameOf(d.Event))
	if d.After {
		return fmt.Sprintf("the history ends with %s, and this build wants %s", event, d.Wanted)
	}
	return fmt.Sprintf("diverges at %s: this build wants %s", event, d.Wanted)
}

func (d *DivergedError) Unwrap() error { return d.cause }

// nameOf is an event's type and, where it has one, the name of what it is about.
func nameOf(event *historypb.HistoryEvent) string {
	name := event.GetEventType().String()
	if activity := event.GetActivityTaskScheduledEventAttributes().GetActivityType().GetName(); activity != "" {
		return name + " " + activity
	}
	return name
}

// The SDK tells a divergence in words alone. These are the ones of the version in
// go.mod; the tests fail when another one speaks differently.
var (
	otherCommand    = regexp.MustCompile(`history event is (.+), replay command is (.+)`)
	missingCommand  = regexp.MustCompile(`missing replay command for (.+)`)
	extraCommand    = regexp.MustCompile(`extra replay command for (.+)`)
	missingPosition = regexp.MustCompile(`(?:in history event position|activityID: scheduleEventID:) (\d+)`)

	typeName = regexp.MustCompile(`(?:ActivityType|WorkflowType):\(Name:([^)]+)\)`)
)

const nothing = "nothing in its place"

func (r *Replayer) locate(err error, history *historypb.History, wanted *trace) error {
	message := err.Error()
	if !strings.Contains(message, "TMPRL1100") {
		return err // it could not be replayed at all
	}
	d := &DivergedError{cause: err}
	if found := otherCommand.FindStringSubmatch(message); found != nil {
		d.Event, d.Wanted = eventTold(history, found[1]), commandTold(found[2])
	} else if found := missingCommand.FindStringSubmatch(message); found != nil {
		d.Event, d.Wanted = eventTold(history, found[1]), nothing
	} else if found := extraCommand.FindStringSubmatch(message); found != nil {
		d.Event, d.After, d.Wanted = history.GetEvents()[len(history.GetEvents())-1], true, commandTold(found[1])
	} else if found := missingPosition.FindStringSubmatch(message); found != nil {
		d.Event = eventAt(history, found[1])
		d.Wanted = wanted.instead(history, d.Event)
	}
	if d.Event == nil {
		d.Event, d.Wanted = r.taskOf(history), "something else: "+message
	}
	return d
}

// identifying are the fields that tell events of one type apart, as the SDK
// prints them and as the message has them.
var identifying = map[*regexp.Regexp]protoreflect.Name{
	regexp.MustCompile(`\bActivityId:([^,)]+)`):                "activity_id",
	regexp.MustCompile(`\bTimerId:([^,)]+)`):                   "timer_id",
	regexp.MustCompile(`\bScheduledEventId:(\d+)`):             "scheduled_event_id",
	regexp.MustCompile(`\bWorkflowTaskCompletedEventId:(\d+)`): "workflow_task_completed_event_id",
}

// eventTold finds the event that the SDK means by its description.
func eventTold(history *historypb.History, told string) *historypb.HistoryEvent {
	for _, event := range history.GetEvents() {
		if strings.HasPrefix(told, event.GetEventType().String()+": ") && isTold(event.ProtoReflect(), told) {
			return event
		}
	}
	return nil
}

func isTold(event protoreflect.Message, told string) bool {
	which := event.WhichOneof(event.Descriptor().Oneofs().ByName("attributes"))
	if which == nil {
		return false
	}
	attributes := event.Get(which).Message()
	for printed, name := range identifying {
		field, found := attributes.Descriptor().Fields().ByName(name), printed.FindStringSubmatch(told)
		if field != nil && found != nil && attributes.Get(field).String() != found[1] {
			return false
		}
	}
	return true
}

// commandTold shortens the description of a command to what a person looks for.
func commandTold(told string) string {
	kind, _, _ := strings.Cut(told, ":")
	if found := typeName.FindStringSubmatch(told); found != nil {
		return kind + " " + found[1]
	}
	return kind
}

func eventAt(history *historypb.History, position string) *historypb.HistoryEvent {
	for _, event := range history.GetEvents() {
		if strconv.FormatInt(event.GetEventId(), 10) == position {
			return event
		}
	}
	return nil
}

func scheduled(history *historypb.History) (events []*historypb.HistoryEvent) {
	for _, event := range history.GetEvents() {
		if event.GetEventType() == enumspb.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED {
			events = append(events, event)
		}
	}
	return events
}

// taskOf finds the first workflow task whose decisions the code does not make, by
// replaying one task more at a time. It is for what the SDK does not tell exactly.
func (r *Replayer) taskOf(history *historypb.History) (task *historypb.HistoryEvent) {
	for i, event := range history.GetEvents() {
		if event.GetEventType() == enumspb.EVENT_TYPE_WORKFLOW_TASK_STARTED && task != nil {
			if _, err := r.run(&historypb.History{Events: history.GetEvents()[:i+1]}); err != nil {
				return task
			}
		}
		if event.GetEventType() == enumspb.EVENT_TYPE_WORKFLOW_TASK_COMPLETED {
			task = event
		}
	}
	return task
}
