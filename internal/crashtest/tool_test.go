package crashtest

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"
	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/chat"
	"github.com/parley-chat/parley/db"
	"github.com/parley-chat/parley/internal/visitor"
	"github.com/parley-chat/parley/llm/simulator"
)

// kills is how many nodes each story of this file loses. 200 take about half an
// hour.
var kills = flag.Int("kills", 3, "how many nodes are killed in the middle of calls, for each kind of server")

// callers is how many visitors have a call under way when their node dies.
const callers = 8

// shop is a tenant's server. It does what it is asked as soon as the request has
// arrived, and holds its answer back while a node is about to be killed.
type shop struct {
	*httptest.Server
	honours bool // it does the same only once for each Idempotency-Key

	mu      sync.Mutex
	done    map[string]int // how often each thing was done
	keys    map[string]bool
	arrived chan struct{}
	hold    chan struct{} // closed: answers go out at once
}

func newShop(t *testing.T, honours bool) *shop {
	t.Helper()
	s := &shop{honours: honours, done: map[string]int{}, keys: map[string]bool{}, hold: make(chan struct{})}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /refund/{id}", s.refund)
	mux.HandleFunc("GET /refund/{key}", s.probe)
	mux.Handle("/mcp", s.mcp())
	s.Server = httptest.NewServer(mux)
	t.Cleanup(s.Close)
	t.Cleanup(s.release)
	return s
}

func (s *shop) refund(w http.ResponseWriter, r *http.Request) {
	select {
	case <-s.do(r.PathValue("id"), r.Header.Get("Idempotency-Key")):
		_, _ = io.WriteString(w, `{"refunded": true}`)
	case <-r.Context().Done(): // the node is dead
	}
}

// mcp is the shop's MCP server: the same for those who speak that.
func (s *shop) mcp() http.Handler {
	server := mcp.NewServer(&mcp.Implementation{Name: "shop", Version: "1"}, nil)
	type order struct {
		ID string `json:"id"`
	}
	mcp.AddTool(server, &mcp.Tool{Name: "refund"}, func(ctx context.Context, r *mcp.CallToolRequest, in order) (*mcp.CallToolResult, any, error) {
		select {
		case <-s.do(in.ID, r.Extra.Header.Get("Idempotency-Key")):
		case <-ctx.Done():
		}
		return nil, map[string]bool{"refunded": true}, nil
	})
	return mcp.NewStreamableHTTPHandler(func(*http.Request) *mcp.Server { return server }, nil)
}

// do refunds, and gives when to say so.
func (s *shop) do(id, key string) (answer <-chan struct{}) {
	s.mu.Lock()
	if !s.honours || !s.keys[key] {
		s.done[id]++
	}
	s.keys[key] = true
	hold, arrived := s.hold, s.arrived
	s.mu.Unlock()
	select {
	case arrived <- struct{}{}:
	default: // nobody counts
	}
	return hold
}

func (s *shop) probe(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.keys[r.PathValue("key")] {
		_, _ = io.WriteString(w, `{"refunded": true}`)
		return
	}
	http.NotFound(w, r)
}

// catch has the shop hold its answers back. It gives what counts requests.
func (s *shop) catch() <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.arrived, s.hold = make(chan struct{}, callers), make(chan struct{})
	return s.arrived
}

func (s *shop) release() {
	s.mu.Lock()
	defer s.mu.Unlock()
	select {
	case <-s.hold:
	default:
		close(s.hold)
	}
}

func (s *shop) times(id string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.done[id]
}

func (s *shop) tool(class chat.ToolClass, probe bool) chat.Tool {
	h := &chat.HTTPTool{Method: http.MethodPost, URL: s.URL + "/refund/{{args.id}}"}
	if probe {
		h.Probe = &chat.HTTPProbe{URL: s.URL + "/refund/{{call.id}}"}
	}
	return chat.Tool{
		Name: "refund", Description: "Gives money back.", Kind: chat.ToolHTTP, Class: class, TimeoutSeconds: 30, HTTP: h,
		InputSchema: json.RawMessage(`{"type":"object","properties":{"id":{"type":"string"}},"required":["id"]}`),
		Policy:      chat.ToolPolicy{Default: chat.DecideAllow},
	}
}

// mcpTool is the shop's tool by its MCP server, which the workspace gets to know.
func (w *world) mcpTool(ctx context.Context, s *shop, class chat.ToolClass) chat.Tool {
	w.t.Helper()
	id := chat.NewID[chat.MCPServerID]()
	d, err := db.Open(ctx, db.Config{URL: w.site.DatabaseURL, MaxConns: 1})
	require.NoError(w.t, err)
	defer d.Close()
	require.NoError(w.t, d.Tenant(ctx, w.site.Tenant, func(tx *db.TenantTx) error {
		_, err := tx.MCPServerInsert(ctx, id, "Shop", chat.MCPServer{URL: s.URL + "/mcp"})
		return err
	}))
	t := s.tool(class, false)
	t.Kind, t.HTTP, t.MCP = chat.ToolMCP, nil, &chat.MCPTool{ServerID: id, Name: "refund"}
	return t
}

