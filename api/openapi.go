package api

import (
	"maps"

	"github.com/danielgtaylor/huma/v2"
)

// Version is that of the HTTP interface.
const Version = "1.0.0"

const introduction = `Parley runs AI chat assistants whose answers are never lost.

**Visitors** talk through a widget: it opens a session with a publishable key and gets a visitor token for 15 minutes.
**Programs** use a secret key with scopes. **Staff** sign in and have a session cookie.

Every error is a problem document (RFC 9457) with a ` + "`code`" + ` for programs, a sentence for people and the wrong fields by name.
What belongs to somebody else does not exist: 404. Every response has an ` + "`X-Request-Id`" + `; limited ones say how much is left
in ` + "`RateLimit`" + `.`

// OpenAPI gives the document of the whole API as YAML. It needs nothing that
// runs, so the command line and the tests can write it anywhere.
func OpenAPI() ([]byte, error) {
	s := newServer(Deps{}, nil)
	s.route(Deps{})
	return s.api.OpenAPI().YAML()
}

func humaConfig() huma.Config {
	config := huma.DefaultConfig("Parley", Version)
	// Links to schemas in every body would be noise in a product's answers, and
	// the stock docs page loads its script from another host.
	config.CreateHooks = nil
	config.DocsPath, config.SchemasPath, config.OpenAPIPath = "", "", ""
	config.Formats = maps.Clone(huma.DefaultFormats)
	config.Info.Description = introduction
	config.Info.License = &huma.License{Name: "Apache-2.0", Identifier: "Apache-2.0"}
	config.Tags = documentTags()
	config.Components.SecuritySchemes = securitySchemes()
	return config
}

func documentTags() []*huma.Tag {
	return []*huma.Tag{
		{Name: tagWidget, Description: "How a page opens the chat."},
		{Name: tagConversations, Description: "A visitor's own conversations."},
		{Name: tagTurns, Description: "A question and the stream of its answer."},
		{Name: tagChat, Description: "The two routes that the AI SDK's HTTP transport calls, so that `useChat` works as it is."},
		{Name: tagAuth, Description: "Sessions of staff."},
		{Name: tagAgents, Description: "Drafts, versions and publishing."},
		{Name: tagKeys, Description: "Credentials of programs."},
		{Name: tagProvider, Description: "Where a workspace's answers come from."},
		{Name: tagInbox, Description: "What visitors and agents have said, for staff."},
		{Name: tagPlayground, Description: "Where members try a draft out."},
		{Name: tagTenant, Description: "Settings, limits and usage."},
		{Name: tagOperator, Description: "For those who run the platform."},
	}
}

func securitySchemes() map[string]*huma.SecurityScheme {
	return map[string]*huma.SecurityScheme{
		"visitorToken": {Type: "http", Scheme: "bearer", BearerFormat: "JWT",
			Description: "From createWidgetSession; lives for 15 minutes and works only on the page's origin."},
		"secretKey": {Type: "http", Scheme: "bearer",
			Description: "A key that starts with sk_, with the scope that the operation asks for. Keep it on a server."},
		"session": {Type: "apiKey", In: "cookie", Name: sessionCookie,
			Description: "Set by signIn. Requests that change something must come from the same origin."},
	}
}
