package api_test

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/base64"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	failurepb "go.temporal.io/api/failure/v1"
	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/api/serviceerror"
	"google.golang.org/protobuf/proto"

	"github.com/parley-chat/parley/api"
	"github.com/parley-chat/parley/chat"
	"github.com/parley-chat/parley/db"
	"github.com/parley-chat/parley/db/dbtest"
	"github.com/parley-chat/parley/turn/recording"
)

// told is a history that a test tells; without events it is unknown.
type told struct {
	events []*historypb.HistoryEvent
	err    error
}

func (h *told) HasNext() bool { return len(h.events) > 0 || h.err != nil }

func (h *told) Next() (*historypb.HistoryEvent, error) {
	if len(h.events) == 0 {
		return nil, h.err
	}
	event := proto.CloneOf(h.events[0]) // its reader makes it its own
	h.events = h.events[1:]
	return event, nil
}

// pastOf makes the server's Temporal remember something of every workflow.
func pastOf(h *told) func(*api.Deps) {
	return func(d *api.Deps) { d.Temporal = absentEngine{history: func() *told { again := *h; return &again }} }
}

var unknown = &told{err: serviceerror.NewNotFound("workflow not found")}

func export(p party, turn chat.TurnID) call {
	return call{Method: "GET", Path: "/v1/turns/" + turn.String() + "/export", Bearer: p.secret}
}

// unpacked gives the files of a bundle.
func unpacked(t *testing.T, got answer) map[string]string {
	t.Helper()
	require.Equal(t, http.StatusOK, got.Status, got.Text)
	archive, err := zip.NewReader(bytes.NewReader([]byte(got.Text)), int64(len(got.Text)))
	require.NoError(t, err)
	files := map[string]string{}
	for _, file := range archive.File {
		opened, err := file.Open()
		require.NoError(t, err)
		content, err := io.ReadAll(opened)
		require.NoError(t, err)
		files[file.Name] = string(content)
	}
	return files
}

func opened(t *testing.T, got answer) *recording.Bundle {
	t.Helper()
	path := filepath.Join(t.TempDir(), "export.turn")
	require.NoError(t, os.WriteFile(path, []byte(got.Text), 0o600))
	b, err := recording.Open(path)
	require.NoError(t, err)
	return b
}

func TestExportTellsEverythingButSecrets(t *testing.T) {
	t.Parallel()
	w := start(t, pastOf(unknown))
	p := w.party(t)
	put := w.do(t, call{Method: "PUT", Path: "/v1/provider", Cookie: p.cookie, Body: map[string]any{
		"api": "responses", "baseUrl": "https://api.example.com/v1", "defaultModel": "m", "apiKey": "sk-provider-secret",
	}})
	require.Equal(t, http.StatusOK, put.Status, put.Text)
	row := w.answered(t, p, "Is the marzipan fresh?", "It ", "is.")
	got := w.do(t, export(p, row.ID))
	files, b := unpacked(t, got), opened(t, got)

	assert.Equal(t, "application/zip", got.Header.Get("Content-Type"))
	assert.Equal(t, `attachment; filename="`+row.ID.String()+`.turn"`, got.Header.Get("Content-Disposition"))
	assert.Equal(t, "no-store", got.Header.Get("Cache-Control"))
	require.NoError(t, b.Fold())
	assert.Equal(t, chat.TurnCompleted, b.Turn.Status)
	assert.Equal(t, []recording.Said{{Role: chat.RoleUser, Text: "Is the marzipan fresh?"}}, b.Input.Prompt)
	assert.Equal(t, dbtest.Config.Instructions, b.Agent.Config.Instructions)
	assert.Equal(t, "It is.", chat.Text(b.Answer.Parts))
	assert.Equal(t, recording.StateGone, b.Manifest.History.State)
	for name, content := range files {
		for _, secret := range w.secretsOf(t, p) {
			assert.NotContains(t, content, secret, name)
		}
	}
}

// secretsOf gives what must not leave the platform, as it is stored and as it
// was given.
func (w *world) secretsOf(t *testing.T, p party) []string {
	t.Helper()
	secrets := []string{"sk-provider-secret", p.secret, p.publishable, p.cookie, p.visitor}
	ctx := context.Background()
	require.NoError(t, w.db.Tenant(ctx, p.TenantID, func(tx *db.TenantTx) error {
		row, err := tx.ProviderGet(ctx)
		secrets = append(secrets, base64.StdEncoding.EncodeToString(row.SecretCiphertext))
		return err
	}))
	return secrets
}

