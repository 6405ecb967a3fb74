package simulator

import (
	"encoding/json"
	"strconv"
)

// responseJSON is the response object, in the fields that clients look at.
type responseJSON struct {
	ID                string            `json:"id"`
	Object            string            `json:"object"`
	CreatedAt         int64             `json:"created_at"`
	CompletedAt       *int64            `json:"completed_at"`
	Status            string            `json:"status"`
	Background        bool              `json:"background"`
	Error             *errorJSON        `json:"error"`
	IncompleteDetails *incompleteJSON   `json:"incomplete_details"`
	Instructions      *string           `json:"instructions"`
	MaxOutputTokens   *int              `json:"max_output_tokens"`
	Model             string            `json:"model"`
	Output            []outputJSON      `json:"output"`
	ParallelToolCalls bool              `json:"parallel_tool_calls"`
	PreviousResponse  *string           `json:"previous_response_id"`
	Store             bool              `json:"store"`
	Temperature       float64           `json:"temperature"`
	ToolChoice        string            `json:"tool_choice"`
	Tools             []json.RawMessage `json:"tools"`
	TopP              float64           `json:"top_p"`
	Truncation        string            `json:"truncation"`
	Usage             *usageJSON        `json:"usage"`
	Metadata          map[string]string `json:"metadata"`
}

type errorJSON struct {
	Code    string `json:"code"`
	Message string `json:"message"`
}

type incompleteJSON struct {
	Reason string `json:"reason"`
}

type usageJSON struct {
	InputTokens  int `json:"input_tokens"`
	InputDetails struct {
		CachedTokens int `json:"cached_tokens"`
	} `json:"input_tokens_details"`
	OutputTokens  int `json:"output_tokens"`
	OutputDetails struct {
		ReasoningTokens int `json:"reasoning_tokens"`
	} `json:"output_tokens_details"`
	TotalTokens int `json:"total_tokens"`
}

// outputJSON is an output item of any kind.
type outputJSON struct {
	ID        string      `json:"id"`
	Type      string      `json:"type"`
	Status    string      `json:"status,omitempty"`
	Role      string      `json:"role,omitempty"`
	Content   *[]partJSON `json:"content,omitempty"`
	Summary   *[]partJSON `json:"summary,omitempty"`
	CallID    string      `json:"call_id,omitempty"`
	Name      string      `json:"name,omitempty"`
	Arguments *string     `json:"arguments,omitempty"`
}

// partJSON is a content part of any kind.
type partJSON struct {
	Type    string  `json:"type"`
	Text    *string `json:"text,omitempty"`
	Refusal *string `json:"refusal,omitempty"`
}

// MarshalJSON adds the lists that a text part always has and that are always
// empty here.
func (p partJSON) MarshalJSON() ([]byte, error) {
	type plain partJSON
	if p.Type != "output_text" {
		return json.Marshal(plain(p))
	}
	return json.Marshal(struct {
		plain
		Annotations [0]string `json:"annotations"`
		Logprobs    [0]string `json:"logprobs"`
	}{plain: plain(p)})
}

// itemNames are what the API calls the kinds of items and what they are made of.
var itemNames = [...]struct{ event, part string }{
	itemText:      {"output_text", "output_text"},
	itemRefusal:   {"refusal", "refusal"},
	itemReasoning: {"reasoning_summary_text", "summary_text"},
	itemCall:      {"function_call_arguments", ""},
}

func (k itemKind) part(text string) partJSON {
	part := partJSON{Type: itemNames[k].part}
	if k == itemRefusal {
		part.Refusal = &text
		return part
	}
	part.Text = &text
	return part
}

