// Package llm is the port to language models: what a step of a turn may ask of
// one and what it hears back. Providers live below it (llm/openai); nothing
// above it knows whose model answers.
package llm

import (
	"context"
	"encoding/json"

	"github.com/parley-chat/parley/chat"
)

// Provider reaches one account of one model vendor. It is safe for concurrent
// use. Every error it returns is an *Error; it never retries by itself, because
// the workflow that called it does.
type Provider interface {
	// Stream asks for one answer. The context bounds the whole stream, not only
	// the call; ending it closes the connection at once.
	Stream(ctx context.Context, request Request) (Stream, error)
	// Resume reads an answer that was asked for with Request.Background again,
	// from the event after the provider's sequence number `after`; a negative
	// number means from its beginning. The error is ErrCannotResume when the
	// provider has no such answer (any more), and the caller must ask anew.
	Resume(ctx context.Context, responseID string, after int64) (Stream, error)
	// Cancel stops an answer that was asked for with Request.Background, which
	// would otherwise be generated, and paid, to its end, and gives what it has
	// cost; nil when the provider does not say. An answer that has ended already,
	// or is unknown, is no error.
	Cancel(ctx context.Context, responseID string) (*Usage, error)
	// Moderate judges a text. It is no answer, and costs nothing.
	Moderate(ctx context.Context, model, text string) (Judgement, error)
}

// Judgement is what a provider thinks of a text.
type Judgement struct {
	// Flagged is the provider's own verdict, for the categories that it lists.
	Flagged    bool
	Categories []string
	// Scores, between 0 and 1, are of all categories.
	Scores map[string]float64
}

// Stream is one answer while it arrives.
type Stream interface {
	// Next waits for the next event. It gives io.EOF after EventDone, and after
	// an error the same error again. A context that ends during the wait closes
	// the stream. It notices no silence by itself: a caller that wants to give
	// up on a quiet model ends the context or closes the stream.
	Next(ctx context.Context) (Event, error)
	// Close lets go of the connection. It may be called at any time, more than
	// once and while Next waits, which then gives an error of KindCanceled.
	Close() error
}

// Request is one question to a model.
type Request struct {
	// ID is our own name for this call, printable ASCII. The provider keeps it with
	// its records, so that its bill can be held against ours.
	ID string
	// Model is the provider's name for the model.
	Model string
	// Instructions is the system prompt.
	Instructions string
	// Messages is the conversation, oldest first, ending with what to answer.
	Messages []Message
	// MaxOutputTokens bounds the answer; 0 leaves it to the provider.
	MaxOutputTokens int
	// Tools are the functions that the model may call, several at once.
	Tools []Tool
	// JSONSchema, if not nil, makes the answer a JSON document of that shape.
	JSONSchema *Schema
	// SafetyID names the person who asks, for the provider's abuse detection.
	// It is hashed before it leaves the process.
	SafetyID string
	// CacheKey groups requests that share a long prefix, so that the provider
	// may reuse its work on it.
	CacheKey string
	// Metadata is kept by the provider with the answer: at most 16 pairs of 64
	// and 512 characters.
	Metadata map[string]string
	// Background asks for an answer that survives the loss of its connection:
	// it can be resumed and cancelled by its id. Providers that know no such
	// thing ignore it.
	Background bool
}

// Message is one turn of speech in the conversation.
type Message struct {
	Role chat.Role
	Text string
	// Calls are what an assistant's message has asked for. The messages after it
	// hold what became of each of them.
	Calls []ToolCall
	// CallID, if set, makes this the outcome of that call: Text is what the model is
	// told of it, and Role means nothing.
	CallID string
}

// Tool is a function that the model may ask to have called.
type Tool struct {
	Name        string
	Description string
	// Parameters is the JSON Schema of the arguments object.
	Parameters json.RawMessage
	// Strict asks the provider to keep the arguments to the schema exactly.
	Strict bool
}

// Schema names the shape of a structured answer.
type Schema struct {
	// Name is an identifier of letters, digits, _ and -, at most 64 long.
	Name string
	// Schema is the JSON Schema of the answer.
	Schema json.RawMessage
	// Strict asks the provider to keep to the schema exactly.
	Strict bool
}

// EventKind classes what a stream brings.
type EventKind int

const (
	// EventStarted is first in a stream that is not a resumed one and carries
	// ResponseID.
	EventStarted EventKind = iota + 1
	// EventTextDelta carries Text, a piece of the answer.
	EventTextDelta
	// EventReasoningDelta carries Text, a piece of the model's reasoning or of
	// its summary.
	EventReasoningDelta
	// EventRefusalDelta carries Text, a piece of the model's refusal.
	EventRefusalDelta
	// EventToolCallStart carries Index and Call without arguments.
	EventToolCallStart
	// EventToolCallDelta carries Index and Text, a piece of the arguments.
	EventToolCallDelta
	// EventToolCallDone carries Index and the whole Call.
	EventToolCallDone
	// EventDone is the last: it carries FinishReason and Usage.
	EventDone
)

// Event is one thing that a stream brings. Which fields are set depends on Kind.
type Event struct {
	Kind EventKind
	// ProviderSeq is the provider's sequence number, for Provider.Resume. It
	// rises within a stream, with gaps; -1 where the provider numbers nothing.
	ProviderSeq int64
	ResponseID  string
	Text        string
	// Index tells the tool calls of one answer apart.
	Index        int
	Call         ToolCall
	FinishReason chat.FinishReason
	// Usage is nil when the provider did not say.
	Usage *Usage
}

// ToolCall is the model's wish to have a function called.
type ToolCall struct {
	ID   string
	Name string
	// Arguments is meant to be a JSON object; a model may get that wrong.
	Arguments string
}

// Usage is what an answer cost, in tokens. CachedTokens are part of InputTokens
// and ReasoningTokens of OutputTokens.
type Usage struct {
	InputTokens     int64
	CachedTokens    int64
	OutputTokens    int64
	ReasoningTokens int64
}
