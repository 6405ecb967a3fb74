package simulator

import (
	"encoding/json"
	"strconv"
)

// frameJSON is an event of a Responses stream; which fields are there depends on
// its type.
type frameJSON struct {
	Type           string        `json:"type"`
	SequenceNumber int           `json:"sequence_number"`
	Response       *responseJSON `json:"response,omitempty"`
	ItemID         string        `json:"item_id,omitempty"`
	OutputIndex    *int32        `json:"output_index,omitempty"`
	ContentIndex   *int          `json:"content_index,omitempty"`
	SummaryIndex   *int          `json:"summary_index,omitempty"`
	Item           *outputJSON   `json:"item,omitempty"`
	Part           *partJSON     `json:"part,omitempty"`
	Text           *string       `json:"text,omitempty"`
	Refusal        *string       `json:"refusal,omitempty"`
	Name           string        `json:"name,omitempty"`
	Arguments      *string       `json:"arguments,omitempty"`
	Logprobs       *[0]string    `json:"logprobs,omitempty"`
}

// responsesFramer writes the events of the Responses API.
func responsesFramer(g *generation) framer {
	return func(frames []byte, at int) []byte {
		event := g.plan[at]
		switch event.kind {
		case evDelta:
			return appendDelta(frames, g.answer.items[event.item], event, at)
		case evError:
			return appendErrorFrame(frames, g.answer, at)
		case evCreated, evInProgress, evEnd:
			return appendFrame(frames, g.lifeFrame(event.kind, at))
		default:
			return appendFrame(frames, itemFrame(g.answer.items[event.item], event, at))
		}
	}
}

// lifeFrame is an event about the response as a whole.
func (g *generation) lifeFrame(kind eventKind, at int) frameJSON {
	frame := frameJSON{SequenceNumber: at}
	var object responseJSON
	switch kind {
	case evCreated:
		frame.Type, object = "response.created", g.object("in_progress", nil)
	case evInProgress:
		frame.Type, object = "response.in_progress", g.object("in_progress", nil)
	default:
		frame.Type = "response." + g.answer.status
		object = g.object(g.answer.status, g.outputSoFar(at))
	}
	frame.Response = &object
	return frame
}

// itemFrame is an event about an item or its only part.
func itemFrame(item item, event event, at int) frameJSON {
	frame := frameJSON{SequenceNumber: at, OutputIndex: &event.item}
	status := item.doneStatus()
	text := item.text()
	switch event.kind {
	case evItemAdded, evItemDone:
		frame.Type = "response.output_item.done"
		if event.kind == evItemAdded {
			frame.Type, status, text = "response.output_item.added", "in_progress", ""
		}
		output := item.output(status, text)
		frame.Item = &output
		return frame
	case evPartAdded, evPartDone:
		frame.Type = item.kind.partEvent() + ".done"
		if event.kind == evPartAdded {
			frame.Type, text = item.kind.partEvent()+".added", ""
		}
		part := item.kind.part(text)
		frame.Part = &part
	default: // evTextDone
		frame.Type = "response." + itemNames[item.kind].event + ".done"
		frame.wholeText(item, &text)
	}
	frame.locate(item)
	return frame
}

func (k itemKind) partEvent() string {
	if k == itemReasoning {
		return "response.reasoning_summary_part"
	}
	return "response.content_part"
}

func (f *frameJSON) wholeText(item item, text *string) {
	switch item.kind {
	case itemCall:
		f.Name, f.Arguments = item.name, text
	case itemRefusal:
		f.Refusal = text
	case itemText:
		f.Text, f.Logprobs = text, &[0]string{}
	default:
		f.Text = text
	}
}

// locate says which item, and which part of it, an event is about.
func (f *frameJSON) locate(item item) {
	f.ItemID = item.id
	switch item.kind {
	case itemCall:
	case itemReasoning:
		f.SummaryIndex = new(int)
	default:
		f.ContentIndex = new(int)
	}
}

func appendFrame(frames []byte, frame frameJSON) []byte {
	data, err := json.Marshal(frame)
	if err != nil {
		panic(err) // every field is a plain value
	}
	return appendEvent(frames, frame.Type, data)
}

func appendEvent(frames []byte, name string, data []byte) []byte {
	frames = append(append(frames, "event: "...), name...)
	frames = append(append(frames, "\ndata: "...), data...)
	return append(frames, "\n\n"...)
}

func appendErrorFrame(frames []byte, a answer, at int) []byte {
	data, err := json.Marshal(map[string]any{
		"type": "error", "sequence_number": at, "code": a.reason, "message": a.message, "param": nil,
	})
	if err != nil {
		panic(err) // every field is a plain value
	}
	return appendEvent(frames, "error", data)
}

// appendDelta is what a thousand streams spend their time in: it writes the
// frame by hand, without allocating.
func appendDelta(frames []byte, item item, event event, at int) []byte {
	name := itemNames[item.kind].event
	frames = append(append(append(frames, "event: response."...), name...), ".delta\ndata: {\"type\":\"response."...)
	frames = append(append(frames, name...), `.delta","sequence_number":`...)
	frames = strconv.AppendInt(frames, int64(at), 10)
	frames = append(append(append(frames, `,"item_id":"`...), item.id...), `","output_index":`...)
	frames = strconv.AppendInt(frames, int64(event.item), 10)
	switch item.kind {
	case itemCall:
	case itemReasoning:
		frames = append(frames, `,"summary_index":0`...)
	default:
		frames = append(frames, `,"content_index":0`...)
	}
	frames = append(frames, `,"delta":`...)
	frames = appendString(frames, item.tokens[event.token])
	if item.kind == itemText {
		frames = append(frames, `,"logprobs":[]`...)
	}
	return append(frames, "}\n\n"...)
}

// appendString appends a JSON string. Plain text needs no escapes.
func appendString(frames []byte, text string) []byte {
	for i := range len(text) {
		if c := text[i]; c < 0x20 || c == '"' || c == '\\' {
			return appendEscaped(frames, text)
		}
	}
	frames = append(append(frames, '"'), text...)
	return append(frames, '"')
}

func appendEscaped(frames []byte, text string) []byte {
	escaped, err := json.Marshal(text)
	if err != nil {
		panic(err) // a string always has a JSON form
	}
	return append(frames, escaped...)
}
