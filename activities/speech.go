package activities

import (
	"context"
	"errors"
	"io"
	"strconv"
	"time"

	"go.temporal.io/sdk/activity"

	"github.com/parley-chat/parley/chat"
	"github.com/parley-chat/parley/db/eventlog"
	"github.com/parley-chat/parley/llm"
	"github.com/parley-chat/parley/llm/tokens"
	"github.com/parley-chat/parley/turn"
)

// speech is the model's answer on its way into the stream.
type speech struct {
	step  *turn.Step
	model model
	at    eventlog.Checkpoint // how far the provider's answer has come
	open  chat.Part           // the part that streams; zero between parts
	done  llm.Event
}

func (s *speech) run(ctx context.Context) error {
	err := s.goOn(ctx)
	if !errors.Is(err, llm.ErrCannotResume) {
		return err
	}
	return s.startOver(ctx)
}

// goOn resumes the provider's own answer where an earlier attempt has begun one.
// It gives ErrCannotResume where there is none, or where the provider has lost
// it or given up on it.
func (s *speech) goOn(ctx context.Context) error {
	if s.at.ResponseID == "" {
		return llm.ErrCannotResume
	}
	stream, err := s.model.Resume(ctx, s.at.ResponseID, s.at.Seq)
	if err != nil {
		return err
	}
	s.open, _ = s.step.OpenPart()
	return s.listen(ctx, stream)
}

// startOver asks anew, and takes back what an earlier attempt of this step has
// shown: never both texts.
func (s *speech) startOver(ctx context.Context) error {
	s.at, s.open = eventlog.Checkpoint{}, chat.Part{}
	if s.step.Begun() {
		s.step.Append(s.at, chat.Chunk{Type: chat.ChunkReset})
	}
	stream, err := s.model.Stream(ctx, s.request())
	if err != nil {
		return err
	}
	return s.listen(ctx, stream)
}

func (s *speech) listen(ctx context.Context, stream llm.Stream) error {
	defer func() { _ = stream.Close() }()
	for {
		event, err := stream.Next(ctx)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		s.hear(event)
	}
}

func (s *speech) request() llm.Request {
	config := s.step.Config
	budget := tokens.Budget(s.model.name, config.MaxOutputTokens)
	return llm.Request{
		Model:           s.model.name,
		Instructions:    config.Instructions,
		Messages:        tokens.Trim(s.model.name, budget, config.Instructions, s.step.Prompt()),
		MaxOutputTokens: config.MaxOutputTokens,
		SafetyID:        s.step.Visitor.String(),
		CacheKey:        s.step.Row.AgentVersionID.String(),
		Background:      true,
	}
}

func (s *speech) hear(event llm.Event) {
	if event.ResponseID != "" {
		s.at.ResponseID = event.ResponseID
	}
	s.at.Seq = event.ProviderSeq
	switch event.Kind {
	case llm.EventStarted:
		s.openStep()
	case llm.EventTextDelta, llm.EventRefusalDelta:
		s.say(chat.PartText, event.Text)
	case llm.EventReasoningDelta:
		s.say(chat.PartReasoning, event.Text)
	case llm.EventDone:
		s.done = event
	default: // tool calls: no agent has tools to offer
	}
}

// openStep commits the response's id at once: from here on a crash resumes the
// answer instead of paying for a second one.
func (s *speech) openStep() {
	if !s.step.Begun() {
		s.step.Append(s.at, chat.Chunk{Type: chat.ChunkStartStep})
	}
}

func (s *speech) say(kind chat.PartType, text string) {
	chunks := s.turnTo(kind)
	delta := chat.Chunk{Type: kind.Chunks().Delta, ID: s.open.ID, Delta: chat.CleanText(text)}
	s.step.Append(s.at, append(chunks, delta)...)
}

// turnTo opens a part of the kind unless one is open.
func (s *speech) turnTo(kind chat.PartType) []chat.Chunk {
	if s.open.Type == kind {
		return nil
	}
	var chunks []chat.Chunk
	if s.open.Type != "" {
		chunks = append(chunks, chat.Chunk{Type: s.open.Type.Chunks().End, ID: s.open.ID})
	}
	s.open = chat.Part{Type: kind, ID: "p" + strconv.Itoa(s.step.PartCount()+1)}
	return append(chunks, chat.Chunk{Type: kind.Chunks().Start, ID: s.open.ID})
}

func (s *speech) ending(ctx context.Context) turn.Ending {
	return turn.Ending{
		Status: chat.TurnCompleted, Finish: s.done.FinishReason,
		Usage: reported(ctx, s.model, s.at.ResponseID, s.done.Usage),
	}
}

// reported is what a provider says that an answer cost, nil if it does not say.
func reported(ctx context.Context, m model, responseID string, usage *llm.Usage) *turn.Usage {
	if usage == nil {
		return nil
	}
	return &turn.Usage{Model: m.name, Attempt: activity.GetInfo(ctx).Attempt, ResponseID: responseID, Usage: *usage}
}

// cancelTimeout bounds the wish to end the provider's generation. It is a
// courtesy to the bill; the turn is stopped in any case.
const cancelTimeout = 3 * time.Second

func (s *speech) cancel(ctx context.Context) {
	if s.at.ResponseID == "" {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), cancelTimeout)
	defer cancel()
	if err := s.model.Cancel(ctx, s.at.ResponseID); err != nil {
		activity.GetLogger(ctx).Warn("the provider could not be told to stop", "error", err)
	}
}
