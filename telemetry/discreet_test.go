package telemetry_test

import (
	"encoding/hex"
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/llm/simulator"
)

// What must never leave the node by way of its operators.
const (
	markedText = "Zanzibar-crockery" // said by visitors, models and providers
	markedKey  = "sk-marked-0123456789"
)

// sayMarkedThings has turns whose questions, answers, errors and addresses hold
// the marks: one that is answered, one that the model refuses, and one that it
// answers at the second try. It gives their ids.
func (w *world) sayMarkedThings(t *testing.T) []string {
	t.Helper()
	put := w.request(t, "PUT", "/v1/provider", map[string]any{
		"api": "responses", "baseUrl": w.Config.Platform.BaseURL, "defaultModel": simulator.DefaultModel, "apiKey": markedKey,
	})
	require.Equal(t, http.StatusOK, put)
	quoted := "the request " + markedText + " with key " + markedKey + " is not acceptable"
	var turns []string
	for question, fault := range map[string]simulator.Fault{
		"say ":    {Deltas: []string{"Here is ", markedText, " for you."}, Pace: &simulator.Pace{FirstTokenMS: 100, IntervalMS: 60}},
		"refuse ": {Status: http.StatusBadRequest, Code: "invalid_prompt", Message: quoted},
		"retry ":  {Times: 1, Status: http.StatusInternalServerError, Code: "server_error", Message: quoted},
	} {
		fault.Match.Text = question + markedText
		w.Simulator.AddFault(fault)
	}
	for _, question := range []string{"say ", "refuse ", "retry "} {
		id, stream := w.ask(t, question+markedText)
		assert.Equal(t, question != "refuse ", strings.Contains(stream, markedText), "%s: %s", question, stream)
		turns = append(turns, id)
	}
	w.request(t, "GET", "/v1/agents/"+w.tenant.AgentID.String()+"/chat/"+markedText+"/stream?startIndex=0", nil)
	w.request(t, "GET", "/"+markedText+"?token="+markedKey, nil)
	w.request(t, "POST", "/v1/conversations/"+w.tenant.ConversationID.String()+"/turns", map[string]any{"message": markedText})
	return turns
}

// assertDiscreet looks for the marks, and for what the test's own key begins
// with, in what operators were told.
func assertDiscreet(t *testing.T, told string) {
	t.Helper()
	for _, hidden := range []string{"Zanzibar", "zanzibar", "crockery", "marked-0123", "sk_"} {
		if at := strings.Index(told, hidden); at >= 0 {
			assert.Fail(t, "operators were told what is none of their business", "%s: %q", hidden, told[max(0, at-300):min(len(told), at+200)])
		}
	}
}

func TestLogsTellWhichTurnButNotAWordOfIt(t *testing.T) {
	t.Parallel()
	w := observed(t, nil)
	turns := w.sayMarkedThings(t)
	eventually(t, "the end of every turn is logged", func() bool {
		return len(w.logs.lines(t, "turn: ended")) == len(turns)
	})
	statuses := map[string]string{turns[0]: "completed", turns[1]: "failed", turns[2]: "completed"}
	for _, line := range w.logs.lines(t, "turn: ended") {
		turn, _ := line["turn"].(string)
		assert.Equal(t, statuses[turn], line["status"])
		assert.Equal(t, w.tenant.TenantID.String(), line["tenant"])
		assert.Equal(t, w.tenant.ConversationID.String(), line["conversation"])
	}
	eventually(t, "each request for a turn is logged with the turn", func() bool {
		found := 0
		for _, line := range w.logs.lines(t, "request") {
			if line["turn"] == turns[1] && line["conversation"] == w.tenant.ConversationID.String() && line["request"] != "" {
				found++
			}
		}
		return found == 1
	})
	assert.Contains(t, w.logs.all(), "invalid_prompt", "the class of an error is told")
	w.node.Stop()
	assertDiscreet(t, w.logs.all())
	assert.NotContains(t, w.logs.all(), `"tenant":"`+w.tenant.TenantID.String()+`","tenant"`, "once a line")
}

// lines gives the entries with a message.
func (j *journal) lines(t *testing.T, message string) []map[string]any {
	t.Helper()
	var found []map[string]any
	for line := range strings.SplitSeq(strings.TrimSpace(j.all()), "\n") {
		var entry map[string]any
		require.NoError(t, json.Unmarshal([]byte(line), &entry), line)
		if entry["msg"] == message {
			found = append(found, entry)
		}
	}
	return found
}

func hexOf(id []byte) string { return hex.EncodeToString(id) }
