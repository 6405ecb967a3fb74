package activities

import (
	"context"
	"errors"
	"io"
	"sync"
	"time"

	"github.com/parley-chat/parley/llm"
	"github.com/parley-chat/parley/telemetry"
)

// observed counts and traces the calls to a provider.
type observed struct {
	llm.Provider
	metrics *telemetry.Metrics
	tracing *telemetry.Tracing
}

// What is asked of a provider.
const (
	callStream = "stream"
	callResume = "resume"
	callCancel = "cancel"
	callJudge  = "moderate"
)

// Stream implements llm.Provider.
func (o observed) Stream(ctx context.Context, request llm.Request) (llm.Stream, error) {
	ctx, c := o.begin(ctx, callStream)
	c.span.Word("gen_ai.request.model", request.Model)
	return c.follow(o.Provider.Stream(ctx, request))
}

// Resume implements llm.Provider.
func (o observed) Resume(ctx context.Context, responseID string, after int64) (llm.Stream, error) {
	ctx, c := o.begin(ctx, callResume)
	return c.follow(o.Provider.Resume(ctx, responseID, after))
}

// Cancel implements llm.Provider.
func (o observed) Cancel(ctx context.Context, responseID string) (*llm.Usage, error) {
	ctx, c := o.begin(ctx, callCancel)
	usage, err := o.Provider.Cancel(ctx, responseID)
	c.used(usage)
	c.end(err)
	return usage, err
}

// Moderate implements llm.Provider.
func (o observed) Moderate(ctx context.Context, model, text string) (llm.Judgement, error) {
	ctx, c := o.begin(ctx, callJudge)
	judgement, err := o.Provider.Moderate(ctx, model, text)
	c.end(err)
	return judgement, err
}

// call is one call to a provider until its answer has ended.
type call struct {
	kind    string
	began   time.Time
	metrics *telemetry.Metrics
	span    telemetry.Span
	ended   sync.Once
}

func (o observed) begin(ctx context.Context, kind string) (context.Context, *call) {
	ctx, span := o.tracing.StartWithin(ctx, "model "+kind, telemetry.Client)
	return ctx, &call{kind: kind, began: time.Now(), metrics: o.metrics, span: span}
}

func (c *call) end(err error) {
	c.ended.Do(func() {
		outcome := outcomeOf(err)
		c.metrics.ModelCalled(c.kind, outcome)
		if err != nil {
			c.span.Fail(outcome)
		}
		c.span.End()
	})
}

// used notes what an answer has cost, if the provider says so.
func (c *call) used(usage *llm.Usage) {
	if usage == nil {
		return
	}
	c.metrics.TokensUsed(telemetry.Tokens{
		Input: usage.InputTokens, Cached: usage.CachedTokens,
		Output: usage.OutputTokens, Reasoning: usage.ReasoningTokens,
	})
	c.span.Number("gen_ai.usage.input_tokens", usage.InputTokens)
	c.span.Number("gen_ai.usage.output_tokens", usage.OutputTokens)
}

func outcomeOf(err error) string {
	switch failed := llm.AsError(err); {
	case err == nil:
		return "ok"
	case errors.Is(err, llm.ErrCannotResume):
		return "cannot_resume"
	case failed != nil:
		return string(failed.Kind)
	default:
		return "other"
	}
}

func (c *call) follow(stream llm.Stream, err error) (llm.Stream, error) {
	if err != nil {
		c.end(err)
		return nil, err
	}
	return &observedStream{Stream: stream, call: c}, nil
}

// observedStream notes when an answer begins, how it ends and what it cost.
type observedStream struct {
	llm.Stream
	call  *call
	heard bool
}

// Next implements llm.Stream.
func (s *observedStream) Next(ctx context.Context) (llm.Event, error) {
	event, err := s.Stream.Next(ctx)
	switch {
	case errors.Is(err, io.EOF):
		s.call.end(nil)
	case err != nil:
		s.call.end(err)
	default:
		s.note(event)
	}
	return event, err
}

func (s *observedStream) note(event llm.Event) {
	if !s.heard {
		s.heard = true
		s.call.metrics.ModelAnswered(s.call.kind, time.Since(s.call.began))
		s.call.span.Event("first event")
	}
	if event.Kind == llm.EventDone {
		s.call.used(event.Usage)
	}
}

// Close implements llm.Stream.
func (s *observedStream) Close() error {
	err := s.Stream.Close()
	s.call.end(llm.NewError(llm.KindCanceled, "closed before its end")) // unless it has ended
	return err
}
