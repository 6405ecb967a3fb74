package openai_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/llm"
	"github.com/parley-chat/parley/llm/openai"
	"github.com/parley-chat/parley/llm/simulator"
)

// serve answers every request in one way, and gives a client of that.
func serve(t *testing.T, api openai.API, handler http.HandlerFunc) llm.Provider {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return connect(t, api, server.URL)
}

func TestErrorsBeforeTheStream(t *testing.T) {
	t.Parallel()
	fault := func(code string) string {
		return fmt.Sprintf(`{"error":{"message":"so it is","type":"some_error","param":null,"code":%q}}`, code)
	}
	for _, test := range []struct {
		name      string
		status    int
		body      string
		kind      llm.ErrorKind
		retryable bool
		code      string
	}{
		{"wrong", 400, fault("invalid_value"), llm.KindInvalid, false, "invalid_value"},
		{"too long", 400, fault("context_length_exceeded"), llm.KindInvalid, false, "context_length_exceeded"},
		{"bad key", 401, fault("invalid_api_key"), llm.KindAuth, false, "invalid_api_key"},
		{"forbidden", 403, fault("unsupported_country"), llm.KindAuth, false, "unsupported_country"},
		{"no such model", 404, fault("model_not_found"), llm.KindInvalid, false, "model_not_found"},
		{"slow", 408, fault(""), llm.KindOverloaded, true, "some_error"},
		{"conflict", 409, fault(""), llm.KindOverloaded, true, "some_error"},
		{"unprocessable", 422, fault("x"), llm.KindInvalid, false, "x"},
		{"too many", 429, fault("rate_limit_exceeded"), llm.KindRateLimited, true, "rate_limit_exceeded"},
		{"no credit", 429, fault("insufficient_quota"), llm.KindQuota, false, "insufficient_quota"},
		{"broken", 500, fault("server_error"), llm.KindOverloaded, true, "server_error"},
		{"a proxy's page", 502, "<html>Bad gateway</html>", llm.KindOverloaded, true, ""},
		{"a proxy's limit", 429, "slow down", llm.KindRateLimited, true, ""},
		{"nothing said", 503, "", llm.KindOverloaded, true, ""},
		{"half a document", 503, `{"error":{"mess`, llm.KindOverloaded, true, ""},
		{"another's error", 400, `{"error":"just a string"}`, llm.KindInvalid, false, ""},
		{"a code that is a number", 400, `{"error":{"message":"so it is","code":1234}}`, llm.KindInvalid, false, "1234"},
		{"endless", 400, `{"error":{"message":"` + strings.Repeat("x", 1<<20), llm.KindInvalid, false, ""},
	} {
		for _, api := range bothAPIs {
			t.Run(test.name+"/"+string(api), func(t *testing.T) {
				t.Parallel()
				provider := serve(t, api, func(w http.ResponseWriter, _ *http.Request) {
					w.Header().Set("Content-Type", "application/json")
					w.WriteHeader(test.status)
					_, _ = io.WriteString(w, test.body)
				})
				_, err := provider.Stream(t.Context(), ask("hello"))
				failed := llm.AsError(err)
				require.NotNil(t, failed, err)
				require.Equal(t, test.kind, failed.Kind)
				require.Equal(t, test.retryable, failed.Retryable)
				require.Equal(t, test.status, failed.Status)
				require.Equal(t, test.code, failed.Code)
				require.NotEmpty(t, failed.Message)
				require.Less(t, len(err.Error()), 2000)
			})
		}
	}
}

func TestErrorsInTheStream(t *testing.T) {
	t.Parallel()
	for code, want := range map[string]llm.ErrorKind{
		"server_error":            llm.KindOverloaded,
		"anything_new":            llm.KindOverloaded,
		"rate_limit_exceeded":     llm.KindRateLimited,
		"insufficient_quota":      llm.KindQuota,
		"invalid_prompt":          llm.KindInvalid,
		"bio_policy":              llm.KindInvalid,
		"context_length_exceeded": llm.KindInvalid,
	} {
		for _, api := range bothAPIs {
			t.Run(code+"/"+string(api), func(t *testing.T) {
				t.Parallel()
				w := newWorld(t, api, simulator.Config{})
				w.simulator.AddFault(simulator.Fault{Times: 1, Tokens: 9, ErrorAfter: 6, Code: code, Message: "so it is"})
				events, err := w.ask(t, ask("hello"))
				require.NotEmpty(t, textOf(events), "what came before the error is told")
				require.Equal(t, want, llm.AsError(err).Kind)
				require.Equal(t, code, llm.AsError(err).Code)
				require.Equal(t, "so it is", llm.AsError(err).Message)
				require.ErrorIs(t, err, llm.ErrCannotResume, "a failed answer cannot be gone on with")

				w.simulator.AddScript(simulator.Script{Text: "one", Failed: code})
				_, err = w.ask(t, ask("hello"))
				require.Equal(t, want, llm.AsError(err).Kind, "response.failed")
			})
		}
	}
}

