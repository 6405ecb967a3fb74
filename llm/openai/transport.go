package openai

import (
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/parley-chat/parley/outbound"
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
	return &http.Client{Transport: newTransport(net.Dialer{Control: outbound.Public(nil)})}
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
