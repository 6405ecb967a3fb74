package tool_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"
	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/chat"
	"github.com/parley-chat/parley/tool"
)

type addends struct {
	A float64 `json:"a"`
	B float64 `json:"b"`
}

// mcpShop is an MCP server of a tenant's, made with the official SDK, and the
// requests that it was sent.
type mcpShop struct {
	url      string
	mu       sync.Mutex
	requests []mcpRequest
	gone     chan struct{} // closed: what hangs may go on
}

type mcpRequest struct{ method, rpc, key, token string }

func newMCPShop(t *testing.T, guard func(http.Handler) http.Handler) *mcpShop {
	t.Helper()
	s := &mcpShop{gone: make(chan struct{})}
	server := mcp.NewServer(&mcp.Implementation{Name: "shop", Version: "1"}, nil)
	mcp.AddTool(server, &mcp.Tool{
		Name: "add", Title: "Add up", Description: "Adds two numbers.", Annotations: &mcp.ToolAnnotations{ReadOnlyHint: true},
	}, func(_ context.Context, _ *mcp.CallToolRequest, in addends) (*mcp.CallToolResult, map[string]any, error) {
		return nil, map[string]any{"sum": in.A + in.B, "leak": "very-secret"}, nil
	})
	server.AddTool(&mcp.Tool{Name: "odd", Description: "\x00" + strings.Repeat("ä\x00", 3000), InputSchema: json.RawMessage(`{"type":"object","title":"a\u0000b"}`)},
		func(context.Context, *mcp.CallToolRequest) (*mcp.CallToolResult, error) {
			return nil, errors.New("never")
		})
	plainTool(server, "text", func() (*mcp.CallToolResult, error) {
		return &mcp.CallToolResult{Content: []mcp.Content{&mcp.TextContent{Text: "It is"}, &mcp.TextContent{Text: "done."}, &mcp.ImageContent{MIMEType: "image/png", Data: []byte{1}}}}, nil
	})
	plainTool(server, "broken", func() (*mcp.CallToolResult, error) {
		return &mcp.CallToolResult{IsError: true, Content: []mcp.Content{&mcp.TextContent{Text: "The till is empty, very-secret."}}}, nil
	})
	plainTool(server, "long", func() (*mcp.CallToolResult, error) {
		return &mcp.CallToolResult{Content: []mcp.Content{&mcp.TextContent{Text: strings.Repeat("long ", 40_000)}}}, nil
	})
	plainTool(server, "hangs", func() (*mcp.CallToolResult, error) {
		<-s.gone
		return &mcp.CallToolResult{}, nil
	})
	server.AddTool(&mcp.Tool{Name: "counts", InputSchema: json.RawMessage(`{"type":"object"}`)}, func(ctx context.Context, r *mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		err := r.Session.NotifyProgress(ctx, &mcp.ProgressNotificationParams{ProgressToken: r.Params.GetProgressToken(), Progress: 1, Total: 3, Message: "first"})
		return &mcp.CallToolResult{Content: []mcp.Content{&mcp.TextContent{Text: "{\"counted\": 3}"}}}, err
	})
	handler := http.Handler(mcp.NewStreamableHTTPHandler(func(*http.Request) *mcp.Server { return server }, nil))
	if guard != nil {
		handler = guard(handler)
	}
	s.url = serve(t, s.noted(handler))
	t.Cleanup(sync.OnceFunc(func() { close(s.gone) }))
	return s
}

func plainTool(server *mcp.Server, name string, answer func() (*mcp.CallToolResult, error)) {
	server.AddTool(&mcp.Tool{Name: name, InputSchema: json.RawMessage(`{"type":"object"}`), Annotations: &mcp.ToolAnnotations{IdempotentHint: name == "hangs"}},
		func(context.Context, *mcp.CallToolRequest) (*mcp.CallToolResult, error) { return answer() })
}

func (s *mcpShop) noted(next http.Handler) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		s.requests = append(s.requests, mcpRequest{r.Method, r.Header.Get("Mcp-Method"), r.Header.Get("Idempotency-Key"), r.Header.Get("Authorization")})
		s.mu.Unlock()
		next.ServeHTTP(w, r)
	}
}

func (s *mcpShop) seen() []mcpRequest {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]mcpRequest{}, s.requests...)
}