// TestKilledBetweenDispatchAndRecord: the shop has done what it was asked, and the
// node that asked dies before it hears so. Nothing may be done twice, and whatever
// the visitor is told has to be so.
func TestKilledBetweenDispatchAndRecord(t *testing.T) {
	t.Parallel()
	for name, story := range map[string]struct {
		honours, probe bool
		mcp            bool // it speaks MCP
		class          chat.ToolClass
		certain        bool // the outcome can be found out
	}{
		"a server that honours keys":      {honours: true, class: chat.ClassIdempotent, certain: true},
		"a server that does not":          {class: chat.ClassWrite},
		"an MCP server that honours keys": {honours: true, mcp: true, class: chat.ClassIdempotent, certain: true},
		"an MCP server that does not":     {mcp: true, class: chat.ClassWrite},
		"a server that does not, a probe": {class: chat.ClassWrite, probe: true, certain: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, ctx := newWorldFor(t, time.Duration(*kills)*patience)
			server := newShop(t, story.honours)
			tool := server.tool(story.class, story.probe)
			if story.mcp {
				tool = w.mcpTool(ctx, server, story.class)
			}
			require.NoError(t, w.site.Configure(ctx, func(config *chat.AgentConfig) { config.Tools = []chat.Tool{tool} }))
			settings := map[string]string{"PARLEY_TOOL_NETWORKS": "127.0.0.0/8"}
			current := w.node(ctx, settings)
			told := map[chat.ToolCallState]int{}
			for range *kills {
				arrived := server.catch()
				asking := w.callers(ctx, w.enter(ctx, current))
				for range rand.IntN(callers) + 1 { // the others are somewhere on their way
					<-arrived
				}
				current.Kill()
				server.release()
				current = w.node(ctx, settings)
				for _, c := range asking {
					c.visitor = c.visitor.At(current.URL)
					require.NoError(t, c.read(ctx, toTheEnd))
					row := c.requireTold(ctx, t, server)
					told[row.State]++
				}
			}
			t.Logf("%d nodes killed: %v", *kills, told)
			require.NotZero(t, told[chat.CallSucceeded]+told[chat.CallUnknown])
			if story.certain {
				require.Zero(t, told[chat.CallUnknown], "what can be found out is not left open")
			}
		})
	}
}

// callers has visitors ask for a refund each.
func (w *world) callers(ctx context.Context, v *visitor.Visitor) (asking []*chatting) {
	w.t.Helper()
	for range callers {
		c := w.converse(ctx, v, answer{})
		require.NoError(w.t, w.servers.Say(ctx, simulator.Script{
			Match: simulator.Match{Text: c.text}, Calls: []simulator.Call{{
				Name: "refund", Arguments: json.RawMessage(fmt.Sprintf(`{"id": %q}`, c.conversation)),
			}},
		}))
		require.NoError(w.t, w.servers.Say(ctx, simulator.Script{Match: simulator.Match{Text: c.text}, AfterTools: true, Text: "So it is."}))
		stream, err := c.connect(ctx)
		require.NoError(w.t, err)
		stream.Close()
		asking = append(asking, c)
	}
	return asking
}

// requireTold compares what the visitor was told with what was done, and gives the
// ledger's row.
func (c *chatting) requireTold(ctx context.Context, t *testing.T, server *shop) db.ToolCall {
	t.Helper()
	require.Equal(t, chat.ChunkFinish, c.seen.Ended.Type)
	require.True(t, strings.HasSuffix(c.seen.Text(), "So it is."), c.seen.Text())
	d, err := db.Open(ctx, db.Config{URL: c.world.site.DatabaseURL, MaxConns: 1})
	require.NoError(t, err)
	defer d.Close()
	var rows []db.ToolCall
	require.NoError(t, d.Tenant(ctx, c.world.site.Tenant, func(tx *db.TenantTx) (err error) {
		rows, err = tx.ToolCallListByTurn(ctx, c.turn)
		return err
	}))
	require.Len(t, rows, 1)
	row, done := rows[0], server.times(c.conversation.String())
	var part chat.Part
	for _, p := range c.seen.Parts {
		if p.Type == chat.PartTool {
			part = p
		}
	}
	require.Equal(t, row.ID, part.ToolCallID)
	switch row.State {
	case chat.CallSucceeded:
		require.Equal(t, chat.ToolPartOutput, part.State)
		require.Equal(t, 1, done, "it was done twice, or not at all")
	case chat.CallUnknown:
		require.Contains(t, part.ErrorText, "not known")
		require.LessOrEqual(t, done, 1, "it was done twice")
	default:
		require.Equal(t, chat.CallFailed, row.State)
		require.Equal(t, chat.ToolPartError, part.State)
		require.Zero(t, done, "it was told that this was not done")
	}
	return row
}
