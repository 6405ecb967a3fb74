package structured

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/parley-chat/parley/chat"
	"github.com/parley-chat/parley/tool"
)

const (
	// maxAnswer bounds a document, in bytes.
	maxAnswer = 256 << 10
	// firstLook is how long a document is when it is shown for the first time. It is
	// shown again when it has grown by a quarter, so that all looks together are a few
	// times as long as the last; nothing is shown of one longer than lastLook until it
	// is whole.
	firstLook = 60
	lastLook  = 48 << 10
)

// Reader reads an answer while it comes. Its state follows from what it has heard
// alone, so that whoever hears the same again goes on where it was.
type Reader struct {
	format *Format
	raw    strings.Builder
	text   scanner
	said   strings.Builder
	looked int // how long the document was when it was last shown
}

// NewReader begins to read an answer.
func NewReader(format *Format) *Reader {
	return &Reader{format: format, text: scanner{field: fieldResponse}}
}

// Heard is what a piece of an answer adds to what can be shown.
type Heard struct {
	Text   string
	Object json.RawMessage // the document as far as it has come; nil: as before
}

// Hear takes in the next piece.
func (r *Reader) Hear(piece string) Heard {
	piece = chat.CleanText(piece)
	if r.raw.Len() > maxAnswer {
		return Heard{} // the end will tell
	}
	r.raw.WriteString(piece)
	if r.format.speaks {
		text := r.text.hear(piece)
		r.said.WriteString(text)
		return Heard{Text: text}
	}
	return Heard{Object: r.look()}
}

func (r *Reader) look() json.RawMessage {
	length := r.raw.Len()
	if length < max(firstLook, r.looked+r.looked/4) || length > lastLook {
		return nil
	}
	r.looked = length
	return mend(unfenced(r.raw.String()))
}

// Raw is the document as it was heard.
func (r *Reader) Raw() string { return r.raw.String() }

// Answer is what a whole document says.
type Answer struct {
	Object      json.RawMessage // the document, where it says more than the rest; else nil
	Components  []chat.Component
	Suggestions []string
	LeftOut     []string // what cannot be shown, in words for the people who run the agent
}

// End gives what the answer says, or an error with what is wrong with it, in words
// for the model. cut: the model has come to the end of what it may say.
func (r *Reader) End(cut bool) (Answer, error) {
	if r.raw.Len() > maxAnswer {
		return Answer{}, fmt.Errorf("it is longer than %d KB", maxAnswer>>10)
	}
	text := unfenced(r.raw.String())
	document, err := chat.CleanJSON([]byte(text))
	switch {
	case text == "":
		return Answer{}, errors.New("there is no answer")
	case err != nil && cut:
		return Answer{}, errors.New("it was cut off at the limit of its length: a shorter one is needed")
	case err != nil:
		return Answer{}, fmt.Errorf("it is not one JSON document (%w)", err)
	}
	if err := tool.Fits(r.format.accepts, document); err != nil {
		return Answer{}, fmt.Errorf("it does not fit the schema (%w)", err)
	}
	return r.read(document)
}

// read takes the document apart.
func (r *Reader) read(document json.RawMessage) (Answer, error) {
	answer := Answer{}
	if r.format.whole {
		answer.Object = document
	}
	if !r.format.speaks {
		return answer, nil
	}
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(document, &fields); err != nil {
		return Answer{}, err
	}
	var response string
	_ = json.Unmarshal(fields[fieldResponse], &response) // one that is missing is empty
	if response != r.said.String() {
		return Answer{}, errors.New("it has more than one response")
	}
	answer.Components, answer.LeftOut = components(fields[fieldComponents])
	var items []string
	if json.Unmarshal(fields[fieldSuggestions], &items) == nil {
		answer.Suggestions = Suggestions(items)
	}
	if strings.TrimSpace(response) == "" && len(answer.Components) == 0 && !r.format.whole {
		return Answer{}, errors.New("it says nothing: the response is blank")
	}
	return answer, nil
}