func TestExportIsForThoseWhoMay(t *testing.T) {
	t.Parallel()
	w := start(t, pastOf(unknown))
	p := w.party(t)
	row := w.answered(t, p, "Hello?", "Hello.")
	as := func(change func(*call)) int {
		c := export(p, row.ID)
		change(&c)
		return w.do(t, c).Status
	}
	cookie := func(role chat.MemberRole) func(*call) {
		session := w.member(t, p.TenantID, role, false)
		return func(c *call) { c.Bearer, c.Cookie = "", session }
	}
	assert.Equal(t, http.StatusOK, as(cookie(chat.MemberAdmin)))
	assert.Equal(t, http.StatusForbidden, as(cookie(chat.MemberAgent)))
	assert.Equal(t, http.StatusForbidden, as(cookie(chat.MemberViewer)))
	assert.Equal(t, http.StatusForbidden, as(func(c *call) { c.Bearer = w.keyWith(t, p, "chat", "conversations:read") }))
	assert.Equal(t, http.StatusOK, as(func(c *call) { c.Bearer = w.keyWith(t, p, "turns:export") }))
	actions := map[string]int{}
	for _, line := range dbtest.Audit(t, p.TenantID) {
		actions[line.Action]++
	}
	assert.Equal(t, 2, actions["turn.export"], "each export is noted, and no refusal")
}

func TestRunningTurnCannotBeExported(t *testing.T) {
	t.Parallel()
	w := start(t, pastOf(unknown))
	p := w.party(t)
	asked := w.do(t, call{Method: "POST", Path: "/v1/conversations/" + p.ConversationID.String() + "/turns", Bearer: p.secret, Body: textMessage("Hello?")})
	require.Equal(t, http.StatusAccepted, asked.Status, asked.Text)
	id, err := chat.ParseID[chat.TurnID](asked.JSON["id"].(string))
	require.NoError(t, err)
	got := w.do(t, export(p, id))
	assert.Equal(t, http.StatusConflict, got.Status, got.Text)
	assert.Contains(t, got.JSON["detail"], "still running")
}

func TestExportWithoutTemporal(t *testing.T) {
	t.Parallel()
	w := start(t, pastOf(&told{err: serviceerror.NewUnavailable("down")}))
	p := w.party(t)
	row := w.answered(t, p, "Hello?", "Hello.")
	got := w.do(t, export(p, row.ID))
	assert.Equal(t, http.StatusServiceUnavailable, got.Status, got.Text)
	assert.Equal(t, "application/problem+json", got.Header.Get("Content-Type"))
}

// TestBrokenExportIsNoBundle: nobody may take what came before the break for all.
func TestBrokenExportIsNoBundle(t *testing.T) {
	t.Parallel()
	begun := &historypb.HistoryEvent{EventId: 1, EventType: enumspb.EVENT_TYPE_WORKFLOW_TASK_SCHEDULED}
	w := start(t, pastOf(&told{events: []*historypb.HistoryEvent{begun, begun}, err: serviceerror.NewUnavailable("down")}))
	p := w.party(t)
	row := w.answered(t, p, "Hello?", "Hello.")
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	response, err := w.client.Do(w.request(ctx, t, export(p, row.ID)))
	if err != nil {
		return // the connection was cut before the headers had gone out
	}
	defer func() { _ = response.Body.Close() }()
	_, err = io.ReadAll(response.Body)
	require.Error(t, err)
}

func TestOnlyOperatorsSeeWhatFailedInside(t *testing.T) {
	t.Parallel()
	w := start(t, func(d *api.Deps) {
		failure := &failurepb.Failure{
			Message: "organization org-of-the-operator is out of money", StackTrace: "at secret.go:7",
			FailureInfo: &failurepb.Failure_ApplicationFailureInfo{ApplicationFailureInfo: &failurepb.ApplicationFailureInfo{Type: "model_credentials"}},
		}
		event := &historypb.HistoryEvent{EventId: 7, EventType: enumspb.EVENT_TYPE_ACTIVITY_TASK_FAILED, Attributes: &historypb.HistoryEvent_ActivityTaskFailedEventAttributes{
			ActivityTaskFailedEventAttributes: &historypb.ActivityTaskFailedEventAttributes{Failure: failure, Identity: "7@machine-of-the-operator"},
		}}
		sealed, err := d.Codec.Encode([]*commonpb.Payload{{Metadata: map[string][]byte{"encoding": []byte("json/plain")}, Data: []byte(`{"step":1}`)}})
		require.NoError(t, err)
		asked := &historypb.HistoryEvent{EventId: 5, EventType: enumspb.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED, Attributes: &historypb.HistoryEvent_ActivityTaskScheduledEventAttributes{
			ActivityTaskScheduledEventAttributes: &historypb.ActivityTaskScheduledEventAttributes{Input: &commonpb.Payloads{Payloads: sealed}},
		}}
		pastOf(&told{events: []*historypb.HistoryEvent{asked, event}})(d)
	})
	p := w.party(t)
	row := w.answered(t, p, "Hello?", "Hello.")
	history := func(c call) string { return unpacked(t, w.do(t, c))[recording.FileHistory] }
	tenants := history(export(p, row.ID))
	for _, text := range []string{"org-of-the-operator", "secret.go", "machine-of-the-operator"} {
		assert.NotContains(t, tenants, text)
	}
	assert.Contains(t, tenants, "model_credentials")
	assert.Regexp(t, `"input":\s*\[\s*\{\s*"step":\s*1\s*\}\s*\]`, tenants, "payloads are decoded")
	c := export(p, row.ID)
	c.Bearer, c.Cookie = "", w.member(t, p.TenantID, chat.MemberOwner, true)
	operators := history(c)
	assert.Contains(t, operators, "org-of-the-operator")
	assert.NotContains(t, operators, "machine-of-the-operator")
}
