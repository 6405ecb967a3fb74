package simulator

import (
	"encoding/json"
	"net/http"
	"strconv"
)

func (s *Simulator) createChatCompletion(w http.ResponseWriter, r *http.Request) {
	p, fault := readChatPrompt(r)
	g, rec, rule := s.begin(w, p, fault)
	if g == nil {
		return
	}
	if !p.stream {
		s.serveCompletion(w, r, g, rec)
		return
	}
	reader := newReader(w, g)
	reader.frame, reader.cutAfter = newChatFramer(g).frame, rule.CutAfter
	s.serve(r, rec, reader)
}

func (s *Simulator) serveCompletion(w http.ResponseWriter, r *http.Request, g *generation, rec *record) {
	switch {
	case !s.await(w, r, g, rec):
	case g.answer.status == StateFailed:
		writeFault(w, g.answer.fault())
	default:
		writeJSON(w, http.StatusOK, g.completionObject())
	}
}

// completionObject is the answer as one chat completion.
func (g *generation) completionObject() any {
	message := map[string]any{"role": "assistant", "content": nil, "refusal": nil}
	var calls []map[string]any
	for _, item := range g.answer.items {
		switch item.kind {
		case itemText:
			message["content"] = item.text()
		case itemRefusal:
			message["refusal"] = item.text()
		case itemReasoning:
			message["reasoning_content"] = item.text()
		case itemCall:
			calls = append(calls, map[string]any{
				"id": item.callID, "type": "function",
				"function": map[string]string{"name": item.name, "arguments": item.text()},
			})
		}
	}
	if calls != nil {
		message["tool_calls"] = calls
	}
	return map[string]any{
		"id": g.completionID(), "object": "chat.completion", "created": g.started.Unix(), "model": g.prompt.model,
		"choices": []any{map[string]any{
			"index": 0, "message": message, "logprobs": nil, "finish_reason": g.answer.finishReason(),
		}},
		"usage": g.chatUsage(),
	}
}

func (g *generation) completionID() string { return "chatcmpl-" + g.id }

func (g *generation) chatUsage() any {
	usage := g.usage(g.plan)
	return map[string]any{
		"prompt_tokens": usage.InputTokens, "completion_tokens": usage.OutputTokens, "total_tokens": usage.TotalTokens,
		"prompt_tokens_details":     map[string]int{"cached_tokens": 0},
		"completion_tokens_details": map[string]int{"reasoning_tokens": usage.OutputDetails.ReasoningTokens},
	}
}

func (a answer) finishReason() string {
	switch {
	case a.status == StateIncomplete && a.reason == "content_filter":
		return "content_filter"
	case a.status == StateIncomplete:
		return "length"
	}
	for _, item := range a.items {
		if item.kind == itemCall {
			return "tool_calls"
		}
	}
	return "stop"
}

// chatFramer writes the chunks of Chat Completions. All but one piece of a chunk
// is the same throughout an answer.
type chatFramer struct {
	generation *generation
	head, tail []byte
	calls      []int // for each item, its position among the calls
}

func newChatFramer(g *generation) *chatFramer {
	f := &chatFramer{generation: g, calls: make([]int, len(g.answer.items))}
	f.head = append(f.head, `data: {"id":"`+g.completionID()+`","object":"chat.completion.chunk","created":`...)
	f.head = strconv.AppendInt(f.head, g.started.Unix(), 10)
	f.head = append(appendString(append(f.head, `,"model":`...), g.prompt.model), `,"choices":[{"index":0,"delta":{`...)
	f.tail = []byte(`},"logprobs":null,"finish_reason":null}]}` + "\n\n")
	calls := 0
	for i, item := range g.answer.items {
		f.calls[i] = calls
		if item.kind == itemCall {
			calls++
		}
	}
	return f
}

func (f *chatFramer) frame(frames []byte, at int) []byte {
	event := f.generation.plan[at]
	switch event.kind {
	case evCreated:
		return f.chunk(frames, []byte(`"role":"assistant","content":"","refusal":null`))
	case evItemAdded:
		if f.generation.answer.items[event.item].kind == itemCall {
			return f.callStart(frames, event)
		}
	case evDelta:
		return f.delta(frames, event)
	case evEnd:
		return f.end(frames)
	case evError:
		return f.error(frames)
	default: // there is no such chunk
	}
	return frames
}

func (f *chatFramer) chunk(frames, delta []byte) []byte {
	return append(append(append(frames, f.head...), delta...), f.tail...)
}

func (f *chatFramer) callStart(frames []byte, event event) []byte {
	item := f.generation.answer.items[event.item]
	delta := strconv.AppendInt([]byte(`"tool_calls":[{"index":`), int64(f.calls[event.item]), 10)
	delta = appendString(append(delta, `,"id":`...), item.callID)
	delta = appendString(append(delta, `,"type":"function","function":{"name":`...), item.name)
	return f.chunk(frames, append(delta, `,"arguments":""}}]`...))
}

func (f *chatFramer) delta(frames []byte, event event) []byte {
	item := f.generation.answer.items[event.item]
	frames = append(frames, f.head...)
	end := ""
	switch item.kind {
	case itemText:
		frames = append(frames, `"content":`...)
	case itemRefusal:
		frames = append(frames, `"refusal":`...)
	case itemReasoning:
		frames = append(frames, `"reasoning_content":`...)
	case itemCall:
		frames = strconv.AppendInt(append(frames, `"tool_calls":[{"index":`...), int64(f.calls[event.item]), 10)
		frames, end = append(frames, `,"function":{"arguments":`...), `}}]`
	}
	frames = append(appendString(frames, item.tokens[event.token]), end...)
	return append(frames, f.tail...)
}

// end writes the reason, the usage if it was asked for, and the end of the
// stream, as the one event that they are to the plan.
func (f *chatFramer) end(frames []byte) []byte {
	g := f.generation
	if g.answer.status == StateFailed {
		return f.error(frames)
	}
	frames = append(frames, f.head...)
	frames = append(frames, `},"logprobs":null,"finish_reason":"`+g.answer.finishReason()+`"}]}`+"\n\n"...)
	if g.prompt.includeUsage {
		frames = appendData(frames, map[string]any{
			"id": g.completionID(), "object": "chat.completion.chunk", "created": g.started.Unix(),
			"model": g.prompt.model, "choices": []any{}, "usage": g.chatUsage(),
		})
	}
	return append(frames, "data: [DONE]\n\n"...)
}

func (f *chatFramer) error(frames []byte) []byte {
	return appendData(frames, map[string]any{"error": map[string]any{
		"message": f.generation.answer.message, "type": "server_error", "param": nil, "code": f.generation.answer.reason,
	}})
}

func appendData(frames []byte, chunk any) []byte {
	data, err := json.Marshal(chunk)
	if err != nil {
		panic(err) // every field is a plain value
	}
	return append(append(append(frames, "data: "...), data...), "\n\n"...)
}
