package api_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/api"
	"github.com/parley-chat/parley/chat"
	"github.com/parley-chat/parley/db"
	"github.com/parley-chat/parley/telemetry"
	"github.com/parley-chat/parley/turn"
	"github.com/parley-chat/parley/turn/recording"
)

// journal collects what a server logs.
type journal struct {
	mu   sync.Mutex
	text bytes.Buffer
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

// entry gives the line of a request.
func (j *journal) entry(t *testing.T, request string) map[string]any {
	t.Helper()
	var found map[string]any
	eventually(t, func() bool {
		for line := range bytes.SplitSeq([]byte(j.all()), []byte("\n")) {
			var entry map[string]any
			if json.Unmarshal(line, &entry) == nil && entry["msg"] == "request" && entry["request"] == request {
				found = entry
			}
		}
		return found != nil
	}, "the request is logged")
	return found
}

func logging(j *journal) func(*api.Deps) {
	return func(d *api.Deps) { d.Logger = slog.New(telemetry.LogHandler(slog.NewJSONHandler(j, nil))) }
}

func TestAccessLogTellsWhatButNoSecrets(t *testing.T) {
	t.Parallel()
	var j journal
	w := start(t, logging(&j))
	p := w.party(t)
	w.setPassword(t, p.UserID, "correct horse")
	w.do(t, signIn(p.Email, "correct horse"))
	w.do(t, call{Method: "GET", Path: "/v1/admin/conversations?query=xylophone", Cookie: p.cookie, Header: map[string]string{"X-Request-Id": "r1"}})
	w.do(t, call{Method: "GET", Path: "/v1/agents/" + p.AgentID.String() + "/chat/xylophone/stream", Bearer: p.visitor})
	w.do(t, call{Method: "POST", Path: "/v1/keys", Bearer: p.secret, Body: `{"kind":"secret","name":"a"}`})
	entry := j.entry(t, "r1")
	assert.Equal(t, "/v1/admin/conversations", entry["route"])
	assert.EqualValues(t, 200, entry["status"])
	assert.Equal(t, p.TenantID.String(), entry["tenant"])
	assert.Equal(t, "user", entry["actor"])
	assert.Equal(t, "127.0.0.1", entry["address"])
	for _, hidden := range []string{"xylophone", "correct horse", p.cookie, p.secret, p.visitor, p.publishable, "sk_", "ss_"} {
		assert.NotContains(t, j.all(), hidden)
	}
}

// brokenTurns fails in the ways that a part may fail.
type brokenTurns struct {
	api.Turns

	failure func() error
}

func (b brokenTurns) Start(context.Context, chat.TenantID, turn.Question) (turn.Claimed, error) {
	return turn.Claimed{}, b.failure()
}

func (b brokenTurns) OfferedCall(context.Context, chat.TenantID, chat.ConversationID, string) (*turn.Call, error) {
	return nil, b.failure()
}

func (b brokenTurns) Stop(context.Context, chat.TenantID, chat.TurnID) error { return b.failure() }

func (b brokenTurns) Progress(context.Context, chat.TenantID, chat.TurnID) (turn.Progress, error) {
	return turn.Progress{}, b.failure()
}

func (b brokenTurns) Record(context.Context, chat.TenantID, chat.TurnID, recording.Failures) (*turn.Recording, error) {
	return nil, b.failure()
}

func (b brokenTurns) Trace(context.Context, chat.TenantID, chat.TurnID) (*turn.Trace, error) {
	return nil, b.failure()
}

func (b brokenTurns) Prompt(context.Context, chat.TenantID, chat.TurnID, int) (turn.Prompt, error) {
	return turn.Prompt{}, b.failure()
}

func (b brokenTurns) Vote(context.Context, chat.TenantID, chat.ApprovalID, turn.Vote) (db.Approval, error) {
	return db.Approval{}, b.failure()
}

func TestFailuresTellTheOperatorMoreThanTheCaller(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		failure func() error
		status  int
		code    string
	}{
		"a panic":   {func() error { panic("the internals") }, 500, "internal"},
		"an error":  {func() error { return errors.New("the internals") }, 500, "internal"},
		"no budget": {func() error { return chat.NewError(chat.CodeBudgetExhausted, "Spent.") }, 402, "budget_exhausted"},
		"no storage": {func() error {
			return chat.NewError(chat.CodeUnavailable, "Later.").Because(errors.New("the internals"))
		}, 503, "unavailable"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var j journal
			w := start(t, logging(&j), func(d *api.Deps) { d.Turns = brokenTurns{failure: c.failure} })
			p := w.party(t)
			got := w.do(t, call{
				Method: "POST", Path: "/v1/conversations/" + w.own(t, p).String() + "/turns", Bearer: p.visitor,
				Body: textMessage("hi"), Header: map[string]string{"X-Request-Id": "r1"},
			})
			require.Equal(t, c.status, got.Status, got.Text)
			assertProblem(t, got)
			assert.Equal(t, c.code, got.JSON["code"])
			assert.NotContains(t, got.Text, "internals")
			assert.EqualValues(t, c.status, j.entry(t, "r1")["status"])
			if c.status != http.StatusPaymentRequired {
				assert.Contains(t, j.all(), "the internals")
			}
		})
	}
}
