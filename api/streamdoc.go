package api

import (
	"net/http"
	"reflect"

	"github.com/danielgtaylor/huma/v2"

	"github.com/parley-chat/parley/chat"
)

// ConversationEvent is what a conversation's stream carries. Which fields are
// present depends on the type.
type ConversationEvent struct {
	Type      string                `json:"type" enum:"turn-started,turn-ended,message-added,message-updated,branch-changed,title-changed,mode-changed,typing,deleted"`
	TurnID    chat.TurnID           `json:"turnId,omitzero" format:"uuid" doc:"Of turn-started and turn-ended, and of branch-changed if the turn begins the branch."`
	MessageID chat.MessageID        `json:"messageId,omitzero" format:"uuid" doc:"Of turn-started, message-added and message-updated; of branch-changed one that the conversation goes on from, the others that it shows are listed."`
	Status    string                `json:"status,omitempty" doc:"Of turn-ended: the turn's status."`
	Role      chat.Role             `json:"role,omitempty" enum:"user,assistant" doc:"Of message-added; of typing user is the visitor and assistant the staff."`
	Title     string                `json:"title,omitempty" doc:"Of title-changed."`
	Mode      chat.ConversationMode `json:"mode,omitempty" enum:"agent,human" doc:"Of mode-changed: who answers from now on."`
	Staff     string                `json:"staff,omitempty" doc:"Of mode-changed: the person who answers, if somebody has come."`
}

type turnStreamInput struct {
	TurnPath
	StreamPosition
}

// StreamPosition says how far a reader of a turn's stream has come.
type StreamPosition struct {
	StartIndex  int64  `query:"startIndex" minimum:"0" doc:"How many chunks the caller has: the first event is the one after them."`
	LastEventID string `header:"Last-Event-ID" maxLength:"20" pattern:"^[0-9]*$" doc:"The last event seen; says the same as startIndex and wins over it."`
}

// streamOutput lets a handler write the response itself, once everything that
// can go wrong has been checked.
type streamOutput struct {
	Body func(huma.Context)
}

const turnStreamText = "The stream is the AI SDK's UI message stream, version 1: each event's data is a chunk, and the last is `[DONE]`. " +
	"Every event has an id, dense from 1, so a reader that is cut off goes on with Last-Event-ID or startIndex. " +
	"Comments keep the connection alive. A stream that ends without a `finish`, `abort` or `error` chunk has been cut off: connect again."

// turnStreamOperation documents an operation that answers with a turn's stream.
func (s *Server) turnStreamOperation(op huma.Operation) huma.Operation {
	op.Method = http.MethodGet
	op.Description = turnStreamText
	op.Responses = map[string]*huma.Response{"200": s.chunkStream()}
	return op
}

// eventStreamOperation documents an operation that answers with a
// conversation's events.
func (s *Server) eventStreamOperation(op huma.Operation) huma.Operation {
	op.Method = http.MethodGet
	op.Description = "Turns that start and end, messages, branches, titles. Each event has an id: a reader that is cut off goes on with Last-Event-ID; " +
		"without it the stream begins with what happens next. The stream has no end while the conversation exists."
	op.Responses = map[string]*huma.Response{"200": {
		Description: "Server-sent events whose data is a conversation event in JSON.",
		Content:     s.eventStream(reflect.TypeFor[ConversationEvent]()),
	}}
	return op
}

// startOperation documents an operation that starts a turn and either streams
// its answer or returns at once.
func (s *Server) startOperation(op huma.Operation) huma.Operation {
	op.Method = http.MethodPost
	op.Responses = map[string]*huma.Response{
		"200": s.chunkStream(),
		"201": {Description: "People answer the conversation: the message is stored, and there is no turn.", Content: map[string]*huma.MediaType{
			"application/json": {Schema: s.api.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[KeptMessage](), true, "")},
		}},
		"202": {Description: "The turn, without its stream.", Content: map[string]*huma.MediaType{
			"application/json": {Schema: s.api.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[Turn](), true, "")},
		}},
	}
	return op
}

func (s *Server) chunkStream() *huma.Response {
	text := &huma.Schema{Type: huma.TypeString}
	return &huma.Response{
		Description: "Server-sent events whose data is a chunk in JSON.",
		Headers: map[string]*huma.Param{
			"X-Parley-Turn-Id": {Description: "The turn.", Schema: text},
			"X-Parley-Mode":    {Description: "human when people answer the conversation: there is no turn.", Schema: text},
			"X-Parley-Steered": {Description: "true when the message was handed to a turn that was running.", Schema: text},
		},
		Content: s.eventStream(reflect.TypeFor[Chunk]()),
	}
}

func (s *Server) eventStream(event reflect.Type) map[string]*huma.MediaType {
	schema := s.api.OpenAPI().Components.Schemas.Schema(event, true, "")
	return map[string]*huma.MediaType{"text/event-stream": {Schema: schema}}
}

// Chunk documents chat.Chunk: which fields are present depends on the type.
type Chunk struct {
	_            struct{}          `additionalProperties:"true"`
	Type         chat.ChunkType    `json:"type" doc:"start, start-step, text-start, text-delta, text-end, reasoning-start, reasoning-delta, reasoning-end, finish-step, finish, abort, error, data-reset, data-status, data-steer, data-suggestions, data-object, data-ui or data-fault; and those of the calls of tools." example:"text-delta"`
	ID           string            `json:"id,omitempty" doc:"The part that the chunk belongs to."`
	MessageID    chat.MessageID    `json:"messageId,omitzero" format:"uuid" doc:"Of start: the answer's message."`
	Delta        string            `json:"delta,omitempty" doc:"Text to append to the part."`
	Data         any               `json:"data,omitempty" doc:"Of data-* chunks."`
	Transient    bool              `json:"transient,omitempty" doc:"True for chunks that are not part of the message."`
	FinishReason chat.FinishReason `json:"finishReason,omitempty" enum:"stop,length,content-filter,tool-calls,error,other"`
	Reason       string            `json:"reason,omitempty" doc:"Of abort."`
	ErrorText    string            `json:"errorText,omitempty" doc:"Of error: a sentence for the visitor."`
	Metadata     any               `json:"messageMetadata,omitempty"`
}
