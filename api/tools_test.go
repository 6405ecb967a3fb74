package api_test

import (
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/api"
	"github.com/parley-chat/parley/chat"
)

// fields is a tool as a client writes it.
type fields = map[string]any

func refund(change fields) fields {
	t := fields{
		"name": "refund", "description": "Gives money back.", "kind": "http", "class": "write",
		"inputSchema": fields{"type": "object", "properties": fields{"order": fields{"type": "string"}}},
		"policy":      fields{"default": "allow"},
		"http":        fields{"method": "POST", "url": "https://shop.example/orders/{{args.order}}"},
	}
	maps.Copy(t, change)
	return t
}

// wholeTool has all that a tool may have.
func wholeTool() fields {
	return refund(fields{
		"title": "Refund", "timeoutSeconds": 30,
		"policy": fields{
			"default": "ask_staff", "rules": []any{fields{"when": "args.order == '7'", "then": "deny"}},
			"approval": fields{"quorum": 1, "roles": []any{"owner"}, "expiresInMinutes": 60, "remindAfterMinutes": 30, "onExpiry": "deny"},
		},
		"http": fields{
			"method": "POST", "url": "https://shop.example/orders/{{args.order}}", "headers": fields{"X-Shop": "main"},
			"body": fields{"order": "{{args.order}}", "note": "by Parley"}, "result": "$.refund",
			"probe": fields{"url": "https://shop.example/refunds/{{call.id}}", "headers": fields{"X-Shop": "main"}},
		},
	})
}

func TestToolsArePartOfAnAgent(t *testing.T) {
	t.Parallel()
	w := start(t)
	p := w.party(t)
	agent := call{Method: "PATCH", Path: "/v1/agents/" + p.AgentID.String(), Cookie: p.cookie, Body: fields{"revision": 1, "draft": fields{"tools": []any{
		refund(fields{"title": "Refund", "timeoutSeconds": 30, "policy": fields{
			"default": "ask_staff", "rules": []any{fields{"when": "args.amount > 100", "then": "deny"}}, "approval": fields{"quorum": 2, "editable": true},
		}}),
		fields{"name": "calculate", "kind": "builtin", "class": "write", "policy": fields{"default": "allow"}},
	}}}}
	got := w.do(t, agent)
	require.Equal(t, http.StatusOK, got.Status, got.Text)
	tools := got.JSON["draft"].(fields)["tools"].([]any)
	require.Len(t, tools, 2)
	assert.Equal(t, "Refund", tools[0].(fields)["title"])
	assert.InDelta(t, 2, tools[0].(fields)["policy"].(fields)["approval"].(fields)["quorum"], 0)
	assert.Equal(t, "read", tools[1].(fields)["class"], "Parley knows its own tools best")
	assert.Contains(t, tools[1].(fields)["description"], "Calculates")
	kept := w.do(t, call{Method: "PATCH", Path: agent.Path, Cookie: p.cookie, Body: fields{"revision": 2, "name": "Other"}})
	assert.Len(t, kept.JSON["draft"].(fields)["tools"].([]any), 2, "what is left out stays")
	require.Equal(t, http.StatusCreated, w.do(t, call{Method: "POST", Path: agent.Path + "/publish", Cookie: p.cookie, Body: fields{"revision": 3}}).Status)
}

