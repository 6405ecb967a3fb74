package simulator_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/llm/simulator"
)

// client speaks to a simulator over HTTP, in plain JSON.
type client struct {
	*simulator.Simulator
	t   *testing.T
	url string
}

func start(t *testing.T, config simulator.Config) client {
	t.Helper()
	sim := simulator.New(config)
	server := httptest.NewServer(sim)
	t.Cleanup(server.Close)
	return client{Simulator: sim, t: t, url: server.URL}
}

type object = map[string]any

// reply is what came back; the test's end closes its body.
type reply struct {
	status int
	header http.Header
	body   io.ReadCloser
}

func (c client) request(ctx context.Context, method, path string, body any) reply {
	c.t.Helper()
	var reader io.Reader
	if body != nil {
		data, err := json.Marshal(body)
		require.NoError(c.t, err)
		reader = bytes.NewReader(data)
	}
	request, err := http.NewRequestWithContext(ctx, method, c.url+path, reader)
	require.NoError(c.t, err)
	response, err := http.DefaultClient.Do(request)
	require.NoError(c.t, err)
	c.t.Cleanup(func() { _ = response.Body.Close() })
	return reply{status: response.StatusCode, header: response.Header, body: response.Body}
}

// call makes a request and gives the status and the decoded body.
func (c client) call(method, path string, body any) (int, object) {
	c.t.Helper()
	response := c.request(c.t.Context(), method, path, body)
	data, err := io.ReadAll(response.body)
	require.NoError(c.t, err)
	decoded := object{}
	if len(data) > 0 {
		require.NoError(c.t, json.Unmarshal(data, &decoded), string(data))
	}
	return response.status, decoded
}

// frame is a server-sent event.
type frame struct {
	name string
	raw  string
	data object // nil for [DONE]
}

func (f frame) str(key string) string { text, _ := f.data[key].(string); return text }

// frames reads a stream to its end, and gives the error that ended it too soon.
func (c client) frames(response reply) ([]frame, error) {
	c.t.Helper()
	require.Equal(c.t, http.StatusOK, response.status)
	require.Contains(c.t, response.header.Get("Content-Type"), "text/event-stream")
	reader := bufio.NewReader(response.body)
	var frames []frame
	for {
		next, err := c.frame(reader)
		if errors.Is(err, io.EOF) {
			return frames, nil
		}
		if err != nil {
			return frames, err
		}
		frames = append(frames, next)
	}
}

func (c client) frame(reader *bufio.Reader) (frame, error) {
	c.t.Helper()
	var next frame
	for {
		line, err := reader.ReadString('\n')
		if err != nil {
			require.Empty(c.t, line, "a frame was torn")
			return frame{}, err
		}
		line = strings.TrimSuffix(line, "\n")
		if line == "" {
			return next, nil
		}
		if name, ok := strings.CutPrefix(line, "event: "); ok {
			next.name = name
			continue
		}
		data, ok := strings.CutPrefix(line, "data: ")
		require.True(c.t, ok, line)
		next.raw = data
		if data != "[DONE]" {
			require.NoError(c.t, json.Unmarshal([]byte(data), &next.data), data)
		}
	}
}

// stream asks for a response and reads all of it.
func (c client) stream(body object) []frame {
	c.t.Helper()
	frames, err := c.frames(c.request(c.t.Context(), http.MethodPost, "/v1/responses", streamed(body)))
	require.NoError(c.t, err)
	return frames
}

func streamed(body object) object {
	full := object{"model": "m", "input": "hello there", "stream": true}
	maps.Copy(full, body)
	return full
}

func types(frames []frame) []string {
	names := make([]string, len(frames))
	for i, frame := range frames {
		names[i] = frame.str("type")
	}
	return names
}

// text joins the deltas of an event's type.
func text(frames []frame, kind string) string {
	var joined strings.Builder
	for _, frame := range frames {
		if frame.str("type") == kind {
			joined.WriteString(frame.str("delta"))
		}
	}
	return joined.String()
}

// dig walks into nested objects and lists.
func dig(value any, path ...any) any {
	for _, step := range path {
		switch step := step.(type) {
		case string:
			value = value.(object)[step]
		case int:
			value = value.([]any)[step]
		}
	}
	return value
}
