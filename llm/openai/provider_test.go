package openai_test

import (
	"context"
	"errors"
	"io"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/chat"
	"github.com/parley-chat/parley/llm"
	"github.com/parley-chat/parley/llm/openai"
	"github.com/parley-chat/parley/llm/simulator"
)

// world is a simulated provider and a client of it.
type world struct {
	t         *testing.T
	simulator *simulator.Simulator
	provider  llm.Provider
}

func newWorld(t *testing.T, api openai.API, config simulator.Config) world {
	t.Helper()
	sim := simulator.New(config)
	server := httptest.NewServer(sim)
	t.Cleanup(server.Close)
	return world{t: t, simulator: sim, provider: connect(t, api, server.URL+"/v1")}
}

func connect(t *testing.T, api openai.API, baseURL string) llm.Provider {
	t.Helper()
	client := openai.NewHTTPClient()
	t.Cleanup(client.CloseIdleConnections)
	provider, err := openai.New(openai.Config{API: api, BaseURL: baseURL, APIKey: testKey, HTTPClient: client})
	require.NoError(t, err)
	return provider
}

const testKey = "sk-test-0123456789"

func ask(text string) llm.Request {
	return llm.Request{Model: "m", Messages: []llm.Message{{Role: chat.RoleUser, Text: text}}}
}

// read gives all events of a stream and the error that ended it, nil for its
// proper end.
func read(ctx context.Context, stream llm.Stream) ([]llm.Event, error) {
	defer stream.Close()
	var events []llm.Event
	for {
		event, err := stream.Next(ctx)
		if errors.Is(err, io.EOF) {
			return events, nil
		}
		if err != nil {
			return events, err
		}
		events = append(events, event)
	}
}

func textOf(events []llm.Event) string {
	var text strings.Builder
	for _, event := range events {
		if event.Kind == llm.EventTextDelta {
			text.WriteString(event.Text)
		}
	}
	return text.String()
}

func TestStreamsText(t *testing.T) {
	t.Parallel()
	for _, api := range []openai.API{openai.APIResponses, openai.APIChat} {
		t.Run(string(api), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, api, simulator.Config{})
			w.simulator.AddFault(simulator.Fault{Tokens: 50})
			stream, err := w.provider.Stream(t.Context(), ask("hello"))
			require.NoError(t, err)
			events, err := read(t.Context(), stream)
			require.NoError(t, err)
			require.Len(t, events, 52)
			require.Equal(t, llm.EventStarted, events[0].Kind)
			require.NotEmpty(t, events[0].ResponseID)
			last := events[len(events)-1]
			require.Equal(t, llm.EventDone, last.Kind)
			require.Equal(t, chat.FinishStop, last.FinishReason)
			require.EqualValues(t, 50, last.Usage.OutputTokens)
			require.Contains(t, textOf(events), "w0 w1 w2 ")
		})
	}
}
