package main

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestDebugListenerStaysOnTheMachine(t *testing.T) {
	t.Parallel()
	for _, address := range []string{"0.0.0.0:6060", ":6060", "192.0.2.1:6060", "localhost", "[::]:6060"} {
		_, err := debugSite(address)
		assert.ErrorContains(t, err, "PARLEY_DEBUG_LISTEN", address)
	}
	for _, address := range []string{"127.0.0.1:6060", "[::1]:6060"} {
		_, err := debugSite(address)
		assert.NoError(t, err, address)
	}
}

func TestDebugListenerServesProfiles(t *testing.T) {
	t.Parallel()
	served, err := debugSite("127.0.0.1:0")
	require.NoError(t, err)
	answer := httptest.NewRecorder()
	served.handler.ServeHTTP(answer, httptest.NewRequest(http.MethodGet, "/debug/pprof/goroutine?debug=1", nil))
	require.Equal(t, http.StatusOK, answer.Code)
	require.Contains(t, answer.Body.String(), "goroutine profile")
}
