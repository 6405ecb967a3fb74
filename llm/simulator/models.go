package simulator

import "net/http"

// models are what the simulator lists. It answers to any name.
var models = []string{DefaultModel, GullibleModel, "parley-simulator-embedding", "parley-simulator-moderation"}

func modelObject(id string) map[string]any {
	return map[string]any{"id": id, "object": "model", "created": 1735689600, "owned_by": "parley"}
}

func (s *Simulator) listModels(w http.ResponseWriter, _ *http.Request) {
	list := make([]any, len(models))
	for i, id := range models {
		list[i] = modelObject(id)
	}
	writeJSON(w, http.StatusOK, map[string]any{"object": "list", "data": list})
}

func (s *Simulator) getModel(w http.ResponseWriter, r *http.Request) {
	writeJSON(w, http.StatusOK, modelObject(r.PathValue("id")))
}
