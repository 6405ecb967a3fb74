package tool

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"unicode/utf8"

	"github.com/tidwall/gjson"

	"github.com/parley-chat/parley/chat"
)

const (
	maxOutput  = 64 << 10 // of what the model is told, in bytes
	maxExcerpt = 300      // of a refusal's reason, in characters
)

// told is the outcome of a call that its server says it has done. It was, whatever
// its answer looks like.
func (a answer) told(call Call) Outcome {
	secrets := redactor(call.Secrets)
	document, err := chat.CleanJSON(a.body)
	switch {
	case len(a.body) == 0:
		return a.noted("The answer is empty.")
	case a.cut:
		return succeeded(cutTo(maxOutput, secrets.Replace(readable(a.body)), "The answer was longer than a megabyte: this is its beginning."))
	case err != nil && !utf8.Valid(a.body):
		return a.noted("The answer is neither JSON nor text in UTF-8.")
	case err != nil:
		return succeeded(bounded(secrets.Replace(readable(a.body))))
	}
	if path := call.Tool.HTTP.Result; path != "" {
		found := gjson.GetBytes(document, path)
		if !found.Exists() {
			return a.noted("The answer has nothing in the place that the tool's result is taken from.")
		}
		document = json.RawMessage(found.Raw)
	}
	value, err := decode(document)
	if err != nil {
		return succeeded(bounded(secrets.Replace(string(document))))
	}
	return succeeded(bounded(redact(value, secrets)))
}

// noted tells of an answer that has nothing to tell.
func (a answer) noted(note string) Outcome {
	return succeeded(map[string]any{"status": a.status, "note": note})
}

// readable is a server's text without what cannot be stored.
func readable(body []byte) string { return chat.CleanText(string(body)) }

// bounded cuts what would fill the model's window, and says so.
func bounded(value any) any {
	encoded, err := encode(value)
	if err != nil || len(encoded) <= maxOutput {
		return value
	}
	text, ok := value.(string)
	if !ok {
		text = string(encoded)
	}
	return cutTo(maxOutput, text, fmt.Sprintf("The answer was too long: this is the beginning of its %d KB.", len(encoded)>>10))
}

// cutTo gives the beginning of a text with a note, which together are encoded in
// no more than so many bytes.
func cutTo(most int, text, note string) any {
	told := map[string]string{"beginning": text[:min(len(text), most)], "note": note}
	for {
		told["beginning"] = strings.ToValidUTF8(told["beginning"], "")
		encoded, _ := encode(told) // strings always encode
		if len(encoded) <= most {
			return told
		}
		told["beginning"] = told["beginning"][:len(told["beginning"])*most/len(encoded)-1]
	}
}

// refusal says that a server did not do what it was asked, with what it says
// itself.
func (a answer) refusal(call Call) error {
	text := fmt.Sprintf("the tool's server answered %d", a.status)
	if name := http.StatusText(a.status); name != "" {
		text += " " + name
	}
	if said := a.reason(redactor(call.Secrets)); said != "" {
		text += ": " + strings.TrimRight(said, ".")
	}
	return errors.New(text)
}

// reason is the beginning of what a server says about its refusal: the message of
// a JSON document, or a text. A page is not for reading.
func (a answer) reason(secrets *strings.Replacer) string {
	said := strings.TrimSpace(readable(a.body))
	if strings.HasPrefix(said, "<") || !utf8.Valid(a.body) {
		return ""
	}
	if gjson.Valid(said) {
		for _, field := range []string{"detail", "error.message", "message", "error", "title"} {
			if found := gjson.Get(said, field); found.Type == gjson.String {
				said = found.Str
				break
			}
		}
	}
	// What was hidden behind escapes is cleaned again.
	runes := []rune(strings.Join(strings.Fields(chat.CleanText(secrets.Replace(said))), " "))
	if len(runes) > maxExcerpt {
		return string(runes[:maxExcerpt]) + "…"
	}
	return string(runes)
}
