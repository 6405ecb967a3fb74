// Package structured knows answers that are JSON documents: what a model is asked
// for, how such an answer is read while it comes, whether it is what was asked for,
// and what is shown of it.
package structured

import (
	"embed"
	"encoding/json"
	"errors"
	"slices"
	"strings"

	"github.com/parley-chat/parley/chat"
	"github.com/parley-chat/parley/tool"
)

//go:embed schemas/*.json
var schemas embed.FS

//go:embed prompts/*.md
var prompts embed.FS

// The fields of a document that is shown as more than its data.
const (
	fieldResponse    = "response"
	fieldComponents  = "components"
	fieldSuggestions = "suggestions"
)

// Format is the form that an agent's answers have.
type Format struct {
	// Schema is what the model is told of it.
	Schema json.RawMessage
	// Strict: every provider can hold its model to the schema exactly.
	Strict bool
	// Instructions tell the model what the fields are for.
	Instructions string

	accepts json.RawMessage // the schema of what is accepted
	speaks  bool            // the document has a response, which is shown as text
	whole   bool            // the document is shown as well
}

// FormatOf gives the form of an agent's answers, nil where they are texts.
func FormatOf(output chat.Output) *Format {
	switch output.Kind {
	case chat.OutputSuggestions, chat.OutputComponents:
		kind := string(output.Kind)
		f := &Format{Schema: read("schemas/" + kind + ".json"), Strict: true, speaks: true, Instructions: string(mustRead(prompts, "prompts/"+kind+".md"))}
		f.accepts = read("schemas/accepted.json")
		return f
	case chat.OutputSchema:
		return ownFormat(output.Schema)
	default:
		return nil
	}
}

func ownFormat(schema json.RawMessage) *Format {
	f := &Format{Schema: schema, accepts: schema, whole: true}
	var head struct {
		Properties map[string]json.RawMessage `json:"properties"`
	}
	if json.Unmarshal(schema, &head) == nil && isText(head.Properties[fieldResponse]) {
		f.speaks = true
		f.whole = slices.ContainsFunc(keysOf(head.Properties), func(name string) bool {
			return !slices.Contains([]string{fieldResponse, fieldComponents, fieldSuggestions}, name)
		})
		f.Schema = responseFirst(schema)
	}
	f.Strict = canBeStrict(schema)
	f.Instructions = string(mustRead(prompts, "prompts/schema.md"))
	return f
}

func isText(schema json.RawMessage) bool {
	var head struct {
		Type string `json:"type"`
	}
	return json.Unmarshal(schema, &head) == nil && head.Type == "string"
}

func keysOf(fields map[string]json.RawMessage) []string {
	keys := make([]string, 0, len(fields))
	for key := range fields {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}

// responseFirst has the response written before everything else: models keep to the
// order of a schema, and people read it while the rest is still to come.
func responseFirst(schema json.RawMessage) json.RawMessage {
	var head, fields map[string]json.RawMessage
	if json.Unmarshal(schema, &head) != nil || json.Unmarshal(head["properties"], &fields) != nil {
		return schema
	}
	properties := []byte(`{"` + fieldResponse + `":`)
	properties = append(properties, fields[fieldResponse]...)
	for _, name := range keysOf(fields) {
		if name != fieldResponse {
			quoted, _ := json.Marshal(name) //nolint:errchkjson // strings always encode
			properties = append(append(append(append(properties, ','), quoted...), ':'), fields[name]...)
		}
	}
	head["properties"] = append(properties, '}')
	ordered, err := json.Marshal(head)
	if err != nil {
		return schema
	}
	return ordered
}

// CheckOutput finds what keeps an agent's answers from having a form, in words for
// whoever has chosen it.
func CheckOutput(output chat.Output) error {
	if output.Kind != chat.OutputSchema {
		return nil
	}
	if len(output.Schema) == 0 {
		return errors.New("the schema of the answers is missing")
	}
	return tool.CheckAnswerSchema(output.Schema)
}

func read(name string) json.RawMessage { return mustRead(schemas, name) }

// mustRead gives an embedded file: that it is there is known when this is built.
func mustRead(files embed.FS, name string) []byte {
	text, err := files.ReadFile(name)
	if err != nil {
		panic(err)
	}
	return text
}

// strictWords are those that providers can hold a model to.
var strictWords = []string{
	"type", "properties", "required", "additionalProperties", "items", "enum", "const", "anyOf", "$ref", "$defs", "definitions",
	"title", "description", "pattern", "format", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "minItems", "maxItems",
}

// deepestStrict is how far such a schema may be nested.
const deepestStrict = 10

// canBeStrict reports whether providers hold a model to the schema: each object lists
// all that it has, and has it always.
func canBeStrict(schema json.RawMessage) bool {
	var root map[string]any
	if json.Unmarshal(schema, &root) != nil || root["anyOf"] != nil {
		return false
	}
	return isStrict(root, 0)
}

func isStrict(schema any, depth int) bool {
	node, ok := schema.(map[string]any)
	if !ok || depth > deepestStrict {
		return false
	}
	for word := range node {
		if !slices.Contains(strictWords, word) {
			return false
		}
	}
	for _, word := range []string{"properties", "$defs", "definitions"} {
		named, _ := node[word].(map[string]any)
		for _, inner := range named {
			if !isStrict(inner, depth+1) {
				return false
			}
		}
	}
	alternatives, _ := node["anyOf"].([]any)
	for _, inner := range alternatives {
		if !isStrict(inner, depth) {
			return false
		}
	}
	if items, ok := node["items"]; ok && !isStrict(items, depth+1) {
		return false
	}
	return !mayBeObject(node) || listsAll(node)
}

func mayBeObject(node map[string]any) bool {
	switch kind := node["type"].(type) {
	case string:
		return kind == "object"
	case []any:
		return slices.Contains(kind, any("object"))
	default:
		return node["properties"] != nil
	}
}

func listsAll(node map[string]any) bool {
	properties, _ := node["properties"].(map[string]any)
	required, _ := node["required"].([]any)
	for name := range properties {
		if !slices.Contains(required, any(name)) {
			return false
		}
	}
	return node["additionalProperties"] == false
}

// unfenced gives the document without what some models put around it.
func unfenced(text string) string {
	text = strings.TrimSpace(text)
	if inside, fenced := strings.CutPrefix(text, "```"); fenced {
		inside = strings.TrimPrefix(inside, "json")
		text = strings.TrimSpace(strings.TrimSuffix(inside, "```"))
	}
	return text
}
