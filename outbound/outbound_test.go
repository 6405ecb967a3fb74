package outbound_test

import (
	"net/netip"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/outbound"
)

func TestPublic(t *testing.T) {
	t.Parallel()
	control := outbound.Public(nil)
	for address, public := range map[string]bool{
		"1.1.1.1:443": true, "[2606:4700::1111]:443": true, "[::ffff:8.8.8.8]:443": true,
		"127.0.0.1:80": false, "[::1]:80": false, "10.1.2.3:80": false, "172.16.0.1:80": false, "192.168.1.1:80": false,
		"169.254.169.254:80": false, "100.64.0.1:80": false, "0.0.0.0:80": false, "0.1.2.3:80": false, "224.0.0.1:80": false,
		"255.255.255.255:80": false, "[::ffff:127.0.0.1]:80": false, "[::ffff:10.0.0.1]:80": false, "[fd00::1]:80": false,
		"[fe80::1%eth0]:80": false, "[64:ff9b::7f00:1]:80": false, "[2002:7f00:1::]:80": false, "[::]:80": false, "nonsense": false,
	} {
		require.Equal(t, public, control("tcp", address, nil) == nil, address)
	}
}

func TestAllowedNetworks(t *testing.T) {
	t.Parallel()
	control := outbound.Public([]netip.Prefix{netip.MustParsePrefix("10.1.0.0/16")})
	require.NoError(t, control("tcp", "10.1.2.3:80", nil))
	require.NoError(t, control("tcp", "[::ffff:10.1.2.3]:80", nil))
	require.ErrorIs(t, control("tcp", "10.2.0.1:80", nil), outbound.ErrPrivate)
	require.ErrorIs(t, control("tcp", "127.0.0.1:80", nil), outbound.ErrPrivate)
}
