package main

import (
	"fmt"
	"net"
	"net/http"
	"net/http/pprof"
)

// debugSite serves profiles of this process, for `go tool pprof`. They tell what
// it works on, so they are off unless asked for and never leave the machine.
func debugSite(address string) (site, error) {
	host, _, err := net.SplitHostPort(address)
	if ip := net.ParseIP(host); err != nil || ip == nil || !ip.IsLoopback() {
		return site{}, fmt.Errorf("PARLEY_DEBUG_LISTEN is %q; it has to be a loopback address like 127.0.0.1:6060", address)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("/debug/pprof/", pprof.Index)
	mux.HandleFunc("/debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("/debug/pprof/symbol", pprof.Symbol)
	mux.HandleFunc("/debug/pprof/trace", pprof.Trace)
	return site{address: address, handler: mux}, nil
}
