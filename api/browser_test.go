package api_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/chat"
)

func TestOtherSitesCannotUseASession(t *testing.T) {
	t.Parallel()
	w := start(t)
	p := w.party(t)
	cases := map[string]struct {
		header map[string]string
		status int
	}{
		"same origin":      {map[string]string{"Sec-Fetch-Site": "same-origin"}, http.StatusCreated},
		"typed address":    {map[string]string{"Sec-Fetch-Site": "none"}, http.StatusCreated},
		"own origin":       {map[string]string{"Origin": w.url}, http.StatusCreated},
		"public address":   {map[string]string{"Origin": publicURL, "Sec-Fetch-Site": "same-site"}, http.StatusCreated},
		"cross site":       {map[string]string{"Sec-Fetch-Site": "cross-site"}, http.StatusForbidden},
		"sister subdomain": {map[string]string{"Sec-Fetch-Site": "same-site"}, http.StatusForbidden},
		"foreign origin":   {map[string]string{"Origin": "https://evil.example"}, http.StatusForbidden},
		"null origin":      {map[string]string{"Origin": "null"}, http.StatusForbidden},
		"allowed customer": {map[string]string{"Origin": customer, "Sec-Fetch-Site": "cross-site"}, http.StatusForbidden},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := w.do(t, call{Method: "POST", Path: "/v1/agents", Cookie: p.cookie, Header: c.header, Body: map[string]any{"name": name}})
			assert.Equal(t, c.status, got.Status, got.Text)
		})
	}
	foreign := map[string]string{"Sec-Fetch-Site": "cross-site"}
	got := w.do(t, call{Method: "POST", Path: "/v1/auth/sign-in", Header: foreign, Body: map[string]any{"email": p.Email, "password": "x"}})
	assert.Equal(t, http.StatusForbidden, got.Status, "nor sign a person in to another account")
	got = w.do(t, call{Method: "POST", Path: "/v1/agents", Bearer: p.secret, Header: foreign, Body: map[string]any{"name": "key"}})
	assert.Equal(t, http.StatusCreated, got.Status, "a key is not sent by a browser on its own")
	form := w.do(t, call{Method: "POST", Path: "/v1/agents", Cookie: p.cookie, Body: `{"name":"form"}`,
		Header: map[string]string{"Content-Type": "text/plain"}})
	assert.Equal(t, http.StatusUnsupportedMediaType, form.Status, "what a form can send is not read")
}

func TestCrossOriginRules(t *testing.T) {
	t.Parallel()
	w := start(t)
	p := w.party(t)
	preflight := func(path, origin, method string) answer {
		return w.do(t, call{Method: "OPTIONS", Path: path, Origin: origin, Header: map[string]string{
			"Access-Control-Request-Method": method, "Access-Control-Request-Headers": "authorization,content-type,idempotency-key",
		}})
	}
	conversation := "/v1/conversations/" + p.ConversationID.String()
	allow := "Access-Control-Allow-Origin"
	for _, path := range []string{"/v1/widget/sessions", "/v1/conversations", conversation + "/turns", "/v1/agents/" + p.AgentID.String() + "/chat"} {
		got := preflight(path, customer, "POST")
		assert.Less(t, got.Status, 300)
		assert.Equal(t, customer, got.Header.Get(allow), path)
		assert.Empty(t, got.Header.Get("Access-Control-Allow-Credentials"), "cookies never go along")
		assert.Contains(t, strings.Join(got.Header.Values("Vary"), ","), "Origin")
		for _, origin := range []string{"https://evil.example", "null", "http://customer.example"} {
			assert.Empty(t, preflight(path, origin, "POST").Header.Get(allow), origin)
		}
	}
	for _, path := range []string{"/v1/agents", "/v1/me", "/v1/auth/sign-in", "/v1/settings", "/v1/admin/conversations"} {
		assert.Empty(t, preflight(path, customer, "GET").Header.Get(allow), path)
		got := w.do(t, call{Method: "GET", Path: path, Cookie: p.cookie, Origin: customer})
		assert.Empty(t, got.Header.Get(allow), path)
	}
	got := w.do(t, call{Method: "GET", Path: conversation, Bearer: "garbage", Origin: customer})
	assert.Equal(t, http.StatusUnauthorized, got.Status)
	assert.Equal(t, customer, got.Header.Get(allow), "a page can read why it was refused")
	assert.Contains(t, got.Header.Get("Access-Control-Expose-Headers"), "X-Request-Id")
	assert.Equal(t, "*", w.do(t, call{Method: "GET", Path: "/widget.js", Origin: customer}).Header.Get(allow))
}

func TestCodecAnswersOperatorsInTemporalWebAlone(t *testing.T) {
	t.Parallel()
	w := start(t)
	p := w.party(t)
	operator := w.member(t, p.TenantID, chat.MemberViewer, true)
	plain := map[string]any{"payloads": []any{map[string]any{
		"metadata": map[string]any{"encoding": "anNvbi9wbGFpbg=="}, "data": "IngheWxvcGhvbmUi",
	}}}
	encode := call{Method: "POST", Path: "/operator/codec/encode?preserveStorageRefs=true", Cookie: operator, Origin: webURL,
		Header: map[string]string{"Sec-Fetch-Site": "cross-site", "X-Namespace": "parley"}, Body: plain}
	sealed := w.do(t, encode)
	require.Equal(t, http.StatusOK, sealed.Status, sealed.Text)
	assert.Equal(t, webURL, sealed.Header.Get("Access-Control-Allow-Origin"))
	assert.Equal(t, "true", sealed.Header.Get("Access-Control-Allow-Credentials"))
	assert.NotContains(t, sealed.Text, "IngheWxvcGhvbmUi")
	decode := encode
	decode.Path, decode.Body = "/operator/codec/decode?preserveStorageRefs=true", sealed.Text
	opened := w.do(t, decode)
	assert.Contains(t, opened.Text, "IngheWxvcGhvbmUi")

	decode.Cookie = p.cookie
	assert.Equal(t, http.StatusForbidden, w.do(t, decode).Status, "an owner is no operator")
	decode.Cookie, decode.Origin = operator, "https://evil.example"
	got := w.do(t, decode)
	assert.Equal(t, http.StatusForbidden, got.Status)
	assert.Empty(t, got.Header.Get("Access-Control-Allow-Origin"))
	decode.Cookie, decode.Origin = "", webURL
	assert.Equal(t, http.StatusUnauthorized, w.do(t, decode).Status)
	decode.Cookie = operator
	decode.Body = map[string]any{"payloads": []any{map[string]any{"metadata": map[string]any{"encoding": "YmluYXJ5L2VuY3J5cHRlZA=="}, "data": "AAAA"}}}
	assert.Equal(t, http.StatusUnprocessableEntity, w.do(t, decode).Status, "not sealed with this key")
}
