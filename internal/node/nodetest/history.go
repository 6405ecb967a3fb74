package nodetest

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"testing"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"

	"github.com/parley-chat/parley/internal/node"
	"github.com/parley-chat/parley/secret"
)

// HistoryKey seals the payloads of recorded histories. It protects nothing: it
// has to be known for the histories to be replayed.
const HistoryKey = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="

// RecordHistories makes the environment's nodes seal payloads with HistoryKey.
func (e *Env) RecordHistories(tb testing.TB) {
	tb.Helper()
	key, err := secret.ParseKey(HistoryKey)
	require.NoError(tb, err)
	e.Config.Key = key
}

// History waits for a workflow to end and gives what Temporal has recorded of it.
func History(ctx context.Context, tb testing.TB, n *node.Node, id string) *historypb.History {
	tb.Helper()
	run := n.Temporal.GetWorkflow(ctx, id, "")
	_ = run.Get(ctx, nil) // a failed turn's workflow fails as well
	events := n.Temporal.GetWorkflowHistory(ctx, id, "", false, enumspb.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
	history := &historypb.History{}
	for events.HasNext() {
		event, err := events.Next()
		require.NoError(tb, err)
		history.Events = append(history.Events, event)
	}
	return history
}

// Keep writes what a test has recorded, unless there is a recording of that name
// already: what another build has recorded has to replay and is never replaced.
func Keep(tb testing.TB, path string, content []byte) {
	tb.Helper()
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if errors.Is(err, fs.ErrExist) {
		tb.Logf("%s is kept as it is", path)
		return
	}
	require.NoError(tb, err)
	_, err = file.Write(content)
	require.NoError(tb, errors.Join(err, file.Close()))
}
