package activities

import (
	"context"
	_ "embed"
	"errors"
	"io"
	"strconv"
	"time"

	"github.com/parley-chat/parley/chat"
	"github.com/parley-chat/parley/db/eventlog"
	"github.com/parley-chat/parley/llm"
	"github.com/parley-chat/parley/llm/tokens"
	"github.com/parley-chat/parley/structured"
	"github.com/parley-chat/parley/telemetry"
	"github.com/parley-chat/parley/turn"
	"github.com/parley-chat/parley/workflows"
)

// continuePrompt is what a turn is told that nobody has asked for.
//
//go:embed prompts/continue.md
var continuePrompt string

// lastWordPrompt is what a model is told that may not go on after this.
//
//go:embed prompts/lastword.md
var lastWordPrompt string

// dataPrompt tells the model what the marks around outcomes mean.
//
//go:embed prompts/data.md
var dataPrompt string

// speech is the model's answer on its way into the stream.
type speech struct {
	step     *turn.Step
	models   lineup
	failures int   // of the models, in earlier attempts
	model    model // the one that answers
	gate     *gate // what its answer has to pass; nil: nothing
	metrics  *telemetry.Metrics
	unsaid   string              // what it has said that nobody is shown
	at       eventlog.Checkpoint // how far the provider's answer has come
	open     chat.Part           // the part that streams; zero between parts
	done     llm.Event
	format   *structured.Format // of the answers; nil: they are texts
	document *document          // of an answer that is to be one; nil: it is a text
	known    int64              // the provider's number of the last event that an earlier attempt has heard, where it is heard again
	asked    bool               // the model may have been asked, now or by an earlier attempt
	calls    map[int]string     // the calls that this attempt has heard of, by the provider's numbers
}

// nothingKnown is less than each number of a provider's.
const nothingKnown = -2

func newSpeech(step *turn.Step, models lineup, failures int) *speech {
	s := &speech{
		step: step, models: models, failures: failures, model: models.named(step.Model()),
		at: step.Checkpoint, asked: step.Begun(), calls: map[int]string{},
		format: structured.FormatOf(step.Config.Output), known: nothingKnown,
	}
	s.document, s.gate = newDocument(s.format), newGate(s)
	return s
}

func (s *speech) run(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	if err := s.gate.begin(ctx); err != nil {
		return err
	}
	err := s.goOn(ctx)
	if !errors.Is(err, llm.ErrCannotResume) {
		return err
	}
	return s.startOver(ctx)
}

// resumeTries is how often an answer is tried to be gone on with while the model that
// has begun it fails, and another one could be asked.
const resumeTries = 2

// goOn resumes the provider's own answer where an earlier attempt has begun one.
// It gives ErrCannotResume where there is none, or where the provider has lost
// it or given up on it.
func (s *speech) goOn(ctx context.Context) error {
	if s.at.ResponseID == "" || !s.kept() || len(s.models.names) > 1 && s.failures > resumeTries {
		return llm.ErrCannotResume
	}
	s.model = s.models.watched(s.models.named(s.step.Model()))
	after := s.at.Seq
	if s.document != nil {
		after, s.known = fromTheBeginning, s.at.Seq
	}
	stream, err := s.model.Resume(ctx, s.at.ResponseID, after)
	if err == nil {
		s.open, _ = s.step.OpenPart()
		err = s.listen(ctx, stream)
	}
	s.model.done(err)
	return err
}

// fromTheBeginning has the provider tell all of an answer again.
const fromTheBeginning = -1

// startOver asks anew, and takes back what an earlier attempt of this step has
// shown: never both texts.
func (s *speech) startOver(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err // what has been said stays
	}
	id, err := s.step.Ask(ctx)
	if err != nil {
		return err
	}
	s.at, s.open, s.asked = eventlog.Checkpoint{}, chat.Part{}, true
	clear(s.calls)
	s.known, s.document = nothingKnown, newDocument(s.format)
	if s.step.Begun() {
		s.step.Append(s.at, chat.Chunk{Type: chat.ChunkReset})
	}
	s.model = s.models.next(s.failures)
	err = s.ask(ctx, id)
	s.model.done(err)
	return err
}

// ask has the model answer.
func (s *speech) ask(ctx context.Context, id string) error {
	if s.model.place > 0 || s.step.Model() != "" {
		if err := s.step.UseModel(ctx, s.model.name); err != nil {
			return err
		}
	}
	if s.model.place > 0 {
		s.metrics.FellBack()
	}
	request := s.request(id)
	s.step.Asked(request)
	stream, err := s.model.ask(ctx, request)
	if err != nil {
		return err
	}
	return s.listen(ctx, stream)
}

func (s *speech) listen(ctx context.Context, stream llm.Stream) error {
	defer func() { _ = stream.Close() }()
	if s.gate != nil {
		return s.gate.listen(ctx, stream)
	}
	for {
		event, err := stream.Next(ctx)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if event.ProviderSeq <= s.known {
			s.recall(event)
			continue
		}
		s.hear(event)
	}
}

// kept reports whether the provider is to keep the answer until it has been read.
func (s *speech) kept() bool { return kept(s.step.Config) }

func kept(config chat.AgentConfig) bool { return config.Recovery != chat.RecoverRegenerate }

func (s *speech) request(id string) llm.Request { return requestOf(s.step, s.model.name, id) }

