package stack

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	"github.com/parley-chat/parley/llm/simulator"
)

// Speak tells the simulated model how to answer from now on.
func (s *Stack) Speak(ctx context.Context, how simulator.Fault) error {
	return s.post(ctx, "/_faults", how)
}

// Say tells the simulated model what to answer from now on.
func (s *Stack) Say(ctx context.Context, what simulator.Script) error {
	return s.post(ctx, "/_scripts", what)
}

func (s *Stack) post(ctx context.Context, path string, what any) error {
	body, err := json.Marshal(what)
	if err != nil {
		return err
	}
	return s.control(ctx, http.MethodPost, path, body, nil)
}

// Ledger lists what the simulated model was asked, oldest first.
func (s *Stack) Ledger(ctx context.Context) ([]simulator.Entry, error) {
	var ledger struct{ Entries []simulator.Entry }
	err := s.control(ctx, http.MethodGet, "/_ledger", nil, &ledger)
	return ledger.Entries, err
}

func (s *Stack) control(ctx context.Context, method, path string, body []byte, out any) error {
	request, err := http.NewRequestWithContext(ctx, method, strings.TrimSuffix(s.SimulatorURL, "/v1")+path, bytes.NewReader(body))
	if err != nil {
		return err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode >= http.StatusMultipleChoices {
		return fmt.Errorf("the simulator answers %s to %s %s", response.Status, method, path)
	}
	if out == nil {
		return nil
	}
	return json.NewDecoder(response.Body).Decode(out)
}
