package simulator

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// document is an answer in the form of the schema.
func (p *prompt) document() string {
	var schema node
	if err := json.Unmarshal(p.schema, &schema); err != nil {
		return "{}"
	}
	writer := documentWriter{prompt: p, definitions: schema.Defs}
	if writer.definitions == nil {
		writer.definitions = schema.Definitions
	}
	data, err := json.Marshal(writer.value("", schema, 0))
	if err != nil {
		return "{}"
	}
	return string(data)
}

// node is a JSON Schema, as far as structured answers use it.
type node struct {
	Type        typeNames         `json:"type"`
	Properties  ordered           `json:"properties"`
	Items       *node             `json:"items"`
	Enum        []json.RawMessage `json:"enum"`
	Const       json.RawMessage   `json:"const"`
	Ref         string            `json:"$ref"`
	AnyOf       []node            `json:"anyOf"`
	OneOf       []node            `json:"oneOf"`
	AllOf       []node            `json:"allOf"`
	Defs        map[string]node   `json:"$defs"`
	Definitions map[string]node   `json:"definitions"`
	MinItems    int               `json:"minItems"`
	MaxItems    *int              `json:"maxItems"`
	MaxLength   *int              `json:"maxLength"`
	Minimum     float64           `json:"minimum"`
	Format      string            `json:"format"`
}

// typeNames is a name of a type, or a list of them.
type typeNames []string

func (t *typeNames) UnmarshalJSON(data []byte) error {
	var one string
	if json.Unmarshal(data, &one) == nil {
		*t = typeNames{one}
		return nil
	}
	return json.Unmarshal(data, (*[]string)(t))
}

// ordered keeps properties in the order in which the schema lists them, as
// models do.
type ordered []property

type property struct {
	name   string
	schema node
}

func (o *ordered) UnmarshalJSON(data []byte) error {
	decoder := json.NewDecoder(strings.NewReader(string(data)))
	if _, err := decoder.Token(); err != nil {
		return err
	}
	for decoder.More() {
		name, err := decoder.Token()
		if err != nil {
			return err
		}
		p := property{name: fmt.Sprint(name)}
		if err := decoder.Decode(&p.schema); err != nil {
			return err
		}
		*o = append(*o, p)
	}
	return nil
}

// object is a JSON object that keeps the order of its fields.
type object []field

type field struct {
	name  string
	value any
}

// MarshalJSON implements json.Marshaler.
func (o object) MarshalJSON() ([]byte, error) {
	out := []byte{'{'}
	for i, field := range o {
		if i > 0 {
			out = append(out, ',')
		}
		value, err := json.Marshal(field.value)
		if err != nil {
			return nil, err
		}
		out = append(appendString(out, field.name), ':')
		out = append(out, value...)
	}
	return append(out, '}'), nil
}

// deepest is how far a schema that refers to itself is followed.
const deepest = 6

// documentWriter makes values that fit a schema, out of the conversation.
type documentWriter struct {
	prompt      *prompt
	definitions map[string]node
}

func (w documentWriter) value(name string, schema node, depth int) any {
	schema = w.resolve(schema)
	switch {
	case len(schema.Const) > 0:
		return schema.Const
	case len(schema.Enum) > 0:
		return w.choice(schema.Enum)
	}
	switch schema.kind(depth) {
	case "object":
		return w.object(schema, depth)
	case "array":
		return w.array(name, schema, depth)
	case "integer":
		return int64(schema.Minimum)
	case "number":
		return schema.Minimum
	case "boolean":
		return true
	case "null":
		return nil
	}
	return w.text(name, schema)
}

// choice is the first value that shares words with the question, or the first of all.
func (w documentWriter) choice(values []json.RawMessage) json.RawMessage {
	asked := stems(w.prompt.lastUserText())
	for _, value := range values {
		var text string
		if json.Unmarshal(value, &text) != nil {
			continue
		}
		for word := range stems(text) {
			if asked[word] {
				return value
			}
		}
	}
	return values[0]
}

// resolve follows a reference, or takes the first of several schemas.
func (w documentWriter) resolve(schema node) node {
	for range deepest {
		alternatives := slices.Concat(schema.AnyOf, schema.OneOf, schema.AllOf)
		switch {
		case schema.Ref != "":
			schema = w.definitions[schema.Ref[strings.LastIndexByte(schema.Ref, '/')+1:]]
		case len(alternatives) > 0 && len(schema.Type) == 0 && len(schema.Properties) == 0:
			schema = alternatives[0]
		default:
			return schema
		}
	}
	return node{}
}

// kind is the type to make. Where the schema allows null, that ends a recursion.
func (n node) kind(depth int) string {
	if depth >= deepest && slices.Contains(n.Type, "null") {
		return "null"
	}
	switch {
	case len(n.Type) > 0:
		return n.Type[0]
	case len(n.Properties) > 0:
		return "object"
	case n.Items != nil:
		return "array"
	}
	return "string"
}

func (w documentWriter) object(schema node, depth int) any {
	made := object{}
	if depth >= deepest {
		return made
	}
	for _, property := range schema.Properties {
		made = append(made, field{property.name, w.value(property.name, property.schema, depth+1)})
	}
	return made
}

// array makes as many elements as allowed up to three; a list of texts holds
// follow-up questions, which is what Parley asks for in this way. Of alternatives that
// have names it makes those that the user has named.
func (w documentWriter) array(name string, schema node, depth int) any {
	length := max(3, schema.MinItems)
	if schema.MaxItems != nil {
		length = min(length, *schema.MaxItems)
	}
	made := []any{}
	if schema.Items == nil || depth >= deepest && schema.MinItems == 0 {
		return made
	}
	if named, ok := w.named(*schema.Items, depth); ok && len(named) >= schema.MinItems {
		return append(made, named...)
	}
	questions := w.prompt.suggestions()
	element := w.resolve(*schema.Items)
	for i := range length {
		if element.kind(depth) == "string" && len(element.Enum) == 0 && len(element.Const) == 0 {
			made = append(made, element.bounded(questions[i%len(questions)]))
			continue
		}
		made = append(made, w.value(name, element, depth+1))
	}
	return made
}

// formats are values for the formats that a text may be asked to have.
var formats = map[string]string{
	"date": "2026-01-01", "time": "12:00:00Z", "date-time": "2026-01-01T12:00:00Z", "duration": "P1D",
	"email": "someone@example.com", "hostname": "example.com", "ipv4": "192.0.2.1", "ipv6": "2001:db8::1",
	"uri": "https://example.com/", "uuid": "00000000-0000-4000-8000-000000000000",
}

func (w documentWriter) text(name string, schema node) string {
	if value, ok := formats[schema.Format]; ok {
		return value
	}
	switch strings.ToLower(name) {
	case "title", "name", "headline", "subject":
		return schema.bounded(w.prompt.title())
	case "question", "suggestion":
		return schema.bounded(w.prompt.suggestions()[0])
	}
	return schema.bounded(w.prompt.words())
}

func (n node) bounded(text string) string {
	if n.MaxLength == nil || len([]rune(text)) <= *n.MaxLength {
		return text
	}
	return string([]rune(text)[:max(*n.MaxLength, 0)])
}