// requestOf is what the model is asked in the step. It depends on nothing else, so that
// it can be looked at again.
func requestOf(step *turn.Step, model, id string) llm.Request {
	config := step.Config
	budget := tokens.Budget(model, config.MaxOutputTokens)
	instructions, tools := config.Instructions, step.Tools()
	if step.LastWord() && len(tools) > 0 {
		instructions, tools = instructions+lastWordPrompt, nil
	}
	if len(config.AllTools()) > 0 {
		instructions += dataPrompt
	}
	if !step.Row.Continues.IsZero() {
		instructions += continuePrompt
	}
	format := structured.FormatOf(config.Output)
	if format != nil {
		instructions += format.Instructions
	}
	return llm.Request{
		ID:              id,
		Model:           model,
		Instructions:    instructions,
		Messages:        tokens.Trim(model, budget, instructions, step.Prompt()),
		MaxOutputTokens: config.MaxOutputTokens,
		Tools:           offered(tools),
		JSONSchema:      answerSchema(format),
		SafetyID:        step.Visitor.String(),
		CacheKey:        step.Row.AgentVersionID.String(),
		Background:      kept(config),
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
	case llm.EventTextDelta:
		s.hearText(event.Text)
	case llm.EventRefusalDelta:
		if s.document != nil {
			s.document.refused = true
		}
		s.say(chat.PartText, event.Text)
	case llm.EventReasoningDelta:
		s.say(chat.PartReasoning, event.Text)
	case llm.EventToolCallStart, llm.EventToolCallDone:
		s.hearCall(event)
	case llm.EventDone:
		s.done = event
	default: // arguments are shown when they are whole
	}
}

// openStep commits the response's id at once: from here on a crash resumes the
// answer instead of paying for a second one.
func (s *speech) openStep() {
	if !s.step.Begun() {
		s.step.Append(s.at, chat.Chunk{Type: chat.ChunkStartStep})
	}
}

func (s *speech) hearText(text string) {
	if s.document != nil {
		s.hearDocument(text)
		return
	}
	s.say(chat.PartText, text)
}

func (s *speech) say(kind chat.PartType, text string) {
	chunks := s.turnTo(kind)
	delta := chat.Chunk{Type: kind.Chunks().Delta, ID: s.open.ID, Delta: chat.CleanText(text)}
	s.step.Append(s.at, append(chunks, delta)...)
}

// turnTo opens a part of the kind unless one is open; "": it closes what is open.
func (s *speech) turnTo(kind chat.PartType) []chat.Chunk {
	if s.open.Type == kind {
		return nil
	}
	var chunks []chat.Chunk
	if s.open.Type != "" {
		chunks = append(chunks, chat.Chunk{Type: s.open.Type.Chunks().End, ID: s.open.ID})
		s.open = chat.Part{}
	}
	if kind == "" {
		return chunks
	}
	s.open = chat.Part{Type: kind, ID: "p" + strconv.Itoa(s.step.PartCount()+1)}
	return append(chunks, chat.Chunk{Type: kind.Chunks().Start, ID: s.open.ID})
}

// ending is how the answer ends by itself. A model that goes on asking for calls when it
// may only say its last word has not said it.
func (s *speech) ending() turn.Ending {
	ending := turn.Ending{Status: chat.TurnCompleted, Finish: s.done.FinishReason, Usage: s.cost(s.done.Usage)}
	switch {
	case s.done.FinishReason == chat.FinishToolCalls && s.step.LastWord():
		ending.Finish = chat.FinishLength
		if s.step.Said() == "" {
			ending.Status, ending.Code = chat.TurnFailed, workflows.ErrorTooManySteps
		}
		return ending
	case s.document == nil || len(s.step.Calls()) > 0:
		return ending
	default:
		return s.judged(ending)
	}
}

// cost looks at the conversation once more only where the provider reports nothing.
// What has been said then counts on both sides, and rather too much than too little.
func (s *speech) cost(reported *llm.Usage) *turn.Usage {
	request := llm.Request{Model: s.model.name}
	answer := llm.Answer{ResponseID: s.at.ResponseID, Usage: reported}
	if reported == nil {
		request, answer.Text = s.request(""), s.spoken()+s.unsaid
	}
	cost := costOf(request, answer)
	return &cost
}

// spoken is what the model has said in this step.
func (s *speech) spoken() string {
	if s.document != nil {
		return s.document.reader.Raw()
	}
	return s.step.Said()
}

// letGo ends what the provider generates for a step that shall not go on, and
// gives what that has cost; nil if the model has not been asked.
func (s *speech) letGo(ctx context.Context) *turn.Usage {
	switch {
	case s.done.Kind == llm.EventDone: // it had just ended by itself
		return s.cost(s.done.Usage)
	case s.at.ResponseID != "" && s.kept():
		return s.cost(s.cancel(ctx))
	case s.asked:
		return s.cost(nil)
	default:
		return nil
	}
}

// cancelTimeout bounds the wish to end the provider's generation, with all tries:
// the visitor waits for the turn to end. cancelPause lies between two tries.
const (
	cancelTimeout = 3 * time.Second
	cancelPause   = 200 * time.Millisecond
)

// cancel gives what the provider reports of the answer that it was made to end.
func (s *speech) cancel(ctx context.Context) *llm.Usage {
	ctx, done := context.WithTimeout(context.WithoutCancel(ctx), cancelTimeout)
	defer done()
	for {
		usage, err := s.model.Cancel(ctx, s.at.ResponseID)
		if err == nil {
			return usage
		}
		if failed := llm.AsError(err); failed == nil || !failed.Retryable {
			s.step.Logger().WarnContext(ctx, "the provider could not be told to stop", "error", err)
			return nil
		}
		select {
		case <-ctx.Done():
		case <-time.After(cancelPause):
		}
	}
}