func (s *mcpShop) server() tool.Server {
	return tool.Server{
		Config:  chat.MCPServer{URL: s.url, Headers: map[string]string{"Authorization": "Bearer {{secrets.KEY}}"}},
		Secrets: map[string]string{"KEY": "very-secret"},
	}
}

func (s *mcpShop) call(class chat.ToolClass, name, arguments string) tool.Call {
	server := s.server()
	return tool.Call{
		ID: "call_1", Arguments: json.RawMessage(arguments), Server: &server,
		Tool: chat.Tool{Name: name, Kind: chat.ToolMCP, Class: class, MCP: &chat.MCPTool{Name: name}},
	}
}

func TestMCPServersAreAskedForTheirTools(t *testing.T) {
	t.Parallel()
	s := newMCPShop(t, nil)
	offers, err := here.ListMCP(t.Context(), s.server())
	require.NoError(t, err)
	require.Len(t, offers, 7)
	byName := map[string]chat.MCPOffer{}
	for _, offer := range offers {
		byName[offer.Name] = offer
	}
	require.Equal(t, "Add up", byName["add"].Title)
	require.Equal(t, "Adds two numbers.", byName["add"].Description)
	require.Equal(t, chat.ClassRead, byName["add"].Class)
	require.Equal(t, chat.ClassIdempotent, byName["hangs"].Class)
	require.Equal(t, chat.ClassWrite, byName["text"].Class, "who says nothing may do anything")
	require.Equal(t, strings.Repeat("ä", 1000), byName["odd"].Description, "what cannot be stored is left out, and what is too long is cut")
	require.NotContains(t, string(byName["odd"].InputSchema), "u0000")
	require.NoError(t, tool.CheckSchema(byName["add"].InputSchema))
	require.Contains(t, string(byName["add"].InputSchema), `"a"`)
}

func TestMCPToolsAreCalled(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		tool, arguments string
		state           chat.ToolCallState
		output, fault   string
	}{
		"a structured result":        {"add", `{"a":2,"b":3}`, chat.CallSucceeded, `{"leak":"[secret]","sum":5}`, ""},
		"texts and what is no text":  {"text", `{}`, chat.CallSucceeded, `"It is\ndone.\n[an image (image/png), which cannot be shown here]"`, ""},
		"a text that is JSON":        {"counts", `{}`, chat.CallSucceeded, `{"counted":3}`, ""},
		"a tool that did not work":   {"broken", `{}`, chat.CallFailed, "", "The tool says that it did not work: The till is empty, [secret]."},
		"arguments that do not fit":  {"add", `{"a":"x"}`, chat.CallFailed, "", "The tool says that it did not work"},
		"a tool that is not there":   {"sing", `{}`, chat.CallFailed, "", "The tool's server refuses: unknown tool"},
		"more than a model can read": {"long", `{}`, chat.CallSucceeded, "The answer was too long", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			outcome := here.Run(t.Context(), newMCPShop(t, nil).call(chat.ClassWrite, c.tool, c.arguments))
			require.Equal(t, c.state, outcome.State, outcome.Error)
			require.Contains(t, string(outcome.Output), c.output)
			require.Contains(t, outcome.Error, c.fault)
			require.NotContains(t, string(outcome.Output)+outcome.Error, "very-secret")
			require.Less(t, len(outcome.Output), 65<<10)
		})
	}
}

// TestMCPCallsCarryTheirKey: the call does, and what opens the session does not, as the
// same key would mean the same request.
func TestMCPCallsCarryTheirKey(t *testing.T) {
	t.Parallel()
	s := newMCPShop(t, nil)
	require.Equal(t, chat.CallSucceeded, here.Run(t.Context(), s.call(chat.ClassRead, "add", `{"a":1,"b":1}`)).State)
	keys := 0
	for _, r := range s.seen() {
		require.Equal(t, "Bearer very-secret", r.token)
		if r.key != "" {
			keys++
			require.Equal(t, "call_1", r.key)
			require.Equal(t, http.MethodPost, r.method)
		}
	}
	require.Equal(t, 1, keys)
}

func TestMCPProgressIsTold(t *testing.T) {
	t.Parallel()
	s := newMCPShop(t, nil)
	told := make(chan tool.Progress, 9)
	call := s.call(chat.ClassRead, "counts", `{}`)
	call.Progress = func(p tool.Progress) { told <- p }
	require.Equal(t, chat.CallSucceeded, here.Run(t.Context(), call).State)
	require.Equal(t, tool.Progress{Progress: 1, Total: 3, Message: "first"}, <-told)
}

