// Package outbound guards connections to addresses that tenants choose: a tenant
// must not reach the operator's network through Parley.
package outbound

import (
	"errors"
	"net/netip"
	"slices"
	"syscall"
)

// ErrPrivate refuses an address. It says nothing about the network behind it.
var ErrPrivate = errors.New("the address is not on the public internet")

// Public gives the Control of a net.Dialer that connects to the public internet
// and to the allowed networks alone. It looks at the address after it was
// resolved: a name may lead anywhere, and elsewhere the second time. A proxy would
// resolve it elsewhere, so the dialer must be without one.
func Public(allowed []netip.Prefix) func(network, address string, _ syscall.RawConn) error {
	return func(_, address string, _ syscall.RawConn) error {
		host, err := netip.ParseAddrPort(address)
		if err != nil {
			return ErrPrivate
		}
		ip := host.Addr().Unmap()
		if isPublic(ip) || slices.ContainsFunc(allowed, func(network netip.Prefix) bool { return network.Contains(ip) }) {
			return nil
		}
		return ErrPrivate
	}
}

func isPublic(address netip.Addr) bool {
	if !address.IsGlobalUnicast() || address.IsPrivate() {
		return false
	}
	for _, reserved := range reservedNetworks {
		if reserved.Contains(address) {
			return false
		}
	}
	return true
}

// reservedNetworks look like public ones to netip, and are not (IANA's registries
// of special-purpose addresses), or can name a private address inside of their own.
var reservedNetworks = []netip.Prefix{
	netip.MustParsePrefix("0.0.0.0/8"),
	netip.MustParsePrefix("100.64.0.0/10"), // shared by a carrier's customers
	netip.MustParsePrefix("192.0.0.0/24"),
	netip.MustParsePrefix("192.0.2.0/24"),
	netip.MustParsePrefix("198.18.0.0/15"),
	netip.MustParsePrefix("198.51.100.0/24"),
	netip.MustParsePrefix("203.0.113.0/24"),
	netip.MustParsePrefix("240.0.0.0/4"),
	netip.MustParsePrefix("64:ff9b::/96"), // IPv4 behind a translator
	netip.MustParsePrefix("64:ff9b:1::/48"),
	netip.MustParsePrefix("2001::/23"),
	netip.MustParsePrefix("2001:db8::/32"),
	netip.MustParsePrefix("2002::/16"), // IPv4 in a tunnel
}
