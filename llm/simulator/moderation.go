package simulator

import (
	"encoding/json"
	"net/http"
	"strings"
	"time"
)

// The scores of a text: for a word that is listed as bad, as doubtful, and for none.
const (
	badScore      = 0.97
	doubtfulScore = 0.45
	innocentScore = 0.01
)

// flagged are the words that the simulated judge knows, by category. It flags the bad
// ones, and only scores the doubtful ones.
var flagged = map[string]struct{ bad, doubtful map[string]bool }{
	"harassment": {set("idiot idiots moron morons"), set("stupid dumb")},
	"hate":       {set("subhuman vermin"), set("foreigners")},
	"illicit":    {set("meth counterfeit"), set("lockpick")},
	"self-harm":  {set("suicide"), set("hurting")},
	"sexual":     {set("porn"), set("naked")},
	"violence":   {set("kill murder bomb"), set("fight punch")},
}

type moderationRequest struct {
	Model string          `json:"model"`
	Input json.RawMessage `json:"input"`
}

func (s *Simulator) createModeration(w http.ResponseWriter, r *http.Request) {
	var body moderationRequest
	fault := readBody(r, &body)
	var inputs []string
	if fault == nil {
		inputs, fault = body.inputs()
	}
	if fault != nil {
		s.ledger.open(Entry{Endpoint: EndpointModerations, Model: body.Model}).reject(fault.Status)
		writeFault(w, *fault)
		return
	}
	p := &prompt{endpoint: EndpointModerations, model: body.Model, turns: []turn{{role: "user", text: strings.Join(inputs, "\n")}}}
	rec := s.ledger.open(p.entry())
	rule := s.rules.fault(p)
	if rule.Pace != nil && !waited(r, time.Duration(rule.Pace.FirstTokenMS)*time.Millisecond) {
		rec.left("cut", 0)
		return
	}
	if rule.Status != 0 {
		rec.reject(rule.Status)
		writeFault(w, rule.apiFault())
		return
	}
	rec.done(0)
	results := make([]any, len(inputs))
	for i, input := range inputs {
		results[i] = judged(input)
	}
	writeJSON(w, http.StatusOK, map[string]any{"id": "modr-" + newID(), "model": body.Model, "results": results})
}

// waited reports whether the client was still there at the end.
func waited(r *http.Request, pause time.Duration) bool {
	select {
	case <-time.After(pause):
		return true
	case <-r.Context().Done():
		return false
	}
}

func (b moderationRequest) inputs() ([]string, *apiFault) {
	var one content
	if json.Unmarshal(b.Input, &one) == nil && one != "" {
		return []string{string(one)}, nil
	}
	var many []string
	if json.Unmarshal(b.Input, &many) != nil || len(many) == 0 {
		return nil, invalid("input", "invalid_type", "'input' is neither a text nor a list of them.")
	}
	return many, nil
}

// judged is what the simulated judge says of a text.
func judged(text string) any {
	found, scores, bad := map[string]bool{}, map[string]float64{}, false
	for category, known := range flagged {
		scores[category], found[category] = innocentScore, false
		for _, word := range words(text) {
			switch {
			case known.bad[word]:
				scores[category], found[category], bad = badScore, true, true
			case known.doubtful[word]:
				scores[category] = max(scores[category], doubtfulScore)
			}
		}
	}
	return map[string]any{"flagged": bad, "categories": found, "category_scores": scores}
}
