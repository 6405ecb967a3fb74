package turn_test

import (
	"archive/zip"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	commonpb "go.temporal.io/api/common/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"

	"github.com/parley-chat/parley/chat"
	"github.com/parley-chat/parley/cmd/parley/replay"
	"github.com/parley-chat/parley/db"
	"github.com/parley-chat/parley/db/dbtest"
	"github.com/parley-chat/parley/internal/node/nodetest"
	"github.com/parley-chat/parley/llm/simulator"
	"github.com/parley-chat/parley/turn"
	"github.com/parley-chat/parley/turn/recording"
	"github.com/parley-chat/parley/workflows"
)

// TestRecordedInputIsWhatTheTurnWasAsked: what came after the question is no part
// of it, and what came in while it was answered stands apart.
func TestRecordedInputIsWhatTheTurnWasAsked(t *testing.T) {
	t.Parallel()
	env := nodetest.New(t)
	n, ctx := env.Start(t), withDeadline(t)
	s := story{env, n, dbtest.Tenant(t, n.DB)}
	env.Simulator.AddFault(simulator.Fault{Times: 1, Deltas: []string{"Yes, ", "one."}})
	first := s.ask(ctx, t, "One?")
	readAll(ctx, t, n, s.f, first)
	second := steered(ctx, t, s)
	readAll(ctx, t, n, s.f, second)
	readAll(ctx, t, n, s.f, s.ask(ctx, t, "Later?"))

	b, err := recording.Open(bundle(ctx, t, s, second))
	require.NoError(t, err)
	require.Equal(t, []recording.Said{
		{Role: chat.RoleUser, Text: "One?"}, {Role: chat.RoleAssistant, Text: "Yes, one."}, {Role: chat.RoleUser, Text: "First?"},
	}, b.Input.Prompt)
	require.Len(t, b.Input.Messages, 3)
	require.Len(t, b.Input.Added, 1)
	require.Equal(t, "Second?", chat.Text(b.Input.Added[0].Parts))
	require.Len(t, b.Usage, 2, "one row for each time that the model was asked")
	require.Contains(t, string(b.Usage[0]), `"input_tokens"`)
}

// TestRecordedInputIsOfTheTurnsOwnBranch: what was said on another branch is not in
// it, whichever branch the conversation shows now.
func TestRecordedInputIsOfTheTurnsOwnBranch(t *testing.T) {
	t.Parallel()
	env := nodetest.New(t)
	n, ctx := env.Start(t), withDeadline(t)
	s := story{env, n, dbtest.Tenant(t, n.DB)}
	for _, answer := range []string{"Heads.", "Sure.", "Tails.", "Blue."} {
		env.Simulator.AddFault(once(simulator.Fault{Deltas: []string{answer}}))
	}
	first := ends(ctx, t, s, question(s.f, "Heads or tails?"))
	second := ends(ctx, t, s, question(s.f, "Are you sure?"))
	again := ends(ctx, t, s, fork(s.f, turn.Fork{Regenerate: first.AssistantMessageID}, ""))
	edited := ends(ctx, t, s, fork(s.f, turn.Fork{Edit: second.UserMessageID}, "Which colour?"))
	for id, want := range map[chat.TurnID][]string{
		first.ID: {"Heads or tails?"}, second.ID: {"Heads or tails?", "Heads.", "Are you sure?"},
		again.ID: {"Heads or tails?"}, edited.ID: {"Heads or tails?", "Heads.", "Which colour?"},
	} {
		b, err := recording.Open(bundle(ctx, t, s, id))
		require.NoError(t, err)
		var told []string
		for _, said := range b.Input.Prompt {
			told = append(told, said.Text)
		}
		require.Equal(t, want, told)
		require.Empty(t, b.Input.Added)
		require.NoError(t, b.Fold())
	}
}

func TestRunningTurnIsNotRecorded(t *testing.T) {
	t.Parallel()
	env := nodetest.New(t)
	n, ctx := env.Start(t), withDeadline(t)
	s := story{env, n, dbtest.Tenant(t, n.DB)}
	env.Simulator.AddFault(interruptibly("one two three"))
	id := s.ask(ctx, t, "Count!")
	_, err := n.Turns.Record(ctx, s.f.TenantID, id, recording.FailureTypes)
	require.Equal(t, chat.CodeConflict, chat.CodeOf(err))
	_, err = n.Turns.Record(ctx, dbtest.Tenant(t, n.DB).TenantID, id, recording.FailureTypes)
	require.Equal(t, chat.CodeNotFound, chat.CodeOf(err), "another tenant's turn does not exist")
	readAll(ctx, t, n, s.f, id)
	bundle(ctx, t, s, id)
}