// TestMCPChangesThatMayHaveBeenMade: an answer that is lost is no failure.
func TestMCPChangesThatMayHaveBeenMade(t *testing.T) {
	t.Parallel()
	for class, want := range map[chat.ToolClass]chat.ToolCallState{
		chat.ClassRead: chat.CallFailed, chat.ClassIdempotent: chat.CallUnknown, chat.ClassWrite: chat.CallUnknown,
	} {
		s := newMCPShop(t, func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.Header.Get("Idempotency-Key") != "" {
					panic(http.ErrAbortHandler) // it dies while it is at it
				}
				next.ServeHTTP(w, r)
			})
		})
		outcome := here.Run(t.Context(), s.call(class, "text", `{}`))
		require.Equal(t, want, outcome.State, class)
		require.Equal(t, class != chat.ClassWrite, outcome.Again, class)

		ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
		late := here.Run(ctx, newMCPShop(t, nil).call(class, "hangs", `{}`))
		cancel()
		require.Equal(t, want, late.State, class)
	}
}

// TestMCPChangeWhoseStreamIsLost: the call was taken in. What the server says to anything
// else after that says nothing of the call, and only the call has its key.
func TestMCPChangeWhoseStreamIsLost(t *testing.T) {
	t.Parallel()
	ponged := make(chan struct{})
	s := newMCPShop(t, func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			body, _ := io.ReadAll(r.Body)
			r.Body = io.NopCloser(bytes.NewReader(body))
			switch {
			case bytes.Contains(body, []byte("tools/call")):
				w.Header().Set("Content-Type", "text/event-stream")
				_, _ = io.WriteString(w, "id: e1\ndata: {\"jsonrpc\":\"2.0\",\"id\":\"p1\",\"method\":\"ping\"}\n\n")
				_ = http.NewResponseController(w).Flush()
				<-ponged
				panic(http.ErrAbortHandler)
			case bytes.Contains(body, []byte(`"p1"`)):
				http.Error(w, "no", http.StatusBadRequest)
				close(ponged)
			case r.Method != http.MethodPost:
				http.Error(w, "no", http.StatusMethodNotAllowed)
			default:
				next.ServeHTTP(w, r)
			}
		})
	})
	require.Equal(t, chat.CallUnknown, here.Run(t.Context(), s.call(chat.ClassWrite, "text", `{}`)).State)
	keys := 0
	for _, r := range s.seen() {
		if r.key != "" {
			keys++
		}
	}
	require.Equal(t, 1, keys, "it is sent once, and nothing else is sent in its name")
}

func TestMCPServersThatCannotBeReached(t *testing.T) {
	t.Parallel()
	s := newMCPShop(t, nil)
	guarded := tool.NewRunner(tool.Options{})
	_, err := guarded.ListMCP(t.Context(), s.server())
	require.EqualError(t, err, "The address is not on the public internet")
	require.Empty(t, s.seen())

	refusing := newMCPShop(t, func(http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "no", http.StatusUnauthorized) })
	})
	_, err = here.ListMCP(t.Context(), refusing.server())
	require.ErrorContains(t, err, "does not let us in")
	outcome := here.Run(t.Context(), refusing.call(chat.ClassWrite, "text", `{}`))
	require.Equal(t, chat.CallFailed, outcome.State, "nothing was done")

	page := newMCPShop(t, func(http.Handler) http.Handler { return http.NotFoundHandler() })
	_, err = here.ListMCP(t.Context(), page.server())
	require.ErrorContains(t, err, "404")

	call := s.call(chat.ClassRead, "text", `{}`)
	call.Server.Secrets = nil
	require.Contains(t, here.Run(t.Context(), call).Error, "secret KEY is not there")
	call.Server = nil
	require.Contains(t, here.Run(t.Context(), call).Error, "has been removed")
}

func TestMCPServersWithTooManyTools(t *testing.T) {
	t.Parallel()
	server := mcp.NewServer(&mcp.Implementation{Name: "huge", Version: "1"}, nil)
	for i := range 201 {
		plainTool(server, fmt.Sprintf("tool%d", i), func() (*mcp.CallToolResult, error) { return nil, errors.New("never") })
	}
	url := serve(t, mcp.NewStreamableHTTPHandler(func(*http.Request) *mcp.Server { return server }, nil).ServeHTTP)
	_, err := here.ListMCP(t.Context(), tool.Server{Config: chat.MCPServer{URL: url}})
	require.ErrorContains(t, err, "more than 200 tools")
}

