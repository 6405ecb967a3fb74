package simulator

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
)

// prompt is a request for an answer, whichever API it came by.
type prompt struct {
	endpoint     string
	model        string
	instructions string
	turns        []turn
	schema       json.RawMessage // of a structured answer; nil for text
	maxTokens    int             // of the answer; 0 is unlimited
	metadata     map[string]string
	tools        []string // the names of the functions on offer
	called       []Call   // what has been called so far
	requestID    string   // the client's own name for the request

	stream       bool
	background   bool
	store        bool
	includeUsage bool
}

// requestIDHeader holds a client's own name for a request.
const requestIDHeader = "X-Client-Request-Id"

// turn is one turn of speech: by "user", "assistant" or "tool".
type turn struct {
	role string
	text string
}

func (p *prompt) lastUserText() string {
	if i := p.lastUserTurn(); i >= 0 {
		return p.turns[i].text
	}
	return ""
}

func (p *prompt) lastUserTurn() int {
	for i, turn := range slices.Backward(p.turns) {
		if turn.role == "user" {
			return i
		}
	}
	return -1
}

// afterTools reports whether functions were called since the user spoke.
func (p *prompt) afterTools() bool {
	for _, turn := range p.turns[p.lastUserTurn()+1:] {
		if turn.role == "tool" {
			return true
		}
	}
	return false
}

func (p *prompt) countTokens() int {
	count := countTokens(p.instructions)
	for _, turn := range p.turns {
		count += countTokens(turn.text) + 4 // what marks a message off
	}
	return count
}

// say adds a turn, or instructions where the role means those.
func (p *prompt) say(role, text string) {
	if role == "system" || role == "developer" {
		p.instructions = strings.TrimSpace(p.instructions + "\n\n" + text)
		return
	}
	p.turns = append(p.turns, turn{role: role, text: text})
}

// responsesRequest is the body of POST /v1/responses.
type responsesRequest struct {
	Model              string            `json:"model"`
	Instructions       string            `json:"instructions"`
	Input              json.RawMessage   `json:"input"`
	Stream             bool              `json:"stream"`
	Background         bool              `json:"background"`
	Store              *bool             `json:"store"`
	MaxOutputTokens    int               `json:"max_output_tokens"`
	Metadata           map[string]string `json:"metadata"`
	SafetyIdentifier   string            `json:"safety_identifier"`
	PreviousResponseID string            `json:"previous_response_id"`
	Tools              []functionTool    `json:"tools"`
	Text               struct {
		Format schemaFormat `json:"format"`
	} `json:"text"`
}

type schemaFormat struct {
	Type   string          `json:"type"`
	Schema json.RawMessage `json:"schema"`
}

// inputItem is an item of a Responses input, of any type that matters here.
type inputItem struct {
	Type    string  `json:"type"`
	Role    string  `json:"role"`
	Content content `json:"content"`
	Output  content `json:"output"`
	// Of a function_call.
	Name      string `json:"name"`
	Arguments string `json:"arguments"`
}

// content is text, or a list of parts whose texts are joined.
type content string

func (c *content) UnmarshalJSON(data []byte) error {
	var text string
	if json.Unmarshal(data, &text) == nil {
		*c = content(text)
		return nil
	}
	var parts []struct {
		Text string `json:"text"`
	}
	if err := json.Unmarshal(data, &parts); err != nil {
		return err
	}
	var joined strings.Builder
	for _, part := range parts {
		joined.WriteString(part.Text)
	}
	*c = content(joined.String())
	return nil
}

func readResponsesPrompt(r *http.Request) (*prompt, *apiFault) {
	var body responsesRequest
	if fault := readBody(r, &body); fault != nil {
		return nil, fault
	}
	if fault := body.check(); fault != nil {
		return nil, fault
	}
	p := &prompt{
		endpoint: EndpointResponses, model: body.Model, instructions: body.Instructions,
		schema: body.Text.Format.schema(), maxTokens: body.MaxOutputTokens, metadata: body.Metadata, tools: namesOf(body.Tools),
		stream: body.Stream, background: body.Background, store: body.Store == nil || *body.Store,
		requestID: r.Header.Get(requestIDHeader),
	}
	fault := p.readInput(body.Input)
	return p, fault
}

