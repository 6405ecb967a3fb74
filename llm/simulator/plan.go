package simulator

import (
	"strconv"
	"strings"
	"time"
)

// answer is what the simulated model has decided to say.
type answer struct {
	items []item
	// status is how it ends: "completed", "incomplete" or "failed".
	status string
	// reason says why it is incomplete, and names the error of a failed one.
	reason  string
	message string // of the error
}

// itemKind is a kind of output item.
type itemKind uint8

const (
	itemText itemKind = iota
	itemRefusal
	itemReasoning
	itemCall
)

// item is one item of the output.
type item struct {
	kind   itemKind
	id     string
	tokens []string // the text, or the arguments of a call
	callID string
	name   string
	cut    bool // its text was cut short by the limit of tokens
}

func (i item) text() string { return strings.Join(i.tokens, "") }

// eventKind is a kind of event in the life of an answer. The order is that of
// the API.
type eventKind uint8

const (
	evCreated eventKind = iota
	evInProgress
	evItemAdded
	evPartAdded
	evDelta
	evTextDone
	evPartDone
	evItemDone
	evEnd   // completed, incomplete or failed
	evError // an error in the stream, without a proper end
)

// event is one step of a plan.
type event struct {
	due  time.Duration // since the request
	kind eventKind
	item int32
	// token is the position of the item's token that a delta brings.
	token int32
}

// plan is the whole life of an answer, known from its first moment. What a
// model "has said so far" is then a question to the clock: nothing runs between
// the readers' looks at it, an answer in the background costs nothing while
// nobody reads it, and every reader sees the same bytes.
type plan []event

// planner writes a plan down.
type planner struct {
	events   plan
	now      time.Duration
	interval time.Duration
	spoke    bool
	fault    Fault
}

func newPlan(a answer, pace Pace, fault Fault) plan {
	p := planner{interval: time.Duration(pace.IntervalMS) * time.Millisecond, fault: fault}
	p.add(evCreated, 0, 0)
	p.add(evInProgress, 0, 0)
	p.now += time.Duration(pace.FirstTokenMS) * time.Millisecond
	for i, item := range a.items {
		p.addItem(int32(i), item)
	}
	p.add(evEnd, 0, 0)
	return p.broken()
}

func (p *planner) add(kind eventKind, item, token int32) {
	if p.fault.StallAfter > 0 && len(p.events) == p.fault.StallAfter {
		p.now += time.Duration(p.fault.StallMS) * time.Millisecond
	}
	p.events = append(p.events, event{due: p.now, kind: kind, item: item, token: token})
}

func (p *planner) addItem(index int32, item item) {
	hasPart := item.kind != itemCall
	for token := range item.tokens {
		if p.spoke {
			p.now += p.interval
		}
		p.spoke = true
		if token == 0 {
			p.open(index, hasPart)
		}
		p.add(evDelta, index, int32(token))
	}
	if len(item.tokens) == 0 {
		p.open(index, hasPart)
	}
	p.add(evTextDone, index, 0)
	if hasPart {
		p.add(evPartDone, index, 0)
	}
	p.add(evItemDone, index, 0)
}

func (p *planner) open(index int32, hasPart bool) {
	p.add(evItemAdded, index, 0)
	if hasPart {
		p.add(evPartAdded, index, 0)
	}
}

// broken gives the plan as the fault leaves it.
func (p *planner) broken() plan {
	after := p.fault.ErrorAfter
	if after <= 0 || after >= len(p.events) {
		return p.events
	}
	p.events[after] = event{due: p.events[after].due, kind: evError}
	return p.events[:after+1]
}

// decide makes the answer to a prompt: by a fault, a script, or by itself.
func (s *Simulator) decide(p *prompt, fault Fault, id string) answer {
	a := answer{status: "completed"}
	script := s.rules.script(p)
	switch {
	case len(fault.Deltas) > 0 && (p.schema != nil) == fault.Document:
		a.items = []item{{kind: itemText, tokens: fault.Deltas}}
	case fault.Tokens > 0 && p.schema == nil:
		a.items = []item{{kind: itemText, tokens: filler(fault.Tokens)}}
	case script != nil:
		a = script.answer()
	case p.isGullible() && p.obeyed() != nil:
		a = p.obeyed().answer()
	case p.ownCall() != nil:
		a = Script{Calls: []Call{*p.ownCall()}}.answer()
	default:
		a.items = []item{{kind: itemText, tokens: splitTokens(p.reply())}}
	}
	return a.limited(p.maxTokens).named(id)
}

func (s Script) answer() answer {
	a := answer{status: "completed"}
	texts := []struct {
		kind itemKind
		text string
	}{{itemReasoning, s.Reasoning}, {itemText, s.Text + s.Raw + string(s.JSON)}, {itemRefusal, s.Refusal}}
	for _, t := range texts {
		if t.text != "" {
			a.items = append(a.items, item{kind: t.kind, tokens: splitTokens(t.text)})
		}
	}
	for _, call := range s.Calls {
		a.items = append(a.items, item{
			kind: itemCall, tokens: splitTokens(call.argumentText()), callID: call.ID, name: call.Name,
		})
	}
	if s.Incomplete != "" {
		a.status, a.reason = "incomplete", s.Incomplete
	}
	if s.Failed != "" {
		a.status, a.reason, a.message = "failed", s.Failed, "The model failed as it was told to."
	}
	return a
}

// limited cuts the answer off at so many tokens, if it is longer.
func (a answer) limited(tokens int) answer {
	if tokens <= 0 {
		return a
	}
	for i := range a.items {
		if length := len(a.items[i].tokens); length <= tokens {
			tokens -= length
			continue
		}
		a.items[i].tokens = a.items[i].tokens[:tokens]
		a.items[i].cut = true
		a.items = a.items[:i+1]
		a.status, a.reason = "incomplete", "max_output_tokens"
		return a
	}
	return a
}

// named gives the items ids that follow from the answer's.
func (a answer) named(id string) answer {
	prefixes := [...]string{itemText: "msg_", itemRefusal: "msg_", itemReasoning: "rs_", itemCall: "fc_"}
	for i := range a.items {
		suffix := id + "_" + strconv.Itoa(i)
		a.items[i].id = prefixes[a.items[i].kind] + suffix
		if a.items[i].kind == itemCall && a.items[i].callID == "" {
			a.items[i].callID = "call_" + suffix
		}
	}
	return a
}

// filler is a text of so many tokens whose every token tells its position, so
// that a reader can be checked for losses and repetitions.
func filler(tokens int) []string {
	words := make([]string, tokens)
	for i := range words {
		words[i] = "w" + strconv.Itoa(i) + " "
	}
	return words
}
