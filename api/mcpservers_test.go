package api_test

import (
	"context"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"sync/atomic"
	"testing"

	"github.com/modelcontextprotocol/go-sdk/mcp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/api"
)

// mcpServer is one that nobody reaches: it is not on the public internet.
func mcpServer(name string) fields {
	return fields{"name": name, "url": "http://127.0.0.1:9/mcp", "headers": fields{"X-Shop": "{{secrets.SHOP_KEY}}"}, "oauth": fields{"clientId": "parley", "secret": "SHOP_KEY"}}
}

// mcpServer adds one, and gives its id.
func (w *world) mcpServer(t *testing.T, p party, body fields) string {
	t.Helper()
	got := w.do(t, call{Method: "POST", Path: "/v1/mcp-servers", Bearer: p.secret, Body: body})
	require.Equal(t, http.StatusCreated, got.Status, got.Text)
	return got.JSON["id"].(string)
}

type named struct {
	Name string `json:"name"`
}

// greeter is an MCP server with one tool, for those who have its token, and counts how
// often it is asked what it has.
func greeter(t *testing.T) (url string, listed *atomic.Int32) {
	t.Helper()
	listed = &atomic.Int32{}
	server := mcp.NewServer(&mcp.Implementation{Name: "greeter", Version: "1"}, nil)
	mcp.AddTool(server, &mcp.Tool{Name: "greet", Description: "Greets.", Annotations: &mcp.ToolAnnotations{ReadOnlyHint: true}},
		func(_ context.Context, _ *mcp.CallToolRequest, in named) (*mcp.CallToolResult, any, error) {
			return nil, map[string]string{"greeting": "Hello, " + in.Name}, nil
		})
	server.AddReceivingMiddleware(func(next mcp.MethodHandler) mcp.MethodHandler {
		return func(ctx context.Context, method string, r mcp.Request) (mcp.Result, error) {
			if method == "tools/list" {
				listed.Add(1)
			}
			return next(ctx, method, r)
		}
	})
	handler := mcp.NewStreamableHTTPHandler(func(*http.Request) *mcp.Server { return server }, nil)
	shop := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer hush-hush" {
			http.Error(rw, "who are you?", http.StatusUnauthorized)
			return
		}
		handler.ServeHTTP(rw, r)
	}))
	t.Cleanup(shop.Close)
	return shop.URL, listed
}

