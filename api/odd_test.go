package api_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/secret"
)

// oddTexts are what a parameter is not meant to be; each is a bad one for some.
func oddTexts() []string {
	texts := []string{
		"", " ", "\x00", "a\x00b", "\xff\xfe", "\xed\xa0\x80", "null", "-1", "0", "1e309", "NaN", "2147483648", "99999999999999999999",
		"' OR 1=1 --", "\"unclosed", "- -", "%", "\\", "../..", "𝕌𠮷\u202e", strings.Repeat("x", 3000),
		"00000000-0000-0000-0000-000000000000", "{" + uuidOfNobody + "}",
	}
	for _, place := range []string{
		"\x00", "\xff", "-5", "99999999999", "x " + uuidOfNobody, "2025-01-01T00:00:00Z", "2025-01-01T00:00:00Z x", "infinity " + uuidOfNobody,
		"0000-01-01T00:00:00Z " + uuidOfNobody, "9999-12-31T23:59:59.999999999Z " + uuidOfNobody,
	} {
		texts = append(texts, base64.RawURLEncoding.EncodeToString([]byte(place)))
	}
	return texts
}

// oddBodies are no bodies for anything.
func oddBodies() []string {
	return []string{
		"", " ", "null", "[]", "7", `"text"`, "{", "{}", "\xff", "{\"a\":\"\xff\"}", `{"a":1,"a":2}`, `{"":null}`,
		strings.Repeat("[", 20_000), strings.Repeat(`{"a":`, 5000) + "1" + strings.Repeat("}", 5000),
	}
}

// oddVariants gives the body with each of its values replaced by odd ones, as
// raw JSON.
func oddVariants(t *testing.T, body any) []string {
	t.Helper()
	var variants []string
	for _, odd := range []string{
		`"\u0000"`, `"a\u0000b"`, `"\ud800"`, `" "`, `""`, "null", "-1", "1e309", "99999999999999999999", "true", "[]", "[null]", "{}", `["\u0000"]`,
		`"` + strings.Repeat("ä", 20_000) + `"`,
	} {
		replaceEach(body, func() {
			text, err := json.Marshal(body)
			require.NoError(t, err)
			variants = append(variants, strings.Replace(string(text), `"ODD"`, odd, 1))
		})
	}
	return variants
}

// replaceEach puts ODD in the place of every value in turn.
func replaceEach(value any, visit func()) {
	put := func(inner any, set func(any)) {
		set("ODD")
		visit()
		set(inner)
		replaceEach(inner, visit)
	}
	switch value := value.(type) {
	case map[string]any:
		for name, inner := range value {
			put(inner, func(v any) { value[name] = v })
		}
	case []any:
		for i, inner := range value {
			put(inner, func(v any) { value[i] = v })
		}
	}
}

// TestOddInputIsNoFault sends every operation of the document what it does not
// expect, in the path, the query, the headers and the body. Our fault (5xx) is
// never the answer, and a refusal is always a problem.
func TestOddInputIsNoFault(t *testing.T) {
	t.Parallel()
	w := start(t)
	for _, op := range operations(t) {
		t.Run(op.ID, func(t *testing.T) {
			t.Parallel()
			o := oddCaller{w: w, op: op, party: w.party(t)}
			v := victim{party: o.party}
			v.turn = w.answered(t, o.party, "What?", "That.")
			o.victim, o.body = v, attempts(v)[op.ID].body
			o.tryParameters(t)
			o.tryHeaders(t)
			if op.Method == http.MethodPost || op.Method == http.MethodPut || op.Method == http.MethodPatch {
				o.tryBodies(t)
			}
		})
	}
}

type oddCaller struct {
	w      *world
	op     operation
	party  party
	victim victim
	body   any
}

// credential gives a fresh one of the best kind that the operation takes: some
// operations end theirs.
func (o oddCaller) credential(t *testing.T) call {
	t.Helper()
	switch {
	case o.op.takes("visitorToken"):
		return call{Bearer: o.party.visitor}
	case o.op.takes("secretKey"):
		return call{Bearer: o.party.secret}
	case o.op.takes("session"):
		return call{Cookie: o.w.session(t, o.party.TenantID, o.party.UserID)}
	}
	return call{Origin: customer}
}

func (o oddCaller) try(t *testing.T, path string, body any, header map[string]string) {
	t.Helper()
	c := o.credential(t)
	c.Method, c.Path, c.Body, c.Header = o.op.Method, path, body, header
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	response, err := o.w.client.Do(o.w.request(ctx, t, c))
	require.NoError(t, err, "%s %.200q", path, body)
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode < 400 {
		return // a stream of a conversation would not end
	}
	text, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	sent := fmt.Sprintf("%s %.300s %v %.300q: %s", o.op.Method, path, header, fmt.Sprint(body), text)
	require.Less(t, response.StatusCode, 500, sent)
	require.Equal(t, "application/problem+json", response.Header.Get("Content-Type"), sent)
	if response.StatusCode == http.StatusUnprocessableEntity {
		require.Contains(t, string(text), `"location":"`, "the field is named: %s", sent)
	}
}

