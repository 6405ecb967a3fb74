package chat

import (
	"encoding/json"
	"slices"
	"strings"
)

// Role says who speaks in a message.
type Role string

// The roles of stored messages.
const (
	RoleUser      Role = "user"
	RoleAssistant Role = "assistant"
)

// PartType names a UI message part of the AI SDK.
type PartType string

// The part types that Parley stores.
const (
	PartText        PartType = "text"
	PartReasoning   PartType = "reasoning"
	PartStepStart   PartType = "step-start"
	PartTool        PartType = "dynamic-tool"
	PartSuggestions PartType = PartType(ChunkSuggestions)
	PartSteer       PartType = PartType(ChunkSteer)
	// PartHandoff tells who answers from there on. It is a message of its own.
	PartHandoff PartType = "data-handoff"
	PartObject  PartType = PartType(ChunkObject)
	PartUI      PartType = PartType(ChunkUI)
	PartFault   PartType = PartType(ChunkFault)
	// PartForm is of a visitor's message: a form that an answer had offered.
	PartForm    PartType = "data-form"
	PartBlocked PartType = PartType(ChunkBlocked)
)

// Part is one piece of a message, in the JSON form that is stored, streamed and
// rendered alike.
type Part struct {
	Type  PartType        `json:"type"`
	Text  string          `json:"text,omitempty"`
	State string          `json:"state,omitempty"`
	ID    string          `json:"id,omitempty"`
	Data  json.RawMessage `json:"data,omitempty"`

	// Of a tool's call, whose State is one of the ToolPart ones.
	ToolCallID string          `json:"toolCallId,omitempty"`
	ToolName   string          `json:"toolName,omitempty"`
	Title      string          `json:"title,omitempty"`
	Input      json.RawMessage `json:"input,omitempty"`
	Output     json.RawMessage `json:"output,omitempty"`
	ErrorText  string          `json:"errorText,omitempty"`
	Approval   *PartApproval   `json:"approval,omitempty"`
	// ProviderExecuted is that of the call's chunks.
	ProviderExecuted *bool `json:"providerExecuted,omitempty"`
}

// ForPage reports whether the part is of a call that a page makes, and was offered it.
func (p Part) ForPage() bool { return p.ProviderExecuted != nil && !*p.ProviderExecuted }

// PartApproval is what people were asked about a call, and what they said.
type PartApproval struct {
	ID       string `json:"id"`
	Approved *bool  `json:"approved,omitempty"` // nil: nobody has decided
	Reason   string `json:"reason,omitempty"`
}

// The states of a tool's part, in the words of the AI SDK.
const (
	ToolPartStreaming = "input-streaming"
	ToolPartInput     = "input-available"
	ToolPartAsked     = "approval-requested"
	ToolPartAnswered  = "approval-responded"
	ToolPartOutput    = "output-available"
	ToolPartError     = "output-error"
	ToolPartDenied    = "output-denied"
)

// The states of a part that is streamed.
const (
	PartStreaming = "streaming"
	PartDone      = "done"
)

// PartChunks are the chunk types that open, extend and end a streamed part.
type PartChunks struct{ Start, Delta, End ChunkType }

// Chunks gives the chunk types of a streamed part, text if it is of no kind that
// is streamed.
func (t PartType) Chunks() PartChunks {
	if t == PartReasoning {
		return PartChunks{ChunkReasoningStart, ChunkReasoningDelta, ChunkReasoningEnd}
	}
	return PartChunks{ChunkTextStart, ChunkTextDelta, ChunkTextEnd}
}

// TextPart makes a text part.
func TextPart(text string) Part { return Part{Type: PartText, Text: text} }

// Text joins the text parts of a message with blank lines between them.
func Text(parts []Part) string {
	var texts []string
	for _, part := range parts {
		if part.Type == PartText && part.Text != "" {
			texts = append(texts, part.Text)
		}
	}
	return strings.Join(texts, "\n\n")
}

// SameText reports whether two messages of a visitor's say the same, part by part. Of
// two that answer a form the form decides: its words follow from it.
func SameText(a, b []Part) bool {
	one, isForm := FormIn(a)
	other, isOther := FormIn(b)
	if isForm || isOther {
		return isForm == isOther && one.same(other)
	}
	return slices.EqualFunc(a, b, func(a, b Part) bool { return a.Type == b.Type && a.Text == b.Text })
}

