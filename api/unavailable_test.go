package api_test

import (
	"context"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/api"
	"github.com/parley-chat/parley/db"
	"github.com/parley-chat/parley/db/dbtest"
)

// TestLostDatabaseIsNotOurFault: while the database is away callers are told so,
// and when to come back.
func TestLostDatabaseIsNotOurFault(t *testing.T) {
	t.Parallel()
	wire := dbtest.NewWire(t, dbtest.URL(t))
	w := start(t, func(d *api.Deps) {
		wired, err := db.Open(context.Background(), db.Config{URL: wire.URL, MaxConns: 2})
		require.NoError(t, err)
		t.Cleanup(wired.Close)
		d.DB = wired
	})
	p := w.party(t)
	asking := call{Method: http.MethodGet, Path: "/v1/conversations/" + p.ConversationID.String(), Bearer: p.secret}
	require.Equal(t, http.StatusOK, w.do(t, asking).Status)

	wire.Cut()
	refused := w.do(t, asking)
	require.Equal(t, http.StatusServiceUnavailable, refused.Status)
	require.Equal(t, "application/problem+json", refused.Header.Get("Content-Type"))
	require.Equal(t, "2", refused.Header.Get("Retry-After"))

	wire.Mend()
	require.Eventually(t, func() bool { return w.do(t, asking).Status == http.StatusOK }, patience, 10*time.Millisecond)
}
