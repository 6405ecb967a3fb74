package openai

import (
	"encoding/json"
	"strings"

	"github.com/parley-chat/parley/chat"
	"github.com/parley-chat/parley/llm"
)

// unnumbered is the sequence number of an event of Chat Completions.
const unnumbered = -1

// chatChunk holds what means something to the port in a chunk of Chat
// Completions.
type chatChunk struct {
	ID      string       `json:"id"`
	Choices []chatChoice `json:"choices"`
	Usage   *chatUsage   `json:"usage"`
	Error   *fault       `json:"error"`
}

type chatChoice struct {
	Delta        chatDelta `json:"delta"`
	FinishReason string    `json:"finish_reason"`
}

type chatDelta struct {
	Content string `json:"content"`
	Refusal string `json:"refusal"`
	// Servers of reasoning models use one or the other; OpenAI uses neither.
	ReasoningContent string         `json:"reasoning_content"`
	Reasoning        string         `json:"reasoning"`
	ToolCalls        []chatToolCall `json:"tool_calls"`
}

type chatToolCall struct {
	Index    int    `json:"index"`
	ID       string `json:"id"`
	Function struct {
		Name      string `json:"name"`
		Arguments string `json:"arguments"`
	} `json:"function"`
}

type chatUsage struct {
	PromptTokens  int64 `json:"prompt_tokens"`
	PromptDetails struct {
		CachedTokens int64 `json:"cached_tokens"`
	} `json:"prompt_tokens_details"`
	CompletionTokens  int64 `json:"completion_tokens"`
	CompletionDetails struct {
		ReasoningTokens int64 `json:"reasoning_tokens"`
	} `json:"completion_tokens_details"`
}

// chatParser gathers what Chat Completions spreads over its chunks: the calls of
// functions, the reason of the end and, after that, the usage.
type chatParser struct {
	started bool
	calls   []*gatheredCall
	reason  chat.FinishReason
	usage   *llm.Usage
}

type gatheredCall struct {
	index     int
	call      llm.ToolCall
	arguments strings.Builder
}

func (p *chatParser) parse(data []byte, events []llm.Event) ([]llm.Event, error) {
	var chunk chatChunk
	if err := json.Unmarshal(data, &chunk); err != nil {
		return events, llm.NewError(llm.KindCut, "the stream holds a chunk that is not JSON").Because(err)
	}
	if chunk.Error != nil {
		return events, faultInStream(*chunk.Error)
	}
	if !p.started {
		p.started = true
		events = append(events, llm.Event{Kind: llm.EventStarted, ProviderSeq: unnumbered, ResponseID: chunk.ID})
	}
	if chunk.Usage != nil {
		p.usage = chunk.Usage.port()
	}
	for _, choice := range chunk.Choices {
		events = p.delta(choice.Delta, events)
		if choice.FinishReason != "" {
			p.reason = chatFinishReason(choice.FinishReason)
			events = p.closeCalls(events)
		}
	}
	return events, nil
}

func (p *chatParser) delta(delta chatDelta, events []llm.Event) []llm.Event {
	events = appendText(events, llm.EventReasoningDelta, delta.ReasoningContent+delta.Reasoning)
	events = appendText(events, llm.EventTextDelta, delta.Content)
	events = appendText(events, llm.EventRefusalDelta, delta.Refusal)
	for _, piece := range delta.ToolCalls {
		events = p.callPiece(piece, events)
	}
	return events
}

func appendText(events []llm.Event, kind llm.EventKind, text string) []llm.Event {
	if text == "" {
		return events
	}
	return append(events, llm.Event{Kind: kind, ProviderSeq: unnumbered, Text: text})
}

func (p *chatParser) callPiece(piece chatToolCall, events []llm.Event) []llm.Event {
	gathered := p.call(piece.Index)
	if gathered == nil {
		gathered = &gatheredCall{index: piece.Index, call: llm.ToolCall{ID: piece.ID, Name: piece.Function.Name}}
		p.calls = append(p.calls, gathered)
		events = append(events, llm.Event{
			Kind: llm.EventToolCallStart, ProviderSeq: unnumbered, Index: piece.Index, Call: gathered.call,
		})
	}
	if piece.Function.Arguments == "" {
		return events
	}
	gathered.arguments.WriteString(piece.Function.Arguments)
	return append(events, llm.Event{
		Kind: llm.EventToolCallDelta, ProviderSeq: unnumbered, Index: piece.Index, Text: piece.Function.Arguments,
	})
}

func (p *chatParser) call(index int) *gatheredCall {
	for _, gathered := range p.calls {
		if gathered.index == index {
			return gathered
		}
	}
	return nil
}

func (p *chatParser) closeCalls(events []llm.Event) []llm.Event {
	for _, gathered := range p.calls {
		gathered.call.Arguments = gathered.arguments.String()
		events = append(events, llm.Event{
			Kind: llm.EventToolCallDone, ProviderSeq: unnumbered, Index: gathered.index, Call: gathered.call,
		})
	}
	p.calls = nil
	return events
}

// end closes the answer: the usage comes after the reason, so only the end of
// the stream tells that nothing more will come. Without a reason the stream was
// cut.
func (p *chatParser) end(events []llm.Event) []llm.Event {
	if p.reason == "" {
		return events
	}
	return append(events, llm.Event{
		Kind: llm.EventDone, ProviderSeq: unnumbered, FinishReason: p.reason, Usage: p.usage,
	})
}

func chatFinishReason(reason string) chat.FinishReason {
	switch reason {
	case "stop":
		return chat.FinishStop
	case "length":
		return chat.FinishLength
	case "tool_calls", "function_call":
		return chat.FinishToolCalls
	case "content_filter":
		return chat.FinishContentFilter
	}
	return chat.FinishOther
}

func (u *chatUsage) port() *llm.Usage {
	return &llm.Usage{
		InputTokens: u.PromptTokens, CachedTokens: u.PromptDetails.CachedTokens,
		OutputTokens: u.CompletionTokens, ReasoningTokens: u.CompletionDetails.ReasoningTokens,
	}
}
