package api_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/chat"
)

// badInput is a request that must be refused, and the field that the answer must
// name.
type badInput struct {
	name   string
	method string
	path   string
	body   any
	status int
	field  string
}

const uuidOfNobody = "00000000-0000-7000-8000-000000000001"

func visitorInputs(p party, conversation chat.ConversationID) []badInput {
	turns := "/v1/conversations/" + conversation.String() + "/turns"
	messages := "/v1/conversations/" + conversation.String() + "/messages"
	sdk := "/v1/agents/" + p.AgentID.String() + "/chat"
	part := func(kind, text string) map[string]any { return map[string]any{"type": kind, "text": text} }
	message := func(parts ...any) map[string]any {
		return map[string]any{"message": map[string]any{"parts": parts}}
	}
	asked := func(role string, parts ...any) map[string]any {
		return map[string]any{"id": "c", "messages": []any{map[string]any{"id": "m", "role": role, "parts": parts}}}
	}
	form := map[string]any{"type": "data-form", "data": map[string]any{"messageId": uuidOfNobody, "formId": "f", "values": map[string]any{}}}
	half := strings.Repeat("ä", 20_000)
	return []badInput{
		{"no parts", "POST", turns, message(), 422, "body.message.parts"},
		{"no message", "POST", turns, map[string]any{}, 422, "body.message"},
		{"empty text", "POST", turns, message(part("text", "")), 422, "body.message.parts[0].text"},
		{"blank text", "POST", turns, message(part("text", "hi"), part("text", " \n\t")), 422, "body.message.parts[1].text"},
		{"only U+0000", "POST", turns, message(part("text", "\x00")), 422, "body.message.parts[0].text"},
		{"an image", "POST", turns, message(part("file", "x")), 422, "body.message.parts[0].type"},
		{"too long a part", "POST", turns, message(part("text", strings.Repeat("x", 32_001))), 422, "body.message.parts[0].text"},
		{"too long together", "POST", turns, message(part("text", half), part("text", half)), 422, "body.message.parts"},
		{"a form without its data", "POST", turns, message(map[string]any{"type": "data-form"}), 422, "body.message.parts[0].data"},
		{"a form of no answer", "POST", turns, message(map[string]any{"type": "data-form", "data": map[string]any{"formId": "f", "values": map[string]any{}}}), 422, "body.message.parts[0].data"},
		{"a text with data", "POST", turns, message(map[string]any{"type": "text", "text": "a", "data": map[string]any{"messageId": uuidOfNobody, "formId": "f", "values": map[string]any{}}}), 422, "body.message.parts[0].data"},
		{"two forms", "POST", turns, message(form, form), 422, "body.message.parts[1].type"},
		{"a form of nobody", "POST", turns, message(form), 404, "body.message.parts[0].data.formId"},
		{"a form of nobody for the SDK", "POST", sdk, asked("user", form), 404, "body.messages[0].parts[0].data.formId"},
		{"unknown field", "POST", turns, map[string]any{"message": map[string]any{"parts": []any{part("text", "a")}, "role": "system"}}, 422, "body.message.role"},
		{"too large a body", "POST", turns, strings.Repeat(" ", 500_000), 413, ""},
		{"malformed JSON", "POST", turns, `{"message":`, 400, "body"},
		{"no body", "POST", turns, "", 400, ""},
		{"bad id", "POST", "/v1/conversations/nonsense/turns", message(part("text", "a")), 422, "path.id"},
		{"absent conversation", "POST", "/v1/conversations/" + uuidOfNobody + "/turns", message(part("text", "a")), 404, ""},
		{"another agent", "POST", "/v1/conversations", map[string]any{"agentId": uuidOfNobody}, 404, ""},
		{"bad agent id", "POST", "/v1/conversations", map[string]any{"agentId": "x"}, 422, "body.agentId"},
		{"long chat id", "POST", "/v1/conversations", map[string]any{"chatId": strings.Repeat("x", 201)}, 422, "body.chatId"},
		{"limit 0", "GET", messages + "?limit=0", nil, 422, "query.limit"},
		{"limit 101", "GET", messages + "?limit=101", nil, 422, "query.limit"},
		{"bad limit", "GET", messages + "?limit=x", nil, 422, "query.limit"},
		{"bad order", "GET", messages + "?order=sideways", nil, 422, "query.order"},
		{"bad cursor", "GET", messages + "?cursor=%21", nil, 422, "query.cursor"},
		{"foreign cursor", "GET", "/v1/conversations?cursor=MQ", nil, 422, "query.cursor"},
		{"unknown query", "GET", messages + "?page=2", nil, 422, "query.page"},
		{"bad rating", "POST", "/v1/messages/" + uuidOfNobody + "/feedback", map[string]any{"rating": "meh"}, 422, "body.rating"},
		{"no rating", "POST", "/v1/messages/" + uuidOfNobody + "/feedback", map[string]any{}, 422, "body"},
		{"bad event id", "GET", "/v1/turns/" + uuidOfNobody + "/stream?startIndex=-1", nil, 422, "query.startIndex"},
		{"nothing to answer anew", "POST", sdk, map[string]any{"id": "c", "trigger": "regenerate-message", "messages": asked("assistant", part("text", "a"))["messages"]}, 422, "body.messages[0].role"},
		{"assistant last", "POST", sdk, asked("assistant", part("text", "a")), 422, "body.messages[0].role"},
		{"a file", "POST", sdk, asked("user", map[string]any{"type": "file", "url": "data:"}), 422, "body.messages[0].parts[0].type"},
		{"parts of nothing", "POST", sdk, asked("user"), 422, "body.messages[0].parts"},
		{"a part that is no object", "POST", sdk, asked("user", 7), 422, "body.messages[0].parts[0].type"},
		{"blank for the SDK", "POST", sdk, asked("user", part("text", " ")), 422, "body.messages[0].parts[0].text"},
		{"no messages", "POST", sdk, map[string]any{"id": "c", "messages": []any{}}, 422, "body.messages"},
		{"no chat id", "POST", sdk, map[string]any{"messages": asked("user", part("text", "a"))["messages"]}, 422, "body"},
		{"another agent's chat", "GET", "/v1/agents/" + uuidOfNobody + "/chat/c/stream", nil, 404, ""},
	}
}

