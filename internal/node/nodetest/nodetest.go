// Package nodetest starts nodes for tests: on the real Postgres and Temporal of
// the test run, with the shipped simulator as the model.
package nodetest

import (
	"context"
	"log/slog"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/activities"
	"github.com/parley-chat/parley/db"
	"github.com/parley-chat/parley/db/dbtest"
	"github.com/parley-chat/parley/internal/node"
	"github.com/parley-chat/parley/llm/simulator"
	"github.com/parley-chat/parley/mail"
	"github.com/parley-chat/parley/secret"
	"github.com/parley-chat/parley/temporal"
	"github.com/parley-chat/parley/turn"
)

// Variable names the environment variable with the address of a Temporal server
// for tests. Its namespace "default" is used, each test with a queue of its own.
const Variable = "PARLEY_TEST_TEMPORAL_ADDRESS"

// Env is what the nodes of one test share: a database, a queue, a model.
type Env struct {
	Simulator *simulator.Simulator
	Config    node.Config
}

// New prepares an environment without a node.
func New(tb testing.TB) *Env {
	tb.Helper()
	address := os.Getenv(Variable)
	if address == "" {
		tb.Fatalf("these tests need Temporal: run make test, or set %s", Variable)
	}
	model := simulator.New(simulator.Config{})
	server := httptest.NewServer(model)
	tb.Cleanup(server.Close)
	key, err := secret.ParseKey(secret.NewKey())
	require.NoError(tb, err)
	return &Env{Simulator: model, Config: node.Config{
		Database: db.Config{URL: dbtest.Copy(tb), MaxConns: 8},
		Temporal: temporal.Config{Address: address, Namespace: "default"},
		Turns:    turn.Options{Queue: "test-" + uuid.NewString(), Limits: turn.DefaultLimits},
		Platform: activities.Platform{BaseURL: server.URL + "/v1", APIKey: "simulated", Model: simulator.DefaultModel},
		Mail:     mail.Config{Folder: filepath.Join(tb.TempDir(), "mail"), From: "parley@localhost"},
		Key:      key,
		Logger:   slog.New(slog.NewTextHandler(testWriter{tb}, &slog.HandlerOptions{Level: slog.LevelWarn})),
	}}
}

// Start starts a node that stops with the test.
func (e *Env) Start(tb testing.TB) *node.Node {
	tb.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	n, err := node.Start(ctx, e.Config)
	require.NoError(tb, err)
	tb.Cleanup(n.Stop)
	return n
}

// testWriter sends a node's log to the test's. Loops of a node may log until it
// has stopped, which is before the test has ended.
type testWriter struct{ tb testing.TB }

func (w testWriter) Write(line []byte) (int, error) {
	w.tb.Logf("%s", line)
	return len(line), nil
}
