package api

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"go.temporal.io/sdk/client"
)

// readyWithin bounds the questions of a readiness check.
const readyWithin = 2 * time.Second

// healthz says that the process lives. It asks nobody: a restart does not mend
// a database.
func healthz(w http.ResponseWriter, _ *http.Request) {
	writeJSON(w, http.StatusOK, map[string]string{"status": "ok"})
}

// readyz says whether requests can be served: each part is ok, or what is wrong.
func (s *Server) readyz(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), readyWithin)
	defer cancel()
	status, parts := http.StatusOK, map[string]string{"status": "ok"}
	note := func(part, trouble string, err error) {
		parts[part] = "ok"
		if err != nil {
			status, parts["status"], parts[part] = http.StatusServiceUnavailable, "unavailable", trouble
			s.logger.WarnContext(ctx, "not ready", "part", part, "error", err)
		}
	}
	note("database", "unreachable", s.db.Ping(ctx))
	_, err := s.temporal.CheckHealth(ctx, &client.CheckHealthRequest{})
	note("temporal", "unreachable", err)
	draining := s.draining.Load()
	if s.worker != nil && !draining { // a draining node's asks for nothing any more
		note("worker", "not polling", s.worker())
	}
	if draining {
		status, parts["status"] = http.StatusServiceUnavailable, "draining"
	}
	writeJSON(w, status, parts)
}

func writeJSON(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	// The client has gone when this fails; nobody is left to tell.
	_ = json.NewEncoder(w).Encode(body)
}