func TestToolsThatCannotBe(t *testing.T) {
	t.Parallel()
	w := start(t)
	p := w.party(t)
	for name, c := range map[string]struct {
		tool  fields
		field string
	}{
		"a name with a space":       {refund(fields{"name": "re fund"}), "name"},
		"no description":            {refund(fields{"description": " "}), "description"},
		"an unknown kind":           {refund(fields{"kind": "server"}), "kind"},
		"no request":                {refund(fields{"http": nil}), "http"},
		"a schema that is none":     {refund(fields{"inputSchema": fields{"type": "string"}}), "inputSchema"},
		"a private placeholder":     {refund(fields{"http": fields{"method": "GET", "url": "https://{{args.host}}/"}}), "http.url"},
		"a header of ours":          {refund(fields{"http": fields{"method": "GET", "url": "https://a.example", "headers": fields{"Host": "b"}}}), "http.headers.Host"},
		"a probe of a read":         {refund(fields{"class": "read", "http": fields{"method": "GET", "url": "https://a.example", "probe": fields{"url": "https://a.example"}}}), "http.probe"},
		"a rule that is none":       {refund(fields{"policy": fields{"default": "deny", "rules": []any{fields{"when": "args.amount >", "then": "deny"}}}}), "policy.rules[0].when"},
		"a viewer who decides":      {refund(fields{"policy": fields{"default": "ask_staff", "approval": fields{"roles": []any{"viewer"}}}}), "policy.approval.roles[0]"},
		"a reminder that is late":   {refund(fields{"policy": fields{"default": "ask_staff", "approval": fields{"expiresInMinutes": 5, "remindAfterMinutes": 5}}}), "policy.approval.remindAfterMinutes"},
		"a question for two months": {refund(fields{"policy": fields{"default": "ask_staff", "approval": fields{"expiresInMinutes": 90000}}}), "policy.approval.expiresInMinutes"},
		"a built-in that is none":   {fields{"name": "sing", "kind": "builtin", "class": "read", "policy": fields{"default": "allow"}}, "name"},
		"too much patience":         {refund(fields{"timeoutSeconds": 1000}), "timeoutSeconds"},
		"the patience of a page":    {refund(fields{"timeoutSeconds": 200}), "timeoutSeconds"},
		"an answer of a page":       {refund(fields{"outputSchema": fields{"type": "string"}}), "outputSchema"},
		"a page's odd answer":       {refund(fields{"kind": "client", "outputSchema": fields{"type": "text"}}), "outputSchema"},
		"a page without arguments":  {refund(fields{"kind": "client", "inputSchema": nil}), "inputSchema"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := w.do(t, call{Method: "PATCH", Path: "/v1/agents/" + p.AgentID.String(), Cookie: p.cookie, Body: fields{
				"revision": 1, "draft": fields{"tools": []any{refund(fields{"name": "first"}), c.tool}},
			}})
			require.Equal(t, http.StatusUnprocessableEntity, got.Status, got.Text)
			assert.Contains(t, got.Text, "body.draft.tools[1]."+c.field)
		})
	}
	twice := w.do(t, call{Method: "PATCH", Path: "/v1/agents/" + p.AgentID.String(), Cookie: p.cookie, Body: fields{
		"revision": 1, "draft": fields{"tools": []any{refund(nil), refund(nil)}},
	}})
	assert.Contains(t, twice.Text, "body.draft.tools[1].name")
}

