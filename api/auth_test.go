package api_test

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/api"
	"github.com/parley-chat/parley/chat"
	"github.com/parley-chat/parley/db"
	"github.com/parley-chat/parley/secret"
)

func TestWidgetSessionChecksThePage(t *testing.T) {
	t.Parallel()
	w := start(t)
	p, other := w.party(t), w.party(t)
	cases := map[string]struct {
		origin, key string
		agent       chat.AgentID
		status      int
	}{
		"allowed":              {customer, p.publishable, p.AgentID, http.StatusCreated},
		"no origin":            {"", p.publishable, p.AgentID, http.StatusForbidden},
		"null origin":          {"null", p.publishable, p.AgentID, http.StatusForbidden},
		"another origin":       {"https://evil.example", p.publishable, p.AgentID, http.StatusForbidden},
		"another scheme":       {"http://customer.example", p.publishable, p.AgentID, http.StatusForbidden},
		"another port":         {customer + ":8443", p.publishable, p.AgentID, http.StatusForbidden},
		"longer host":          {customer + ".evil.example", p.publishable, p.AgentID, http.StatusForbidden},
		"unknown key":          {customer, "pk_unknown", p.AgentID, http.StatusUnauthorized},
		"secret key":           {customer, p.secret, p.AgentID, http.StatusUnauthorized},
		"another tenant's key": {customer, other.publishable, p.AgentID, http.StatusNotFound},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := w.do(t, call{Method: "POST", Path: "/v1/widget/sessions", Origin: c.origin,
				Body: map[string]any{"agentId": c.agent, "publishableKey": c.key}})
			assert.Equal(t, c.status, got.Status, got.Text)
		})
	}
}

func TestVisitorStaysTheSameBySecret(t *testing.T) {
	t.Parallel()
	w := start(t)
	p := w.party(t)
	first := w.widgetSession(t, p, nil)
	require.NotEmpty(t, first["visitorSecret"])
	again := w.widgetSession(t, p, map[string]any{"visitorSecret": first["visitorSecret"]})
	assert.Equal(t, first["visitorId"], again["visitorId"])
	assert.Nil(t, again["visitorSecret"], "the secret is told once")
	forged := w.widgetSession(t, p, map[string]any{"visitorSecret": "vs_forged"})
	assert.NotEqual(t, first["visitorId"], forged["visitorId"])
	expires, err := time.Parse(time.RFC3339, first["tokenExpiresAt"].(string))
	require.NoError(t, err)
	assert.WithinDuration(t, time.Now().Add(15*time.Minute), expires, 10*time.Second)
}

func TestVisitorIsIdentifiedByTheTenant(t *testing.T) {
	t.Parallel()
	w := start(t)
	p := w.party(t)
	session := func(token string) answer {
		return w.do(t, call{Method: "POST", Path: "/v1/widget/sessions", Origin: customer,
			Body: map[string]any{"agentId": p.AgentID, "publishableKey": p.publishable, "visitorJwt": token}})
	}
	sign := func(method jwt.SigningMethod, key any, claims jwt.MapClaims) string {
		token, err := jwt.NewWithClaims(method, claims).SignedString(key)
		require.NoError(t, err)
		return token
	}
	soon := time.Now().Add(time.Minute).Unix()
	good := jwt.MapClaims{"sub": "customer-7", "exp": soon, "name": "Ada", "email": "ada@example.com", "traits": map[string]any{"plan": "pro"}}
	refused := session(sign(jwt.SigningMethodHS256, []byte("guess"), good))
	assert.Equal(t, http.StatusUnauthorized, refused.Status, "no secret has been made yet")

	made := w.do(t, call{Method: "POST", Path: "/v1/settings/identity-secret", Cookie: p.cookie})
	require.Equal(t, http.StatusCreated, made.Status, made.Text)
	key := []byte(made.JSON["secret"].(string))
	assert.True(t, w.do(t, call{Method: "GET", Path: "/v1/settings", Cookie: p.cookie}).JSON["hasIdentitySecret"].(bool))
	known := session(sign(jwt.SigningMethodHS256, key, good))
	require.Equal(t, http.StatusCreated, known.Status, known.Text)
	assert.Nil(t, known.JSON["visitorSecret"])
	again := session(sign(jwt.SigningMethodHS256, key, jwt.MapClaims{"sub": "customer-7", "exp": soon}))
	assert.Equal(t, known.JSON["visitorId"], again.JSON["visitorId"])

	for name, token := range map[string]string{
		"another key": sign(jwt.SigningMethodHS256, []byte("guess"), good),
		"expired":     sign(jwt.SigningMethodHS256, key, jwt.MapClaims{"sub": "customer-7", "exp": time.Now().Add(-time.Hour).Unix()}),
		"no exp":      sign(jwt.SigningMethodHS256, key, jwt.MapClaims{"sub": "customer-7"}),
		"no sub":      sign(jwt.SigningMethodHS256, key, jwt.MapClaims{"exp": soon}),
		"none":        sign(jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType, good),
		"HS512":       sign(jwt.SigningMethodHS512, key, good),
		"no token":    "garbage",
	} {
		got := session(token)
		assert.Equal(t, http.StatusUnauthorized, got.Status, "%s: %s", name, got.Text)
		assert.Contains(t, got.Text, "body.visitorJwt", name)
	}
	require.Equal(t, http.StatusNoContent, w.do(t, call{Method: "DELETE", Path: "/v1/settings/identity-secret", Cookie: p.cookie}).Status)
	assert.Equal(t, http.StatusUnauthorized, session(sign(jwt.SigningMethodHS256, key, good)).Status)
}

