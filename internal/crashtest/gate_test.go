package crashtest

import (
	"io"
	"net"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// gate is a wire between a node and a server that can be held: then bytes are
// taken and not passed on, and nobody is told.
type gate struct {
	address string // where the node finds the server
	server  string
	listen  net.Listener

	mu    sync.Mutex
	conns map[net.Conn]bool
	held  map[direction]held
}

// held is a way on which nothing passes until one of the two is closed.
type held struct{ opened, dropped chan struct{} }

type direction int

const (
	toServer direction = iota
	toNode
)

// gateToModel is a gate on the way to the simulated model, and the setting that
// sends a node that way.
func (w *world) gateToModel() (*gate, map[string]string) {
	w.t.Helper()
	g := newGate(w.t, strings.TrimSuffix(strings.TrimPrefix(w.servers.SimulatorURL, "http://"), "/v1"))
	return g, map[string]string{"PARLEY_SIMULATOR_URL": "http://" + g.address + "/v1"}
}

func newGate(t *testing.T, server string) *gate {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	g := &gate{
		address: listener.Addr().String(), server: server, listen: listener,
		conns: map[net.Conn]bool{}, held: map[direction]held{},
	}
	go g.accept()
	t.Cleanup(g.drop)
	return g
}

func (g *gate) accept() {
	for {
		node, err := g.listen.Accept()
		if err != nil {
			return
		}
		server, err := net.Dial("tcp", g.server)
		if err != nil {
			_ = node.Close()
			continue
		}
		g.mu.Lock()
		g.conns[node], g.conns[server] = true, true
		g.mu.Unlock()
		go g.pass(server, node, toServer)
		go g.pass(node, server, toNode)
	}
}

func (g *gate) pass(to, from net.Conn, way direction) {
	defer to.Close()
	_, _ = io.Copy(writer{g, to, way}, from) // ends with either connection
}

// writer passes bytes on unless the way is held.
type writer struct {
	gate *gate
	to   net.Conn
	way  direction
}

func (w writer) Write(bytes []byte) (int, error) {
	w.gate.mu.Lock()
	held := w.gate.held[w.way]
	w.gate.mu.Unlock()
	if held.dropped != nil {
		select {
		case <-held.opened:
		case <-held.dropped:
			return 0, net.ErrClosed
		}
	}
	return w.to.Write(bytes)
}

// hold keeps everything back that goes one way, until the gate is opened, or for
// good if it is dropped.
func (g *gate) hold(way direction) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.held[way] = held{make(chan struct{}), make(chan struct{})}
}

// open passes on what was held, and what follows.
func (g *gate) open(way direction) {
	g.mu.Lock()
	defer g.mu.Unlock()
	close(g.held[way].opened)
	delete(g.held, way)
}

// drop cuts the wire for good.
func (g *gate) drop() {
	g.mu.Lock()
	defer g.mu.Unlock()
	_ = g.listen.Close()
	for conn := range g.conns {
		_ = conn.Close()
	}
	for way, held := range g.held {
		close(held.dropped)
		delete(g.held, way)
	}
}
