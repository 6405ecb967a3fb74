package chat

import "encoding/json"

// ChunkType names a chunk of the AI SDK UI message stream, version 1. A client
// built on npm `ai` refuses the whole stream at a type it does not know, so no
// other type may ever be sent; what Parley adds travels as data-* chunks.
type ChunkType string

// The chunks of the AI SDK that Parley sends, and its own.
const (
	ChunkStart          ChunkType = "start"
	ChunkStartStep      ChunkType = "start-step"
	ChunkTextStart      ChunkType = "text-start"
	ChunkTextDelta      ChunkType = "text-delta"
	ChunkTextEnd        ChunkType = "text-end"
	ChunkReasoningStart ChunkType = "reasoning-start"
	ChunkReasoningDelta ChunkType = "reasoning-delta"
	ChunkReasoningEnd   ChunkType = "reasoning-end"
	ChunkFinishStep     ChunkType = "finish-step"

	ChunkToolInputStart      ChunkType = "tool-input-start"
	ChunkToolInputAvailable  ChunkType = "tool-input-available"
	ChunkToolInputError      ChunkType = "tool-input-error"
	ChunkToolApprovalRequest ChunkType = "tool-approval-request"
	ChunkToolOutput          ChunkType = "tool-output-available"
	ChunkToolOutputError     ChunkType = "tool-output-error"
	ChunkToolOutputDenied    ChunkType = "tool-output-denied"

	ChunkFinish ChunkType = "finish"
	ChunkAbort  ChunkType = "abort"
	ChunkError  ChunkType = "error"

	// ChunkReset drops the parts added since the last start-step: a retried
	// step regenerates its text instead of appending a second version.
	ChunkReset ChunkType = "data-reset"
	// ChunkStatus is transient news about a turn that is silent. It is never
	// stored and has no sequence number of its own.
	ChunkStatus ChunkType = "data-status"
	// ChunkSteer stands between two steps where the messages that it names came in
	// while the model spoke: the next step answers them too.
	ChunkSteer ChunkType = "data-steer"
	// ChunkBlocked stands where an answer was blocked: the sentence before it is all
	// that the visitor gets instead.
	ChunkBlocked ChunkType = "data-blocked"
	// ChunkSuggestions carries follow-up questions, offered as buttons.
	ChunkSuggestions ChunkType = "data-suggestions"
	// ChunkObject carries an answer that is a document, as far as it has come.
	ChunkObject ChunkType = "data-object"
	// ChunkUI carries a component: something to look at, or to fill in.
	ChunkUI ChunkType = "data-ui"
	// ChunkFault tells the people who run an agent what was wrong with the form of an
	// answer. Visitors see that there was something, and no more.
	ChunkFault ChunkType = "data-fault"
)

// Chunk is one event of a turn's stream, in the JSON form that goes over the
// wire and into turn_events.
type Chunk struct {
	Type         ChunkType       `json:"type"`
	ID           string          `json:"id,omitempty"`
	MessageID    MessageID       `json:"messageId,omitzero"`
	Delta        string          `json:"delta,omitempty"`
	Data         json.RawMessage `json:"data,omitempty"`
	Transient    bool            `json:"transient,omitempty"`
	FinishReason FinishReason    `json:"finishReason,omitempty"`
	Reason       string          `json:"reason,omitempty"`
	ErrorText    string          `json:"errorText,omitempty"`
	Metadata     json.RawMessage `json:"messageMetadata,omitempty"`

	// Of a tool's call. Dynamic is always set with ToolName: the AI SDK's word for
	// tools that a client has no types for.
	ToolCallID  string          `json:"toolCallId,omitempty"`
	ToolName    string          `json:"toolName,omitempty"`
	Dynamic     bool            `json:"dynamic,omitempty"`
	Title       string          `json:"title,omitempty"`
	Input       json.RawMessage `json:"input,omitempty"`
	Output      json.RawMessage `json:"output,omitempty"`
	Preliminary bool            `json:"preliminary,omitempty"` // progress; the last output follows
	// ProviderExecuted is set, to false, of a call that is for a page to make: the AI
	// SDK's word for who makes it.
	ProviderExecuted *bool  `json:"providerExecuted,omitempty"`
	ApprovalID       string `json:"approvalId,omitempty"`
}

// BadArguments begins the ErrorText of a call whose arguments do not do. What follows
// may quote them.
const BadArguments = "The call was not made: "

// FinishReason says why a model stopped, in the words of the AI SDK.
type FinishReason string

// The reasons for the end of an answer.
const (
	FinishStop          FinishReason = "stop"
	FinishLength        FinishReason = "length"
	FinishContentFilter FinishReason = "content-filter"
	FinishToolCalls     FinishReason = "tool-calls"
	FinishError         FinishReason = "error"
	FinishOther         FinishReason = "other"
)

// Ends reports whether nothing may follow the chunk: a stream without such a
// chunk is a broken connection, never a finished answer.
func (c Chunk) Ends() bool {
	return c.Type == ChunkFinish || c.Type == ChunkAbort || c.Type == ChunkError
}

// ForPage reports whether the chunk is of a call that a page makes, and is offered it.
func (c Chunk) ForPage() bool { return c.ProviderExecuted != nil && !*c.ProviderExecuted }

// Event is a chunk that has been committed: its sequence number is dense from 1
// within the turn.
type Event struct {
	Seq   int64
	Chunk Chunk
}

// DataChunk makes a data-* chunk; a later one with the same id replaces it.
func DataChunk(chunkType ChunkType, id string, data any) (Chunk, error) {
	raw, err := json.Marshal(data)
	if err != nil {
		return Chunk{}, err
	}
	return Chunk{Type: chunkType, ID: id, Data: raw}, nil
}

// Steer is the data of a ChunkSteer and of its stored part.
type Steer struct {
	MessageIDs []MessageID `json:"messageIds"`
}

// Suggestions is the data of a ChunkSuggestions and of its stored part.
type Suggestions struct {
	Items []string `json:"items"`
}
