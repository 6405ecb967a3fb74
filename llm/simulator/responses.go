package simulator

import (
	"net/http"
	"strconv"
)

func (s *Simulator) createResponse(w http.ResponseWriter, r *http.Request) {
	p, fault := readResponsesPrompt(r)
	g, rec, rule := s.begin(w, p, fault)
	if g == nil {
		return
	}
	if p.store {
		s.responses.put(g)
	}
	switch {
	case p.stream:
		reader := newReader(w, g)
		reader.frame, reader.cutAfter = responsesFramer(g), rule.CutAfter
		s.serve(r, rec, reader)
	case p.background:
		rec.left("end", 0)
		writeJSON(w, http.StatusOK, g.responseObject())
	default:
		if s.await(w, r, g, rec) {
			writeJSON(w, http.StatusOK, g.responseObject())
		}
	}
}

// begin writes the request down and decides the answer. It gives nil when it has
// answered with an error.
func (s *Simulator) begin(w http.ResponseWriter, p *prompt, fault *apiFault) (*generation, *record, Fault) {
	if fault != nil {
		s.ledger.open(Entry{}).reject(fault.Status)
		writeFault(w, *fault)
		return nil, nil, Fault{}
	}
	rec := s.ledger.open(p.entry())
	rule := s.rules.fault(p)
	if rule.Status != 0 {
		rec.reject(rule.Status)
		writeFault(w, rule.apiFault())
		return nil, nil, rule
	}
	g := s.generate(p, rule)
	rec.about(g)
	return g, rec, rule
}

func (p *prompt) entry() Entry {
	return Entry{
		Endpoint: p.endpoint, Model: p.model, Background: p.background, Stream: p.stream,
		Structured: p.schema != nil, Text: beginning(p.lastUserText()), Outcomes: p.outcomes(), RequestID: p.requestID,
	}
}

func beginning(text string) string { return text[:min(len(text), ledgerText)] }

func (p *prompt) outcomes() (told []string) {
	for _, turn := range p.turns[p.lastUserTurn()+1:] {
		if turn.role == "tool" {
			told = append(told, beginning(turn.text))
		}
	}
	return told
}

func (f Fault) apiFault() apiFault {
	kind := "invalid_request_error"
	switch {
	case f.Status == http.StatusTooManyRequests:
		kind = "rate_limit_error"
	case f.Status >= 500:
		kind = "server_error"
	}
	return apiFault{
		Status: f.Status, Type: kind, Code: f.Code, RetryAfter: f.RetryAfter,
		Message: orText(f.Message, "The provider refused as it was told to."),
	}
}

// serve streams an answer and notes how that ended.
func (s *Simulator) serve(r *http.Request, rec *record, reader *reader) {
	g := reader.generation
	whole := reader.follow(r.Context())
	if !whole && !g.prompt.background {
		g.stop(StateAbandoned)
	}
	if whole {
		rec.left("end", reader.sent)
		return
	}
	rec.left("cut", reader.sent)
	if reader.wasCut() {
		panic(http.ErrAbortHandler) // the way to cut a connection in mid-answer
	}
}

// await waits until the answer is whole. It reports whether the client is still
// there and has not been answered with an error.
func (s *Simulator) await(w http.ResponseWriter, r *http.Request, g *generation, rec *record) bool {
	if !g.wait(r.Context()) {
		g.stop(StateAbandoned)
		rec.left("cut", 0)
		return false
	}
	rec.left("end", 0)
	if g.plan[len(g.plan)-1].kind != evError {
		return true
	}
	writeFault(w, g.answer.fault())
	return false
}

// fault is the error of a failed answer.
func (a answer) fault() apiFault {
	return apiFault{Status: http.StatusInternalServerError, Type: "server_error", Code: a.reason, Message: a.message}
}

func (s *Simulator) getResponse(w http.ResponseWriter, r *http.Request) {
	g := s.stored(w, r)
	if g == nil {
		return
	}
	if !wantsStream(r) {
		writeJSON(w, http.StatusOK, g.responseObject())
		return
	}
	s.resume(w, r, g)
}

// wantsStream looks into the query and into the body, where OpenAI's own client
// puts it although the request is a GET.
func wantsStream(r *http.Request) bool {
	if r.URL.Query().Get("stream") == "true" {
		return true
	}
	var body struct {
		Stream bool `json:"stream"`
	}
	return readBody(r, &body) == nil && body.Stream
}

// stored finds the response of the path, or answers that there is none.
func (s *Simulator) stored(w http.ResponseWriter, r *http.Request) *generation {
	id := r.PathValue("id")
	g := s.responses.get(id)
	if g == nil {
		writeFault(w, noResponse(id))
	}
	return g
}

func noResponse(id string) apiFault {
	fault := *invalid("response_id", "", "Response with id '"+id+"' not found.")
	fault.Status = http.StatusNotFound
	return fault
}

// resume streams a response again, from any of its events.
func (s *Simulator) resume(w http.ResponseWriter, r *http.Request, g *generation) {
	after, err := strconv.ParseInt(orText(r.URL.Query().Get("starting_after"), "-1"), 10, 64)
	if err != nil || after < -1 {
		writeFault(w, *invalid("starting_after", "invalid_type", "'starting_after' is not a sequence number."))
		return
	}
	if !g.prompt.background || !g.prompt.stream {
		writeFault(w, *invalid("stream", "", "Only a response made with background=true and stream=true can be streamed again."))
		return
	}
	p := *g.prompt
	p.endpoint, p.requestID = EndpointRetrieve, ""
	entry := p.entry()
	entry.StartingAfter = &after
	rec := s.ledger.open(entry)
	rule := s.rules.fault(&p)
	if rule.Status != 0 {
		rec.reject(rule.Status)
		writeFault(w, rule.apiFault())
		return
	}
	rec.about(g)
	reader := newReader(w, g)
	reader.frame, reader.cutAfter = responsesFramer(g), rule.CutAfter
	reader.from = int(min(after+1, int64(len(g.plan))))
	s.serve(r, rec, reader)
}

func (s *Simulator) cancelResponse(w http.ResponseWriter, r *http.Request) {
	g := s.stored(w, r)
	if g == nil {
		return
	}
	if !g.prompt.background {
		writeFault(w, *invalid("response_id", "", "Only a response made with background=true can be cancelled."))
		return
	}
	g.stop(StateCancelled)
	writeJSON(w, http.StatusOK, g.responseObject())
}

func (s *Simulator) deleteResponse(w http.ResponseWriter, r *http.Request) {
	id := r.PathValue("id")
	g := s.responses.take(id)
	if g == nil {
		writeFault(w, noResponse(id))
		return
	}
	g.stop(StateCancelled)
	writeJSON(w, http.StatusOK, map[string]any{"id": id, "object": "response", "deleted": true})
}