// TestRecordedFailuresAreForOperators: what a provider says of the platform's
// account is in the bundle only if an operator asks.
func TestRecordedFailuresAreForOperators(t *testing.T) {
	t.Parallel()
	env := nodetest.New(t)
	n, ctx := env.Start(t), withDeadline(t)
	s := story{env, n, dbtest.Tenant(t, n.DB)}
	id := failed(ctx, t, s)
	readAll(ctx, t, n, s.f, id)
	nodetest.History(ctx, t, n, workflows.TurnID(s.f.TenantID, id))
	for failures, told := range map[recording.Failures]bool{recording.FailureTypes: false, recording.FailureMessages: true} {
		recorded, err := n.Turns.Record(ctx, s.f.TenantID, id, failures)
		require.NoError(t, err)
		file, err := os.Create(filepath.Join(t.TempDir(), "failed.turn"))
		require.NoError(t, err)
		require.NoError(t, recorded.Write(ctx, file))
		require.NoError(t, file.Close())
		history := contentOf(t, file.Name(), recording.FileHistory)
		require.Contains(t, history, workflows.ErrorModelRejected)
		require.NotContains(t, history, "Encoded failure")
		require.Equal(t, told, strings.Contains(history, "the model gave no answer"), string(failures))
		b, err := recording.Open(file.Name())
		require.NoError(t, err)
		require.NoError(t, replay.New(registered, nil).Bundle(b), "a workflow decides by the type alone")
	}
}

// TestForgottenHistoryIsSaidToBeGone: Temporal keeps histories for a while.
func TestForgottenHistoryIsSaidToBeGone(t *testing.T) {
	t.Parallel()
	env := nodetest.New(t)
	n := env.Start(t)
	ctx, cancel := context.WithTimeout(context.Background(), forgetting)
	defer cancel()
	s := story{env, n, dbtest.Tenant(t, n.DB)}
	id := answered(ctx, t, s)
	nodetest.History(ctx, t, n, workflows.TurnID(s.f.TenantID, id))
	s.forget(ctx, t, id)
	b, err := recording.Open(bundle(ctx, t, s, id))
	require.NoError(t, err)
	require.Equal(t, recording.StateGone, b.Manifest.History.State)
	require.Nil(t, b.History)
	require.ErrorIs(t, replay.New(registered, nil).Bundle(b), replay.ErrNothingToReplay)
}

// TestPrunedTurnIsRecordedFromItsArchive: after a day the log is gone, and an
// export still tells all of it.
func TestPrunedTurnIsRecordedFromItsArchive(t *testing.T) {
	t.Parallel()
	env := nodetest.New(t)
	n, ctx := env.Start(t), withDeadline(t)
	s := story{env, n, dbtest.Tenant(t, n.DB)}
	env.Simulator.AddFault(slowly("one two three four five"))
	id := s.ask(ctx, t, "Count!")
	readAll(ctx, t, n, s.f, id)
	nodetest.History(ctx, t, n, workflows.TurnID(s.f.TenantID, id))
	fresh, err := recording.Open(bundle(ctx, t, s, id))
	require.NoError(t, err)

	dbtest.Age(t, env.Config.Database.URL, id, db.TurnEventsKept)
	pruned, err := n.DB.Prune(ctx)
	require.NoError(t, err)
	require.EqualValues(t, 1, pruned.Turns)
	old, err := recording.Open(bundle(ctx, t, s, id))
	require.NoError(t, err)
	require.NoError(t, replay.New(registered, nil).Bundle(old))
	require.Equal(t, fresh.Manifest.Events, old.Manifest.Events)
	for i, event := range fresh.Events {
		require.Equal(t, event.Seq, old.Events[i].Seq)
		require.JSONEq(t, string(event.Chunk), string(old.Events[i].Chunk))
		require.WithinDuration(t, event.At, old.Events[i].At, 2*time.Millisecond)
	}

	dbtest.Age(t, env.Config.Database.URL, id, db.TurnArchivesKept)
	_, err = n.DB.Prune(ctx)
	require.NoError(t, err)
	ancient, err := recording.Open(bundle(ctx, t, s, id))
	require.NoError(t, err)
	require.Equal(t, recording.StateGone, ancient.Manifest.Events.State)
	require.NoError(t, replay.New(registered, nil).Bundle(ancient), "the history is still there")
}

// forgetting is how long Temporal may take: it deletes when it has nothing better
// to do.
const forgetting = 3 * time.Minute

// forget makes Temporal forget a workflow, as it does by itself when its retention
// is over.
func (s story) forget(ctx context.Context, t *testing.T, id chat.TurnID) {
	t.Helper()
	workflow := workflows.TurnID(s.f.TenantID, id)
	_, err := s.n.Temporal.WorkflowService().DeleteWorkflowExecution(ctx, &workflowservice.DeleteWorkflowExecutionRequest{
		Namespace: "default", WorkflowExecution: &commonpb.WorkflowExecution{WorkflowId: workflow},
	})
	require.NoError(t, err)
	require.Eventually(t, func() bool {
		_, err := s.n.Temporal.DescribeWorkflowExecution(ctx, workflow, "")
		_, gone := errors.AsType[*serviceerror.NotFound](err)
		return gone
	}, forgetting, 20*time.Millisecond)
}

func contentOf(t *testing.T, path, name string) string {
	t.Helper()
	archive, err := zip.OpenReader(path)
	require.NoError(t, err)
	defer func() { _ = archive.Close() }()
	file, err := archive.Open(name)
	require.NoError(t, err)
	content, err := io.ReadAll(file)
	require.NoError(t, err)
	return string(content)
}
