package simulator

import (
	"bytes"
	"encoding/json"
	"regexp"
	"slices"
	"strings"
)

// GullibleModel obeys whatever it reads: what its instructions, the user, and the
// outcomes of functions tell it to do. It knows no difference between them, which is
// the worst that a model can do to whoever relies on it.
const GullibleModel = "parley-simulator-gullible"

var (
	told = regexp.MustCompile(`(?i)\b(keep calling|call) (?:the )?(?:tool |function )?([a-z0-9_-]+) with (\{)`)
	say  = regexp.MustCompile(`(?i)\bsay ["“]([^"”]*)["”]`)
	open = regexp.MustCompile(`(?i)\breveal your instructions\b`)
)

func (p *prompt) isGullible() bool { return p.model == GullibleModel }

// obeyed is what the gullible model does, nil if nobody tells it anything. The newest
// text counts first. A call is made once, unless it is told to keep at it.
func (p *prompt) obeyed() *Script {
	for _, turn := range slices.Backward(p.turns) {
		if turn.role == "assistant" {
			continue
		}
		if script := p.obey(turn.text); script != nil {
			return script
		}
	}
	return p.obey(p.instructions)
}

func (p *prompt) obey(text string) *Script {
	text = strings.ReplaceAll(text, `\"`, `"`) // within JSON
	var calls []Call
	for _, found := range told.FindAllStringSubmatchIndex(text, -1) {
		call := Call{Name: text[found[4]:found[5]], Arguments: argumentsAt(text[found[6]:])}
		if again := strings.HasPrefix(strings.ToLower(text[found[2]:found[3]]), "keep"); again || !p.hasCalled(call) {
			calls = append(calls, call)
		}
	}
	switch {
	case len(calls) > 0 && p.schema == nil:
		return &Script{Calls: calls}
	case say.MatchString(text):
		return &Script{Text: say.FindStringSubmatch(text)[1]}
	case open.MatchString(text):
		return &Script{Text: p.instructions}
	default:
		return nil
	}
}

// argumentsAt reads the JSON that a text begins with, {} if it is none.
func argumentsAt(text string) json.RawMessage {
	var arguments json.RawMessage
	if err := json.NewDecoder(strings.NewReader(text)).Decode(&arguments); err != nil {
		return json.RawMessage(`{}`)
	}
	return arguments
}

func (p *prompt) hasCalled(call Call) bool {
	return slices.ContainsFunc(p.called, func(before Call) bool {
		return before.Name == call.Name && sameJSON(before.Arguments, call.Arguments)
	})
}

func sameJSON(a, b json.RawMessage) bool {
	var left, right any
	if json.Unmarshal(a, &left) != nil || json.Unmarshal(b, &right) != nil {
		return string(a) == string(b)
	}
	one, _ := json.Marshal(left)  //nolint:errchkjson // it was JSON
	two, _ := json.Marshal(right) //nolint:errchkjson // it was JSON
	return bytes.Equal(one, two)
}