func (f schemaFormat) schema() json.RawMessage {
	if f.Type == "json_object" {
		return json.RawMessage(`{"type":"object"}`)
	}
	return f.Schema
}

// check finds what the real API refuses and a client of ours could get wrong.
func (b responsesRequest) check() *apiFault {
	switch {
	case b.Model == "":
		return invalid("model", "missing_required_parameter", "Missing required parameter: 'model'.")
	case len(b.Input) == 0:
		return invalid("input", "missing_required_parameter", "Missing required parameter: 'input'.")
	case b.Background && b.Store != nil && !*b.Store:
		return invalid("background", "", "Background mode requires 'store' to be true.")
	case len(b.SafetyIdentifier) > 64:
		return invalid("safety_identifier", "string_above_max_length", "'safety_identifier' is longer than 64 characters.")
	case b.PreviousResponseID != "":
		return invalid("previous_response_id", "", "The simulator keeps no conversations: send the whole of it as 'input'.")
	}
	return checkMetadata(b.Metadata)
}

func checkMetadata(metadata map[string]string) *apiFault {
	if len(metadata) > 16 {
		return invalid("metadata", "object_above_max_properties", "'metadata' has more than 16 pairs.")
	}
	for key, value := range metadata {
		if len(key) > 64 || len(value) > 512 {
			return invalid("metadata", "string_above_max_length", "A key or value of 'metadata' is too long.")
		}
	}
	return nil
}

func (p *prompt) readInput(input json.RawMessage) *apiFault {
	var text string
	if json.Unmarshal(input, &text) == nil {
		p.say("user", text)
		return nil
	}
	var items []inputItem
	if err := json.Unmarshal(input, &items); err != nil {
		return invalid("input", "invalid_type", "'input' is neither a string nor a list of items.")
	}
	for _, item := range items {
		switch item.Type {
		case "", "message":
			p.say(item.Role, string(item.Content))
		case "function_call_output":
			p.say("tool", string(item.Output))
		case "function_call":
			p.called = append(p.called, Call{Name: item.Name, Arguments: json.RawMessage(item.Arguments)})
		}
	}
	return nil
}

// chatRequest is the body of POST /v1/chat/completions.
type chatRequest struct {
	Model    string `json:"model"`
	Messages []struct {
		Role    string  `json:"role"`
		Content content `json:"content"`
		Calls   []struct {
			Function struct {
				Name      string `json:"name"`
				Arguments string `json:"arguments"`
			} `json:"function"`
		} `json:"tool_calls"`
	} `json:"messages"`
	Stream        bool `json:"stream"`
	StreamOptions struct {
		IncludeUsage bool `json:"include_usage"`
	} `json:"stream_options"`
	MaxTokens           int               `json:"max_tokens"`
	MaxCompletionTokens int               `json:"max_completion_tokens"`
	Metadata            map[string]string `json:"metadata"`
	Tools               []functionTool    `json:"tools"`
	ResponseFormat      struct {
		Type       string       `json:"type"`
		JSONSchema schemaFormat `json:"json_schema"`
	} `json:"response_format"`
}

func readChatPrompt(r *http.Request) (*prompt, *apiFault) {
	var body chatRequest
	if fault := readBody(r, &body); fault != nil {
		return nil, fault
	}
	if body.Model == "" {
		return nil, invalid("model", "missing_required_parameter", "you must provide a model parameter")
	}
	if len(body.Messages) == 0 {
		return nil, invalid("messages", "missing_required_parameter", "Missing required parameter: 'messages'.")
	}
	body.ResponseFormat.JSONSchema.Type = body.ResponseFormat.Type
	p := &prompt{
		endpoint: EndpointChat, model: body.Model, metadata: body.Metadata, requestID: r.Header.Get(requestIDHeader),
		schema:    body.ResponseFormat.JSONSchema.schema(),
		maxTokens: max(body.MaxTokens, body.MaxCompletionTokens), tools: namesOf(body.Tools),
		stream: body.Stream, includeUsage: body.StreamOptions.IncludeUsage,
	}
	for _, message := range body.Messages {
		p.say(message.Role, string(message.Content))
		for _, call := range message.Calls {
			p.called = append(p.called, Call{Name: call.Function.Name, Arguments: json.RawMessage(call.Function.Arguments)})
		}
	}
	return p, nil
}