func staffInputs(p party) []badInput {
	agent := "/v1/agents/" + p.AgentID.String()
	draft := func(field string, value any) map[string]any {
		return map[string]any{"revision": 1, "draft": map[string]any{field: value}}
	}
	look := func(field string, value any) map[string]any { return draft("appearance", map[string]any{field: value}) }
	guard := func(field string, value any) map[string]any { return draft("guardrails", map[string]any{field: value}) }
	topics := func(topics ...chat.BlockedTopic) map[string]any { return guard("blockedTopics", topics) }
	moderate := func(field string, value any) map[string]any {
		return guard("moderation", map[string]any{field: value})
	}
	origins := func(origins ...string) map[string]any { return draft("allowedOrigins", origins) }
	provider := func(field string, value any) map[string]any {
		whole := map[string]any{"api": "chat", "baseUrl": "https://api.example.com/v1", "defaultModel": "m", "apiKey": "k"}
		whole[field] = value
		return whole
	}
	return []badInput{
		{"no name", "POST", "/v1/agents", map[string]any{}, 422, "body"},
		{"empty name", "POST", "/v1/agents", map[string]any{"name": ""}, 422, "body.name"},
		{"unknown field", "POST", "/v1/agents", map[string]any{"name": "a", "color": "red"}, 422, "body.color"},
		{"no revision", "PATCH", agent, map[string]any{"name": "a"}, 422, "body"},
		{"stale revision", "PATCH", agent, map[string]any{"name": "a", "revision": 99}, 409, "body.revision"},
		{"stale publication", "POST", agent + "/publish", map[string]any{"revision": 99}, 409, "body.revision"},
		{"no such version", "POST", agent + "/versions/99/restore", nil, 404, ""},
		{"version 0", "POST", agent + "/versions/0/restore", nil, 422, "path.number"},
		{"long instructions", "PATCH", agent, draft("instructions", strings.Repeat("x", 20_001)), 422, "body.draft.instructions"},
		{"many prompts", "PATCH", agent, draft("starterPrompts", []string{"1", "2", "3", "4", "5", "6", "7"}), 422, "body.draft.starterPrompts"},
		{"long prompt", "PATCH", agent, draft("starterPrompts", []string{"1", strings.Repeat("x", 201)}), 422, "body.draft.starterPrompts[1]"},
		{"blank prompt", "PATCH", agent, draft("starterPrompts", []string{" "}), 422, "body.draft.starterPrompts[0]"},
		{"too many steps", "PATCH", agent, draft("maxSteps", 51), 422, "body.draft.maxSteps"},
		{"a negative cost", "PATCH", agent, draft("maxCostMicros", -1), 422, "body.draft.maxCostMicros"},
		{"negative tokens", "PATCH", agent, draft("maxOutputTokens", -1), 422, "body.draft.maxOutputTokens"},
		{"an unknown form of answers", "PATCH", agent, draft("output", map[string]any{"kind": "poem"}), 422, "body.draft.output.kind"},
		{"a schema that is missing", "PATCH", agent, draft("output", map[string]any{"kind": "schema"}), 422, "body.draft.output.schema"},
		{"a schema of no object", "PATCH", agent, draft("output", map[string]any{"kind": "schema", "schema": map[string]any{"type": "array"}}), 422, "body.draft.output.schema"},
		{"a schema where none belongs", "PATCH", agent, draft("output", map[string]any{"kind": "text", "schema": map[string]any{"type": "object"}}), 422, "body.draft.output.schema"},
		{"a blank fallback", "PATCH", agent, draft("fallbackModels", []string{"a", " "}), 422, "body.draft.fallbackModels[1]"},
		{"a fallback twice", "PATCH", agent, draft("fallbackModels", []string{"a", "a"}), 422, "body.draft.fallbackModels[1]"},
		{"many fallbacks", "PATCH", agent, draft("fallbackModels", []string{"1", "2", "3", "4", "5"}), 422, "body.draft.fallbackModels"},
		{"a nameless topic", "PATCH", agent, topics(chat.BlockedTopic{Name: " ", Phrases: []string{"a"}}), 422, "body.draft.guardrails.blockedTopics[0].name"},
		{"a topic called none", "PATCH", agent, topics(chat.BlockedTopic{Name: "None", Phrases: []string{"a"}}), 422, "body.draft.guardrails.blockedTopics[0].name"},
		{"a topic twice", "PATCH", agent, topics(chat.BlockedTopic{Name: "A", Description: "a"}, chat.BlockedTopic{Name: "a ", Description: "b"}), 422, "body.draft.guardrails.blockedTopics[1].name"},
		{"a topic of nothing", "PATCH", agent, topics(chat.BlockedTopic{Name: "A"}), 422, "body.draft.guardrails.blockedTopics[0]"},
		{"a phrase without words", "PATCH", agent, topics(chat.BlockedTopic{Name: "A", Phrases: []string{"a", "*!"}}), 422, "body.draft.guardrails.blockedTopics[0].phrases[1]"},
		{"a long phrase", "PATCH", agent, topics(chat.BlockedTopic{Name: "A", Phrases: []string{"1 2 3 4 5 6 7 8 9"}}), 422, "body.draft.guardrails.blockedTopics[0].phrases[0]"},
		{"a threshold above 1", "PATCH", agent, moderate("thresholds", map[string]any{"violence": 1.5}), 422, "body.draft.guardrails.moderation.thresholds.violence"},
		{"a threshold of nothing", "PATCH", agent, moderate("thresholds", map[string]any{" ": 0.5}), 422, "body.draft.guardrails.moderation.thresholds"},
		{"an unknown check", "PATCH", agent, moderate("everything", true), 422, "body.draft.guardrails.moderation.everything"},
		{"an unknown kind of data", "PATCH", agent, guard("redact", map[string]any{"kinds": []string{"shoe size"}}), 422, "body.draft.guardrails.redact.kinds[0]"},
		{"a kind of data twice", "PATCH", agent, guard("redact", map[string]any{"kinds": []string{"email", "email"}}), 422, "body.draft.guardrails.redact.kinds[1]"},
		{"hope for checks", "PATCH", agent, guard("whenDown", "hope"), 422, "body.draft.guardrails.whenDown"},
		{"recovery", "PATCH", agent, draft("recovery", "hope"), 422, "body.draft.recovery"},
		{"color", "PATCH", agent, look("color", "red"), 422, "body.draft.appearance.color"},
		{"theme", "PATCH", agent, look("theme", "pink"), 422, "body.draft.appearance.theme"},
		{"position", "PATCH", agent, look("position", "top"), 422, "body.draft.appearance.position"},
		{"icon", "PATCH", agent, look("iconUrl", "javascript:alert(1)"), 422, "body.draft.appearance.iconUrl"},
		{"origin with a path", "PATCH", agent, origins("https://a.example", "https://b.example/shop"), 422, "body.draft.allowedOrigins[1]"},
		{"any origin", "PATCH", agent, origins("*"), 422, "body.draft.allowedOrigins[0]"},
		{"wildcard", "PATCH", agent, origins("https://*.example"), 422, "body.draft.allowedOrigins[0]"},
		{"null origin", "PATCH", agent, origins("null"), 422, "body.draft.allowedOrigins[0]"},
		{"file origin", "PATCH", agent, origins("file://a"), 422, "body.draft.allowedOrigins[0]"},
		{"origin with a user", "PATCH", agent, origins("https://me@a.example"), 422, "body.draft.allowedOrigins[0]"},
		{"capital origin", "PATCH", agent, origins("https://A.example"), 422, "body.draft.allowedOrigins[0]"},
		{"port of the scheme", "PATCH", agent, origins("https://a.example:443"), 422, "body.draft.allowedOrigins[0]"},
		{"origin twice", "PATCH", agent, origins("https://a.example", "https://a.example"), 422, "body.draft.allowedOrigins[1]"},
		{"key kind", "POST", "/v1/keys", map[string]any{"kind": "master", "name": "a"}, 422, "body.kind"},
		{"scope", "POST", "/v1/keys", map[string]any{"kind": "secret", "name": "a", "scopes": []string{"everything"}}, 422, "body.scopes[0]"},
		{"scope of a publishable key", "POST", "/v1/keys", map[string]any{"kind": "publishable", "name": "a", "scopes": []string{"chat"}}, 422, "body.scopes"},
		{"absent key", "DELETE", "/v1/keys/" + uuidOfNobody, nil, 404, ""},
		{"provider's api", "PUT", "/v1/provider", provider("api", "soap"), 422, "body.api"},
		{"provider's address", "PUT", "/v1/provider", provider("baseUrl", "ftp://a"), 422, "body.baseUrl"},
		{"provider's user", "PUT", "/v1/provider", provider("baseUrl", "https://me:pw@a.example"), 422, "body.baseUrl"},
		{"provider without a key", "PUT", "/v1/provider", provider("apiKey", ""), 422, "body.apiKey"},
		{"no provider", "DELETE", "/v1/provider", nil, 404, ""},
		{"negative budget", "PATCH", "/v1/settings", map[string]any{"monthlyBudgetMicros": -1}, 422, "body.monthlyBudgetMicros"},
		{"no turns", "PATCH", "/v1/settings", map[string]any{"maxActiveTurns": 0}, 422, "body.maxActiveTurns"},
		{"text for a number", "PATCH", "/v1/settings", map[string]any{"turnsPerMinute": "many"}, 422, "body.turnsPerMinute"},
		{"empty tenant name", "PATCH", "/v1/settings", map[string]any{"name": ""}, 422, "body.name"},
		{"long query", "GET", "/v1/admin/conversations?query=" + strings.Repeat("x", 201), nil, 422, "query.query"},
		{"bad agent", "GET", "/v1/admin/conversations?agentId=x", nil, 422, "query.agentId"},
		{"absent conversation", "GET", "/v1/admin/conversations/" + uuidOfNobody, nil, 404, ""},
		{"bad cursor of keys", "GET", "/v1/keys?cursor=MQ", nil, 422, "query.cursor"},
		{"bad cursor of agents", "GET", "/v1/agents?cursor=MQ", nil, 422, "query.cursor"},
		{"absent agent", "GET", "/v1/agents/" + uuidOfNobody, nil, 404, ""},
	}
}

