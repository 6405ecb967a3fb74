package api_test

import (
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/api"
)

func three() api.Quota { return api.Quota{Count: 3, Per: time.Hour} }

// assertLimited makes three requests that pass and a fourth that does not.
func assertLimited(t *testing.T, w *world, c call, policy string) {
	t.Helper()
	for i := range 3 {
		got := w.do(t, c)
		require.NotEqual(t, http.StatusTooManyRequests, got.Status, "request %d: %s", i+1, got.Text)
	}
	got := w.do(t, c)
	require.Equal(t, http.StatusTooManyRequests, got.Status, got.Text)
	assertProblem(t, got)
	assert.Equal(t, "rate_limited", got.JSON["code"])
	wait, err := strconv.Atoi(got.Header.Get("Retry-After"))
	require.NoError(t, err)
	assert.InDelta(t, 1200, wait, 5, "a third of an hour for the next one")
	assert.Contains(t, got.Header.Get("RateLimit-Policy"), strconv.Quote(policy)+";q=3;w=3600")
	assert.Contains(t, got.Header.Get("RateLimit"), strconv.Quote(policy)+";r=0;t=")
}

func TestLimits(t *testing.T) {
	t.Parallel()
	limited := func(change func(*api.Limits)) *world {
		return start(t, func(d *api.Deps) { change(&d.Config.Limits) })
	}
	t.Run("address", func(t *testing.T) {
		t.Parallel()
		w := limited(func(l *api.Limits) { l.Address = three() })
		assertLimited(t, w, call{Method: "GET", Path: "/v1/me"}, "address")
	})
	t.Run("visitor", func(t *testing.T) {
		t.Parallel()
		w := limited(func(l *api.Limits) { l.Visitor = three() })
		p := w.party(t)
		assertLimited(t, w, call{Method: "GET", Path: "/v1/conversations", Bearer: p.visitor}, "visitor")
		other := w.do(t, call{Method: "GET", Path: "/v1/conversations", Bearer: w.visitorToken(t, p)})
		assert.Equal(t, http.StatusOK, other.Status, "another visitor is not affected")
	})
	t.Run("turns of a visitor", func(t *testing.T) {
		t.Parallel()
		w := limited(func(l *api.Limits) { l.VisitorTurns = three() })
		p := w.party(t)
		path := "/v1/conversations/" + w.own(t, p).String() + "/turns"
		assertLimited(t, w, call{Method: "POST", Path: path, Bearer: p.visitor, Body: textMessage("hi")}, "visitor-turns")
	})
	t.Run("key", func(t *testing.T) {
		t.Parallel()
		w := limited(func(l *api.Limits) { l.Key = three() })
		assertLimited(t, w, call{Method: "GET", Path: "/v1/agents", Bearer: w.party(t).secret}, "key")
	})
	t.Run("user", func(t *testing.T) {
		t.Parallel()
		w := limited(func(l *api.Limits) { l.User = three() })
		assertLimited(t, w, call{Method: "GET", Path: "/v1/agents", Cookie: w.party(t).cookie}, "user")
	})
	t.Run("widget sessions", func(t *testing.T) {
		t.Parallel()
		w := limited(func(l *api.Limits) { l.Session = three() })
		assertLimited(t, w, call{Method: "POST", Path: "/v1/widget/sessions", Origin: customer,
			Body: map[string]any{"agentId": uuidOfNobody, "publishableKey": "pk_none"}}, "session")
	})
	t.Run("widget sessions with a key", func(t *testing.T) {
		t.Parallel()
		w := start(t)
		p := w.party(t)
		w = limited(func(l *api.Limits) { l.Key = three() })
		assertLimited(t, w, call{Method: "POST", Path: "/v1/widget/sessions", Origin: customer,
			Body: map[string]any{"agentId": p.AgentID, "publishableKey": p.publishable}}, "key")
	})
	t.Run("sign-ins from an address", func(t *testing.T) {
		t.Parallel()
		w := limited(func(l *api.Limits) { l.SignInAddress = three() })
		assertLimited(t, w, signIn("nobody@example.com", "wrong"), "sign-in-address")
	})
}

