package api_test

import (
	"encoding/json"
	"net/http"
	"reflect"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/api"
	"github.com/parley-chat/parley/chat"
	"github.com/parley-chat/parley/internal/node"
	"github.com/parley-chat/parley/internal/node/nodetest"
	"github.com/parley-chat/parley/llm/simulator"
)

// on serves the API of a whole node: real workflows, a simulated model.
func on(t *testing.T, n *node.Node) *world {
	t.Helper()
	w := start(t, func(d *api.Deps) {
		d.DB, d.Log, d.Turns, d.Temporal, d.Worker = n.DB, n.Log, n.Turns, n.Temporal, n.Polls.Err
	})
	w.db, w.log, w.turns = n.DB, n.Log, n.Turns
	return w
}

// One node answers, both stream it, and the reader of the other node stops it.
func TestTwoNodesServeOneTurn(t *testing.T) {
	t.Parallel()
	env := nodetest.New(t)
	words := strings.SplitAfter(strings.Repeat("on and on ", 500), " ")
	env.Simulator.AddFault(simulator.Fault{Deltas: words, Pace: &simulator.Pace{IntervalMS: 20}})
	here, there := on(t, env.Start(t)), on(t, env.Start(t))
	p := here.party(t)
	path := "/v1/conversations/" + here.own(t, p).String() + "/turns"
	asker := here.listen(t, call{Method: "POST", Path: path, Bearer: p.visitor, Origin: customer, Body: textMessage("Go on.")})
	require.Equal(t, http.StatusOK, asker.response.StatusCode)
	id := asker.response.Header.Get("X-Parley-Turn-Id")
	follower := there.listen(t, call{Path: "/v1/turns/" + id + "/stream", Bearer: p.visitor, Origin: customer})
	untilText(t, asker)
	untilText(t, follower)
	got := there.do(t, call{Method: "POST", Path: "/v1/turns/" + id + "/stop", Bearer: p.visitor, Origin: customer})
	require.Equal(t, http.StatusAccepted, got.Status, got.Text)
	for _, reader := range []*listener{asker, follower} {
		frames := reader.rest()
		assert.Contains(t, frames[len(frames)-2].Data, `"abort"`)
	}
	eventually(t, func() bool {
		return here.do(t, call{Method: "GET", Path: "/v1/turns/" + id, Bearer: p.visitor}).JSON["status"] == "stopped"
	}, "the turn is stopped")
	whole := here.listen(t, call{Path: "/v1/turns/" + id + "/stream", Bearer: p.visitor}).rest()
	text := heard(t, whole, 0)
	assert.True(t, strings.HasPrefix(strings.Join(words, ""), text), "a prefix of what the model said, byte for byte")
}

func untilText(t *testing.T, l *listener) {
	t.Helper()
	for {
		var chunk chat.Chunk
		require.NoError(t, json.Unmarshal([]byte(l.next().Data), &chunk))
		if chunk.Type == chat.ChunkTextDelta {
			return
		}
	}
}

// Readiness names each part, so that whoever is woken knows where to look.
func TestReadinessNamesTheParts(t *testing.T) {
	t.Parallel()
	n := nodetest.New(t).Start(t)
	w := on(t, n)
	eventually(t, func() bool { return w.do(t, call{Method: "GET", Path: "/readyz"}).Status == http.StatusOK }, "all parts are ready")
	assert.Equal(t, map[string]any{"status": "ok", "database": "ok", "temporal": "ok", "worker": "ok"},
		w.do(t, call{Method: "GET", Path: "/readyz"}).JSON)

	n.Stop()
	down := map[string]any{"status": "unavailable", "database": "unreachable", "temporal": "unreachable", "worker": "not polling"}
	eventually(t, func() bool { return reflect.DeepEqual(down, w.do(t, call{Method: "GET", Path: "/readyz"}).JSON) }, "the parts that are gone are named")
	assert.Equal(t, http.StatusServiceUnavailable, w.do(t, call{Method: "GET", Path: "/readyz"}).Status)
	assert.Equal(t, http.StatusOK, w.do(t, call{Method: "GET", Path: "/healthz"}).Status, "a restart would not help")
}
