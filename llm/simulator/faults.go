package simulator

import (
	"net/http"
	"slices"
	"strings"
	"sync"
)

// Match picks the requests that a Fault or a Script is for. Empty fields match
// everything.
type Match struct {
	// Text is looked for in the last message of the user, whatever its case.
	Text string `json:"text,omitempty"`
	// Model is the name of the model asked for.
	Model string `json:"model,omitempty"`
	// Endpoint is one of the Endpoint constants.
	Endpoint string `json:"endpoint,omitempty"`
	// Offers is a function that the request offers.
	Offers string `json:"offers,omitempty"`
}

// The endpoints, as Match and Entry name them.
const (
	EndpointResponses   = "responses"   // POST /v1/responses
	EndpointRetrieve    = "retrieve"    // GET /v1/responses/{id}, resumed streams among them
	EndpointChat        = "chat"        // POST /v1/chat/completions
	EndpointEmbeddings  = "embeddings"  // POST /v1/embeddings
	EndpointModerations = "moderations" // POST /v1/moderations; of a fault's effects Status and Pace.FirstTokenMS count
)

func (m Match) fits(p *prompt) bool {
	if m.Endpoint != "" && m.Endpoint != p.endpoint {
		return false
	}
	if m.Model != "" && m.Model != p.model {
		return false
	}
	if m.Offers != "" && !slices.Contains(p.tools, m.Offers) {
		return false
	}
	return m.Text == "" || strings.Contains(strings.ToLower(p.lastUserText()), strings.ToLower(m.Text))
}

// Pace is how fast an answer comes, in milliseconds.
type Pace struct {
	FirstTokenMS int64 `json:"firstTokenMs"`
	IntervalMS   int64 `json:"intervalMs"`
}

// Fault changes how requests are served. The first fault that matches a request
// is taken for it; a fault without Match and Times is the default for whatever
// no other matches, and replaces the one before it. Any of its effects may be
// combined.
type Fault struct {
	Match Match `json:"match,omitzero"`
	// Times is how many requests the fault is for; 0 means all.
	Times int `json:"times,omitempty"`

	// Pace replaces the simulator's own.
	Pace *Pace `json:"pace,omitempty"`
	// Tokens makes the answer a text of so many tokens, unless a document is
	// asked for.
	Tokens int `json:"tokens,omitempty"`
	// Deltas makes the answer these pieces, one delta each, unless a document is
	// asked for; with Document, only where one is.
	Deltas   []string `json:"deltas,omitempty"`
	Document bool     `json:"document,omitempty"`

	// Status, if not 0, is the HTTP status of an error instead of an answer.
	Status int `json:"status,omitempty"`
	// RetryAfter is that error's Retry-After header, as it stands.
	RetryAfter string `json:"retryAfter,omitempty"`
	// Code and Message describe the error of Status or ErrorAfter.
	Code    string `json:"code,omitempty"`
	Message string `json:"message,omitempty"`

	// ErrorAfter ends the answer with an error event after so many events.
	ErrorAfter int `json:"errorAfter,omitempty"`
	// CutAfter cuts the connection after so many events have gone over it. An
	// answer in the background goes on.
	CutAfter int `json:"cutAfter,omitempty"`
	// StallAfter makes the model silent for StallMS milliseconds after so many
	// events.
	StallAfter int   `json:"stallAfter,omitempty"`
	StallMS    int64 `json:"stallMs,omitempty"`
}

func (f Fault) isDefault() bool { return f.Match == Match{} && f.Times == 0 }

// rules holds the faults and scripts in the order in which they are tried.
type rules struct {
	mu       sync.Mutex
	fallback *Fault
	faults   []Fault
	scripts  []Script
}

// AddFault does what POST /_faults does.
func (s *Simulator) AddFault(fault Fault) {
	s.rules.mu.Lock()
	defer s.rules.mu.Unlock()
	if fault.isDefault() {
		s.rules.fallback = &fault
		return
	}
	s.rules.faults = append(s.rules.faults, fault)
}

// fault gives what applies to the request and counts it. It never gives nil.
func (r *rules) fault(p *prompt) Fault {
	r.mu.Lock()
	defer r.mu.Unlock()
	for i := range r.faults {
		if !r.faults[i].Match.fits(p) {
			continue
		}
		fault := r.faults[i]
		if fault.Times == 1 {
			r.faults = slices.Delete(r.faults, i, i+1)
		} else if fault.Times > 1 {
			r.faults[i].Times--
		}
		return fault
	}
	if r.fallback != nil {
		return *r.fallback
	}
	return Fault{}
}

func (s *Simulator) getFaults(w http.ResponseWriter, _ *http.Request) {
	s.rules.mu.Lock()
	defer s.rules.mu.Unlock()
	writeJSON(w, http.StatusOK, struct {
		Default *Fault  `json:"default"`
		Rules   []Fault `json:"rules"`
	}{s.rules.fallback, append([]Fault{}, s.rules.faults...)})
}

func (s *Simulator) postFault(w http.ResponseWriter, r *http.Request) {
	var fault Fault
	if readControl(w, r, &fault) {
		s.AddFault(fault)
		writeJSON(w, http.StatusCreated, fault)
	}
}

func (s *Simulator) resetFaults(w http.ResponseWriter, _ *http.Request) {
	s.rules.mu.Lock()
	defer s.rules.mu.Unlock()
	s.rules.fallback, s.rules.faults = nil, nil
	w.WriteHeader(http.StatusNoContent)
}
