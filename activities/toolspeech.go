package activities

import (
	"encoding/json"

	"github.com/parley-chat/parley/chat"
	"github.com/parley-chat/parley/llm"
	"github.com/parley-chat/parley/tool"
)

// offered tells the model what it may ask for.
func offered(tools []chat.Tool) []llm.Tool {
	var told []llm.Tool
	for _, t := range tools {
		told = append(told, llm.Tool{Name: t.Name, Description: t.Description, Parameters: t.InputSchema})
	}
	return told
}

// hearCall shows what the model asks for, if it was offered anything: one that may only
// say its last word was not, and then it gets nothing, whatever it asks for.
func (s *speech) hearCall(event llm.Event) {
	switch {
	case s.step.LastWord():
	case event.Kind == llm.EventToolCallStart:
		s.beginCall(event)
	default:
		s.endCall(event)
	}
}

// beginCall shows that the model is about to ask for a call.
func (s *speech) beginCall(event llm.Event) {
	id := s.step.CallID(len(s.step.Calls()))
	s.calls[event.Index] = id
	chunk := chat.Chunk{Type: chat.ChunkToolInputStart, ToolCallID: id, ToolName: event.Call.Name, Dynamic: true}
	if t := s.step.Config.Find(event.Call.Name); t != nil {
		chunk.Title = t.Title
	}
	s.step.Append(s.at, append(s.turnTo(""), chunk)...)
}

// endCall shows what the model asks for, and whether its arguments do. Whether the
// call may be made is decided when the step is over.
func (s *speech) endCall(event llm.Event) {
	if s.callID(event.Index) == "" {
		s.beginCall(event)
	}
	chunk := chat.Chunk{
		Type: chat.ChunkToolInputAvailable, ToolCallID: s.callID(event.Index), ToolName: event.Call.Name, Dynamic: true,
	}
	var err error
	if chunk.Input, err = s.arguments(event.Call); err != nil {
		chunk.Type, chunk.ErrorText = chat.ChunkToolInputError, chat.BadArguments+err.Error()+"."
	}
	delete(s.calls, event.Index)
	s.step.Append(s.at, chunk)
}

// callID finds the call that the provider knows by the number. One that an earlier
// attempt has begun is the only one that is open: a resumed answer asks for one
// after the other.
func (s *speech) callID(index int) string {
	if id, heard := s.calls[index]; heard {
		return id
	}
	for _, call := range s.step.Calls() {
		if call.State == chat.ToolPartStreaming {
			return call.ToolCallID
		}
	}
	return ""
}

// arguments gives a call's arguments as they are stored: as a text where they are
// no JSON.
func (s *speech) arguments(call llm.ToolCall) (json.RawMessage, error) {
	arguments := call.Arguments
	if arguments == "" {
		arguments = "{}"
	}
	input, err := chat.CleanJSON([]byte(arguments))
	if err != nil {
		input, _ = json.Marshal(chat.CleanText(arguments)) //nolint:errchkjson // strings always encode
		return input, tool.ErrNotJSON
	}
	for _, t := range s.step.Tools() {
		if t.Name == call.Name {
			return input, tool.Check(t, input)
		}
	}
	return input, tool.ErrNoSuchTool
}
