package chat

import (
	"encoding/json"
	"maps"
	"slices"
)

// MCPServer is a server of the Model Context Protocol, reached by streamable HTTP.
// The values of headers may hold {{secrets.NAME}}.
type MCPServer struct {
	URL     string            `json:"url" minLength:"1" maxLength:"2000" example:"https://shop.example.com/mcp"`
	Headers map[string]string `json:"headers,omitempty" doc:"Sent with each request; values may hold {{secrets.NAME}}." example:"{\"Authorization\": \"Bearer {{secrets.SHOP_TOKEN}}\"}"`
	// OAuth has us sign in as a program; nil: we do not.
	OAuth *MCPOAuth `json:"oauth,omitempty" doc:"Sign in with OAuth 2.1 client credentials."`
}

// MCPOAuth are client credentials (OAuth 2.1). Where to sign in is what the server
// says of itself (RFC 9728).
type MCPOAuth struct {
	ClientID string `json:"clientId" minLength:"1" maxLength:"500"`
	// Secret is the name of the tool secret that holds the client's secret.
	Secret string `json:"secret" pattern:"^[A-Z][A-Z0-9_]{0,63}$" patternDescription:"a capital letter, then capitals, digits and _" doc:"The name of the tool secret that holds the client's secret."`
	// Issuer, if set, is the only authorization server that is shown the secret.
	Issuer string `json:"issuer,omitempty" maxLength:"2000" doc:"The only authorization server that is shown the secret; left out: the one that the MCP server names."`
}

// SecretNames lists the tool secrets that requests to the server hold, each once.
func (s MCPServer) SecretNames() []string {
	names := secretsIn(slices.Collect(maps.Values(s.Headers)))
	if s.OAuth == nil || slices.Contains(names, s.OAuth.Secret) {
		return names
	}
	return append(names, s.OAuth.Secret)
}

// MCPTool is a tool of an MCP server. What the model is told of it, and what its
// arguments have to fit, is in the Tool: a server that changes its mind changes no
// agent.
type MCPTool struct {
	ServerID MCPServerID `json:"serverId" format:"uuid"`
	Name     string      `json:"name" minLength:"1" maxLength:"200" doc:"What the server calls it."`
}

// MCPOffer is a tool as its server describes it.
type MCPOffer struct {
	Name        string          `json:"name" doc:"What the server calls it."`
	Title       string          `json:"title,omitempty"`
	Description string          `json:"description,omitempty"`
	InputSchema json.RawMessage `json:"inputSchema" doc:"The JSON Schema of the arguments."`
	// Class is a guess by the server's hints, which nobody has to believe.
	Class ToolClass `json:"class" enum:"read,idempotent,write" doc:"What the server hints at. Believe it if you trust the server."`
}
