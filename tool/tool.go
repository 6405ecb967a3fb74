// Package tool makes the calls that agents ask for, and decides about them. It
// knows nothing of turns or of the database: a call comes with everything that it
// needs, and goes with what became of it.
package tool

import (
	"encoding/json"
	"errors"
	"time"

	"github.com/parley-chat/parley/chat"
)

// What is wrong with a call that cannot be made, in words for the model.
var (
	ErrNotJSON    = errors.New("the arguments are not a JSON document")
	ErrNoSuchTool = errors.New("there is no tool of this name")
)

// Call is one call to make.
type Call struct {
	// ID is the Idempotency-Key that goes along: the same for every attempt.
	ID   string
	Tool chat.Tool
	// Arguments fit the tool's schema.
	Arguments    json.RawMessage
	Visitor      Visitor
	Conversation string
	// Secrets are those that the tool's requests name.
	Secrets map[string]string
	// SigningKey is the tenant's, with which requests are signed (32 bytes).
	SigningKey []byte
	// Server is that of an MCP tool; nil: it is not there any more.
	Server *Server
	// Progress, if set, is told how far the call has come. It must be quick.
	Progress func(Progress)
}

// Visitor is who the agent talks to. ExternalID is set where the tenant has
// vouched for it.
type Visitor struct {
	ID, ExternalID, Name, Email string
	Traits                      json.RawMessage
}

// Outcome is what became of an attempt at a call.
type Outcome struct {
	// State is CallSucceeded, CallFailed or CallUnknown.
	State chat.ToolCallState
	// Output is what the model is told of a success.
	Output json.RawMessage
	// Error is what the model and the visitor are told otherwise. It holds no secret
	// and nothing of the tenant's network.
	Error string
	// Again: another attempt may do better and does no harm. RetryAfter is how long
	// the tool's server asked us to wait; 0 if it did not.
	Again      bool
	RetryAfter time.Duration
}

// Facts are what a policy decides by.
type Facts struct {
	Arguments json.RawMessage
	Agent     string // its id
	Visitor   Visitor
}

// TimedOut is the outcome of a call that nobody could bring to an end in time.
func TimedOut(class chat.ToolClass, dispatched bool) Outcome {
	if dispatched && class != chat.ClassRead {
		return unknown()
	}
	return Outcome{State: chat.CallFailed, Error: "The tool did not answer in time."}
}

// unknown is the outcome of a change whose answer is lost.
func unknown() Outcome {
	return Outcome{State: chat.CallUnknown, Error: "It is not known whether this was done. Do not try it again: a person has to look."}
}
