package api

import (
	"encoding/json"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/parley-chat/parley/chat"
)

// MessageInput is what a visitor says.
type MessageInput struct {
	ID    string      `json:"id,omitempty" maxLength:"200" doc:"The client's own id for the message; kept as clientId."`
	Parts []PartInput `json:"parts" minItems:"1" maxItems:"64" doc:"At most 32,000 characters together."`
}

// PartInput is a part of a visitor's message: a text, or what was filled into a form.
type PartInput struct {
	Type string     `json:"type" enum:"text,data-form"`
	Text string     `json:"text,omitempty" minLength:"1" maxLength:"32000" doc:"Of a text. Beside a form it is what people read of it; left out, it is made of the form's labels and values." example:"Where is my order?"`
	Data *FormInput `json:"data,omitempty" doc:"Of a data-form, of which a message has one at most."`
}

// FormInput is what was filled into a form, or said to a confirmation, that an answer
// of the conversation has offered.
type FormInput struct {
	MessageID chat.MessageID `json:"messageId" format:"uuid" doc:"The answer."`
	FormID    string         `json:"formId" minLength:"1" maxLength:"100" doc:"The id of its data-ui part."`
	Values    map[string]any `json:"values" doc:"By the names of the form's fields: texts, numbers, true or false. A confirmation has one: confirmed."`
}

// maxMessageRunes bounds what a visitor may say at once.
const maxMessageRunes = 32_000

// partsOf turns what was sent into what is stored. at is where the parts stand
// in the request.
func partsOf(inputs []PartInput, at string) ([]chat.Part, error) {
	parts := make([]chat.Part, len(inputs))
	runes, forms := 0, 0
	for i, input := range inputs {
		place := fmt.Sprintf("%s[%d]", at, i)
		var err error
		if input.Type == string(chat.PartForm) {
			forms++
			parts[i], err = input.form(place)
		} else {
			parts[i], err = input.text(place)
		}
		if err != nil {
			return nil, err
		}
		if forms > 1 {
			return nil, wrongAt(place+".type", "A message answers one form.")
		}
		runes += utf8.RuneCountInString(parts[i].Text) + utf8.RuneCount(parts[i].Data)
	}
	if runes > maxMessageRunes {
		return nil, chat.Errorf(chat.CodeInvalid, "The message is longer than %d characters.", maxMessageRunes).At(at)
	}
	return parts, nil
}

func (in PartInput) text(place string) (chat.Part, error) {
	clean := chat.CleanText(in.Text)
	switch {
	case in.Data != nil:
		return chat.Part{}, wrongAt(place+".data", "A text has no data.")
	case strings.TrimSpace(clean) == "":
		return chat.Part{}, wrongAt(place+".text", "The message is blank.")
	}
	return chat.TextPart(clean), nil
}

func (in PartInput) form(place string) (chat.Part, error) {
	switch {
	case in.Text != "":
		return chat.Part{}, wrongAt(place+".text", "A form's words are a part of their own.")
	case in.Data == nil:
		return chat.Part{}, wrongAt(place+".data", "What was filled in is missing.")
	case in.Data.MessageID.IsZero():
		return chat.Part{}, wrongAt(place+".data.messageId", "The answer that has offered the form is missing.")
	case in.Data.FormID == "":
		return chat.Part{}, wrongAt(place+".data.formId", "The form's id is missing.")
	}
	data, err := json.Marshal(in.Data)
	if err != nil {
		return chat.Part{}, wrongAt(place+".data.values", "This is no JSON object.")
	}
	if data, err = chat.CleanJSON(data); err != nil {
		return chat.Part{}, err
	}
	return chat.Part{Type: chat.PartForm, Data: data}, nil
}
