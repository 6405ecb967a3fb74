package simulator

import (
	"encoding/json"
	"net/http"
	"slices"
)

// Script says what to answer. The first script that matches a request is taken
// for it; what it leaves empty is left out of the answer, which has its parts in
// the order of the fields below. Where a document is asked for, only scripts with
// JSON, Raw or a Refusal count, or with calls of functions that are on offer:
// follow-up questions are asked for with the same last message as the answer.
type Script struct {
	Match Match `json:"match,omitzero"`
	// Times is how many requests the script is for; 0 means all.
	Times int `json:"times,omitempty"`
	// AfterTools makes the script wait for the outcome of called functions. A
	// script without it is for requests that bring none, so that a script which
	// calls functions is not taken again for the request that brings theirs.
	AfterTools bool `json:"afterTools,omitempty"`

	// Reasoning is streamed as a summary of the model's thoughts.
	Reasoning string `json:"reasoning,omitempty"`
	// Text is the answer, cut into tokens as usual.
	Text string `json:"text,omitempty"`
	// JSON is the answer, as a document.
	JSON json.RawMessage `json:"json,omitempty"`
	// Raw is the answer where a document is asked for, as it stands: it may fit no
	// schema, or be no JSON at all.
	Raw string `json:"raw,omitempty"`
	// Refusal is streamed as the model's refusal.
	Refusal string `json:"refusal,omitempty"`
	// Calls are functions to call, all in one answer.
	Calls []Call `json:"calls,omitempty"`

	// Incomplete ends the answer as incomplete, for that reason:
	// "max_output_tokens" or "content_filter".
	Incomplete string `json:"incomplete,omitempty"`
	// Failed ends the answer as failed, with that error code.
	Failed string `json:"failed,omitempty"`
}

// Call is a function call of an answer.
type Call struct {
	// ID is made up if empty.
	ID   string `json:"id,omitempty"`
	Name string `json:"name"`
	// Arguments is an object, or a string to be streamed as it stands.
	Arguments json.RawMessage `json:"arguments,omitempty"`
}

// argumentText gives the arguments as the model would write them.
func (c Call) argumentText() string {
	var text string
	if json.Unmarshal(c.Arguments, &text) == nil {
		return text
	}
	if len(c.Arguments) == 0 {
		return "{}"
	}
	return string(c.Arguments)
}

// AddScript does what POST /_scripts does.
func (s *Simulator) AddScript(script Script) {
	s.rules.mu.Lock()
	defer s.rules.mu.Unlock()
	s.rules.scripts = append(s.rules.scripts, script)
}

// script gives the script for the request, or nil.
func (r *rules) script(p *prompt) *Script {
	r.mu.Lock()
	defer r.mu.Unlock()
	for i := range r.scripts {
		if !r.scripts[i].fits(p) {
			continue
		}
		script := r.scripts[i]
		if script.Times == 1 {
			r.scripts = slices.Delete(r.scripts, i, i+1)
		} else if script.Times > 1 {
			r.scripts[i].Times--
		}
		return &script
	}
	return nil
}

func (s Script) fits(p *prompt) bool {
	if p.schema != nil && !s.isDocument() && !s.callsSome(p.tools) {
		return false
	}
	return s.AfterTools == p.afterTools() && s.Match.fits(p)
}

// isDocument reports whether the script answers where a document is asked for.
func (s Script) isDocument() bool { return s.JSON != nil || s.Raw != "" || s.Refusal != "" }

func (s Script) callsSome(offered []string) bool {
	return slices.ContainsFunc(s.Calls, func(call Call) bool { return slices.Contains(offered, call.Name) })
}

func (s *Simulator) getScripts(w http.ResponseWriter, _ *http.Request) {
	s.rules.mu.Lock()
	defer s.rules.mu.Unlock()
	writeJSON(w, http.StatusOK, map[string]any{"scripts": append([]Script{}, s.rules.scripts...)})
}

func (s *Simulator) postScript(w http.ResponseWriter, r *http.Request) {
	var script Script
	if readControl(w, r, &script) {
		s.AddScript(script)
		writeJSON(w, http.StatusCreated, script)
	}
}

func (s *Simulator) resetScripts(w http.ResponseWriter, _ *http.Request) {
	s.rules.mu.Lock()
	defer s.rules.mu.Unlock()
	s.rules.scripts = nil
	w.WriteHeader(http.StatusNoContent)
}