func (o oddCaller) parameters(in string) []string {
	var names []string
	for _, parameter := range o.op.Parameters {
		if parameter.In == in {
			names = append(names, parameter.Name)
		}
	}
	return names
}

func (o oddCaller) tryParameters(t *testing.T) {
	t.Helper()
	path := o.victim.path(o.op)
	for _, odd := range oddTexts() {
		for _, parameter := range pathParameter.FindAllString(o.op.Path, -1) {
			template := o.op
			template.Path = strings.Replace(o.op.Path, parameter, "ODD", 1)
			if odd != "" && !strings.HasPrefix(odd, ".") {
				o.try(t, strings.Replace(o.victim.path(template), "ODD", url.PathEscape(odd), 1), o.body, nil)
			}
		}
		for _, name := range append(o.parameters("query"), "unknown") {
			o.try(t, path+"?"+name+"="+url.QueryEscape(odd), o.body, nil)
		}
	}
	o.try(t, path+"?%zz&limit=%", o.body, nil)
	o.try(t, path+"?cursor=a&cursor=b&limit=1;limit=2", o.body, nil)
}

func (o oddCaller) tryHeaders(t *testing.T) {
	t.Helper()
	for _, odd := range oddTexts() {
		if strings.ContainsAny(odd, "\x00") {
			continue // no client can send it
		}
		for _, name := range append(o.parameters("header"), "X-Request-Id", "Accept", "Origin", "Content-Type") {
			o.try(t, o.victim.path(o.op), o.body, map[string]string{name: odd})
		}
	}
}

func (o oddCaller) tryBodies(t *testing.T) {
	t.Helper()
	path := o.victim.path(o.op)
	for _, body := range oddBodies() {
		o.try(t, path, body, nil)
		o.try(t, path, body, map[string]string{"Idempotency-Key": "k"})
	}
	if o.body == nil {
		return
	}
	text, err := json.Marshal(o.body)
	require.NoError(t, err)
	for _, kind := range []string{"text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "application/cbor", "application/json; charset=latin1", ";"} {
		o.try(t, path, string(text), map[string]string{"Content-Type": kind})
	}
	var whole map[string]any
	require.NoError(t, json.NewDecoder(bytes.NewReader(text)).Decode(&whole))
	for _, variant := range oddVariants(t, whole) {
		o.try(t, path, variant, nil)
	}
}

// TestOddCredentialsAreNone: what is no credential is 401, whatever it looks like.
func TestOddCredentialsAreNone(t *testing.T) {
	t.Parallel()
	w := start(t)
	p := w.party(t)
	key, err := w.key.Derive(secret.Tokens)
	require.NoError(t, err)
	sign := func(method jwt.SigningMethod, key any, change jwt.MapClaims) string {
		claims := jwt.MapClaims{
			"iss": "parley", "aud": "parley:visitor", "exp": time.Now().Add(time.Minute).Unix(), "sub": p.VisitorID.String(),
			"tenant": p.TenantID.String(), "agent": p.AgentID.String(), "origin": customer,
		}
		maps.Copy(claims, change)
		token, err := jwt.NewWithClaims(method, claims).SignedString(key)
		require.NoError(t, err)
		return token
	}
	good := sign(jwt.SigningMethodHS256, key, nil)
	list := func(change func(*http.Request)) answer {
		r := w.request(context.Background(), t, call{Method: "GET", Path: "/v1/conversations", Origin: customer})
		change(r)
		response, err := w.client.Do(r)
		require.NoError(t, err)
		defer func() { _ = response.Body.Close() }()
		text, err := io.ReadAll(response.Body)
		require.NoError(t, err)
		got := answer{Status: response.StatusCode, Header: response.Header, Text: string(text)}
		require.NoError(t, json.Unmarshal(text, &got.JSON), got.Text)
		return got
	}
	bearer := func(text string) answer {
		return list(func(r *http.Request) { r.Header.Set("Authorization", text) })
	}
	require.Equal(t, http.StatusOK, bearer("Bearer "+good).Status)
	cut := strings.LastIndexByte(good, '.')
	for name, odd := range map[string]string{
		"nothing": "", "a scheme": "Bearer", "a blank": "Bearer  ", "a word": "Bearer x", "dots": "Bearer ..", "three words": "Bearer a.b.c",
		"no UTF-8": "Bearer \xff\xfe", "long": "Bearer " + strings.Repeat("x", 100_000), "twice": "Bearer " + good + " " + good,
		"a cut signature": "Bearer " + good[:len(good)-3], "no signature": "Bearer " + good[:cut+1],
		"none":           "Bearer " + sign(jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType, nil),
		"another key":    "Bearer " + sign(jwt.SigningMethodHS256, []byte("guess"), nil),
		"another method": "Bearer " + sign(jwt.SigningMethodHS512, key, nil),
		"another issuer": "Bearer " + sign(jwt.SigningMethodHS256, key, jwt.MapClaims{"iss": "x"}),
		"expired":        "Bearer " + sign(jwt.SigningMethodHS256, key, jwt.MapClaims{"exp": 1}),
		"no end":         "Bearer " + sign(jwt.SigningMethodHS256, key, jwt.MapClaims{"exp": nil}),
		"an odd end":     "Bearer " + sign(jwt.SigningMethodHS256, key, jwt.MapClaims{"exp": "soon"}),
		"an odd tenant":  "Bearer " + sign(jwt.SigningMethodHS256, key, jwt.MapClaims{"tenant": "x"}),
		"an odd visitor": "Bearer " + sign(jwt.SigningMethodHS256, key, jwt.MapClaims{"sub": "\x00"}),
		"an odd agent":   "Bearer " + sign(jwt.SigningMethodHS256, key, jwt.MapClaims{"agent": 7}),
		"a secret key":   "Bearer sk_", "a secret key in the wrong case": "Bearer SK_x", "no key": "Bearer sk_\xff",
		"a publishable key": "Bearer " + p.publishable, "basic": "Basic \xff", "digest": "Digest x",
	} {
		got := bearer(odd)
		assert.Equal(t, http.StatusUnauthorized, got.Status, "%s: %s", name, got.Text)
		assertProblem(t, got)
	}
	for _, odd := range []string{"", "x", "ss_", "\"", "%00", strings.Repeat("x", 5000)} {
		got := w.do(t, call{Method: "GET", Path: "/v1/me", Header: map[string]string{"Cookie": "parley_session=" + odd}})
		assert.Equal(t, http.StatusUnauthorized, got.Status, "%q: %s", odd, got.Text)
		assertProblem(t, got)
	}
}