func TestVisitorTokenIsBoundToItsOrigin(t *testing.T) {
	t.Parallel()
	w := start(t)
	p := w.party(t)
	list := call{Method: "GET", Path: "/v1/conversations", Bearer: p.visitor, Origin: customer}
	assert.Equal(t, http.StatusOK, w.do(t, list).Status)
	list.Origin = "https://evil.example"
	assert.Equal(t, http.StatusForbidden, w.do(t, list).Status)
	list.Origin = "null"
	assert.Equal(t, http.StatusForbidden, w.do(t, list).Status)
}

func TestVisitorTokenExpires(t *testing.T) {
	t.Parallel()
	late := start(t, func(d *api.Deps) { d.Now = func() time.Time { return time.Now().Add(16 * time.Minute) } })
	w := start(t)
	p := w.party(t)
	list := call{Method: "GET", Path: "/v1/conversations", Bearer: p.visitor}
	assert.Equal(t, http.StatusOK, w.do(t, list).Status)
	assert.Equal(t, http.StatusUnauthorized, late.do(t, list).Status)
	list.Bearer = p.visitor[:len(p.visitor)-4] + "AAAA"
	assert.Equal(t, http.StatusUnauthorized, w.do(t, list).Status, "a changed signature")
}

// A page that loses its agent loses it at once on this node.
func TestUnpublishedOriginEndsTokens(t *testing.T) {
	t.Parallel()
	w := start(t)
	p := w.party(t)
	list := call{Method: "GET", Path: "/v1/conversations", Bearer: p.visitor, Origin: customer}
	require.Equal(t, http.StatusOK, w.do(t, list).Status)
	w.publish(t, p, map[string]any{"allowedOrigins": []string{"https://new.example"}})
	assert.Equal(t, http.StatusForbidden, w.do(t, list).Status)
}

// publish changes the draft and publishes it.
func (w *world) publish(t *testing.T, p party, draft map[string]any) {
	t.Helper()
	path := "/v1/agents/" + p.AgentID.String()
	agent := w.do(t, call{Method: "GET", Path: path, Cookie: p.cookie})
	changed := w.do(t, call{Method: "PATCH", Path: path, Cookie: p.cookie, Body: map[string]any{"revision": agent.JSON["revision"], "draft": draft}})
	require.Equal(t, http.StatusOK, changed.Status, changed.Text)
	got := w.do(t, call{Method: "POST", Path: path + "/publish", Cookie: p.cookie, Body: map[string]any{"revision": changed.JSON["revision"]}})
	require.Equal(t, http.StatusCreated, got.Status, got.Text)
}

func TestRevokedKeyStopsWorking(t *testing.T) {
	t.Parallel()
	w, elsewhere := start(t), start(t)
	p := w.party(t)
	list := call{Method: "GET", Path: "/v1/agents", Bearer: p.secret}
	require.Equal(t, http.StatusOK, w.do(t, list).Status)
	require.Equal(t, http.StatusOK, elsewhere.do(t, list).Status)
	got := w.do(t, call{Method: "DELETE", Path: "/v1/keys/" + p.key.String(), Cookie: p.cookie})
	require.Equal(t, http.StatusNoContent, got.Status, got.Text)
	assert.Equal(t, http.StatusUnauthorized, w.do(t, list).Status, "at once where it was revoked")
	eventually(t, func() bool { return elsewhere.do(t, list).Status == http.StatusUnauthorized }, "soon on another node")
}

