package turn_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/modelcontextprotocol/go-sdk/mcp"
	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/chat"
	"github.com/parley-chat/parley/db"
	"github.com/parley-chat/parley/db/dbtest"
)

// packer is an MCP server whose tool says how far it has come, and then waits until it
// is let on.
func packer(t *testing.T, on <-chan struct{}) string {
	t.Helper()
	server := mcp.NewServer(&mcp.Implementation{Name: "packer", Version: "1"}, nil)
	server.AddTool(&mcp.Tool{Name: "pack", InputSchema: json.RawMessage(`{"type":"object"}`)}, func(ctx context.Context, r *mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		err := r.Session.NotifyProgress(ctx, &mcp.ProgressNotificationParams{ProgressToken: r.Params.GetProgressToken(), Progress: 1, Total: 2, Message: "box 7"})
		<-on
		return &mcp.CallToolResult{Content: []mcp.Content{&mcp.TextContent{Text: "packed"}}}, err
	})
	served := httptest.NewServer(mcp.NewStreamableHTTPHandler(func(*http.Request) *mcp.Server { return server }, nil))
	t.Cleanup(served.Close)
	return served.URL
}

// usesMCP gives the story's agent a tool of the server.
func (s story) usesMCP(ctx context.Context, t *testing.T, url string) chat.MCPServerID {
	t.Helper()
	id := chat.NewID[chat.MCPServerID]()
	require.NoError(t, s.n.DB.Tenant(ctx, s.f.TenantID, func(tx *db.TenantTx) error {
		_, err := tx.MCPServerInsert(ctx, id, "Packer", chat.MCPServer{URL: url})
		return err
	}))
	config := dbtest.Config
	config.Tools = []chat.Tool{{
		Name: "pack_order", Title: "Pack", Description: "Packs.", Kind: chat.ToolMCP, Class: chat.ClassWrite, InputSchema: json.RawMessage(`{"type":"object"}`),
		Policy: chat.ToolPolicy{Default: chat.DecideAllow}, MCP: &chat.MCPTool{ServerID: id, Name: "pack"},
	}}
	publish(ctx, t, s.n, s.f, config)
	return id
}

// TestMCPToolShowsHowFarItHasCome: readers see it, and what is stored is the outcome
// alone.
func TestMCPToolShowsHowFarItHasCome(t *testing.T) {
	t.Parallel()
	ctx := withDeadline(t)
	on := make(chan struct{})
	s := acting(ctx, t)
	s.usesMCP(ctx, t, packer(t, on))
	s.asksFor("It is packed.", call("pack_order", `{}`))
	id := s.ask(ctx, t, "Pack it!")
	until(ctx, t, s.n, s.f, id, chat.ChunkToolOutput)
	close(on)
	parts, rows := requireTold(ctx, t, s, id)
	require.JSONEq(t, `"packed"`, string(parts[0].Output))
	require.Equal(t, chat.CallSucceeded, rows[0].State)
	var told []chat.Chunk
	for _, chunk := range readAll(ctx, t, s.n, s.f, id) {
		if chunk.Type == chat.ChunkToolOutput {
			told = append(told, chunk)
		}
	}
	require.Len(t, told, 2)
	require.True(t, told[0].Preliminary)
	require.JSONEq(t, `{"progress":1,"total":2,"message":"box 7"}`, string(told[0].Output))
	require.False(t, told[1].Preliminary)
}

// TestMCPServerThatIsGone: the model is told, and answers all the same.
func TestMCPServerThatIsGone(t *testing.T) {
	t.Parallel()
	ctx := withDeadline(t)
	s := acting(ctx, t)
	server := s.usesMCP(ctx, t, "http://127.0.0.1:9")
	require.NoError(t, s.n.DB.Tenant(ctx, s.f.TenantID, func(tx *db.TenantTx) error {
		_, err := tx.MCPServerDelete(ctx, server)
		return err
	}))
	s.asksFor("I cannot.", call("pack_order", `{}`))
	parts, rows := requireTold(ctx, t, s, s.ask(ctx, t, "Pack it!"))
	require.Equal(t, chat.CallFailed, rows[0].State)
	require.Contains(t, parts[0].ErrorText, "has been removed")
}