// TestMCPServersAreKept: what a server has said is kept for a while, with why it could
// not be asked, and its tools can be tried and given to agents.
func TestMCPServersAreKept(t *testing.T) {
	t.Parallel()
	url, listed := greeter(t)
	w := start(t, func(d *api.Deps) { d.Tools.Allow = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")} })
	p := w.party(t)
	server := fields{"name": "Greeter", "url": url, "headers": fields{"Authorization": "Bearer {{secrets.GREETER}}"}}
	id := w.mcpServer(t, p, server)
	path := "/v1/mcp-servers/" + id
	there := w.do(t, call{Method: "GET", Path: path, Cookie: p.cookie})
	assert.Contains(t, there.JSON["error"], "secret GREETER is not there")
	assert.Empty(t, there.JSON["tools"])

	put := func(value string) {
		require.Equal(t, http.StatusOK, w.do(t, call{Method: "PUT", Path: "/v1/tool-secrets/GREETER", Cookie: p.cookie, Body: fields{"value": value}}).Status)
	}
	put("wrong")
	assert.Contains(t, w.do(t, call{Method: "GET", Path: path + "/tools", Cookie: p.cookie}).JSON["error"], "does not let us in")
	put("hush-hush")
	for range 3 {
		got := w.do(t, call{Method: "GET", Path: path + "/tools", Cookie: p.cookie})
		require.Equal(t, http.StatusOK, got.Status, got.Text)
		assert.Nil(t, got.JSON["error"])
		require.Len(t, got.JSON["tools"], 1, got.Text)
		assert.NotContains(t, got.Text, "hush-hush")
	}
	assert.EqualValues(t, 1, listed.Load(), "it was asked lately")
	w.do(t, call{Method: "GET", Path: path + "/tools?fresh=true", Cookie: p.cookie})
	assert.EqualValues(t, 2, listed.Load())

	offer := w.do(t, call{Method: "GET", Path: path, Cookie: p.cookie}).JSON["tools"].([]any)[0].(fields)
	assert.Equal(t, "read", offer["class"])
	greet := fields{
		"name": "greet", "description": offer["description"], "kind": "mcp", "class": offer["class"], "inputSchema": offer["inputSchema"],
		"policy": fields{"default": "allow"}, "mcp": fields{"serverId": id, "name": "greet"},
	}
	tried := w.do(t, call{Method: "POST", Path: "/v1/tools/test", Cookie: p.cookie, Body: fields{"tool": greet, "arguments": fields{"name": "Ada"}}})
	require.Equal(t, http.StatusOK, tried.Status, tried.Text)
	assert.Equal(t, "Hello, Ada", tried.JSON["output"].(fields)["greeting"])
	agent := call{Method: "PATCH", Path: "/v1/agents/" + p.AgentID.String(), Cookie: p.cookie, Body: fields{"revision": 1, "draft": fields{"tools": []any{greet}}}}
	require.Equal(t, http.StatusOK, w.do(t, agent).Status)

	server["url"] = url + "/other"
	moved := w.do(t, call{Method: "PUT", Path: path, Cookie: p.cookie, Body: server})
	require.Equal(t, http.StatusOK, moved.Status, moved.Text)
	assert.Nil(t, moved.JSON["listedAt"], "what another address has said is not believed")
	assert.Len(t, moved.JSON["tools"], 1)
	assert.NotNil(t, w.do(t, call{Method: "GET", Path: path + "/tools", Cookie: p.cookie}).JSON["listedAt"], "it is asked anew")

	require.Equal(t, http.StatusNoContent, w.do(t, call{Method: "DELETE", Path: path, Cookie: p.cookie}).Status)
	assert.Contains(t, w.do(t, call{Method: "POST", Path: "/v1/tools/test", Cookie: p.cookie, Body: fields{"tool": greet, "arguments": fields{"name": "Ada"}}}).Text, "body.tool.mcp.serverId")
}

func TestMCPServersThatCannotBe(t *testing.T) {
	t.Parallel()
	w := start(t)
	p := w.party(t)
	other := w.mcpServer(t, w.party(t), mcpServer("Theirs"))
	w.mcpServer(t, p, mcpServer("Taken"))
	for name, c := range map[string]struct {
		change fields
		status int
		field  string
	}{
		"a blank name":                 {fields{"name": " "}, http.StatusUnprocessableEntity, "body.name"},
		"a name that is taken":         {fields{"name": "Taken"}, http.StatusConflict, "body.name"},
		"no address":                   {fields{"url": "shop"}, http.StatusUnprocessableEntity, "body.url"},
		"an address with a secret":     {fields{"url": "https://a.example/{{secrets.KEY}}"}, http.StatusUnprocessableEntity, "body.url"},
		"Parley itself":                {fields{"url": publicURL + "/v1/agents/a/mcp"}, http.StatusUnprocessableEntity, "body.url"},
		"a header of ours":             {fields{"headers": fields{"Host": "x"}}, http.StatusUnprocessableEntity, "body.headers.Host"},
		"a header about the visitor":   {fields{"headers": fields{"X-Who": "{{visitor.id}}"}}, http.StatusUnprocessableEntity, "body.headers.X-Who"},
		"a secret that can be none":    {fields{"oauth": fields{"clientId": "a", "secret": "my secret"}}, http.StatusUnprocessableEntity, "body.oauth.secret"},
		"credentials without a client": {fields{"oauth": fields{"secret": "KEY"}}, http.StatusUnprocessableEntity, "body.oauth"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			body := mcpServer("New")
			maps.Copy(body, c.change)
			got := w.do(t, call{Method: "POST", Path: "/v1/mcp-servers", Cookie: p.cookie, Body: body})
			require.Equal(t, c.status, got.Status, got.Text)
			assert.Contains(t, got.Text, c.field)
		})
	}
	for field, tool := range map[string]fields{
		"mcp":          {"kind": "mcp", "mcp": nil},
		"mcp.serverId": {"kind": "mcp", "mcp": fields{"serverId": other, "name": "greet"}},
		"inputSchema":  {"kind": "mcp", "mcp": fields{"serverId": other, "name": "greet"}, "inputSchema": nil},
	} {
		got := w.do(t, call{Method: "POST", Path: "/v1/agents", Cookie: p.cookie, Body: fields{"name": "Mine", "config": fields{"tools": []any{refund(tool)}}}})
		require.Equal(t, http.StatusUnprocessableEntity, got.Status, got.Text)
		assert.Contains(t, got.Text, "body.config.tools[0]."+field)
	}
}
