package api

import (
	"net/http"
	"net/netip"
	"strings"
)

// addresses finds out where a request comes from. A proxy's word counts only if
// the proxy is one of ours: anybody can send the header.
type addresses struct {
	trusted []netip.Prefix
}

// of gives the client's address, or "" if there is none, as on a socket.
func (a addresses) of(r *http.Request) string {
	address, ok := peer(r.RemoteAddr)
	if !ok {
		return ""
	}
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	// Each proxy appends whom it heard from, so the list is read backwards for as
	// long as the speaker is trusted.
	for i := len(hops) - 1; i >= 0 && a.trusts(address); i-- {
		next, err := netip.ParseAddr(strings.TrimSpace(hops[i]))
		if err != nil {
			break
		}
		address = next.Unmap()
	}
	return address.String()
}

// secure reports whether the client's own connection is https.
func (a addresses) secure(r *http.Request) bool {
	if r.TLS != nil {
		return true
	}
	address, ok := peer(r.RemoteAddr)
	return ok && a.trusts(address) && strings.EqualFold(r.Header.Get("X-Forwarded-Proto"), "https")
}

func (a addresses) trusts(address netip.Addr) bool {
	for _, prefix := range a.trusted {
		if prefix.Contains(address) {
			return true
		}
	}
	return false
}

func peer(remote string) (netip.Addr, bool) {
	parsed, err := netip.ParseAddrPort(remote)
	if err != nil {
		return netip.Addr{}, false
	}
	return parsed.Addr().Unmap(), true
}

// network is the unit in which addresses are limited: one IPv6 customer has a
// whole /64.
func network(address string) string {
	parsed, err := netip.ParseAddr(address)
	if err != nil || !parsed.Is6() {
		return address
	}
	prefix, err := parsed.Prefix(64)
	if err != nil {
		return address
	}
	return prefix.String()
}
