package activities

import (
	"context"
	"errors"
	"io"
	"strings"

	"github.com/parley-chat/parley/chat"
	"github.com/parley-chat/parley/llm"
	"github.com/parley-chat/parley/screen"
)

// gate holds an answer back until what has to be checked of it, and of the question, is
// in order. What is held is nowhere stored: the checkpoint stays where the answer was
// shown to, so that another attempt hears, and checks, the rest again.
type gate struct {
	*speech
	guards   chat.Guardrails
	screen   *screen.Screen
	question <-chan verdict // what is thought of the question; nil: it is in order
}

// newGate gives nil where nothing is checked.
func newGate(s *speech) *gate {
	guards := s.step.Config.Guardrails
	var kinds []chat.RedactKind
	if guards.Redact.Answers {
		kinds = guards.Redact.Kinds
	}
	g := &gate{speech: s, guards: guards, screen: screen.New(kinds, guards.BlockedTopics)}
	if g.screen.Idle() && !guards.Moderation.Input && !guards.Moderation.Output && len(guards.Judged()) == 0 {
		return nil
	}
	return g
}

// begin has the question checked, while the model is asked already. What has been shown
// of an answer says that its question was in order.
func (g *gate) begin(ctx context.Context) error {
	if g == nil || g.step.Spoke() {
		return nil
	}
	var texts []string
	for _, heard := range g.step.Heard() {
		texts = append(texts, heard.Text)
	}
	question := strings.Join(texts, "\n\n")
	if question == "" {
		return nil
	}
	if topic, found := g.screen.Blocked(question); found {
		return &blockedError{chat.Blocked{Stage: chat.StageInput, Check: chat.CheckPhrase, Topic: topic}}
	}
	if !g.guards.Moderation.Input && len(g.guards.Judged()) == 0 {
		return nil
	}
	told := make(chan verdict, 1)
	g.question = told
	go func() { told <- g.judgeQuestion(ctx, question) }()
	return nil
}

// judgedContext is how much of what was said before, in characters, a piece of an answer
// is judged with.
const judgedContext = 500

// listen shows an answer as far as it has passed.
func (g *gate) listen(ctx context.Context, stream llm.Stream) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	f := flow{gate: g, events: pump(ctx, stream), said: screen.Tail(g.step.Said(), judgedContext), judged: make(chan verdict, 1)}
	defer func() { g.unsaid = textOf(f.held) }()
	for !f.over() {
		if err := f.wait(ctx); err != nil {
			return err
		}
		if err := f.advance(ctx); err != nil {
			return err
		}
	}
	return nil
}

// arrived is an event of a stream, or how that has ended.
type arrived struct {
	event llm.Event
	err   error
}

// pump reads a stream until it ends, so that its reader can wait for other things too.
func pump(ctx context.Context, stream llm.Stream) <-chan arrived {
	events := make(chan arrived)
	go func() {
		for {
			event, err := stream.Next(ctx)
			select {
			case events <- arrived{event, err}:
			case <-ctx.Done():
				return
			}
			if err != nil {
				return
			}
		}
	}()
	return events
}

// flow is one stream on its way through the gate.
type flow struct {
	*gate
	events  <-chan arrived // nil: it has ended
	held    []llm.Event    // in their order
	clear   int            // of held have passed the moderation
	judging int            // after those are being judged
	judged  chan verdict
	said    string // the end of what has been judged
}

func (f *flow) over() bool { return f.events == nil && len(f.held) == 0 && f.question == nil }

// wait waits until something has changed.
func (f *flow) wait(ctx context.Context) error {
	select {
	case next := <-f.events:
		return f.take(next)
	case v := <-f.question:
		f.question = nil
		return v.asError()
	case v := <-f.judged:
		f.clear, f.judging = f.clear+f.judging, 0
		return v.asError()
	case <-ctx.Done():
		return llm.NewError(llm.KindCanceled, "the stream was given up").Because(ctx.Err())
	}
}

