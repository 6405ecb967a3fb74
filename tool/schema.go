package tool

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	lru "github.com/hashicorp/golang-lru/v2"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"
	"golang.org/x/text/language"
	"golang.org/x/text/message"

	"github.com/parley-chat/parley/chat"
)

const (
	// kept bounds how many compiled schemas, and how many rules, are remembered.
	kept = 1000
	// maxSchema bounds a schema, in bytes: each call to a model carries it.
	maxSchema = 64 << 10
)

var (
	schemas, _ = lru.New[string, *jsonschema.Schema](kept) // fails for sizes below 1 alone
	english    = message.NewPrinter(language.English)
)

var (
	errNoObject  = errors.New("the arguments are not a JSON object")
	errNoSchema  = errors.New("its schema cannot be used")
	errTooFar    = errors.New("a number is too large, or too near to zero")
	errElsewhere = errors.New("it refers to another document, which is not loaded")
)

// Check finds what is wrong with a call's arguments, in words for the model. They
// must be a JSON document.
func Check(t chat.Tool, arguments json.RawMessage) error {
	value, err := decode(arguments)
	if errors.Is(err, errTooFar) {
		return err
	} else if err != nil {
		return ErrNotJSON
	}
	if _, ok := value.(map[string]any); !ok {
		return errNoObject
	}
	if err = validate(t.InputSchema, value); errors.Is(err, errNoSchema) {
		return fmt.Errorf("the tool is set up wrongly: %w", err)
	}
	return err
}

// Fits finds what keeps a JSON document from having the form that a schema wants.
func Fits(schema, document json.RawMessage) error {
	value, err := decode(document)
	if errors.Is(err, errTooFar) {
		return err
	} else if err != nil {
		return ErrNotJSON
	}
	return validate(schema, value)
}

func validate(schema json.RawMessage, value any) error {
	usable, err := compiled(schema)
	if err != nil {
		return errNoSchema
	}
	return worded(usable.Validate(value))
}

// CheckSchema finds what keeps a document from being the schema of a tool's
// arguments, in words for whoever has written it.
func CheckSchema(document json.RawMessage) error { return checkSchema(document, "the arguments are") }

// CheckAnswerSchema is CheckSchema for the schema of an agent's answers.
func CheckAnswerSchema(document json.RawMessage) error {
	return checkSchema(document, "an answer is")
}

func checkSchema(document json.RawMessage, what string) error {
	value, err := schemaIn(document)
	if err != nil {
		return err
	}
	if head, ok := value.(map[string]any); !ok || head["type"] != "object" {
		return fmt.Errorf(`%s an object: the schema needs "type": "object"`, what)
	}
	return compiles(document)
}

// CheckOutputSchema does the same for the schema of what a tool answers, which may be
// anything.
func CheckOutputSchema(document json.RawMessage) error {
	if _, err := schemaIn(document); err != nil {
		return err
	}
	return compiles(document)
}

func schemaIn(document json.RawMessage) (any, error) {
	if len(document) > maxSchema {
		return nil, fmt.Errorf("the schema is longer than %d KB", maxSchema>>10)
	}
	value, err := decode(document)
	if err != nil && !errors.Is(err, errTooFar) {
		err = errors.New("the schema is not a JSON document")
	}
	return value, err
}

func compiles(document json.RawMessage) error {
	schema, err := compiled(document)
	if err != nil {
		return fmt.Errorf("that is no JSON Schema: %w", err)
	}
	// References in a circle show only when something is checked.
	if invalid, ok := errors.AsType[*jsonschema.ValidationError](schema.Validate(map[string]any{})); ok {
		for _, leaf := range leaves(invalid) {
			if _, ok := leaf.ErrorKind.(*kind.RefCycle); ok {
				return errors.New("that is no JSON Schema: it refers to itself in a circle")
			}
		}
	}
	return nil
}

// nowhere loads no schema from anywhere: a tenant's schema stands for itself.
type nowhere struct{}

func (nowhere) Load(string) (any, error) { return nil, errElsewhere }

// place is where a schema believes to be. Nothing is there.
const place = "mem:///schema.json"

func compiled(document json.RawMessage) (*jsonschema.Schema, error) {
	if len(document) == 0 {
		document = json.RawMessage(`{"type":"object"}`)
	}
	if schema, ok := schemas.Get(string(document)); ok {
		return schema, nil
	}
	value, err := decode(document)
	if err != nil {
		return nil, err
	}
	compiler := jsonschema.NewCompiler()
	compiler.UseLoader(nowhere{})
	compiler.DefaultDraft(jsonschema.Draft2020)
	compiler.AssertFormat()
	if err := compiler.AddResource(place, value); err != nil {
		return nil, worded(err)
	}
	schema, err := compiler.Compile(place)
	if err != nil {
		return nil, worded(err)
	}
	schemas.Add(string(document), schema)
	return schema, nil
}

// decode reads a JSON document whose numbers are kept as they were written.
func decode(document []byte) (any, error) {
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(document))
	if err == nil && !holdable(value) {
		return nil, errTooFar
	}
	return value, err
}

// holdable reports whether a float64 can hold each number of a document, if not
// exactly. Others take more memory than their text lets expect, and the validator
// does not survive them.
func holdable(value any) bool {
	switch value := value.(type) {
	case json.Number:
		number, err := value.Float64()
		mantissa, _, _ := strings.Cut(strings.ToLower(value.String()), "e")
		return err == nil && (number != 0 || !strings.ContainsAny(mantissa, "123456789"))
	case []any:
		return !slices.ContainsFunc(value, func(item any) bool { return !holdable(item) })
	case map[string]any:
		for _, field := range value {
			if !holdable(field) {
				return false
			}
		}
	}
	return true
}

// worded says where and what the first faults are, one after the other.
func worded(err error) error {
	if schema, ok := errors.AsType[*jsonschema.SchemaValidationError](err); ok {
		err = schema.Err
	}
	if _, ok := errors.AsType[*jsonschema.LoadURLError](err); ok {
		return errElsewhere
	}
	invalid, ok := errors.AsType[*jsonschema.ValidationError](err)
	switch {
	case err == nil:
		return nil
	case !ok:
		return errors.New(strings.ReplaceAll(err.Error(), place, ""))
	}
	const most = 5
	var faults []string
	for _, leaf := range leaves(invalid) {
		fault := what(leaf.ErrorKind)
		if len(leaf.InstanceLocation) > 0 {
			fault = pointer(leaf.InstanceLocation) + ": " + fault
		}
		if faults = append(faults, fault); len(faults) == most {
			break
		}
	}
	return errors.New(strings.Join(faults, "; "))
}

// what puts into words what the library has none for that a model understands.
func what(fault jsonschema.ErrorKind) string {
	switch fault := fault.(type) {
	case *kind.FalseSchema:
		return "nothing may be here"
	case *kind.Format:
		return "this is not a valid " + fault.Want
	case *kind.RefCycle:
		return "the schema refers to itself in a circle"
	default:
		return fault.LocalizedString(english)
	}
}

var escaped = strings.NewReplacer("~", "~0", "/", "~1")

func pointer(tokens []string) string {
	var text strings.Builder
	for _, token := range tokens {
		text.WriteString("/" + escaped.Replace(token))
	}
	return text.String()
}

func leaves(fault *jsonschema.ValidationError) []*jsonschema.ValidationError {
	if len(fault.Causes) == 0 {
		return []*jsonschema.ValidationError{fault}
	}
	var found []*jsonschema.ValidationError
	for _, cause := range fault.Causes {
		found = append(found, leaves(cause)...)
	}
	return found
}
