package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"

	"github.com/parley-chat/parley/api/sse"
)

// question is what Parley's request to the model amounts to.
const question = `{"model":"parley-simulator","stream":true,"background":true,"store":true,` +
	`"input":[{"role":"user","content":"Tell me something."}]}`

// askModel reads an answer from the model without Parley in between.
func (l *load) askModel(ctx context.Context, t *taken) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, l.job.Target+"/responses", bytes.NewReader([]byte(question)))
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Authorization", "Bearer simulated")
	response, err := l.client.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("the model answers %s", response.Status)
	}
	for events := sse.NewDecoder(response.Body); ; {
		event, err := events.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if event.Name == "response.output_text.delta" {
			var delta struct{ Delta string }
			if err := json.Unmarshal(event.Data, &delta); err != nil {
				return err
			}
			t.say(delta.Delta)
		}
	}
}