func TestBadInputIsNamed(t *testing.T) {
	t.Parallel()
	w := start(t)
	p := w.party(t)
	for _, c := range visitorInputs(p, w.own(t, p)) {
		t.Run("visitor "+c.name, func(t *testing.T) {
			t.Parallel()
			c.check(t, w, call{Bearer: p.visitor})
		})
	}
	for _, c := range staffInputs(p) {
		t.Run("staff "+c.name, func(t *testing.T) {
			t.Parallel()
			c.check(t, w, call{Cookie: p.cookie})
		})
	}
	for _, c := range []badInput{
		{"no email", "POST", "/v1/auth/sign-in", map[string]any{"password": "x"}, 422, "body"},
		{"no password", "POST", "/v1/auth/sign-in", map[string]any{"email": "a@b.c", "password": ""}, 422, "body.password"},
		{"bad tenant", "POST", "/v1/auth/sign-in", map[string]any{"email": "a@b.c", "password": "x", "tenantId": "x"}, 422, "body.tenantId"},
		{"no key", "POST", "/v1/widget/sessions", map[string]any{"agentId": p.AgentID}, 422, "body"},
		{"no agent", "POST", "/v1/widget/sessions", map[string]any{"publishableKey": "pk"}, 422, "body"},
	} {
		t.Run("anyone "+c.name, func(t *testing.T) {
			t.Parallel()
			c.check(t, w, call{})
		})
	}
}

