package openai

import (
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/llm"
	"github.com/parley-chat/parley/llm/simulator"
)

func TestPublicClientStaysOutOfPrivateNetworks(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(simulator.New(simulator.Config{}))
	t.Cleanup(server.Close)
	provider, err := New(Config{BaseURL: server.URL, HTTPClient: NewPublicHTTPClient()})
	require.NoError(t, err)
	_, err = provider.Stream(t.Context(), llm.Request{Model: "m"})
	require.Equal(t, llm.KindInvalid, llm.AsError(err).Kind)
	require.ErrorContains(t, err, "public internet")
}