// TestToolIsTried: the call is made for real, with secret and signature, once it is
// confirmed, and nothing of the secret comes back.
func TestToolIsTried(t *testing.T) {
	t.Parallel()
	var seen []*http.Request
	var bodies []string
	shop := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		seen, bodies = append(seen, r), append(bodies, string(body))
		_, _ = io.WriteString(rw, `{"echo": "`+r.Header.Get("X-Key")+`", "ok": true}`)
	}))
	t.Cleanup(shop.Close)
	w := start(t, func(d *api.Deps) { d.Tools.Allow = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")} })
	p := w.party(t)
	require.Equal(t, http.StatusOK, w.do(t, call{Method: "PUT", Path: "/v1/tool-secrets/SHOP_KEY", Cookie: p.cookie, Body: fields{"value": "hush-hush"}}).Status)
	try := func(change fields) answer {
		body := fields{
			"tool":      refund(fields{"http": fields{"method": "POST", "url": shop.URL + "/{{args.order}}", "headers": fields{"X-Key": "{{secrets.SHOP_KEY}}"}}}),
			"arguments": fields{"order": "7"}, "confirm": true,
		}
		maps.Copy(body, change)
		return w.do(t, call{Method: "POST", Path: "/v1/tools/test", Cookie: p.cookie, Body: body})
	}
	assert.Contains(t, try(fields{"confirm": false}).Text, "body.confirm")
	assert.Contains(t, try(fields{"arguments": fields{"order": 7}}).Text, "body.arguments")
	require.Empty(t, seen)
	got := try(nil)
	require.Equal(t, http.StatusOK, got.Status, got.Text)
	assert.Equal(t, "succeeded", got.JSON["state"])
	assert.Equal(t, true, got.JSON["output"].(fields)["ok"])
	assert.NotContains(t, got.Text, "hush-hush")
	require.Len(t, seen, 1)
	assert.Equal(t, "hush-hush", seen[0].Header.Get("X-Key"))
	assert.Equal(t, got.JSON["callId"], seen[0].Header.Get("Idempotency-Key"))
	assert.True(t, strings.HasPrefix(got.JSON["callId"].(string), "test_"))
	assert.NotEmpty(t, seen[0].Header.Get("Webhook-Signature"))
	assert.Equal(t, "/7", seen[0].URL.Path)
	assert.JSONEq(t, `{"order":"7"}`, bodies[0])
}

func TestToolsReachOnlyThePublicInternet(t *testing.T) {
	t.Parallel()
	w := start(t)
	p := w.party(t)
	got := w.do(t, call{Method: "POST", Path: "/v1/tools/test", Cookie: p.cookie, Body: fields{
		"tool": refund(fields{"class": "read", "http": fields{"method": "GET", "url": w.url + "/healthz"}}),
	}})
	require.Equal(t, http.StatusOK, got.Status, got.Text)
	assert.Equal(t, "failed", got.JSON["state"])
	assert.Contains(t, got.JSON["error"], "public internet")
}

func TestPolicyIsTried(t *testing.T) {
	t.Parallel()
	w := start(t)
	p := w.party(t)
	policy := fields{"default": "allow", "rules": []any{
		fields{"when": "visitor.externalId == 'banned'", "then": "deny"}, fields{"when": "args.amount > 100", "then": "ask_staff"},
	}}
	for name, c := range map[string]struct {
		facts    fields
		decision string
		rule     any
		fault    string
	}{
		"the default":            {fields{"arguments": fields{"amount": 5}}, "allow", nil, ""},
		"a rule":                 {fields{"arguments": fields{"amount": 500}}, "ask_staff", float64(1), ""},
		"the first rule":         {fields{"arguments": fields{"amount": 500}, "visitor": fields{"externalId": "banned"}}, "deny", float64(0), ""},
		"what cannot be decided": {fields{}, "deny", nil, "amount"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			body := fields{"policy": policy}
			maps.Copy(body, c.facts)
			got := w.do(t, call{Method: "POST", Path: "/v1/tools/policy-test", Cookie: p.cookie, Body: body})
			require.Equal(t, http.StatusOK, got.Status, got.Text)
			assert.Equal(t, c.decision, got.JSON["decision"])
			assert.Equal(t, c.rule, got.JSON["rule"])
			if c.fault != "" {
				assert.Contains(t, got.JSON["error"], c.fault)
			}
		})
	}
}

func TestSecretsOfToolsAreNeverShown(t *testing.T) {
	t.Parallel()
	w := start(t)
	p := w.party(t)
	put := call{Method: "PUT", Path: "/v1/tool-secrets/SHOP_KEY", Cookie: p.cookie, Body: fields{"value": "hush-hush"}}
	got := w.do(t, put)
	require.Equal(t, http.StatusOK, got.Status, got.Text)
	list := w.do(t, call{Method: "GET", Path: "/v1/tool-secrets", Cookie: p.cookie})
	assert.Contains(t, list.Text, "SHOP_KEY")
	assert.NotContains(t, list.Text+got.Text, "hush")
	put.Path = "/v1/tool-secrets/lower"
	assert.Equal(t, http.StatusUnprocessableEntity, w.do(t, put).Status)
	first := w.do(t, call{Method: "GET", Path: "/v1/signing-secret", Cookie: p.cookie}).JSON["secret"].(string)
	assert.True(t, strings.HasPrefix(first, "whsec_"))
	second := w.do(t, call{Method: "POST", Path: "/v1/signing-secret/rotate", Cookie: p.cookie}).JSON["secret"]
	assert.NotEqual(t, first, second)
	assert.Equal(t, second, w.do(t, call{Method: "GET", Path: "/v1/signing-secret", Cookie: p.cookie}).JSON["secret"])
	assert.Equal(t, http.StatusNoContent, w.do(t, call{Method: "DELETE", Path: "/v1/tool-secrets/SHOP_KEY", Cookie: p.cookie}).Status)
	assert.Equal(t, http.StatusNotFound, w.do(t, call{Method: "DELETE", Path: "/v1/tool-secrets/SHOP_KEY", Cookie: p.cookie}).Status)
	tools := w.do(t, call{Method: "GET", Path: "/v1/tools/builtin", Cookie: p.cookie})
	var listed struct{ Items []chat.Tool }
	require.NoError(t, json.Unmarshal([]byte(tools.Text), &listed))
	assert.NotEmpty(t, listed.Items)
}
