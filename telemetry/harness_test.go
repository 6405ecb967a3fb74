package telemetry_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/api"
	"github.com/parley-chat/parley/chat"
	"github.com/parley-chat/parley/db"
	"github.com/parley-chat/parley/db/dbtest"
	"github.com/parley-chat/parley/internal/node"
	"github.com/parley-chat/parley/internal/node/nodetest"
	"github.com/parley-chat/parley/secret"
	"github.com/parley-chat/parley/telemetry"
	"github.com/parley-chat/parley/temporal"
)

const patience = 30 * time.Second

// world is one node with everything switched on, its API and its metrics.
type world struct {
	*nodetest.Env
	node    *node.Node
	api     *httptest.Server
	metrics *httptest.Server
	logs    *journal
	tenant  dbtest.Fixture
	key     string // a secret key of the tenant's
}

// observed starts a node whose every line of log is kept.
func observed(t *testing.T, tracing *telemetry.Tracing) *world {
	t.Helper()
	w := &world{Env: nodetest.New(t), logs: &journal{}}
	metrics, err := telemetry.NewMetrics()
	require.NoError(t, err)
	w.Config.Metrics, w.Config.Tracing = metrics, tracing
	w.Config.Logger = slog.New(telemetry.LogHandler(slog.NewJSONHandler(w.logs, &slog.HandlerOptions{Level: slog.LevelDebug})))
	w.node = w.Start(t)
	w.serve(t)
	w.metrics = httptest.NewServer(metrics.Handler())
	t.Cleanup(w.metrics.Close)
	w.tenant, w.key = dbtest.Tenant(t, w.node.DB), secret.NewToken("sk_")
	w.insertKey(t)
	return w
}

func (w *world) serve(t *testing.T) {
	t.Helper()
	payloads, err := w.Config.Key.AEAD(secret.Payloads)
	require.NoError(t, err)
	plenty := api.Quota{Count: 1_000_000, Per: time.Second}
	server, err := api.New(api.Deps{
		DB: w.node.DB, Log: w.node.Log, Turns: w.node.Turns, Temporal: w.node.Temporal, Codec: temporal.NewCodec(payloads),
		Key: w.Config.Key, Logger: w.Config.Logger, Metrics: w.Config.Metrics, Tracing: w.Config.Tracing,
		Config: api.Config{PublicURL: "http://localhost", Limits: api.Limits{Address: plenty, Key: plenty}},
	})
	require.NoError(t, err)
	w.api = httptest.NewServer(server)
	t.Cleanup(w.api.Close)
	t.Cleanup(server.Drain)
}

func (w *world) insertKey(t *testing.T) {
	t.Helper()
	ctx := t.Context()
	require.NoError(t, w.node.DB.Tenant(ctx, w.tenant.TenantID, func(tx *db.TenantTx) error {
		_, err := tx.KeyInsert(ctx, db.KeyInsertParams{
			ID: chat.NewID[chat.KeyID](), Kind: chat.KeySecret, Name: "test", Prefix: w.key[:9],
			KeyHash: secret.HashToken(w.key), Scopes: []string{"chat", "conversations:read", "provider:write"},
		})
		return err
	}))
}

// do makes a request with the tenant's key; the caller closes the body.
func (w *world) do(t *testing.T, method, path string, body any, headers ...string) *http.Response {
	t.Helper()
	encoded, err := json.Marshal(body)
	require.NoError(t, err)
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	t.Cleanup(cancel)
	r, err := http.NewRequestWithContext(ctx, method, w.api.URL+path, bytes.NewReader(encoded))
	require.NoError(t, err)
	r.Header.Set("Authorization", "Bearer "+w.key)
	r.Header.Set("Content-Type", "application/json")
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	response, err := w.api.Client().Do(r)
	require.NoError(t, err)
	return response
}

// request makes a request, reads the whole answer and gives its status.
func (w *world) request(t *testing.T, method, path string, body any) int {
	t.Helper()
	response := w.do(t, method, path, body)
	defer response.Body.Close()
	_, err := io.Copy(io.Discard, response.Body)
	require.NoError(t, err)
	return response.StatusCode
}

// begin asks a question and gives the stream of the answer.
func (w *world) begin(t *testing.T, text string) *http.Response {
	t.Helper()
	response := w.do(t, "POST", "/v1/conversations/"+w.tenant.ConversationID.String()+"/turns",
		map[string]any{"message": map[string]any{"parts": []map[string]any{{"type": "text", "text": text}}}},
		"Accept", "text/event-stream")
	require.Equal(t, http.StatusOK, response.StatusCode)
	return response
}

// ask asks a question, reads the whole stream and gives the turn's id with it.
func (w *world) ask(t *testing.T, text string) (id, stream string) {
	t.Helper()
	response := w.begin(t, text)
	defer response.Body.Close()
	all, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	require.Contains(t, string(all), "[DONE]")
	return response.Header.Get("X-Parley-Turn-Id"), string(all)
}

// sample is the sum over the series of a metric that have these labels, given as
// name, value, name, value.
func (w *world) sample(t *testing.T, name string, labels ...string) float64 {
	t.Helper()
	sum := 0.0
	for _, series := range w.scrape(t)[name] {
		matches := true
		for i := 0; i < len(labels); i += 2 {
			matches = matches && string(series.Metric[model.LabelName(labels[i])]) == labels[i+1]
		}
		if matches {
			sum += float64(series.Value)
		}
	}
	return sum
}

// scrape reads /metrics as Prometheus does: every series by its name.
func (w *world) scrape(t *testing.T) map[string][]*model.Sample {
	t.Helper()
	response, err := w.metrics.Client().Get(w.metrics.URL + "/metrics")
	require.NoError(t, err)
	defer func() { _ = response.Body.Close() }()
	require.Equal(t, http.StatusOK, response.StatusCode)
	decoder := expfmt.SampleDecoder{Dec: expfmt.NewDecoder(response.Body, expfmt.ResponseFormat(response.Header)), Opts: &expfmt.DecodeOptions{}}
	found := map[string][]*model.Sample{}
	for {
		var samples model.Vector
		err := decoder.Decode(&samples)
		if err == io.EOF { //nolint:errorlint // the decoder gives it bare
			return found
		}
		require.NoError(t, err)
		for _, s := range samples {
			name := string(s.Metric[model.MetricNameLabel])
			found[name] = append(found[name], s)
		}
	}
}

func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	require.Eventually(t, holds, patience, 20*time.Millisecond, what)
}

// journal keeps what is logged.
type journal struct {
	mu   sync.Mutex
	text strings.Builder
}

func (j *journal) Write(line []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.Write(line)
}

func (j *journal) all() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.String()
}
