// Package recording is the form in which a turn travels on its own: a bundle, a
// file named *.turn, that tells what was asked, who answered with which
// instructions, what the model said and when, what it cost, and what the
// workflow decided. Package turn writes bundles; `parley replay` reads them.
//
// A bundle is a ZIP archive of JSON files, so that any tool can look into one,
// and one that was cut off is no archive at all. docs/guides/flight-recorder.md
// describes the files; the types here are their form.
package recording

import (
	"encoding/json"
	"time"

	"github.com/parley-chat/parley/chat"
)

const (
	// Format is what a manifest says it is of.
	Format = "parley.turn"
	// Version is that of the form. Adding files and fields leaves it as it is;
	// a reader refuses a newer one.
	Version = 1
	// MediaType is that of a bundle as a whole, and Extension ends its name.
	MediaType = "application/zip"
	Extension = ".turn"
	// MaxSize bounds what the files of a bundle hold together, in bytes. Nearly
	// all of it is for the workflow's history, which Temporal ends at 50 MB.
	MaxSize = 256 << 20
)

// The files of a bundle.
const (
	FileTurn     = "turn.json"
	FileInput    = "input.json"
	FileAgent    = "agent.json"
	FileAnswer   = "answer.json"
	FileUsage    = "usage.json"
	FileEvents   = "events.jsonl"
	FileHistory  = "history.json"
	FileManifest = "manifest.json"
)

// Manifest is written last, so it can say what the other files hold.
type Manifest struct {
	Format     string    `json:"format"`
	Version    int       `json:"version"`
	RecordedAt time.Time `json:"recordedAt"`
	Events     Events    `json:"events"`
	History    History   `json:"history"`
}

// Events says what became of the turn's log.
type Events struct {
	State State `json:"state"` // complete or gone
	Count int64 `json:"count"`
}

// History says what became of the workflow's history.
type History struct {
	State    State    `json:"state"`
	Count    int64    `json:"count"`
	Failures Failures `json:"failures"`
}

// State is how much there still was of something that is not kept for ever.
type State string

// The states of what a bundle holds.
const (
	StateComplete State = "complete"
	// StateOpen is a history whose workflow had something left to do, like to make
	// suggestions. It replays as far as it goes.
	StateOpen State = "open"
	// StateGone says that it is not kept any longer, or never was there.
	StateGone State = "gone"
)

// Failures says how much of the failures in a history was recorded.
type Failures string

const (
	// FailureTypes says that it is only what kind of failure it was, which is all that a
	// workflow decides on. What a provider said of the platform's own account is
	// no business of its tenants.
	FailureTypes Failures = "types"
	// FailureMessages says that it is the whole chain, for operators.
	FailureMessages Failures = "messages"
)

// Turn is how the turn went.
type Turn struct {
	ID                 chat.TurnID         `json:"id"`
	ConversationID     chat.ConversationID `json:"conversationId"`
	UserMessageID      chat.MessageID      `json:"userMessageId"`
	AssistantMessageID chat.MessageID      `json:"assistantMessageId"`
	Workflow           string              `json:"workflow"` // its id in Temporal
	Status             chat.TurnStatus     `json:"status"`
	Steps              int                 `json:"steps"`
	WriterEpoch        int64               `json:"writerEpoch"` // how many writers there have been
	LastSeq            int64               `json:"lastSeq"`
	FinishReason       chat.FinishReason   `json:"finishReason,omitempty"`
	Blocked            *chat.Blocked       `json:"blocked,omitempty"` // why the answer was not given to its end
	ErrorCode          chat.Code           `json:"errorCode,omitempty"`
	ErrorMessage       string              `json:"errorMessage,omitempty"`
	CreatedAt          time.Time           `json:"createdAt"`
	StopRequestedAt    *time.Time          `json:"stopRequestedAt,omitempty"`
	FinishedAt         *time.Time          `json:"finishedAt,omitempty"`
}

// Input is what the turn began with, and what came in while it ran.
type Input struct {
	// Messages is the conversation up to and with the question, oldest first.
	Messages []Message `json:"messages"`
	// Prompt is the same as the first step was told it, before anything was cut to
	// fit the model's window.
	Prompt []Said `json:"prompt"`
	// Added are the messages that steered the turn.
	Added []Message `json:"added"`
}

// Message is a stored message.
type Message struct {
	ID    chat.MessageID `json:"id"`
	Role  chat.Role      `json:"role"`
	Parts []chat.Part    `json:"parts"`
	// Author is the person of the team who has written it, "": none has.
	Author string `json:"author,omitempty"`
}

// Said is a message in the form in which models are told it.
type Said struct {
	Role chat.Role `json:"role"`
	Text string    `json:"text"`
	// Calls are what an answer has asked for; CallID marks the outcome of one.
	Calls  []SaidCall `json:"calls,omitempty"`
	CallID string     `json:"callId,omitempty"`
}

// SaidCall is a tool's call as the model was reminded of it.
type SaidCall struct {
	ID        string `json:"id"`
	Name      string `json:"name"`
	Arguments string `json:"arguments"`
}

// Agent is the published version that answered.
type Agent struct {
	ID          chat.AgentID        `json:"id"`
	Name        string              `json:"name"` // of today
	VersionID   chat.AgentVersionID `json:"versionId"`
	Version     int                 `json:"version"`
	PublishedAt time.Time           `json:"publishedAt"`
	Config      chat.AgentConfig    `json:"config"`
}

// Answer is the stored message that the turn became.
type Answer struct {
	ID    chat.MessageID    `json:"id"`
	State chat.MessageState `json:"state"`
	Parts []chat.Part       `json:"parts"`
}

// Event is a chunk of the turn's log.
type Event struct {
	Seq   int64           `json:"seq"`
	At    time.Time       `json:"at"`
	Chunk json.RawMessage `json:"chunk"`
}
