package simulator

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
)

var (
	// spaced and led are sums that somebody wants calculated, of two numbers at least.
	// Phone numbers, dates and spans ("24/7", "10 - 12 May") are not.
	spaced = regexp.MustCompile(number + `\s+[+*/×x^]\s+` + number + `(?:\s+[-+*/×x^]\s+` + number + `)*`)
	led    = regexp.MustCompile(`(?i)\b(?:what(?:'s|’s| is)|how much is|calculate|compute|work out)\s+(` +
		number + `(?:\s*[-+*/×x^]\s*` + number + `)+)[\s=?.!]*$`)
	asksClock = regexp.MustCompile(`(?i)\bwhat('s| is)? (the )?(time|day|date)\b|\bwhat time\b|\btoday's date\b|\bwhich day\b`)
	spelled   = strings.NewReplacer("×", "*", "x", "*", ",", "")
)

const number = `-?\(*-?\d[\d.,]*\)*`

// sumIn finds the sum that a question is about, empty if there is none.
func sumIn(question string) string {
	if found := led.FindStringSubmatch(question); found != nil {
		return found[1]
	}
	return spaced.FindString(question)
}

// functionTool is a function that a request offers, as either API writes it.
type functionTool struct {
	Name     string `json:"name"`
	Function struct {
		Name string `json:"name"`
	} `json:"function"`
}

func namesOf(tools []functionTool) (names []string) {
	for _, t := range tools {
		names = append(names, orText(t.Name, t.Function.Name))
	}
	return names
}

// ownCall is a function that the simulated model calls by itself, nil for none: it
// knows the two that Parley brings along.
func (p *prompt) ownCall() *Call {
	if p.afterTools() {
		return nil
	}
	question := p.lastUserText()
	if expression := sumIn(question); expression != "" && slices.Contains(p.tools, "calculate") {
		arguments, _ := json.Marshal(map[string]string{"expression": spelled.Replace(expression)}) //nolint:errchkjson // strings always encode
		return &Call{Name: "calculate", Arguments: arguments}
	}
	if asksClock.MatchString(question) && slices.Contains(p.tools, "current_time") {
		return &Call{Name: "current_time"}
	}
	return nil
}

// found tells in words what a function of those has brought, or quotes it.
func found(outcome string) string {
	outcome = unmarked(outcome)
	var told struct {
		Result        json.Number
		Time, Weekday string
		Zone          string
	}
	switch err := json.Unmarshal([]byte(outcome), &told); {
	case err == nil && told.Result != "":
		return "That makes **" + told.Result.String() + "**."
	case err == nil && told.Time != "":
		return "It is " + told.Weekday + ", " + strings.Replace(told.Time[:min(16, len(told.Time))], "T", ", ", 1) + " (" + told.Zone + ")."
	default:
		return "Here is what I found:\n\n" + quote(outcome)
	}
}

// marked is an outcome between two tags, which say that it is data.
var marked = regexp.MustCompile(`(?s)^<[^<>]*>\n(.*)\n</[^<>]*>$`)

// unmarked is an outcome without the tags that a client has put around it.
func unmarked(outcome string) string {
	if found := marked.FindStringSubmatch(outcome); found != nil {
		return found[1]
	}
	return outcome
}
