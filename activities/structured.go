package activities

import (
	"strconv"

	"github.com/parley-chat/parley/chat"
	"github.com/parley-chat/parley/llm"
	"github.com/parley-chat/parley/structured"
	"github.com/parley-chat/parley/turn"
	"github.com/parley-chat/parley/workflows"
)

// document is an answer that is to be a JSON document, while it comes.
type document struct {
	reader  *structured.Reader
	refused bool // the model has said in plain words that it will not
}

func newDocument(format *structured.Format) *document {
	if format == nil {
		return nil
	}
	return &document{reader: structured.NewReader(format)}
}

// answerSchema tells a provider the form of the answers.
func answerSchema(format *structured.Format) *llm.Schema {
	if format == nil {
		return nil
	}
	return &llm.Schema{Name: "answer", Schema: format.Schema, Strict: format.Strict}
}

// recall hears again what an earlier attempt has shown already. How far a document
// had been read follows from what the provider has sent up to there.
func (s *speech) recall(event llm.Event) {
	switch event.Kind {
	case llm.EventTextDelta:
		s.document.reader.Hear(event.Text)
	case llm.EventRefusalDelta:
		s.document.refused = true
	case llm.EventDone:
		s.done = event
	default: // shown, or told, before
	}
}

// hearDocument takes in a piece of a document, and shows what can be read of it.
func (s *speech) hearDocument(piece string) {
	heard := s.document.reader.Hear(piece)
	if heard.Text != "" {
		s.say(chat.PartText, heard.Text)
	}
	if heard.Object != nil {
		s.show(chat.ChunkObject, "object-"+strconv.Itoa(s.step.Number), chat.Object{Value: heard.Object})
	}
}

func (s *speech) show(kind chat.ChunkType, id string, data any) {
	chunk, err := chat.DataChunk(kind, id, data)
	if err != nil {
		return // what has been read is valid
	}
	s.step.Append(s.at, append(s.turnTo(""), chunk)...)
}

// judged says how a step ends whose answer is a document: it is what was asked for,
// or it is taken back and asked for once more. What it says beside its text gets into
// the log with the end itself, so that no attempt can add it twice.
func (s *speech) judged(ending turn.Ending) turn.Ending {
	if s.document.refused || s.done.FinishReason == chat.FinishContentFilter {
		return ending
	}
	answer, err := s.document.reader.End(s.done.FinishReason == chat.FinishLength)
	if err != nil {
		ending.Refused = &chat.Fault{Problem: err.Error(), Answer: s.document.reader.Raw()}
		if s.step.Repaired() {
			ending.Status, ending.Code = chat.TurnFailed, workflows.ErrorAnswerInvalid
		}
		return ending
	}
	ending.Shown, err = s.shown(answer)
	if err != nil {
		s.step.Logger().Error("an answer cannot be shown", "error", err)
	}
	return ending
}

// shown gives the parts that an answer has beside its text.
func (s *speech) shown(answer structured.Answer) ([]chat.Chunk, error) {
	step := strconv.Itoa(s.step.Number)
	p := parts{}
	if answer.Object != nil {
		p.add(chat.ChunkObject, "object-"+step, chat.Object{Value: answer.Object, Complete: true})
	}
	for i, component := range answer.Components {
		p.add(chat.ChunkUI, "ui-"+step+"-"+strconv.Itoa(i+1), component)
	}
	for i, problem := range answer.LeftOut {
		p.add(chat.ChunkFault, "fault-"+step+"-"+strconv.Itoa(i+1), chat.Fault{Problem: problem})
	}
	if len(answer.Suggestions) > 0 {
		p.add(chat.ChunkSuggestions, "suggestions", chat.Suggestions{Items: answer.Suggestions})
	}
	return p.chunks, p.err
}

// parts gathers chunks.
type parts struct {
	chunks []chat.Chunk
	err    error
}

func (p *parts) add(kind chat.ChunkType, id string, data any) {
	chunk, err := chat.DataChunk(kind, id, data)
	if err != nil {
		p.err = err
		return
	}
	p.chunks = append(p.chunks, chunk)
}