// Every role and scope against one operation of each permission.
func TestRolesAndScopes(t *testing.T) {
	t.Parallel()
	w := start(t)
	p := w.party(t)
	probes := map[api.Permission]call{
		api.PermConversationsRead: {Method: "GET", Path: "/v1/admin/conversations"},
		api.PermAgentsRead:        {Method: "GET", Path: "/v1/agents"},
		api.PermAgentsWrite:       {Method: "POST", Path: "/v1/agents", Body: `{}`},
		api.PermKeysRead:          {Method: "GET", Path: "/v1/keys"},
		api.PermKeysWrite:         {Method: "POST", Path: "/v1/keys", Body: `{}`},
		api.PermProviderRead:      {Method: "GET", Path: "/v1/provider"},
		api.PermProviderWrite:     {Method: "PUT", Path: "/v1/provider", Body: `{}`},
		api.PermSettingsRead:      {Method: "GET", Path: "/v1/settings"},
		api.PermSettingsWrite:     {Method: "PATCH", Path: "/v1/settings", Body: `{}`},
		api.PermUsageRead:         {Method: "GET", Path: "/v1/usage"},
	}
	may := map[chat.MemberRole][]api.Permission{
		chat.MemberViewer: {api.PermConversationsRead, api.PermAgentsRead, api.PermSettingsRead, api.PermUsageRead},
		chat.MemberAgent:  {api.PermConversationsRead, api.PermAgentsRead, api.PermSettingsRead, api.PermUsageRead},
	}
	for permission := range probes {
		may[chat.MemberAdmin] = append(may[chat.MemberAdmin], permission)
		may[chat.MemberOwner] = append(may[chat.MemberOwner], permission)
	}
	for role, allowed := range may {
		cookie := w.member(t, p.TenantID, role, false)
		for permission, probe := range probes {
			probe.Cookie = cookie
			assertAllowed(t, slices.Contains(allowed, permission), w.do(t, probe), fmt.Sprint(role, " ", permission))
		}
	}
	for scope := range probes {
		key := w.keyWith(t, p, string(scope))
		for permission, probe := range probes {
			probe.Bearer = key
			assertAllowed(t, permission == scope, w.do(t, probe), fmt.Sprint("key ", scope, " ", permission))
		}
	}
}

func assertAllowed(t *testing.T, allowed bool, got answer, what string) {
	t.Helper()
	if allowed {
		assert.NotEqual(t, http.StatusForbidden, got.Status, "%s: %s", what, got.Text)
		return
	}
	assert.Equal(t, http.StatusForbidden, got.Status, "%s: %s", what, got.Text)
}

func TestOnlyOwnersChangeLimits(t *testing.T) {
	t.Parallel()
	w := start(t)
	p := w.party(t)
	raise := call{Method: "PATCH", Path: "/v1/settings", Cookie: w.member(t, p.TenantID, chat.MemberAdmin, false), Body: map[string]any{"monthlyBudgetMicros": 1}}
	assert.Equal(t, http.StatusForbidden, w.do(t, raise).Status)
	raise.Cookie = p.cookie
	assert.EqualValues(t, 1, w.do(t, raise).JSON["monthlyBudgetMicros"])
	assert.EqualValues(t, 1, w.do(t, call{Method: "GET", Path: "/v1/usage", Cookie: p.cookie}).JSON["budgetMicros"])
	raise.Body = `{"monthlyBudgetMicros":null}`
	assert.NotContains(t, w.do(t, raise).Text, "monthlyBudgetMicros", "null goes back to the platform's")
}

func TestNobodyGrantsMoreThanTheyHave(t *testing.T) {
	t.Parallel()
	w := start(t)
	p := w.party(t)
	create := call{Method: "POST", Path: "/v1/keys", Bearer: w.keyWith(t, p, "keys:write"),
		Body: map[string]any{"kind": "secret", "name": "more", "scopes": []string{"settings:write"}}}
	got := w.do(t, create)
	assert.Equal(t, http.StatusForbidden, got.Status, got.Text)
	create.Body = map[string]any{"kind": "secret", "name": "same", "scopes": []string{"keys:write"}}
	assert.Equal(t, http.StatusCreated, w.do(t, create).Status)
}