func TestRetryAfter(t *testing.T) {
	t.Parallel()
	for value, want := range map[string][2]time.Duration{
		"7":    {7 * time.Second, 7 * time.Second},
		"0.25": {250 * time.Millisecond, 250 * time.Millisecond},
		time.Now().Add(time.Minute).UTC().Format(http.TimeFormat): {50 * time.Second, time.Minute},
		"Wed, 21 Oct 2015 07:28:00 GMT":                           {0, 0},
		"":                                                        {0, 0},
		"soon":                                                    {0, 0},
		"-3":                                                      {0, 0},
		"NaN":                                                     {0, 0},
		"1e300":                                                   {24 * time.Hour, 24 * time.Hour},
	} {
		w := newWorld(t, openai.APIResponses, simulator.Config{})
		w.simulator.AddFault(simulator.Fault{Status: 429, RetryAfter: value})
		_, err := w.provider.Stream(t.Context(), ask("hello"))
		got := llm.AsError(err).RetryAfter
		require.GreaterOrEqual(t, got, want[0], value)
		require.LessOrEqual(t, got, want[1], value)
	}
	provider := serve(t, openai.APIResponses, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After-Ms", "120")
		w.Header().Set("Retry-After", "1")
		w.WriteHeader(http.StatusTooManyRequests)
	})
	_, err := provider.Stream(t.Context(), ask("hello"))
	require.Equal(t, 120*time.Millisecond, llm.AsError(err).RetryAfter)
}

func TestNothingThere(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.NotFoundHandler())
	address := strings.TrimPrefix(server.URL, "http://")
	server.Close()
	provider := connect(t, openai.APIResponses, "http://user:"+testKey+"@"+address+"/v1")
	_, err := provider.Stream(t.Context(), ask("hello"))
	require.Equal(t, llm.KindNetwork, llm.AsError(err).Kind)
	require.True(t, llm.AsError(err).Retryable)
	require.NotContains(t, err.Error(), testKey)
	_, err = provider.Cancel(t.Context(), "resp_1")
	require.Equal(t, llm.KindNetwork, llm.AsError(err).Kind)
}

func TestTheKeyStaysSecret(t *testing.T) {
	t.Parallel()
	echo := func(r *http.Request) string {
		return fmt.Sprintf(`{"error":{"message":"what is %s?","code":"x"}}`, r.Header.Get("Authorization"))
	}
	for name, handler := range map[string]http.HandlerFunc{
		"in a refusal": func(w http.ResponseWriter, r *http.Request) { http.Error(w, echo(r), http.StatusUnauthorized) },
		"in an error":  func(w http.ResponseWriter, r *http.Request) { http.Error(w, echo(r), http.StatusBadRequest) },
		"in the stream": func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "text/event-stream")
			fmt.Fprintf(w, "data: %s\n\n", strings.Replace(echo(r), `{"error"`, `{"type":"error","error"`, 1))
		},
	} {
		for _, api := range bothAPIs {
			t.Run(name+"/"+string(api), func(t *testing.T) {
				t.Parallel()
				stream, err := serve(t, api, handler).Stream(t.Context(), ask("hello"))
				if err == nil {
					_, err = read(t.Context(), stream)
				}
				require.NotNil(t, llm.AsError(err))
				for cause := err; cause != nil; {
					require.NotContains(t, fmt.Sprintf("%v %+v", cause, cause), testKey)
					unwrapper, ok := cause.(interface{ Unwrap() error })
					if !ok {
						break
					}
					cause = unwrapper.Unwrap()
				}
			})
		}
	}
}

