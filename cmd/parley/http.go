package main

import (
	"context"
	"errors"
	"net"
	"net/http"
	"time"

	"golang.org/x/sync/errgroup"
)

const (
	// headerLimit keeps clients that never finish their headers from holding
	// connections. There is no limit on answers: streams are long.
	headerLimit = 10 * time.Second
	idleLimit   = 2 * time.Minute
	// drainLimit is how long requests may go on once no more are taken.
	drainLimit = 5 * time.Second
	// serveGrace is how long a node may need to end, besides DrainDelay: its worker
	// hands over within 20 s, even if Temporal does not answer it.
	serveGrace = 25 * time.Second
)

// site is one handler on one address.
type site struct {
	address string
	handler http.Handler
	// cut, if there is one, ends what would otherwise go on for long.
	cut func()
	// linger is how long requests are still taken when the node has been told to
	// stop.
	linger time.Duration
}

// serveHTTP serves all sites until ctx ends or one fails. No site answers
// before every address could be listened on.
func serveHTTP(ctx context.Context, sites ...site) error {
	listeners, err := listen(ctx, sites)
	if err != nil {
		return err
	}
	group, ctx := errgroup.WithContext(ctx)
	for i, s := range sites {
		group.Go(func() error { return s.serve(ctx, listeners[i]) })
	}
	return group.Wait()
}

// listen opens the addresses of all sites, or of none.
func listen(ctx context.Context, sites []site) ([]net.Listener, error) {
	var listeners []net.Listener
	for _, s := range sites {
		var config net.ListenConfig
		listener, err := config.Listen(ctx, "tcp", s.address)
		if err != nil {
			for _, open := range listeners {
				_ = open.Close()
			}
			return nil, err
		}
		listeners = append(listeners, listener)
	}
	return listeners, nil
}

func (s site) serve(ctx context.Context, listener net.Listener) error {
	// Requests end with the server, not with the signal, so that they can be
	// drained.
	base, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	// A proxy in front may carry many streams over one connection of HTTP/2.
	var protocols http.Protocols
	protocols.SetHTTP1(true)
	protocols.SetUnencryptedHTTP2(true)
	server := &http.Server{
		Handler: s.handler, ReadHeaderTimeout: headerLimit, IdleTimeout: idleLimit, Protocols: &protocols,
		BaseContext: func(net.Listener) context.Context { return base },
	}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	if s.cut != nil {
		// The listener is closed before: whoever comes back finds another node.
		server.RegisterOnShutdown(s.cut)
	}
	s.wait(failed)
	drained, stop := context.WithTimeout(context.WithoutCancel(ctx), drainLimit)
	defer stop()
	err := server.Shutdown(drained)
	if errors.Is(err, context.DeadlineExceeded) {
		return server.Close()
	}
	return err
}

// wait lets the site serve on for as long as it lingers.
func (s site) wait(failed <-chan error) {
	select {
	case <-time.After(s.linger):
	case <-failed: //nolint:errcheck // that it has failed is all that matters here
	}
}
