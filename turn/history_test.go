package turn_test

import (
	"context"
	"errors"
	"flag"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/sdk/worker"
	"google.golang.org/protobuf/encoding/protojson"

	"github.com/parley-chat/parley/chat"
	"github.com/parley-chat/parley/db/dbtest"
	"github.com/parley-chat/parley/internal/node"
	"github.com/parley-chat/parley/internal/node/nodetest"
	"github.com/parley-chat/parley/llm/simulator"
	"github.com/parley-chat/parley/secret"
	"github.com/parley-chat/parley/temporal"
	"github.com/parley-chat/parley/workflows"
)

var record = flag.Bool("record", false, "write the histories of these stories that workflows/testdata/history has none of yet")

// story is one way that a turn can go.
type story struct {
	env *nodetest.Env
	n   *node.Node
	f   dbtest.Fixture
}

var stories = map[string]func(ctx context.Context, t *testing.T, s story) chat.TurnID{
	"answered":  answered,
	"suggested": suggested,
	"stopped":   stopped,
	"steered":   steered,
	"failed":    failed,
}

func answered(ctx context.Context, t *testing.T, s story) chat.TurnID {
	t.Helper()
	return s.ask(ctx, t, "Hello?")
}

func (s story) ask(ctx context.Context, t *testing.T, text string) chat.TurnID {
	t.Helper()
	claimed, err := s.n.Turns.Start(ctx, s.f.TenantID, question(s.f, text))
	require.NoError(t, err)
	return claimed.Turn.ID
}

func suggested(ctx context.Context, t *testing.T, s story) chat.TurnID {
	t.Helper()
	suggestingAgent(ctx, t, s.n, s.f)
	return s.ask(ctx, t, "What can you do?")
}

func stopped(ctx context.Context, t *testing.T, s story) chat.TurnID {
	t.Helper()
	s.env.Simulator.AddFault(slowly(strings.Repeat("word ", 2000)))
	id := s.ask(ctx, t, "Everything, please.")
	until(ctx, t, s.n, s.f, id, chat.ChunkTextDelta)
	require.NoError(t, s.n.Turns.Stop(ctx, s.f.TenantID, id))
	return id
}

func steered(ctx context.Context, t *testing.T, s story) chat.TurnID {
	t.Helper()
	s.env.Simulator.AddFault(interruptibly("one two three four five"))
	id := s.ask(ctx, t, "First?")
	until(ctx, t, s.n, s.f, id, chat.ChunkTextDelta)
	require.Equal(t, id, s.ask(ctx, t, "Second?"))
	return id
}

func failed(ctx context.Context, t *testing.T, s story) chat.TurnID {
	t.Helper()
	s.env.Simulator.AddFault(simulator.Fault{Times: 9, Status: 400})
	return s.ask(ctx, t, "Impossible?")
}

// TestStoriesReplay runs each story on the real server and then once more from
// its history alone. What one run decides, a later worker must decide again.
func TestStoriesReplay(t *testing.T) {
	t.Parallel()
	for name, tell := range stories {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			env := nodetest.New(t)
			env.RecordHistories(t)
			n, ctx := env.Start(t), withDeadline(t)
			s := story{env, n, dbtest.Tenant(t, n.DB)}
			history := nodetest.History(ctx, t, n, s.f.TenantID, tell(ctx, t, s))
			require.NoError(t, replayer(t).ReplayWorkflowHistory(nil, history))
			if *record {
				write(t, name, history)
			}
		})
	}
}

func replayer(t *testing.T) worker.WorkflowReplayer {
	t.Helper()
	key, err := secret.ParseKey(nodetest.HistoryKey)
	require.NoError(t, err)
	aead, err := key.AEAD(secret.Payloads)
	require.NoError(t, err)
	r, err := worker.NewWorkflowReplayerWithOptions(worker.WorkflowReplayerOptions{DataConverter: temporal.DataConverter(aead)})
	require.NoError(t, err)
	r.RegisterWorkflow(workflows.TurnWorkflow)
	return r
}

func write(t *testing.T, name string, history *historypb.History) {
	t.Helper()
	text, err := protojson.MarshalOptions{Multiline: true}.Marshal(history)
	require.NoError(t, err)
	path := filepath.Join("..", "workflows", "testdata", "history", "turn-"+name+".json")
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if errors.Is(err, fs.ErrExist) {
		t.Logf("%s is kept: turns may be running that have such a history", path)
		return
	}
	require.NoError(t, err)
	_, err = file.Write(text)
	require.NoError(t, errors.Join(err, file.Close()))
}
