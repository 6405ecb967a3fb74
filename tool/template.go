package tool

import (
	"bytes"
	"encoding/json"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

var (
	// placeholder is what looks like one; known says which there are.
	placeholder = regexp.MustCompile(`\{\{\s*([^{}]*?)\s*\}\}`)
	onlyOne     = regexp.MustCompile(`^\{\{\s*([^{}]*?)\s*\}\}$`)
	known       = regexp.MustCompile(`^(args(\.[\p{L}\p{N}_$-]+)+|secrets\.[A-Z][A-Z0-9_]{0,63}|visitor\.(id|externalId|name|email)|conversation\.id|call\.id)$`)
	origin      = regexp.MustCompile(`^(?i:https?)://[^/?#]*`)
)

// unfit says why a call cannot be put into its tool's request, in words for the
// model. It names places, never values.
type unfit string

func (u unfit) Error() string { return string(u) }

// values are what placeholders stand for.
type values struct {
	args    map[string]any
	facts   map[string]string // by the placeholder's name
	secrets map[string]string
}

func valuesOf(call Call) (values, error) {
	v := values{secrets: call.Secrets, facts: map[string]string{
		"visitor.id": call.Visitor.ID, "visitor.externalId": call.Visitor.ExternalID,
		"visitor.name": call.Visitor.Name, "visitor.email": call.Visitor.Email,
		"conversation.id": call.Conversation, "call.id": call.ID,
	}}
	decoded, err := decode(call.Arguments)
	if err != nil {
		return v, unfit(ErrNotJSON.Error())
	}
	var ok bool
	if v.args, ok = decoded.(map[string]any); !ok {
		return v, unfit(errNoObject.Error())
	}
	return v, nil
}

// typed gives what a placeholder stands for; nil if that is nothing.
func (v values) typed(name string) (any, error) {
	if !known.MatchString(name) {
		return nil, unfit("the tool is set up wrongly: it has a placeholder that nothing is known of")
	}
	room, path, _ := strings.Cut(name, ".")
	switch room {
	case "args":
		return at(v.args, strings.Split(path, ".")), nil
	case "secrets":
		if secret := v.secrets[path]; secret != "" {
			return secret, nil
		}
		return nil, unfit("the tool is set up wrongly: its secret " + path + " is not there")
	}
	if fact := v.facts[name]; fact != "" {
		return fact, nil
	}
	return nil, nil //nolint:nilnil // nothing is null
}

// at follows names, and numbers into lists.
func at(value any, path []string) any {
	for _, step := range path {
		switch container := value.(type) {
		case map[string]any:
			value = container[step]
		case []any:
			i, err := strconv.Atoi(step)
			if err != nil || i < 0 || i >= len(container) {
				return nil
			}
			value = container[i]
		default:
			return nil
		}
	}
	return value
}

// text gives the same as it stands in a text: nothing is empty, and what is not
// text is JSON.
func (v values) text(name string) (string, error) {
	value, err := v.typed(name)
	if err != nil || value == nil {
		return "", err
	}
	if text, ok := value.(string); ok {
		return text, nil
	}
	encoded, err := encode(value)
	return string(encoded), err
}

// fill puts values in the places of their names. put brings each into the form
// that its place needs, or refuses it.
func (v values) fill(template string, put func(name, text string) (string, error)) (string, error) {
	var filled strings.Builder
	for rest := template; ; {
		found := placeholder.FindStringSubmatchIndex(rest)
		if found == nil {
			return filled.String() + rest, nil
		}
		name := rest[found[2]:found[3]]
		text, err := v.text(name)
		if err == nil {
			text, err = put(name, text)
		}
		if err != nil {
			return "", err
		}
		filled.WriteString(rest[:found[0]] + text)
		rest = rest[found[1]:]
	}
}

// address fills an URL in. What is filled in cannot leave its place: in the path
// it is text of one segment, in the query of one name or value.
func (v values) address(template string) (string, error) {
	server := origin.FindString(template)
	if server == "" || strings.Contains(server, "{{") {
		return "", unfit("the tool is set up wrongly: its address cannot be used")
	}
	path, query, hasQuery := strings.Cut(template[len(server):], "?")
	filled, err := v.fill(path, segment)
	if err == nil && leadsElsewhere(filled) {
		err = unfit("one of the arguments cannot be part of the address")
	}
	if err == nil && hasQuery {
		query, err = v.fill(query, parameter)
		filled += "?" + query
	}
	return server + filled, err
}

// segment escapes a text for a path. Nothing would mean all of a collection there.
func segment(name, text string) (string, error) {
	if text == "" {
		return "", unfit("the address needs " + name + ", which is missing")
	}
	return url.PathEscape(text), nil
}

// leadsElsewhere reports whether a server could take a part of a path for a
// direction. Some do so even where its slashes and dots are escaped.
func leadsElsewhere(path string) bool {
	plain, err := url.PathUnescape(path)
	steps := strings.FieldsFunc(plain, func(r rune) bool { return r == '/' || r == '\\' })
	return err != nil || slices.ContainsFunc(steps, func(step string) bool {
		step, _, _ = strings.Cut(step, ";")
		return step == "." || step == ".."
	})
}

func parameter(_, text string) (string, error) { return url.QueryEscape(text), nil }

// line lets through what can stand in a header.
func line(name, text string) (string, error) {
	if !oneLine(text) {
		return "", unfit("the value of " + name + " must be one line")
	}
	return text, nil
}

func oneLine(text string) bool {
	return !strings.ContainsFunc(text, func(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f })
}

func asItIs(_, text string) (string, error) { return text, nil }

// body fills a JSON document in: a string that is nothing but a placeholder
// becomes the value itself.
func (v values) body(template json.RawMessage) ([]byte, error) {
	document, err := decode(template)
	if err != nil {
		return nil, unfit("the tool is set up wrongly: its body is not a JSON document")
	}
	if document, err = v.filled(document); err != nil {
		return nil, err
	}
	return encode(document)
}

func (v values) filled(document any) (any, error) {
	var err error
	switch document := document.(type) {
	case string:
		if match := onlyOne.FindStringSubmatch(document); match != nil {
			return v.typed(match[1])
		}
		return v.fill(document, asItIs)
	case []any:
		for i := range document {
			if document[i], err = v.filled(document[i]); err != nil {
				return nil, err
			}
		}
	case map[string]any:
		for key := range document {
			if document[key], err = v.filled(document[key]); err != nil {
				return nil, err
			}
		}
	}
	return document, nil
}

// encode gives JSON that reads as it was written: no < for a <.
func encode(value any) ([]byte, error) {
	var document bytes.Buffer
	encoder := json.NewEncoder(&document)
	encoder.SetEscapeHTML(false)
	err := encoder.Encode(value)
	return bytes.TrimSpace(document.Bytes()), err
}
