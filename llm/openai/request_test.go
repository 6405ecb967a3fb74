package openai_test

import (
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/chat"
	"github.com/parley-chat/parley/llm"
	"github.com/parley-chat/parley/llm/openai"
	"github.com/parley-chat/parley/llm/simulator"
)

// everything uses each field of a request.
var everything = llm.Request{
	Model:        "some-model",
	Instructions: "Be kind.",
	Messages: []llm.Message{
		{Role: chat.RoleUser, Text: "Hi"}, {Role: chat.RoleAssistant, Text: "Hello!"}, {Role: chat.RoleUser, Text: "Weather?"},
	},
	MaxOutputTokens: 500,
	Tools: []llm.Tool{{
		Name: "weather", Description: "Tells the weather.", Strict: true,
		Parameters: json.RawMessage(`{"type":"object","properties":{"city":{"type":"string"}}}`),
	}, {Name: "now"}},
	JSONSchema: &llm.Schema{Name: "report", Schema: json.RawMessage(`{"type":"object"}`), Strict: true},
	SafetyID:   "visitor-1",
	CacheKey:   "agent-1",
	Metadata:   map[string]string{"turn": "t1"},
	Background: true,
}

func TestResponsesRequest(t *testing.T) {
	t.Parallel()
	got := sent(t, openai.APIResponses, "http://provider.test/v1", everything)
	hash := got["safety_identifier"].(string)
	require.Len(t, hash, 64)
	require.NotContains(t, hash, "visitor")
	delete(got, "safety_identifier")
	requireJSON(t, `{
		"model": "some-model", "instructions": "Be kind.", "stream": true, "background": true, "store": true,
		"input": [
			{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello!"}, {"role": "user", "content": "Weather?"}
		],
		"max_output_tokens": 500, "prompt_cache_key": "agent-1", "metadata": {"turn": "t1"}, "parallel_tool_calls": true,
		"tools": [
			{"type": "function", "name": "weather", "description": "Tells the weather.", "strict": true,
				"parameters": {"type": "object", "properties": {"city": {"type": "string"}}}},
			{"type": "function", "name": "now", "strict": false, "parameters": {}}
		],
		"text": {"format": {"type": "json_schema", "name": "report", "schema": {"type": "object"}, "strict": true}},
		"stream_options": {"include_obfuscation": false}
	}`, got)
}

// called is a conversation in which tools were called.
var called = llm.Request{Model: "m", Messages: []llm.Message{
	{Role: chat.RoleUser, Text: "Weather?"},
	{Role: chat.RoleAssistant, Text: "I look.", Calls: []llm.ToolCall{{ID: "c1", Name: "weather", Arguments: `{"city":"Oslo"}`}}},
	{CallID: "c1", Text: `"rain"`},
	{Role: chat.RoleAssistant, Calls: []llm.ToolCall{{ID: "c2", Name: "now", Arguments: `{}`}}},
	{CallID: "c2", Text: `"noon"`},
}}

func TestCallsInResponsesRequest(t *testing.T) {
	t.Parallel()
	got := sent(t, openai.APIResponses, "http://provider.test/v1", called)
	requireJSON(t, `{"": [
		{"role": "user", "content": "Weather?"}, {"role": "assistant", "content": "I look."},
		{"type": "function_call", "call_id": "c1", "name": "weather", "arguments": "{\"city\":\"Oslo\"}"},
		{"type": "function_call_output", "call_id": "c1", "output": "\"rain\""},
		{"type": "function_call", "call_id": "c2", "name": "now", "arguments": "{}"},
		{"type": "function_call_output", "call_id": "c2", "output": "\"noon\""}
	]}`, map[string]any{"": got["input"]})
}

func TestCallsInChatRequest(t *testing.T) {
	t.Parallel()
	got := sent(t, openai.APIChat, "http://provider.test/v1", called)
	requireJSON(t, `{"": [
		{"role": "user", "content": "Weather?"},
		{"role": "assistant", "content": "I look.", "tool_calls": [
			{"id": "c1", "type": "function", "function": {"name": "weather", "arguments": "{\"city\":\"Oslo\"}"}}]},
		{"role": "tool", "tool_call_id": "c1", "content": "\"rain\""},
		{"role": "assistant", "tool_calls": [{"id": "c2", "type": "function", "function": {"name": "now", "arguments": "{}"}}]},
		{"role": "tool", "tool_call_id": "c2", "content": "\"noon\""}
	]}`, map[string]any{"": got["messages"]})
}

func TestSmallResponsesRequest(t *testing.T) {
	t.Parallel()
	requireJSON(t, `{"model": "m", "input": [{"role": "user", "content": "hello"}], "stream": true, "store": false,
		"stream_options": {"include_obfuscation": false}}`, sent(t, openai.APIResponses, "http://provider.test/v1", ask("hello")))
}

