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

func TestRefusePrivate(t *testing.T) {
	t.Parallel()
	for address, public := range map[string]bool{
		"1.1.1.1:443": true, "[2606:4700::1111]:443": true, "[::ffff:8.8.8.8]:443": true,
		"127.0.0.1:80": false, "[::1]:80": false, "10.1.2.3:80": false, "172.16.0.1:80": false, "192.168.1.1:80": false,
		"169.254.169.254:80": false, "100.64.0.1:80": false, "0.0.0.0:80": false, "0.1.2.3:80": false, "224.0.0.1:80": false,
		"255.255.255.255:80": false, "[::ffff:127.0.0.1]:80": false, "[::ffff:10.0.0.1]:80": false, "[fd00::1]:80": false,
		"[fe80::1%eth0]:80": false, "[64:ff9b::7f00:1]:80": false, "[2002:7f00:1::]:80": false, "[::]:80": false, "nonsense": false,
	} {
		require.Equal(t, public, refusePrivate("tcp", address, nil) == nil, address)
	}
}