// signInDesk is an authorization server that gives tokens for client credentials, and
// the guard of a resource that asks for them.
type signInDesk struct {
	url    string
	tokens atomic.Int64
	valid  atomic.Int64 // the number of the token that is let in
}

func newSignInDesk(t *testing.T) *signInDesk {
	t.Helper()
	d := &signInDesk{}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /.well-known/oauth-authorization-server", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(map[string]any{
			"issuer": d.url, "token_endpoint": d.url + "/token", "authorization_endpoint": d.url + "/authorize", "response_types_supported": []string{"code"},
			"grant_types_supported": []string{"client_credentials"}, "token_endpoint_auth_methods_supported": []string{"client_secret_basic"},
			"code_challenge_methods_supported": []string{"S256"},
		})
	})
	mux.HandleFunc("POST /token", func(w http.ResponseWriter, r *http.Request) {
		id, secret, _ := r.BasicAuth()
		if id != "parley" || secret != "very-secret" || r.FormValue("grant_type") != "client_credentials" {
			http.Error(w, `{"error":"invalid_client","error_description":"very-secret is wrong"}`, http.StatusUnauthorized)
			return
		}
		number := d.tokens.Add(1)
		d.valid.Store(number)
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(map[string]any{"access_token": fmt.Sprintf("token%d", number), "token_type": "Bearer", "expires_in": 3600})
	})
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	d.url = server.URL
	return d
}

func (d *signInDesk) guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		base := "http://" + r.Host
		switch {
		case strings.HasPrefix(r.URL.Path, "/.well-known/oauth-protected-resource"):
			w.Header().Set("Content-Type", "application/json")
			_ = json.NewEncoder(w).Encode(map[string]any{"resource": base, "authorization_servers": []string{d.url}})
		case r.Header.Get("Authorization") != fmt.Sprintf("Bearer token%d", d.valid.Load()):
			w.Header().Set("WWW-Authenticate", `Bearer resource_metadata="`+base+`/.well-known/oauth-protected-resource"`)
			http.Error(w, "who are you?", http.StatusUnauthorized)
		default:
			next.ServeHTTP(w, r)
		}
	})
}

func (s *mcpShop) signingIn(secret, issuer string) tool.Call {
	call := s.call(chat.ClassRead, "add", `{"a":1,"b":1}`)
	call.Server.Config.Headers = nil
	call.Server.Config.OAuth = &chat.MCPOAuth{ClientID: "parley", Secret: "KEY", Issuer: issuer}
	call.Server.Secrets = map[string]string{"KEY": secret}
	return call
}

// TestMCPSignsInOnce: many calls share one token, and get another one together when it
// is not taken any more.
func TestMCPSignsInOnce(t *testing.T) {
	t.Parallel()
	desk := newSignInDesk(t)
	s := newMCPShop(t, desk.guard)
	together := func() {
		var calls sync.WaitGroup
		for range 8 {
			calls.Go(func() {
				outcome := here.Run(t.Context(), s.signingIn("very-secret", desk.url))
				if outcome.State != chat.CallSucceeded {
					t.Errorf("the call has ended as %s: %s", outcome.State, outcome.Error)
				}
			})
		}
		calls.Wait()
	}
	together()
	require.EqualValues(t, 1, desk.tokens.Load())
	desk.valid.Store(0)
	together()
	require.EqualValues(t, 2, desk.tokens.Load())
}

func TestMCPSignInsThatFail(t *testing.T) {
	t.Parallel()
	desk := newSignInDesk(t)
	s := newMCPShop(t, desk.guard)
	for name, call := range map[string]tool.Call{
		"a wrong secret":         s.signingIn("wrong", ""),
		"another issuer's place": s.signingIn("very-secret", "https://elsewhere.example"),
	} {
		outcome := here.Run(t.Context(), call)
		require.Equal(t, chat.CallFailed, outcome.State, name)
		require.Contains(t, outcome.Error, "does not let us in", name)
		require.NotContains(t, outcome.Error, "secret is wrong", name)
	}
	require.Zero(t, desk.tokens.Load())
}