func (c badInput) check(t *testing.T, w *world, request call) {
	t.Helper()
	request.Method, request.Path, request.Body = c.method, c.path, c.body
	c.judge(t, w.do(t, request))
}

// judge checks that the answer is the refusal that is wanted.
func (c badInput) judge(t *testing.T, got answer) {
	t.Helper()
	require.Equal(t, c.status, got.Status, got.Text)
	assertProblem(t, got)
	if c.field == "" {
		return
	}
	fields, ok := got.JSON["errors"].([]any)
	require.True(t, ok, "the answer names no field: %s", got.Text)
	assert.Equal(t, c.field, fields[0].(map[string]any)["location"], got.Text)
}

// assertProblem checks what every error has.
func assertProblem(t *testing.T, got answer) {
	t.Helper()
	assert.Equal(t, "application/problem+json", got.Header.Get("Content-Type"), got.Text)
	for _, field := range []string{"type", "title", "detail", "code", "requestId"} {
		assert.NotEmpty(t, got.JSON[field], "%s in %s", field, got.Text)
	}
	assert.EqualValues(t, got.Status, got.JSON["status"])
	assert.Equal(t, got.Header.Get("X-Request-Id"), got.JSON["requestId"])
}

func TestErrorsOutsideOfOperations(t *testing.T) {
	t.Parallel()
	w := start(t)
	p := w.party(t)
	for name, c := range map[string]struct {
		call
		status int
		code   string
	}{
		"no such route":  {call{Method: "GET", Path: "/v1/nothing"}, 404, "not_found"},
		"no such file":   {call{Method: "GET", Path: "/widget/nothing.js"}, 404, "not_found"},
		"wrong method":   {call{Method: "PUT", Path: "/v1/agents"}, 405, "method_not_allowed"},
		"form":           {call{Method: "POST", Path: "/v1/agents", Cookie: p.cookie, Body: "name=a", Header: map[string]string{"Content-Type": "application/x-www-form-urlencoded"}}, 415, "unsupported_media_type"},
		"large settings": {call{Method: "PATCH", Path: "/v1/settings", Cookie: p.cookie, Body: strings.Repeat(" ", 70_000)}, 413, "too_large"},
		"basic":          {call{Method: "GET", Path: "/v1/agents", Header: map[string]string{"Authorization": "Basic YTpi"}}, 401, "unauthenticated"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := w.do(t, c.call)
			assert.Equal(t, c.status, got.Status, got.Text)
			assert.Equal(t, c.code, got.JSON["code"])
			assertProblem(t, got)
		})
	}
}

func TestAnswersDoNotRepeatSecrets(t *testing.T) {
	t.Parallel()
	w := start(t)
	got := w.do(t, call{Method: "POST", Path: "/v1/auth/sign-in", Body: map[string]any{"email": "a@b.c", "password": strings.Repeat("hunter2", 200)}})
	require.Equal(t, http.StatusUnprocessableEntity, got.Status)
	assert.NotContains(t, got.Text, "hunter2")
}

func TestRequestIDs(t *testing.T) {
	t.Parallel()
	w := start(t)
	id := func(given string) string {
		return w.do(t, call{Method: "GET", Path: "/healthz", Header: map[string]string{"X-Request-Id": given}}).Header.Get("X-Request-Id")
	}
	assert.Equal(t, "trace-1.a_B", id("trace-1.a_B"))
	for _, bad := range []string{"", "with space", "a\"b", strings.Repeat("x", 65)} {
		assert.NotEqual(t, bad, id(bad))
		assert.NotEmpty(t, id(bad))
	}
}
