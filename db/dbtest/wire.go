package dbtest

import (
	"io"
	"net"
	"net/url"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/stretchr/testify/require"
)

// Wire is a way to a database that a test can cut, as a server's death does: the
// connections are gone without a word, and new ones are refused.
type Wire struct {
	// URL is the address of the database at the near end.
	URL string

	network, server string

	mu    sync.Mutex
	cut   bool
	conns map[net.Conn]struct{}
}

// NewWire lays a wire to the database at an address. It goes away with the test.
func NewWire(tb testing.TB, address string) *Wire {
	tb.Helper()
	config, err := pgx.ParseConfig(address)
	require.NoError(tb, err)
	near, err := (&net.ListenConfig{}).Listen(tb.Context(), "tcp", "127.0.0.1:0")
	require.NoError(tb, err)
	w := &Wire{URL: through(near.Addr().String(), config), conns: map[net.Conn]struct{}{}}
	w.network, w.server = pgconn.NetworkAddress(config.Host, config.Port)
	go w.accept(near)
	tb.Cleanup(func() {
		_ = near.Close()
		w.Cut()
	})
	return w
}

func through(near string, config *pgx.ConnConfig) string {
	at := url.URL{Scheme: "postgres", Host: near, Path: "/" + config.Database, User: url.UserPassword(config.User, config.Password)}
	at.RawQuery = "sslmode=disable"
	return at.String()
}

// Cut ends every connection. None is made until Mend.
func (w *Wire) Cut() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.cut = true
	for conn := range w.conns {
		_ = conn.Close()
	}
	clear(w.conns)
}

// Mend lets connections through again.
func (w *Wire) Mend() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.cut = false
}

func (w *Wire) accept(near net.Listener) {
	for {
		client, err := near.Accept()
		if err != nil {
			return
		}
		server, err := net.Dial(w.network, w.server) //nolint:noctx // it ends with the wire
		if err != nil || !w.keep(client, server) {
			_ = client.Close()
			continue
		}
		go pass(client, server)
		go pass(server, client)
	}
}

func (w *Wire) keep(client, server net.Conn) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.cut {
		_ = server.Close()
		return false
	}
	w.conns[client], w.conns[server] = struct{}{}, struct{}{}
	return true
}

func pass(to, from net.Conn) {
	_, _ = io.Copy(to, from) // ends with either connection
	_ = to.Close()
}