func TestEndedSessions(t *testing.T) {
	t.Parallel()
	w := start(t)
	p := w.party(t)
	me := call{Method: "GET", Path: "/v1/me", Cookie: p.cookie}
	require.Equal(t, http.StatusOK, w.do(t, me).Status)
	out := w.do(t, call{Method: "POST", Path: "/v1/auth/sign-out", Cookie: p.cookie})
	require.Equal(t, http.StatusNoContent, out.Status, out.Text)
	assert.Contains(t, out.Header.Get("Set-Cookie"), "Max-Age=0")
	assert.Equal(t, http.StatusUnauthorized, w.do(t, me).Status)

	later := start(t, func(d *api.Deps) { d.Now = func() time.Time { return time.Now().Add(2 * time.Hour) } })
	me.Cookie = w.session(t, p.TenantID, p.UserID)
	require.Equal(t, http.StatusOK, w.do(t, me).Status)
	assert.Equal(t, http.StatusUnauthorized, later.do(t, me).Status, "it has expired")
}

// setPassword gives the fixture's owner a password.
func (w *world) setPassword(t *testing.T, user chat.UserID, password string) {
	t.Helper()
	hash, err := secret.HashPassword(password)
	require.NoError(t, err)
	ctx := context.Background()
	require.NoError(t, w.db.System(ctx, func(tx *db.SystemTx) error {
		_, err := tx.UserPasswordPut(ctx, hash, user)
		return err
	}))
}

func TestSignIn(t *testing.T) {
	t.Parallel()
	w := start(t)
	p, other := w.party(t), w.party(t)
	w.setPassword(t, p.UserID, "correct horse")
	signIn := func(email, password, tenant string) answer {
		body := map[string]any{"email": email, "password": password}
		if tenant != "" {
			body["tenantId"] = tenant
		}
		return w.do(t, call{Method: "POST", Path: "/v1/auth/sign-in", Body: body})
	}
	got := signIn(" "+p.Email+" ", "correct horse", "")
	require.Equal(t, http.StatusOK, got.Status, got.Text)
	cookie := got.Header.Get("Set-Cookie")
	for _, attribute := range []string{"parley_session=ss_", "HttpOnly", "SameSite=Lax", "Secure", "Path=/", "Max-Age=1209600"} {
		assert.Contains(t, cookie, attribute)
	}
	assert.Equal(t, p.TenantID.String(), got.JSON["tenant"].(map[string]any)["id"])
	assert.NotContains(t, got.Text, "argon2")
	parsed, err := http.ParseSetCookie(cookie)
	require.NoError(t, err)
	assert.Equal(t, http.StatusOK, w.do(t, call{Method: "GET", Path: "/v1/me", Cookie: parsed.Value}).Status)

	wrong, unknown := signIn(p.Email, "wrong", ""), signIn("nobody@example.com", "wrong", "")
	assert.Equal(t, http.StatusUnauthorized, wrong.Status)
	assert.Equal(t, http.StatusUnauthorized, unknown.Status)
	assert.Equal(t, wrong.JSON["detail"], unknown.JSON["detail"], "the answer does not tell who has an account")
	assert.Equal(t, http.StatusNotFound, signIn(p.Email, "correct horse", other.TenantID.String()).Status)
}

func TestSwitchingTenants(t *testing.T) {
	t.Parallel()
	w := start(t)
	p, second, foreign := w.party(t), w.party(t), w.party(t)
	ctx := context.Background()
	require.NoError(t, w.db.System(ctx, func(tx *db.SystemTx) error {
		_, err := tx.MembershipInsert(ctx, second.TenantID, p.UserID, chat.MemberViewer)
		return err
	}))
	change := call{Method: "POST", Path: "/v1/auth/switch", Cookie: p.cookie, Body: map[string]any{"tenantId": foreign.TenantID}}
	assert.Equal(t, http.StatusNotFound, w.do(t, change).Status)
	change.Body = map[string]any{"tenantId": second.TenantID}
	got := w.do(t, change)
	require.Equal(t, http.StatusOK, got.Status, got.Text)
	assert.Equal(t, "viewer", got.JSON["role"])
	parsed, err := http.ParseSetCookie(got.Header.Get("Set-Cookie"))
	require.NoError(t, err)
	assert.Equal(t, http.StatusForbidden, w.do(t, call{Method: "GET", Path: "/v1/keys", Cookie: parsed.Value}).Status)
	assert.Equal(t, http.StatusUnauthorized, w.do(t, call{Method: "GET", Path: "/v1/keys", Cookie: p.cookie}).Status, "the old session has ended")
}

