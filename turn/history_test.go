package turn_test

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/sdk/worker"
	"google.golang.org/protobuf/encoding/protojson"

	"github.com/parley-chat/parley/chat"
	"github.com/parley-chat/parley/cmd/parley/replay"
	"github.com/parley-chat/parley/db"
	"github.com/parley-chat/parley/db/dbtest"
	"github.com/parley-chat/parley/internal/node"
	"github.com/parley-chat/parley/internal/node/nodetest"
	"github.com/parley-chat/parley/llm/simulator"
	"github.com/parley-chat/parley/secret"
	"github.com/parley-chat/parley/temporal"
	"github.com/parley-chat/parley/tool"
	"github.com/parley-chat/parley/turn"
	"github.com/parley-chat/parley/turn/recording"
	"github.com/parley-chat/parley/workflows"
)

var record = flag.Bool("record", false, "write the histories and bundles of these stories that workflows/testdata has none of yet")

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
	"called":    called,
	"approved":  approved,
	"paged":     paged,
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

// called asks for two calls at once, one of which does not do.
func called(ctx context.Context, t *testing.T, s story) chat.TurnID {
	t.Helper()
	config := dbtest.Config
	config.Tools = tool.BuiltIns()
	publish(ctx, t, s.n, s.f, config)
	s.asksFor("It is 42.", call("calculate", `{"expression": "6 * 7"}`), call("calculate", `{"sum": 1}`), call("current_time", `{}`))
	return s.ask(ctx, t, "What is six times seven?")
}

// approved asks a colleague, who says yes.
func approved(ctx context.Context, t *testing.T, s story) chat.TurnID {
	t.Helper()
	config := dbtest.Config
	config.Tools = tool.BuiltIns()
	for i := range config.Tools {
		config.Tools[i].Policy = chat.ToolPolicy{Default: chat.DecideAskStaff}
	}
	publish(ctx, t, s.n, s.f, config)
	s.asksFor("It is 42.", call("calculate", `{"expression": "6 * 7"}`))
	id := s.ask(ctx, t, "What is six times seven?")
	_, err := s.vote(ctx, asked(ctx, t, s, id), func(*turn.Vote) {})
	require.NoError(t, err)
	return id
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
			id := tell(ctx, t, s)
			history := nodetest.History(ctx, t, n, workflows.TurnID(s.f.TenantID, id))
			require.NoError(t, replayer(t).ReplayWorkflowHistory(nil, history))
			replayCalls(ctx, t, s, name, id)
			file := bundle(ctx, t, s, id)
			opened, err := recording.Open(file)
			require.NoError(t, err)
			require.NoError(t, replay.New(registered, nil).Bundle(opened))
			requireRecorded(ctx, t, s, id, opened)
			if *record {
				write(t, "turn-"+name, history)
				content, err := os.ReadFile(file)
				require.NoError(t, err)
				nodetest.Keep(t, testdata("turns", name+recording.Extension), content)
			}
		})
	}
}

// replayCalls does the same with the workflows of the turn's calls, and of what people
// were asked about them.
func replayCalls(ctx context.Context, t *testing.T, s story, name string, id chat.TurnID) {
	t.Helper()
	for i, row := range toolCalls(ctx, t, s.n, s.f, id) {
		if row.Attempts == 0 {
			continue // it was not made
		}
		ref := chat.ToolCallRef{Turn: id, Step: int(row.Step), Index: int(row.Place)}
		made := nodetest.History(ctx, t, s.n, workflows.ToolCallID(s.f.TenantID, ref))
		require.NoError(t, replayer(t).ReplayWorkflowHistory(nil, made))
		histories := map[string]*historypb.History{fmt.Sprintf("call-%s-%d", name, i): made}
		var approval db.Approval
		err := s.n.DB.Tenant(ctx, s.f.TenantID, func(tx *db.TenantTx) (err error) {
			approval, err = tx.ApprovalByCall(ctx, row.ID)
			return err
		})
		if err == nil {
			watched := nodetest.History(ctx, t, s.n, workflows.ApprovalID(s.f.TenantID, approval.ID))
			require.NoError(t, replayer(t).ReplayWorkflowHistory(nil, watched))
			histories[fmt.Sprintf("approval-%s-%d", name, i)] = watched
		}
		if *record {
			for file, history := range histories {
				write(t, file, history)
			}
		}
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
	registered(r)
	return r
}

func registered(r worker.WorkflowReplayer) { workflows.Register(r) }

func testdata(folder, name string) string {
	return filepath.Join("..", "workflows", "testdata", folder, name)
}

// bundle exports a turn that has ended into a file.
func bundle(ctx context.Context, t *testing.T, s story, id chat.TurnID) string {
	t.Helper()
	recorded, err := s.n.Turns.Record(ctx, s.f.TenantID, id, recording.FailureTypes)
	require.NoError(t, err)
	path := filepath.Join(t.TempDir(), id.String()+recording.Extension)
	file, err := os.Create(path)
	require.NoError(t, err)
	require.NoError(t, recorded.Write(ctx, file))
	require.NoError(t, file.Close())
	return path
}

// requireRecorded compares a bundle with what it was made of.
func requireRecorded(ctx context.Context, t *testing.T, s story, id chat.TurnID, b *recording.Bundle) {
	t.Helper()
	row, message := answerOf(ctx, t, s.n, s.f, id)
	require.Equal(t, row.Status, b.Turn.Status)
	require.Equal(t, message.State, b.Answer.State)
	require.Len(t, b.Answer.Parts, len(message.Parts))
	require.Equal(t, chat.Text(message.Parts), chat.Text(b.Answer.Parts))
	require.Equal(t, recording.StateComplete, b.Manifest.History.State)
	require.Equal(t, recording.Events{State: recording.StateComplete, Count: row.LastSeq}, b.Manifest.Events)
	require.Equal(t, row.UserMessageID, b.Input.Messages[len(b.Input.Messages)-1].ID)
	require.Equal(t, chat.RoleUser, b.Input.Prompt[len(b.Input.Prompt)-1].Role)
	require.NotEmpty(t, b.Agent.Config.Instructions)
	machine, err := os.Hostname()
	require.NoError(t, err)
	require.NotContains(t, b.History.String(), "identity:", "which process did it is the operator's business")
	require.NotContains(t, b.History.String(), `"`+machine+":")
}

func write(t *testing.T, name string, history *historypb.History) {
	t.Helper()
	text, err := protojson.MarshalOptions{Multiline: true}.Marshal(history)
	require.NoError(t, err)
	nodetest.Keep(t, testdata("history", name+".json"), text)
}