func TestChatRequest(t *testing.T) {
	t.Parallel()
	common := `"model": "some-model", "stream": true,
		"messages": [{"role": "system", "content": "Be kind."},
			{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello!"}, {"role": "user", "content": "Weather?"}],
		"tools": [
			{"type": "function", "function": {"name": "weather", "description": "Tells the weather.", "strict": true,
				"parameters": {"type": "object", "properties": {"city": {"type": "string"}}}}},
			{"type": "function", "function": {"name": "now", "parameters": {}}}
		],
		"response_format": {"type": "json_schema", "json_schema": {"name": "report", "schema": {"type": "object"}, "strict": true}}`
	t.Run("a compatible server gets what all know", func(t *testing.T) {
		t.Parallel()
		requireJSON(t, `{`+common+`, "max_tokens": 500, "stream_options": {"include_usage": true}}`,
			sent(t, openai.APIChat, "http://provider.test/v1", everything))
	})
	t.Run("OpenAI gets more", func(t *testing.T) {
		t.Parallel()
		got := sent(t, openai.APIChat, "http://api.openai.com/v1", everything)
		require.Len(t, got["safety_identifier"], 64)
		delete(got, "safety_identifier")
		requireJSON(t, `{`+common+`, "max_completion_tokens": 500, "prompt_cache_key": "agent-1", "parallel_tool_calls": true,
			"stream_options": {"include_usage": true, "include_obfuscation": false}}`, got)
	})
}

func requireJSON(t *testing.T, want string, got map[string]any) {
	t.Helper()
	data, err := json.Marshal(got)
	require.NoError(t, err)
	require.JSONEq(t, want, string(data))
}

// sent gives the body of the request that a provider sends.
func sent(t *testing.T, api openai.API, baseURL string, request llm.Request) map[string]any {
	t.Helper()
	seen := make(chan map[string]any, 1)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body := map[string]any{}
		data, _ := io.ReadAll(r.Body)
		_ = json.Unmarshal(data, &body)
		seen <- body
		w.WriteHeader(http.StatusTeapot)
	}))
	t.Cleanup(server.Close)
	target, err := url.Parse(server.URL)
	require.NoError(t, err)
	proxied := &http.Client{Transport: &http.Transport{Proxy: http.ProxyURL(target)}}
	t.Cleanup(proxied.CloseIdleConnections)
	provider, err := openai.New(openai.Config{API: api, BaseURL: baseURL, APIKey: testKey, HTTPClient: proxied})
	require.NoError(t, err)
	_, err = provider.Stream(t.Context(), request)
	require.Equal(t, http.StatusTeapot, llm.AsError(err).Status)
	return <-seen
}

func TestBadSchemas(t *testing.T) {
	onBoth(t, func(w world) {
		t := w.t
		for _, spoil := range []func(*llm.Request){
			func(r *llm.Request) { r.Tools = []llm.Tool{{Name: "f", Parameters: json.RawMessage(`[`)}} },
			func(r *llm.Request) { r.JSONSchema = &llm.Schema{Name: "x", Schema: json.RawMessage(`7`)} },
		} {
			request := ask("hello")
			spoil(&request)
			_, err := w.provider.Stream(t.Context(), request)
			require.Equal(t, llm.KindInvalid, llm.AsError(err).Kind)
		}
		require.Empty(t, w.simulator.Ledger(), "nothing was sent")
	})
}

// The simulator checks what the real API would refuse.
func TestEverythingIsAccepted(t *testing.T) {
	onBoth(t, func(w world) {
		t := w.t
		answer, err := llm.Complete(t.Context(), w.provider, everything)
		require.NoError(t, err)
		require.JSONEq(t, `{}`, answer.Text)
	})
}

// A tenant's request must not carry what the operator's environment says.
func TestEnvironmentIsIgnored(t *testing.T) {
	for _, name := range []string{"OPENAI_API_KEY", "OPENAI_ORG_ID", "OPENAI_PROJECT_ID", "OPENAI_ADMIN_KEY"} {
		t.Setenv(name, "leaked")
	}
	t.Setenv("OPENAI_BASE_URL", "http://127.0.0.1:1")
	t.Setenv("OPENAI_CUSTOM_HEADERS", "X-Leak: leaked")
	headers := make(chan http.Header, 1)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		headers <- r.Header
		w.WriteHeader(http.StatusTeapot)
	}))
	defer server.Close()
	provider, err := openai.New(openai.Config{BaseURL: server.URL})
	require.NoError(t, err)
	_, err = provider.Stream(t.Context(), ask("hello"))
	require.Equal(t, http.StatusTeapot, llm.AsError(err).Status)
	for name, values := range <-headers {
		require.NotContains(t, values, "leaked", name)
		require.NotContains(t, values, "Bearer leaked", name)
	}
}

// A stream that was read to its end leaves its connection for the next one.
func TestConnectionsAreReused(t *testing.T) {
	t.Parallel()
	for _, api := range bothAPIs {
		t.Run(string(api), func(t *testing.T) {
			t.Parallel()
			var opened atomic.Int32
			server := httptest.NewUnstartedServer(simulator.New(simulator.Config{}))
			server.Config.ConnState = func(_ net.Conn, state http.ConnState) {
				if state == http.StateNew {
					opened.Add(1)
				}
			}
			server.Start()
			t.Cleanup(server.Close)
			provider := connect(t, api, server.URL)
			asked := int32(0)
			require.Eventually(t, func() bool {
				asked++
				_, err := llm.Complete(t.Context(), provider, ask("hello"))
				return err == nil && asked > opened.Load()
			}, deadline, time.Millisecond, "every stream opened a connection")
		})
	}
}
