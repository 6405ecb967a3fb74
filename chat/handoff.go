package chat

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"
	"time"
)

// ConversationMode says who answers in a conversation.
type ConversationMode string

// The modes of a conversation.
const (
	ModeAgent ConversationMode = "agent" // a model
	ModeHuman ConversationMode = "human" // a person of the team: no model is asked
)

// HumanHandoff says whether and how an agent's conversations can be given to people.
type HumanHandoff struct {
	// Enabled lets visitors and the agent ask for a person. Staff can always take a
	// conversation over.
	Enabled bool `json:"enabled" doc:"Visitors and the agent may ask for a person. Staff may always take a conversation over."`
	// AnswerMinutes is how long a visitor waits for a person's word before the agent goes
	// on; 0 means DefaultAnswerMinutes.
	AnswerMinutes int `json:"answerMinutes,omitempty" minimum:"0" maximum:"1440" doc:"How long a visitor waits for a person's word before the agent goes on; 0 or left out: 10."`
	// Hours are when there is anybody to ask; nil: always.
	Hours *BusinessHours `json:"hours,omitempty" doc:"When people are there; left out: always."`
}

// DefaultAnswerMinutes is how long a visitor waits for a person's word.
const DefaultAnswerMinutes = 10

// Minutes is how long a visitor waits for a person's word.
func (h HumanHandoff) Minutes() int { return cmp.Or(h.AnswerMinutes, DefaultAnswerMinutes) }

// Opens tells when there is somebody to ask: at once (the zero time), at some time
// within the next week, or, ok being false, never.
func (h HumanHandoff) Opens(now time.Time) (at time.Time, ok bool) {
	if h.Hours == nil {
		return time.Time{}, true
	}
	return h.Hours.opens(now)
}

// BusinessHours are the times of a week when people are there.
type BusinessHours struct {
	// Zone is the IANA name of the time zone that the hours are of.
	Zone string `json:"zone" minLength:"1" maxLength:"64" example:"Europe/Berlin" doc:"The IANA name of the time zone."`
	// Days are stretches of days; a day may have several.
	Days []OpenHours `json:"days" minItems:"1" maxItems:"28"`
}

// OpenHours is one stretch of a day of the week.
type OpenHours struct {
	// Day counts from 1, Monday.
	Day  int    `json:"day" minimum:"1" maximum:"7" doc:"1 is Monday."`
	From string `json:"from" pattern:"^([01][0-9]|2[0-3]):[0-5][0-9]$" patternDescription:"hh:mm" example:"09:00"`
	To   string `json:"to" pattern:"^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$" patternDescription:"hh:mm" example:"17:30" doc:"After from; 24:00 is the end of the day."`
}

// opens looks a week ahead. Hours of a zone that is not known are never.
func (h BusinessHours) opens(now time.Time) (at time.Time, ok bool) {
	zone, err := time.LoadLocation(h.Zone)
	if err != nil {
		return time.Time{}, false
	}
	local := now.In(zone)
	for ahead := range 8 {
		day := time.Date(local.Year(), local.Month(), local.Day()+ahead, 0, 0, 0, 0, zone)
		for _, hours := range h.Days {
			from, to, on := hours.on(day)
			switch {
			case !on || !local.Before(to):
			case !local.Before(from):
				return time.Time{}, true
			case !ok || from.Before(at):
				at, ok = from, true
			}
		}
		if ok {
			return at, true
		}
	}
	return time.Time{}, false
}

// on gives the hours on a day that begins at midnight; on is false for other days of
// the week. The clock counts, also on days on which it is put forward or back.
func (h OpenHours) on(midnight time.Time) (from, to time.Time, on bool) {
	if weekday := (int(midnight.Weekday())+6)%7 + 1; weekday != h.Day {
		return from, to, false
	}
	return atClock(midnight, h.From), atClock(midnight, h.To), true
}

func atClock(midnight time.Time, clock string) time.Time {
	if clock == "24:00" {
		return midnight.AddDate(0, 0, 1)
	}
	at, err := time.Parse("15:04", clock)
	if err != nil {
		return midnight
	}
	return time.Date(midnight.Year(), midnight.Month(), midnight.Day(), at.Hour(), at.Minute(), 0, 0, midnight.Location())
}

