package llm

import (
	"context"
	"errors"
	"io"
	"strings"

	"github.com/parley-chat/parley/chat"
)

// Answer is a whole answer, for callers that show nothing before its end.
type Answer struct {
	ResponseID   string
	Text         string
	Refusal      string
	Calls        []ToolCall
	FinishReason chat.FinishReason
	// Usage is nil when the provider did not say.
	Usage *Usage
}

// Complete asks for one answer and waits for all of it.
func Complete(ctx context.Context, provider Provider, request Request) (Answer, error) {
	stream, err := provider.Stream(ctx, request)
	if err != nil {
		return Answer{}, err
	}
	defer stream.Close()
	return collect(ctx, stream)
}

func collect(ctx context.Context, stream Stream) (Answer, error) {
	var answer Answer
	var text, refusal strings.Builder
	for {
		event, err := stream.Next(ctx)
		if errors.Is(err, io.EOF) {
			answer.Text, answer.Refusal = text.String(), refusal.String()
			return answer, nil
		}
		if err != nil {
			return Answer{}, err
		}
		switch event.Kind {
		case EventStarted:
			answer.ResponseID = event.ResponseID
		case EventTextDelta:
			text.WriteString(event.Text)
		case EventRefusalDelta:
			refusal.WriteString(event.Text)
		case EventToolCallDone:
			answer.Calls = append(answer.Calls, event.Call)
		case EventDone:
			answer.FinishReason, answer.Usage = event.FinishReason, event.Usage
		default: // reasoning, and calls before they are whole
		}
	}
}
