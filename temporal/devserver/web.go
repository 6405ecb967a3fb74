package main

import (
	"fmt"
	"os"

	"github.com/temporalio/ui-server/v2/server"
	"github.com/temporalio/ui-server/v2/server/config"
	"github.com/temporalio/ui-server/v2/server/server_options"
)

// startWeb serves Temporal Web. Its codec setting makes the browser itself call
// the endpoint with the reader's cookies, so that only a signed-in operator sees
// payloads in the clear.
func startWeb(opts options) (*server.Server, error) {
	if err := checkFree(opts.WebPort); err != nil {
		return nil, fmt.Errorf("start Temporal Web: %w", err)
	}
	cfg := &config.Config{
		TemporalGRPCAddress: opts.address(),
		Host:                loopback,
		Port:                opts.WebPort,
		EnableUI:            true,
		DefaultNamespace:    opts.Namespaces[len(opts.Namespaces)-1],
		DisableNewsFetch:    true,
		HideLogs:            true,
		CORS:                config.CORS{CookieInsecure: true},
		Codec:               config.Codec{Endpoint: opts.CodecEndpoint, IncludeCredentials: opts.CodecEndpoint != ""},
	}
	web := server.NewServer(server_options.WithConfigProvider(cfg))
	go func() {
		if err := web.Start(); err != nil {
			fmt.Fprintln(os.Stderr, "temporal web:", err)
		}
	}()
	return web, nil
}