// take holds an event. That the answer has begun is no part of it, and secures it.
func (f *flow) take(next arrived) error {
	switch {
	case errors.Is(next.err, io.EOF):
		f.events = nil
		return nil
	case next.err != nil:
		return next.err
	case next.event.ProviderSeq <= f.known: // it has passed in an earlier attempt
		f.recall(next.event)
		return nil
	case next.event.Kind == llm.EventStarted:
		f.hear(next.event)
		return nil
	case next.event.Kind == llm.EventDone:
		f.done = next.event // whatever becomes of the answer, this is what it has cost
	}
	f.held = append(f.held, next.event)
	return nil
}

// advance has checked what can be, and shows what has passed.
func (f *flow) advance(ctx context.Context) error {
	n, err := f.whole()
	if err != nil {
		return err
	}
	if f.guards.Moderation.Output {
		f.judge(ctx, n)
		n = min(n, f.clear)
	}
	if f.question == nil {
		f.show(n)
	}
	return nil
}

// whole gives how many of the events may go out as far as phrases and personal data are
// concerned: none of these goes on behind them.
func (f *flow) whole() (int, error) {
	if f.screen.Idle() {
		return len(f.held), nil
	}
	n := 0
	for n < len(f.held) {
		run := runFrom(f.held[n:])
		text, borders := joined(f.held[n : n+run])
		if topic, found := f.screen.Blocked(text); found {
			return 0, &blockedError{chat.Blocked{Stage: chat.StageOutput, Check: chat.CheckPhrase, Topic: topic}}
		}
		if n+run == len(f.held) && f.events != nil && isText(f.held[n]) {
			return n + f.screen.Whole(text, borders), nil
		}
		n += run
	}
	return n, nil
}

// judge has the next piece of the answer moderated, unless one is being.
func (f *flow) judge(ctx context.Context, n int) {
	if f.judging > 0 || f.clear >= n {
		return
	}
	k := f.window(f.held[f.clear:n], n)
	text := textOf(f.held[f.clear : f.clear+k])
	if text == "" {
		f.clear += k
		return
	}
	f.judging = k
	piece := f.said + text
	f.said = screen.Tail(piece, judgedContext)
	go func() { f.judged <- f.settle(ctx, f.moderate(ctx, chat.StageOutput, piece)) }()
}

// window is how many of the events make sense together. What a text is followed by
// ends its last sentence.
func (f *flow) window(events []llm.Event, upTo int) int {
	if f.events == nil && upTo == len(f.held) {
		return len(events)
	}
	closed := 0
	for i, event := range events {
		if !isText(event) {
			closed = i + 1
		}
	}
	var pieces []string
	for _, event := range events[closed:] {
		pieces = append(pieces, event.Text)
	}
	return closed + screen.Sentences(pieces)
}

// show puts the first n events into the stream.
func (f *flow) show(n int) {
	for out := f.held[:n]; len(out) > 0; {
		run := 1
		if f.guards.Redact.Answers {
			run = runFrom(out)
		}
		event := out[run-1]
		if isText(event) && f.guards.Redact.Answers {
			text, _ := joined(out[:run])
			event.Text = f.screen.Redact(text)
		}
		f.hear(event)
		out = out[run:]
	}
	f.held = f.held[n:]
	f.clear = max(0, f.clear-n)
}

func isText(event llm.Event) bool {
	return event.Kind == llm.EventTextDelta || event.Kind == llm.EventRefusalDelta || event.Kind == llm.EventReasoningDelta
}

// runFrom is how many events at the beginning make one text, or one if it is none.
func runFrom(events []llm.Event) int {
	n := 1
	for isText(events[0]) && n < len(events) && events[n].Kind == events[0].Kind {
		n++
	}
	return n
}

func joined(events []llm.Event) (text string, borders []int) {
	var all strings.Builder
	for _, event := range events {
		all.WriteString(event.Text)
		borders = append(borders, all.Len())
	}
	return all.String(), borders
}

// textOf is what the events say; text that something else comes between stands apart.
func textOf(events []llm.Event) string {
	var all strings.Builder
	for i, event := range events {
		if i > 0 && all.Len() > 0 && event.Kind != events[i-1].Kind && isText(event) {
			all.WriteString("\n")
		}
		if isText(event) {
			all.WriteString(event.Text)
		}
	}
	return all.String()
}