func signIn(email, password string) call {
	return call{Method: "POST", Path: "/v1/auth/sign-in", Body: map[string]any{"email": email, "password": password}}
}

// What a tenant allows itself holds across all nodes and visitors.
func TestTurnsPerMinuteOfATenant(t *testing.T) {
	t.Parallel()
	w := start(t)
	p, other := w.party(t), w.party(t)
	ask := func(p party) int {
		path := "/v1/conversations/" + w.own(t, p).String() + "/turns"
		return w.do(t, call{Method: "POST", Path: path, Bearer: p.visitor, Body: textMessage("hi")}).Status
	}
	set := func(limit any) {
		got := w.do(t, call{Method: "PATCH", Path: "/v1/settings", Cookie: p.cookie, Body: map[string]any{"turnsPerMinute": limit}})
		require.Equal(t, http.StatusOK, got.Status, got.Text)
	}
	set(2)
	assert.Equal(t, []int{202, 202, 429}, []int{ask(p), ask(p), ask(p)})
	assert.Equal(t, 202, ask(other))
	refused := w.do(t, call{
		Method: "POST", Path: "/v1/conversations/" + p.ConversationID.String() + "/turns", Bearer: p.secret, Body: textMessage("hi"),
	})
	assert.Equal(t, "5", refused.Header.Get("Retry-After"))
	set(nil)
	assert.Equal(t, 202, ask(p))
}

func TestFailedSignInsLockTheAccountForAWhile(t *testing.T) {
	t.Parallel()
	w := start(t, func(d *api.Deps) { d.Config.Limits.SignInAccount = three() })
	p := w.party(t)
	w.setPassword(t, p.UserID, "correct horse")
	for range 5 {
		assert.Equal(t, http.StatusOK, w.do(t, signIn(p.Email, "correct horse")).Status, "success costs nothing")
	}
	assertLimited(t, w, signIn(strings.ToUpper(p.Email), "wrong"), "sign-in-account")
	assert.Equal(t, http.StatusTooManyRequests, w.do(t, signIn(p.Email, "correct horse")).Status)
	assert.Equal(t, http.StatusUnauthorized, w.do(t, signIn("other-"+p.Email, "wrong")).Status, "other accounts are not affected")
}

// The header says who the client is only when a proxy of ours says so.
func TestForwardedAddresses(t *testing.T) {
	t.Parallel()
	ask := func(w *world, forwarded string) int {
		return w.do(t, call{Method: "GET", Path: "/v1/me", Header: map[string]string{"X-Forwarded-For": forwarded}}).Status
	}
	open := start(t, func(d *api.Deps) { d.Config.Limits.Address = three() })
	for i := range 3 {
		ask(open, "203.0.113."+strconv.Itoa(i))
	}
	assert.Equal(t, http.StatusTooManyRequests, ask(open, "203.0.113.9"), "nobody can choose an address")

	behind := start(t, func(d *api.Deps) {
		d.Config.Limits.Address = three()
		d.Config.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}
	})
	for range 3 {
		ask(behind, "203.0.113.1")
	}
	assert.Equal(t, http.StatusTooManyRequests, ask(behind, "203.0.113.1"))
	assert.Equal(t, http.StatusTooManyRequests, ask(behind, "198.51.100.7, 203.0.113.1"), "only the proxy's own word counts")
	assert.Equal(t, http.StatusUnauthorized, ask(behind, "203.0.113.2"))
	for i := range 3 {
		ask(behind, "2001:db8::"+strconv.Itoa(i))
	}
	assert.Equal(t, http.StatusTooManyRequests, ask(behind, "2001:db8::ffff"), "one customer has a whole /64")
	assert.Equal(t, http.StatusUnauthorized, ask(behind, "2001:db8:0:1::1"))
}
