package openai

import (
	"errors"
	"net"
	"net/http"
	"net/netip"
	"sync"
	"syscall"
	"time"
)

// Many streams of one process go to one host, so idle connections are kept by
// the thousand: a new one costs a TLS handshake before the first token.
const keptConnections = 1024

// sharedHTTPClient serves every provider that brings none of its own, so that
// the providers of many turns use one pool of connections.
var sharedHTTPClient = sync.OnceValue(NewHTTPClient)

// NewHTTPClient makes a client for many parallel streams. It has no timeout for
// an answer: a model may think for minutes, and the caller's context decides.
// It stays with HTTP/1.1, one connection a stream, so that a lost connection
// costs one stream and a slow reader holds up no other.
func NewHTTPClient() *http.Client {
	transport := newTransport(net.Dialer{})
	transport.Proxy = http.ProxyFromEnvironment
	return &http.Client{Transport: transport}
}

// NewPublicHTTPClient makes such a client that connects to addresses of the
// public internet alone, for base URLs that come from people who must not reach
// the operator's network through us. It uses no proxy, whose own network it could
// not judge.
func NewPublicHTTPClient() *http.Client {
	return &http.Client{Transport: newTransport(net.Dialer{Control: refusePrivate})}
}

func newTransport(dialer net.Dialer) *http.Transport {
	dialer.Timeout, dialer.KeepAlive = 10*time.Second, 30*time.Second
	protocols := new(http.Protocols)
	protocols.SetHTTP1(true)
	return &http.Transport{
		DialContext:           dialer.DialContext,
		Protocols:             protocols,
		MaxIdleConns:          keptConnections,
		MaxIdleConnsPerHost:   keptConnections,
		IdleConnTimeout:       90 * time.Second,
		TLSHandshakeTimeout:   10 * time.Second,
		ExpectContinueTimeout: time.Second,
		// A compressed stream would arrive in lumps.
		DisableCompression: true,
	}
}

var errPrivateAddress = errors.New("the provider's address is not on the public internet")

// refusePrivate looks at the address after it was resolved: a name may lead
// anywhere, and elsewhere the second time.
func refusePrivate(_, address string, _ syscall.RawConn) error {
	host, err := netip.ParseAddrPort(address)
	if err != nil || !isPublic(host.Addr().Unmap()) {
		return errPrivateAddress
	}
	return nil
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
