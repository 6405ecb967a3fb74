package tool

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/parley-chat/parley/chat"
)

const (
	// MaxPageOutput bounds what a page answers, in bytes: that is what a model is told of
	// any tool at most.
	MaxPageOutput = maxOutput
	// maxPageDepth bounds how deep it is.
	maxPageDepth = 32
)

// NoPage is the outcome of a call that no page has taken.
var NoPage = Outcome{State: chat.CallFailed, Error: "No page of the visitor's has taken this on. It was not done."}

// PageSilent is the outcome of a call that a page has taken and not answered.
func PageSilent(class chat.ToolClass) Outcome {
	if class == chat.ClassRead {
		return Outcome{State: chat.CallFailed, Error: "The visitor's page did not answer in time."}
	}
	return unknown()
}

// PageOutput checks what a page answers, and gives what is kept of it.
//
// Errors are in words for whoever has written the page.
func PageOutput(t chat.Tool, output json.RawMessage) (json.RawMessage, error) {
	output, err := chat.CleanJSON(output)
	switch {
	case err != nil:
		return nil, errors.New("the output is not a JSON document")
	case len(output) > MaxPageOutput:
		return nil, fmt.Errorf("the output is longer than %d KB", MaxPageOutput>>10)
	case depthOf(output) > maxPageDepth:
		return nil, fmt.Errorf("the output is more than %d levels deep", maxPageDepth)
	case len(t.OutputSchema) == 0:
		return output, nil
	}
	value, err := decode(output)
	if err != nil {
		return nil, err
	}
	schema, err := compiled(t.OutputSchema)
	if err != nil {
		return nil, errors.New("the tool is set up wrongly: its output's schema cannot be used")
	}
	return output, worded(schema.Validate(value))
}

// depthOf counts the levels of a JSON document.
func depthOf(document json.RawMessage) (deepest int) {
	decoder := json.NewDecoder(strings.NewReader(string(document)))
	for depth := 0; ; {
		token, err := decoder.Token()
		if err != nil {
			return deepest
		}
		switch token {
		case json.Delim('{'), json.Delim('['):
			depth++
			deepest = max(deepest, depth)
		case json.Delim('}'), json.Delim(']'):
			depth--
		}
	}
}

// PageError is what the model is told of a reason that a page gives.
func PageError(reason string) string {
	said := []rune(strings.Join(strings.Fields(chat.CleanText(reason)), " "))
	if len(said) == 0 {
		return "The visitor's page says that it did not work."
	}
	return "The visitor's page says that it did not work: " + string(said[:min(len(said), maxExcerpt)])
}