func TestNoEventStream(t *testing.T) {
	t.Parallel()
	for _, api := range bothAPIs {
		provider := serve(t, api, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html")
			_, _ = io.WriteString(w, "<html>Welcome!</html>")
		})
		_, err := provider.Stream(t.Context(), ask("hello"))
		require.Equal(t, llm.KindInvalid, llm.AsError(err).Kind)
		require.Contains(t, err.Error(), "base URL")
	}
}

// Streams in the wild: what else servers send, and how they end.
func TestOddStreams(t *testing.T) {
	t.Parallel()
	const (
		created = `{"type":"response.created","sequence_number":0,"response":{"id":"r"}}`
		delta   = `{"type":"response.output_text.delta","sequence_number":4,"delta":"hi"}`
		done    = `{"type":"response.completed","sequence_number":5,"response":{"id":"r"}}`
		chunk   = `{"id":"c","choices":[{"delta":{"content":"hi"}}]}`
		finish  = `{"id":"c","choices":[{"delta":{},"finish_reason":"stop"}]}`
	)
	for _, test := range []struct {
		name   string
		api    openai.API
		stream string
		kind   llm.ErrorKind // "" for a proper end
	}{
		{"comments and unknown events", openai.APIResponses, ": ping\n\ndata: " + created + "\n\nevent: new\ndata: {\"type\":\"response.new\"}\n\ndata: " + delta + "\n\n: ping\n\ndata: " + done + "\n\n", ""},
		{"carriage returns", openai.APIResponses, "data: " + created + "\r\n\r\ndata: " + delta + "\r\n\r\ndata: " + done + "\r\n\r\n", ""},
		{"a torn last event", openai.APIResponses, "data: " + created + "\n\ndata: " + delta + "\n\ndata: " + done, llm.KindCut},
		{"done without an end", openai.APIResponses, "data: " + created + "\n\ndata: " + delta + "\n\ndata: [DONE]\n\n", llm.KindCut},
		{"no JSON", openai.APIResponses, "data: " + created + "\n\ndata: " + delta + "\n\ndata: oops\n\n", llm.KindCut},
		{"an error without words", openai.APIResponses, "data: " + delta + "\n\ndata: {\"type\":\"response.failed\"}\n\n", llm.KindOverloaded},
		{"an end without [DONE]", openai.APIChat, "data: " + chunk + "\n\ndata: " + finish + "\n\n", ""},
		{"[DONE] without a reason", openai.APIChat, "data: " + chunk + "\n\ndata: [DONE]\n\n", llm.KindCut},
		{"no JSON in chat", openai.APIChat, "data: " + chunk + "\n\ndata: oops\n\n", llm.KindCut},
		{"nothing", openai.APIChat, "", llm.KindCut},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			stream, err := serve(t, test.api, func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", "text/event-stream")
				_, _ = io.WriteString(w, test.stream)
			}).Stream(t.Context(), ask("hello"))
			require.NoError(t, err)
			events, err := read(t.Context(), stream)
			if test.kind == "" {
				require.NoError(t, err)
				require.Equal(t, "hi", textOf(events))
				require.Nil(t, events[len(events)-1].Usage, "not reported")
				return
			}
			require.Equal(t, test.kind, llm.AsError(err).Kind, err)
		})
	}
}

// A server that never ends an event does not fill the memory.
func TestEndlessEvent(t *testing.T) {
	t.Parallel()
	stream, err := serve(t, openai.APIResponses, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		line := []byte("data: " + strings.Repeat("x", 1<<20) + "\n")
		for r.Context().Err() == nil {
			if _, err := w.Write(line); err != nil {
				return
			}
		}
	}).Stream(t.Context(), ask("hello"))
	require.NoError(t, err)
	_, err = read(t.Context(), stream)
	require.Equal(t, llm.KindCut, llm.AsError(err).Kind)
}

func TestNewChecksItsConfiguration(t *testing.T) {
	t.Parallel()
	for _, config := range []openai.Config{
		{BaseURL: "ftp://example.com"}, {BaseURL: "example.com/v1"}, {BaseURL: "http://"}, {BaseURL: ":"}, {API: "graphql"},
	} {
		_, err := openai.New(config)
		require.Error(t, err, config)
	}
	_, err := openai.New(openai.Config{})
	require.NoError(t, err, "OpenAI itself is the default")
}
