package chat

import "encoding/json"

// Output is the form that an agent's answers have.
type Output struct {
	Kind OutputKind `json:"kind" enum:"text,suggestions,components,schema" doc:"text: as the model writes. suggestions: a text, with follow-up questions as buttons. components: the same with cards, lists, forms, links, images and confirmations. schema: a JSON document of your own form; its property response, if it has one, is shown as text."`
	// Schema is the JSON Schema of the answers, of OutputSchema alone.
	Schema json.RawMessage `json:"schema,omitempty" doc:"Of the kind schema: the JSON Schema (2020-12) of the answers, an object's."`
}

// OutputKind is a kind of form.
type OutputKind string

const (
	// OutputText is a text, which "" means as well.
	OutputText OutputKind = "text"
	// OutputSuggestions is a text with follow-up questions.
	OutputSuggestions OutputKind = "suggestions"
	// OutputComponents is a text with components, and follow-up questions.
	OutputComponents OutputKind = "components"
	// OutputSchema is a document of the tenant's own schema.
	OutputSchema OutputKind = "schema"
)

// Structured reports whether answers are documents.
func (o Output) Structured() bool { return o.Kind != "" && o.Kind != OutputText }

// Suggests reports whether follow-up questions come with the answers, so that
// nobody needs to ask for them.
func (o Output) Suggests() bool {
	return o.Kind == OutputSuggestions || o.Kind == OutputComponents
}

// Object is the data of a ChunkObject and of its stored part: an answer that is a
// document, as far as it has come.
type Object struct {
	Value    json.RawMessage `json:"value"`
	Complete bool            `json:"complete"`
}

// Fault is the data of a ChunkFault and of its stored part: what was wrong with an
// answer's form. It is for the people who run the agent.
type Fault struct {
	Problem string `json:"problem"`
	// Answer is what the model had said, as far as it is kept. With one, all of the
	// answer was refused.
	Answer string `json:"answer,omitempty"`
}

// Component is the data of a ChunkUI and of its stored part.
type Component struct {
	Component string          `json:"component"`
	Props     json.RawMessage `json:"props"`
}

// The components that wait for what the visitor says.
const (
	ComponentForm         = "form"
	ComponentConfirmation = "confirmation"
)
