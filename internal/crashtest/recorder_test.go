package crashtest

import (
	"context"
	"flag"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/internal/node/nodetest"
	"github.com/parley-chat/parley/internal/stack"
	"github.com/parley-chat/parley/llm/simulator"
	"github.com/parley-chat/parley/turn/recording"
)

var record = flag.Bool("record", false, "write the bundle of a turn that lost its node into workflows/testdata/turns, if there is none")

// TestKilledTurnIsRecorded: the bundle of a turn that two processes have written
// is one whole story, and `parley replay` runs it again without any server.
func TestKilledTurnIsRecorded(t *testing.T) {
	t.Parallel()
	w, ctx := newWorld(t)
	first, second := w.node(ctx, nil), w.node(ctx, nil)
	c := w.converse(ctx, w.enter(ctx, first), words(60, simulator.Pace{FirstTokenMS: 50, IntervalMS: 50}))
	require.NoError(t, c.read(ctx, wordsAfter(0)))
	first.Kill()
	c.visitor = c.visitor.At(second.URL)
	require.NoError(t, c.read(ctx, toTheEnd))
	c.requireWhole(ctx, t)

	file, bundle := w.export(ctx, second, c)
	require.GreaterOrEqual(t, bundle.Turn.WriterEpoch, int64(2), "a second writer has taken over")
	require.Equal(t, c.seen.Last, bundle.Manifest.Events.Count)
	offline := exec.CommandContext(ctx, filepath.Join(w.servers.dir, "parley"), "replay", file)
	offline.Env = []string{"HOME=" + t.TempDir()}
	out, err := offline.CombinedOutput()
	require.NoError(t, err, "%s", out)
	require.Contains(t, string(out), "1 of 1")
	if *record {
		content, err := os.ReadFile(file)
		require.NoError(t, err)
		nodetest.Keep(t, filepath.Join("..", "..", "workflows", "testdata", "turns", "resumed"+recording.Extension), content)
	}
}

// export fetches the bundle of an answered question, once its workflow has ended
// too.
func (w *world) export(ctx context.Context, n *stack.Node, c *chatting) (string, *recording.Bundle) {
	w.t.Helper()
	path := filepath.Join(w.t.TempDir(), c.turn.String()+recording.Extension)
	for {
		w.download(ctx, n.URL+"/v1/turns/"+c.turn.String()+"/export", path)
		bundle, err := recording.Open(path)
		require.NoError(w.t, err)
		if bundle.Manifest.History.State == recording.StateComplete {
			return path, bundle
		}
		require.NoError(w.t, ctx.Err())
		pause(pollEvery)
	}
}

func (w *world) download(ctx context.Context, url, path string) {
	w.t.Helper()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	require.NoError(w.t, err)
	request.Header.Set("Authorization", "Bearer "+w.site.Secret)
	response, err := http.DefaultClient.Do(request)
	require.NoError(w.t, err)
	defer func() { _ = response.Body.Close() }()
	content, err := io.ReadAll(response.Body)
	require.NoError(w.t, err)
	require.Equal(w.t, http.StatusOK, response.StatusCode, string(content))
	require.NoError(w.t, os.WriteFile(path, content, 0o600))
}
