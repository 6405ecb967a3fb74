package simulator

import (
	"encoding/json"
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
