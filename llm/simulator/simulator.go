// Package simulator is an HTTP server that speaks OpenAI's API without a model
// behind it: Responses, Chat Completions, Embeddings, Moderations and Models. Parley starts
// it where no key is given, so that everything can be tried at once, and tests
// use it as the model, because it can be scripted, slowed down and broken, and
// keeps a ledger of what it was asked.
//
//	POST /v1/responses                 GET, DELETE /v1/responses/{id}
//	POST /v1/responses/{id}/cancel     POST /v1/chat/completions
//	POST /v1/embeddings                POST /v1/moderations
//	GET /v1/models, /v1/models/{id}
//	GET, DELETE /_ledger               what was asked, and how it ended
//	GET, POST, DELETE /_faults         pace and faults: see Fault
//	GET, POST, DELETE /_scripts        answers: see Script
//
// The paths of the API also work without /v1.
package simulator

import (
	"net/http"
	"strings"
	"time"
)

// DefaultModel is the name under which the simulator lists itself. It answers
// to any other name as well.
const DefaultModel = "parley-simulator"

// Config sets a simulator up. The zero value answers at once and is meant for
// tests; the defaults in the tags are those of a demonstration and hold where
// the environment is read (github.com/caarlos0/env).
type Config struct {
	// FirstToken is the silence before the first token of an answer, in whole
	// milliseconds.
	FirstToken time.Duration `env:"PARLEY_SIMULATOR_FIRST_TOKEN" envDefault:"350ms"`
	// TokenInterval is the time between two tokens, in whole milliseconds.
	TokenInterval time.Duration `env:"PARLEY_SIMULATOR_TOKEN_INTERVAL" envDefault:"25ms"`
	// KeptResponses bounds how many stored responses can be read again; the
	// oldest is forgotten first. 0 means 4,096.
	KeptResponses int `env:"PARLEY_SIMULATOR_KEPT_RESPONSES" envDefault:"4096"`
	// LedgerEntries bounds the ledger; the oldest entry is dropped first. 0 means
	// 16,384.
	LedgerEntries int `env:"PARLEY_SIMULATOR_LEDGER_ENTRIES" envDefault:"16384"`
}

// Simulator is one simulated provider. It has no state outside itself, so tests
// run as many as they like side by side. Nothing in it needs to be closed.
type Simulator struct {
	pace      Pace
	mux       *http.ServeMux
	versioned http.Handler // mux, below /v1
	ledger    *ledger
	responses *shelf
	rules     rules
}

// New makes a simulator.
func New(config Config) *Simulator {
	s := &Simulator{
		pace: Pace{
			FirstTokenMS: config.FirstToken.Milliseconds(),
			IntervalMS:   config.TokenInterval.Milliseconds(),
		},
		mux:       http.NewServeMux(),
		ledger:    newLedger(orDefault(config.LedgerEntries, 16384)),
		responses: newShelf(orDefault(config.KeptResponses, 4096)),
	}
	s.route()
	s.versioned = http.StripPrefix("/v1", s.mux)
	return s
}

func orDefault(value, fallback int) int {
	if value <= 0 {
		return fallback
	}
	return value
}

func (s *Simulator) route() {
	s.mux.HandleFunc("POST /responses", s.createResponse)
	s.mux.HandleFunc("GET /responses/{id}", s.getResponse)
	s.mux.HandleFunc("DELETE /responses/{id}", s.deleteResponse)
	s.mux.HandleFunc("POST /responses/{id}/cancel", s.cancelResponse)
	s.mux.HandleFunc("POST /chat/completions", s.createChatCompletion)
	s.mux.HandleFunc("POST /embeddings", s.createEmbeddings)
	s.mux.HandleFunc("POST /moderations", s.createModeration)
	s.mux.HandleFunc("GET /models", s.listModels)
	s.mux.HandleFunc("GET /models/{id}", s.getModel)
	s.mux.HandleFunc("GET /_ledger", s.getLedger)
	s.mux.HandleFunc("DELETE /_ledger", s.resetLedger)
	s.mux.HandleFunc("GET /_faults", s.getFaults)
	s.mux.HandleFunc("POST /_faults", s.postFault)
	s.mux.HandleFunc("DELETE /_faults", s.resetFaults)
	s.mux.HandleFunc("GET /_scripts", s.getScripts)
	s.mux.HandleFunc("POST /_scripts", s.postScript)
	s.mux.HandleFunc("DELETE /_scripts", s.resetScripts)
	s.mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) {
		writeJSON(w, http.StatusOK, map[string]string{"name": DefaultModel, "simulated": "true"})
	})
	s.mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		writeFault(w, apiFault{
			Status: http.StatusNotFound, Type: "invalid_request_error",
			Message: "Unknown request URL: " + r.Method + " " + r.URL.Path + ".",
		})
	})
}

// ServeHTTP implements http.Handler.
func (s *Simulator) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if strings.HasPrefix(r.URL.Path, "/v1/") {
		s.versioned.ServeHTTP(w, r)
		return
	}
	s.mux.ServeHTTP(w, r)
}
