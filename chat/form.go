package chat

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/mail"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// Form is what a form asks for.
type Form struct {
	Title  string      `json:"title"`
	Fields []FormField `json:"fields"`
}

// FormField is one thing that a form asks for.
type FormField struct {
	Name     string        `json:"name"`
	Label    string        `json:"label"`
	Type     FormFieldType `json:"type"`
	Required bool          `json:"required"`
	Options  []string      `json:"options,omitempty"` // of a choice
}

// FormFieldType is what a field holds.
type FormFieldType string

// The types of fields.
const (
	FieldText     FormFieldType = "text"
	FieldLongText FormFieldType = "longtext"
	FieldEmail    FormFieldType = "email"
	FieldPhone    FormFieldType = "tel"
	FieldNumber   FormFieldType = "number"
	FieldDate     FormFieldType = "date"
	FieldChoice   FormFieldType = "choice"
	FieldCheckbox FormFieldType = "checkbox"
)

// FormSubmit is the data of a visitor's PartForm: what was filled in, and which
// answer of the conversation had offered the form. The server adds the rest, so that
// whoever reads it needs no other message.
type FormSubmit struct {
	MessageID MessageID                  `json:"messageId"`
	FormID    string                     `json:"formId"` // the id of the part that holds the form
	Values    map[string]json.RawMessage `json:"values"`

	Title   string       `json:"title,omitempty"`
	Answers []FormAnswer `json:"answers,omitempty"`
}

// FormAnswer is a field as people read it.
type FormAnswer struct {
	Label string `json:"label"`
	Value string `json:"value"`
}

// Text is what a filled form says, line by line.
func (f FormSubmit) Text() string {
	lines := make([]string, len(f.Answers))
	for i, answer := range f.Answers {
		lines[i] = answer.Label + ": " + answer.Value
	}
	return strings.Join(lines, "\n")
}

// FormIn gives the form that a visitor's message answers, if it does.
func FormIn(parts []Part) (form FormSubmit, ok bool) {
	for _, part := range parts {
		if part.Type == PartForm {
			return form, json.Unmarshal(part.Data, &form) == nil
		}
	}
	return form, false
}

func (f FormSubmit) same(other FormSubmit) bool {
	equal := func(a, b json.RawMessage) bool { return string(a) == string(b) }
	return f.MessageID == other.MessageID && f.FormID == other.FormID && maps.EqualFunc(f.Values, other.Values, equal)
}

// FormError says what is wrong with the value of a field.
type FormError struct{ Field, Problem string }

func (f *FormError) Error() string { return f.Field + ": " + f.Problem }

// Check reads what was filled into a form, in the order of its fields.
func (f Form) Check(values map[string]json.RawMessage) ([]FormAnswer, *FormError) {
	for name := range values {
		if !slices.ContainsFunc(f.Fields, func(field FormField) bool { return field.Name == name }) {
			return nil, &FormError{Field: name, Problem: "The form has no such field."}
		}
	}
	answers := []FormAnswer{}
	for _, field := range f.Fields {
		value, problem := field.read(values[field.Name])
		if problem != "" {
			return nil, &FormError{Field: field.Name, Problem: problem}
		}
		if value != "" {
			answers = append(answers, FormAnswer{Label: field.Label, Value: value})
		}
	}
	return answers, nil
}

// read gives a value as text, "" for none, or what is wrong with it.
func (f FormField) read(raw json.RawMessage) (value, problem string) {
	if len(raw) == 0 || string(raw) == "null" {
		return "", f.missing()
	}
	switch f.Type {
	case FieldCheckbox:
		return f.readCheckbox(raw)
	case FieldNumber:
		var number json.Number
		if json.Unmarshal(raw, &number) != nil || raw[0] == '"' || !storable(number) {
			return "", "This is a number."
		}
		return number.String(), ""
	default:
		return f.readText(raw)
	}
}

func (f FormField) missing() string {
	if f.Required {
		return "This must be filled in."
	}
	return ""
}

func (f FormField) readCheckbox(raw json.RawMessage) (value, problem string) {
	var checked bool
	if json.Unmarshal(raw, &checked) != nil {
		return "", "This is true or false."
	}
	if checked {
		return "✓", ""
	}
	return "", f.missing()
}

// What fits into a field, in characters.
const (
	maxFieldText     = 500
	maxFieldLongText = 5000
)

func (f FormField) readText(raw json.RawMessage) (value, problem string) {
	var text string
	if json.Unmarshal(raw, &text) != nil {
		return "", "This is a text."
	}
	text = strings.TrimSpace(CleanText(text))
	most := maxFieldText
	if f.Type == FieldLongText {
		most = maxFieldLongText
	}
	switch {
	case text == "":
		return "", f.missing()
	case utf8.RuneCountInString(text) > most:
		return "", fmt.Sprintf("This has at most %d characters.", most)
	}
	return text, f.wrong(text)
}

// wrong tells what keeps a text from being what the field is for.
func (f FormField) wrong(text string) string {
	switch f.Type {
	case FieldEmail:
		if address, err := mail.ParseAddress(text); err != nil || address.Address != text {
			return "This is an email address."
		}
	case FieldPhone:
		if strings.Trim(text, "0123456789+-/(). ") != "" || !strings.ContainsAny(text, "0123456789") {
			return "This is a telephone number."
		}
	case FieldDate:
		if _, err := time.Parse(time.DateOnly, text); err != nil {
			return "This is a date, as year-month-day."
		}
	case FieldChoice:
		if !slices.Contains(f.Options, text) {
			return "This is one of: " + strings.Join(f.Options, ", ") + "."
		}
	default:
		if f.Type != FieldLongText && strings.ContainsAny(text, "\r\n") {
			return "This is one line."
		}
	}
	return ""
}

// Confirmation asks for a yes or a no.
type Confirmation struct {
	Text    string `json:"text"`
	Confirm string `json:"confirm"`
	Cancel  string `json:"cancel"`
}

// FieldConfirmed is the only value of a confirmation.
const FieldConfirmed = "confirmed"

// Check reads what was said to a question.
func (c Confirmation) Check(values map[string]json.RawMessage) ([]FormAnswer, *FormError) {
	for name := range values {
		if name != FieldConfirmed {
			return nil, &FormError{Field: name, Problem: "A confirmation has no such value."}
		}
	}
	var confirmed *bool
	if raw := values[FieldConfirmed]; json.Unmarshal(orNull(raw), &confirmed) != nil || confirmed == nil {
		return nil, &FormError{Field: FieldConfirmed, Problem: "This is true or false."}
	}
	said := c.Cancel
	if *confirmed {
		said = c.Confirm
	}
	return []FormAnswer{{Label: c.Text, Value: said}}, nil
}

func orNull(raw json.RawMessage) json.RawMessage {
	if raw == nil {
		return json.RawMessage("null")
	}
	return raw
}