// TestVisitorsMayHaveOddTraits: the tenant's own server decides what it signs.
func TestVisitorsMayHaveOddTraits(t *testing.T) {
	t.Parallel()
	w := start(t)
	p := w.party(t)
	made := w.do(t, call{Method: "POST", Path: "/v1/settings/identity-secret", Cookie: p.cookie})
	require.Equal(t, http.StatusCreated, made.Status, made.Text)
	for name, claims := range map[string]jwt.MapClaims{
		"U+0000":          {"sub": "a\x00", "name": "\x00", "traits": map[string]any{"a\x00b": "c\x00d", "list": []any{"\x00", map[string]any{"\x00": nil}}}},
		"numbers":         {"sub": "b", "traits": map[string]any{"big": 1e300, "small": -1e-300}},
		"no object":       {"sub": "c", "traits": "text"},
		"only U+0000":     {"sub": "\x00"},
		"a long subject":  {"sub": strings.Repeat("x", 201)},
		"a number of one": {"sub": 7},
		"a far end":       {"sub": "d", "exp": 1e300},
	} {
		if claims["exp"] == nil {
			claims["exp"] = time.Now().Add(time.Minute).Unix()
		}
		token, err := jwt.NewWithClaims(jwt.SigningMethodHS256, claims).SignedString([]byte(made.JSON["secret"].(string)))
		require.NoError(t, err)
		got := w.do(t, call{Method: "POST", Path: "/v1/widget/sessions", Origin: customer,
			Body: map[string]any{"agentId": p.AgentID, "publishableKey": p.publishable, "visitorJwt": token}})
		switch name {
		case "U+0000", "numbers":
			assert.Equal(t, http.StatusCreated, got.Status, "%s: %s", name, got.Text)
		default:
			badInput{status: http.StatusUnauthorized, field: "body.visitorJwt"}.judge(t, got)
		}
	}
}

func TestPageOfASession(t *testing.T) {
	t.Parallel()
	w := start(t)
	p := w.party(t)
	seen := func() any {
		return w.do(t, call{Method: "GET", Path: "/v1/agents/" + p.AgentID.String(), Cookie: p.cookie}).JSON["snippetSeenPage"]
	}
	for _, bad := range []string{"x", "https://evil.example/", "http://customer.example/", "https://customer.example:8443/", "https://customer.example.evil/", "\x00", "javascript:alert(1)"} {
		got := w.do(t, call{Method: "POST", Path: "/v1/widget/sessions", Origin: customer,
			Body: map[string]any{"agentId": p.AgentID, "publishableKey": p.publishable, "page": bad}})
		badInput{status: http.StatusUnprocessableEntity, field: "body.page"}.judge(t, got)
	}
	assert.Nil(t, seen())
	w.widgetSession(t, p, map[string]any{"page": customer + "/my shop/plants?token=secret#here"})
	assert.Equal(t, customer+"/my%20shop/plants", seen(), "what may be secret is not kept")
}