// leastRole says who may call each operation of staff. The permission in its
// rule is easily the wrong one, and a viewer's dashboard would not tell.
var leastRole = map[string]chat.MemberRole{
	"listInbox": chat.MemberViewer, "getInboxConversation": chat.MemberViewer, "listInboxMessages": chat.MemberViewer,
	"listInboxTurns": chat.MemberViewer, "streamInboxConversation": chat.MemberViewer, "streamInboxTurn": chat.MemberViewer,
	"listAgents": chat.MemberViewer, "getAgent": chat.MemberViewer, "listAgentVersions": chat.MemberViewer,
	"getLaunchChecklist": chat.MemberViewer, "getSettings": chat.MemberViewer, "getUsage": chat.MemberViewer,
	"createAgent": chat.MemberAdmin, "updateAgent": chat.MemberAdmin, "deleteAgent": chat.MemberAdmin,
	"publishAgent": chat.MemberAdmin, "restoreAgentVersion": chat.MemberAdmin,
	"listKeys": chat.MemberAdmin, "createKey": chat.MemberAdmin, "revokeKey": chat.MemberAdmin,
	"getProvider": chat.MemberAdmin, "putProvider": chat.MemberAdmin, "deleteProvider": chat.MemberAdmin,
	"updateSettings": chat.MemberAdmin, "createIdentitySecret": chat.MemberAdmin, "deleteIdentitySecret": chat.MemberAdmin,
	"exportTurn": chat.MemberAdmin, "traceTurn": chat.MemberViewer, "tracePrompt": chat.MemberViewer,
	"listApprovals": chat.MemberViewer, "countApprovals": chat.MemberViewer, "getApproval": chat.MemberViewer,
	"decideApproval":   chat.MemberAgent,
	"listBuiltInTools": chat.MemberViewer, "testTool": chat.MemberAdmin, "testPolicy": chat.MemberAdmin,
	"listToolSecrets": chat.MemberAdmin, "putToolSecret": chat.MemberAdmin, "deleteToolSecret": chat.MemberAdmin,
	"getSigningSecret": chat.MemberAdmin, "rotateSigningSecret": chat.MemberAdmin,
	"listMcpServers": chat.MemberViewer, "getMcpServer": chat.MemberViewer, "listMcpTools": chat.MemberAdmin,
	"createMcpServer": chat.MemberAdmin, "putMcpServer": chat.MemberAdmin, "deleteMcpServer": chat.MemberAdmin,
	"agentMcp":                  chat.MemberAgent,
	"countWaitingConversations": chat.MemberViewer, "takeConversation": chat.MemberAgent, "writeMessage": chat.MemberAgent,
	"returnConversation": chat.MemberAgent, "typeInConversation": chat.MemberAgent,
}

func TestEveryOperationAsksForTheRightRole(t *testing.T) {
	t.Parallel()
	w := start(t)
	p := w.party(t)
	ranks := []chat.MemberRole{chat.MemberViewer, chat.MemberAgent, chat.MemberAdmin, chat.MemberOwner}
	cookies := map[chat.MemberRole]string{}
	for _, role := range ranks {
		cookies[role] = w.member(t, p.TenantID, role, false)
	}
	for _, op := range operations(t) {
		if !op.takes("session") || !op.takes("secretKey") {
			continue // for visitors, for any member, or for operators
		}
		least, known := leastRole[op.ID]
		require.True(t, known, "who may call %s? Say so in leastRole", op.ID)
		for rank, role := range ranks {
			// Nothing comes of it: the body is not what the operation wants, and the
			// ids are those of nobody.
			c := call{Method: op.Method, Path: pathParameter.ReplaceAllString(op.Path, uuidOfNobody), Cookie: cookies[role], Body: "7"}
			if op.Method == http.MethodGet || op.Method == http.MethodDelete {
				c.Body = nil
			}
			assertAllowed(t, rank >= slices.Index(ranks, least), w.do(t, c), fmt.Sprint(role, " ", op.ID))
		}
	}
}
