package tool_test

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/chat"
	"github.com/parley-chat/parley/tool"
)

// TestGuide: what the guide shows is what an agent's editor takes.
func TestGuide(t *testing.T) {
	t.Parallel()
	guide, err := os.ReadFile("../docs/guides/tools.md")
	require.NoError(t, err)
	section := func(after, language string) string {
		_, rest, found := strings.Cut(string(guide), after)
		require.True(t, found, after)
		_, rest, found = strings.Cut(rest, "```"+language+"\n")
		require.True(t, found, after)
		text, _, _ := strings.Cut(rest, "```")
		return text
	}
	var shown chat.Tool
	require.NoError(t, json.Unmarshal([]byte(section("# Tools on your server", "json")), &shown))
	require.NoError(t, json.Unmarshal([]byte("{"+section("### Probes", "json")+"}"), shown.HTTP))
	require.NoError(t, tool.CheckSchema(shown.InputSchema))
	require.NoError(t, tool.CheckHTTP(*shown.HTTP))
	require.NotNil(t, shown.HTTP.Probe)
	require.Equal(t, []string{"SHOP_KEY"}, shown.SecretNames())
	arguments := json.RawMessage(`{"order":"471100","amount":120}`)
	require.NoError(t, tool.Check(shown, arguments))
	decision, err := tool.Decide(shown.Policy, tool.Facts{Arguments: arguments, Visitor: tool.Visitor{ExternalID: "7"}})
	require.NoError(t, err)
	require.Equal(t, chat.DecideAskStaff, decision)

	conditions := strings.Split(strings.TrimSpace(section("## Policies", "js")), "\n")
	require.Len(t, conditions, 7)
	for _, when := range conditions {
		require.NoError(t, tool.CheckRule(when), when)
		policy := chat.ToolPolicy{Rules: []chat.ToolRule{{When: when, Then: chat.DecideAllow}}}
		_, err := tool.Decide(policy, tool.Facts{
			Arguments: json.RawMessage(`{"amount":1,"country":"NL","items":[],"email":"A@x.example"}`),
			Visitor:   tool.Visitor{Email: "a@x.example", Traits: json.RawMessage(`{"plan":"pro"}`)},
		})
		require.NoError(t, err, when)
	}
}

// TestMCPGuide: the same for servers.
func TestMCPGuide(t *testing.T) {
	t.Parallel()
	guide, err := os.ReadFile("../docs/guides/mcp.md")
	require.NoError(t, err)
	examples := strings.Split(string(guide), "```json\n")[1:]
	require.Len(t, examples, 3)
	var server chat.MCPServer
	var shown chat.Tool
	for i, into := range []any{&server, &server, &shown} {
		text, _, _ := strings.Cut(examples[i], "```")
		require.NoError(t, json.Unmarshal([]byte(text), into))
	}
	require.NoError(t, tool.CheckMCP(server))
	require.Equal(t, []string{"SHOP_TOKEN", "SHOP_CLIENT_SECRET"}, server.SecretNames())
	require.NoError(t, tool.CheckSchema(shown.InputSchema))
	require.False(t, shown.MCP.ServerID.IsZero())
}