// output describes an item with so much of its text.
func (i item) output(status, text string) outputJSON {
	parts := []partJSON{}
	if status != "in_progress" {
		parts = append(parts, i.kind.part(text))
	}
	switch i.kind {
	case itemCall:
		return outputJSON{ID: i.id, Type: "function_call", Status: status, CallID: i.callID, Name: i.name, Arguments: &text}
	case itemReasoning:
		return outputJSON{ID: i.id, Type: "reasoning", Summary: &parts}
	default:
		return outputJSON{ID: i.id, Type: "message", Status: status, Role: "assistant", Content: &parts}
	}
}

func (i item) doneStatus() string {
	if i.cut {
		return "incomplete"
	}
	return "completed"
}

// responseObject describes the response as it stands now.
func (g *generation) responseObject() responseJSON {
	state, _, _ := g.state()
	if state == StateRunning {
		return g.object("in_progress", nil)
	}
	if state != StateAbandoned {
		return g.object(state, g.outputSoFar(g.reached(0)))
	}
	object := g.object(StateCancelled, g.outputSoFar(g.reached(0)))
	object.Usage = nil
	return object
}

func (g *generation) object(status string, output []outputJSON) responseJSON {
	object := responseJSON{
		ID: g.responseID(), Object: "response", CreatedAt: g.started.Unix(), Status: status,
		Background: g.prompt.background, Model: g.prompt.model, Output: output, ParallelToolCalls: true,
		Store: g.prompt.store, Temperature: 1, ToolChoice: "auto", Tools: []json.RawMessage{}, TopP: 1,
		Truncation: "disabled", Metadata: g.prompt.metadata,
	}
	if object.Output == nil {
		object.Output = []outputJSON{}
	}
	if object.Metadata == nil {
		object.Metadata = map[string]string{}
	}
	if g.prompt.maxTokens > 0 {
		object.MaxOutputTokens = &g.prompt.maxTokens
	}
	g.describeEnd(&object)
	return object
}

func (g *generation) describeEnd(object *responseJSON) {
	switch object.Status {
	case StateCompleted:
		completed := g.endsAt().Unix()
		object.CompletedAt = &completed
	case StateIncomplete:
		object.IncompleteDetails = &incompleteJSON{Reason: g.answer.reason}
	case StateFailed:
		object.Error = &errorJSON{Code: g.answer.reason, Message: g.answer.message}
	}
	object.Usage = g.usageAs(object.Status)
}

// outputSoFar gives the items of which something has been said.
func (g *generation) outputSoFar(reached int) []outputJSON {
	var output []outputJSON
	said := make([]int, len(g.answer.items))
	for _, event := range g.plan[:reached] {
		switch event.kind {
		case evItemAdded:
			output = append(output, outputJSON{})
		case evDelta:
			said[event.item]++
		default: // adds nothing
		}
	}
	for i := range output {
		item := g.answer.items[i]
		status := item.doneStatus()
		if said[i] < len(item.tokens) {
			status = "incomplete"
		}
		item.tokens = item.tokens[:said[i]]
		output[i] = item.output(status, item.text())
	}
	return output
}

// usageAs is what the answer cost, if it ends like that; nil where nobody is told.
func (g *generation) usageAs(state string) *usageJSON {
	switch state {
	case StateCompleted, StateIncomplete:
		return g.usage(g.plan)
	case StateCancelled:
		return g.usage(g.plan[:g.reached(0)])
	}
	return nil
}

func (g *generation) usage(said plan) *usageJSON {
	usage := usageJSON{InputTokens: g.input}
	for _, event := range said {
		if event.kind != evDelta {
			continue
		}
		usage.OutputTokens++
		if g.answer.items[event.item].kind == itemReasoning {
			usage.OutputDetails.ReasoningTokens++
		}
	}
	usage.TotalTokens = usage.InputTokens + usage.OutputTokens
	return &usage
}

func (u *usageJSON) reported() *Reported {
	if u == nil {
		return nil
	}
	return &Reported{
		InputTokens: u.InputTokens, CachedTokens: u.InputDetails.CachedTokens,
		OutputTokens: u.OutputTokens, ReasoningTokens: u.OutputDetails.ReasoningTokens,
	}
}

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