// AgentHandoff lets an agent give a conversation to another one of its tenant.
type AgentHandoff struct {
	// Name is what the model calls the other agent by.
	Name    string  `json:"name" pattern:"^[a-z0-9_]{1,40}$" patternDescription:"1 to 40 lower-case letters, digits and _" example:"sales" doc:"What the model calls the other agent by."`
	AgentID AgentID `json:"agentId" format:"uuid"`
	// When tells the model when to do so.
	When string `json:"when" minLength:"1" maxLength:"1000" example:"The visitor wants to buy something." doc:"Tells the model when to hand over."`
	// Context is what goes along; "" is ContextConversation.
	Context HandoffContext `json:"context,omitempty" enum:"conversation,request" doc:"What the other agent is told: the whole conversation, or the visitor's last message and the note of the agent that hands over. Left out: conversation."`
}

// HandoffContext is what an agent is told that a conversation is given to.
type HandoffContext string

// What goes along with a handoff.
const (
	ContextConversation HandoffContext = "conversation" // everything that was said
	ContextRequest      HandoffContext = "request"      // the visitor's last message, and the other agent's note
)

// MostAgentHandoffs bounds how often agents give one question to each other.
const MostAgentHandoffs = 3

// The tools with which a model hands over. No tenant's tool has such a name.
const (
	HandoffPrefix   = "handoff_to_"
	HandoffToPerson = HandoffPrefix + "person"
)

// AllTools are the agent's tools and those with which it hands over.
func (c AgentConfig) AllTools() []Tool {
	tools := c.Tools
	if c.Human.Enabled {
		tools = append(slices.Clip(tools), handoffTool(HandoffToPerson, "A person of the team",
			"Asks a person of the team to go on with this conversation. Use it when the visitor wants a person, or when you cannot help. Afterwards tell the visitor what has come of it."))
	}
	for _, to := range c.Handoffs {
		tools = append(slices.Clip(tools), handoffTool(HandoffPrefix+to.Name, strings.ReplaceAll(to.Name, "_", " "),
			"Gives this conversation to another assistant, which goes on with it. Use it when: "+to.When))
	}
	return tools
}

var handoffInput = json.RawMessage(`{"type":"object","additionalProperties":false,"properties":{"note":{"type":"string","maxLength":2000,"description":"What it is about, for whoever goes on."}}}`)

func handoffTool(name, title, description string) Tool {
	return Tool{
		Name: name, Title: title, Description: description, Kind: ToolHandoff, Class: ClassRead,
		InputSchema: handoffInput, Policy: ToolPolicy{Default: DecideAllow},
	}
}

// HandoffTo gives the agent that a tool hands over to, nil: it is no such tool.
func (c AgentConfig) HandoffTo(tool string) *AgentHandoff {
	for i := range c.Handoffs {
		if HandoffPrefix+c.Handoffs[i].Name == tool {
			return &c.Handoffs[i]
		}
	}
	return nil
}

// HandoffState says what is told of a handoff in a conversation.
type HandoffState string

// What can be told of a handoff.
const (
	HandoffWaiting    HandoffState = "waiting"    // a person was asked for
	HandoffTaken      HandoffState = "taken"      // a person has come
	HandoffReturned   HandoffState = "returned"   // the person has given it back
	HandoffUnanswered HandoffState = "unanswered" // nobody has answered in time
	HandoffCanceled   HandoffState = "canceled"   // the visitor goes on with the agent
)

// HandoffNote is the data of a part that tells who answers from there on.
type HandoffNote struct {
	State HandoffState `json:"state"`
	// Name is the person's, of HandoffTaken.
	Name string `json:"name,omitempty"`
}

// HandedOver is what the call of a handoff to another agent has brought.
type HandedOver struct {
	AgentID   AgentID        `json:"agentId"`
	VersionID AgentVersionID `json:"versionId"`
	Name      string         `json:"name"`
	Context   HandoffContext `json:"context"`
}