// Fold adds a chunk to the parts of the message it belongs to. It is the
// server's half of the rule that widget/app/state keeps in the browser: history
// and stream must render alike, so what Fold makes of a turn's chunks is what is
// stored.
func Fold(parts []Part, chunk Chunk) []Part {
	switch chunk.Type {
	case ChunkStartStep:
		return append(parts, Part{Type: PartStepStart})
	case ChunkReset:
		return dropStep(parts)
	case ChunkTextStart:
		return append(parts, Part{Type: PartText, ID: chunk.ID, State: PartStreaming})
	case ChunkReasoningStart:
		return append(parts, Part{Type: PartReasoning, ID: chunk.ID, State: PartStreaming})
	case ChunkTextDelta, ChunkReasoningDelta:
		return editPart(parts, chunk.ID, func(p *Part) { p.Text += chunk.Delta })
	case ChunkTextEnd, ChunkReasoningEnd:
		return editPart(parts, chunk.ID, func(p *Part) { p.State = PartDone })
	case ChunkToolInputStart, ChunkToolInputAvailable, ChunkToolInputError, ChunkToolApprovalRequest,
		ChunkToolOutput, ChunkToolOutputError, ChunkToolOutputDenied:
		return foldTool(parts, chunk)
	default:
		return foldData(parts, chunk)
	}
}

// foldTool brings the part of a call up to date, or begins it. A preliminary
// output is progress: the part stays as it is until the last one.
func foldTool(parts []Part, chunk Chunk) []Part {
	i := slices.IndexFunc(parts, func(p Part) bool { return p.Type == PartTool && p.ToolCallID == chunk.ToolCallID })
	if i < 0 {
		i = len(parts)
		parts = append(parts, Part{Type: PartTool, ToolCallID: chunk.ToolCallID, ToolName: chunk.ToolName, Title: chunk.Title})
	}
	foldCall(&parts[i], chunk)
	return parts
}

func foldCall(p *Part, chunk Chunk) {
	if chunk.ProviderExecuted != nil {
		p.ProviderExecuted = chunk.ProviderExecuted
	}
	switch chunk.Type {
	case ChunkToolInputStart:
		p.State = ToolPartStreaming
	case ChunkToolInputAvailable: // once more, if people have edited it
		p.State, p.Input = ToolPartInput, chunk.Input
	case ChunkToolInputError:
		p.State, p.Input, p.ErrorText = ToolPartError, chunk.Input, chunk.ErrorText
	case ChunkToolApprovalRequest:
		p.State, p.Approval = ToolPartAsked, &PartApproval{ID: chunk.ApprovalID}
	case ChunkToolOutput:
		if !chunk.Preliminary { // an outcome may come after all
			p.State, p.Output, p.ErrorText = ToolPartOutput, chunk.Output, ""
			noteDecision(p, true, "")
		}
	case ChunkToolOutputError:
		p.State, p.ErrorText = ToolPartError, chunk.ErrorText
		noteDecision(p, true, "")
	default:
		p.State = ToolPartDenied
		noteDecision(p, false, chunk.Reason)
	}
}

// noteDecision notes what people have said of a call that they were asked about.
func noteDecision(p *Part, approved bool, reason string) {
	if p.Approval != nil {
		p.Approval = &PartApproval{ID: p.Approval.ID, Approved: &approved, Reason: reason}
	}
}

func foldData(parts []Part, chunk Chunk) []Part {
	if !strings.HasPrefix(string(chunk.Type), "data-") || chunk.Transient {
		return parts
	}
	return putData(parts, Part{Type: PartType(chunk.Type), ID: chunk.ID, Data: chunk.Data})
}

// Closed marks every part that still streams as done: the answer was stopped or
// has failed, and what is there is all there will be.
func Closed(parts []Part) []Part {
	closed := make([]Part, len(parts))
	for i, part := range parts {
		if part.State == PartStreaming {
			part.State = PartDone
		}
		closed[i] = part
	}
	return closed
}

func dropStep(parts []Part) []Part {
	for i := range slices.Backward(parts) {
		if parts[i].Type == PartStepStart {
			return parts[:i+1]
		}
	}
	return parts[:0]
}

// editPart changes the newest part with that id: a later step may use an
// earlier one's ids again.
func editPart(parts []Part, id string, edit func(*Part)) []Part {
	for i := range slices.Backward(parts) {
		if parts[i].ID == id {
			edit(&parts[i])
			return parts
		}
	}
	return parts
}

func putData(parts []Part, data Part) []Part {
	if data.ID == "" {
		return append(parts, data)
	}
	for i := range parts {
		if parts[i].Type == data.Type && parts[i].ID == data.ID {
			parts[i] = data
			return parts
		}
	}
	return append(parts, data)
}
