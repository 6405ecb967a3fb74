package api_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/chat"
)

// handing gives a party whose visitors may ask for people.
func (w *world) handing(t *testing.T, human fields) (party, chat.ConversationID) {
	t.Helper()
	p := w.party(t)
	w.publish(t, p, map[string]any{"human": human})
	return p, w.own(t, p)
}

func TestVisitorAndStaffTalk(t *testing.T) {
	t.Parallel()
	w := start(t)
	p, id := w.handing(t, fields{"enabled": true})
	own, admin := "/v1/conversations/"+id.String(), "/v1/admin/conversations/"+id.String()
	visitor := func(method, path string, body any, header ...string) answer {
		c := call{Method: method, Path: own + path, Bearer: p.visitor, Body: body}
		if len(header) > 0 {
			c.Header = map[string]string{"Accept": header[0]}
		}
		return w.do(t, c)
	}
	staff := func(method, path string, body any) answer {
		return w.do(t, call{Method: method, Path: admin + path, Cookie: p.cookie, Body: body})
	}
	assert.Equal(t, true, w.widgetSession(t, p, nil)["config"].(map[string]any)["person"])
	early := staff("POST", "/messages", fields{"text": "Hello"})
	require.Equal(t, http.StatusConflict, early.Status, "the agent answers")
	assertProblem(t, early)

	asked := visitor("POST", "/person", nil)
	require.Equal(t, http.StatusOK, asked.Status, asked.Text)
	assert.Equal(t, fields{"mode": "human"}, asked.JSON)
	assert.EqualValues(t, 1, w.do(t, call{Method: "GET", Path: "/v1/admin/conversations/waiting", Cookie: p.cookie}).JSON["waiting"])
	list := w.do(t, call{Method: "GET", Path: "/v1/admin/conversations?waiting=true", Cookie: p.cookie})
	require.Len(t, list.JSON["items"], 1)
	assert.NotEmpty(t, list.JSON["items"].([]any)[0].(map[string]any)["waitingSince"])

	said := visitor("POST", "/turns", textMessage("Is anybody there?"))
	require.Equal(t, http.StatusCreated, said.Status, said.Text)
	assert.Equal(t, "human", said.JSON["mode"])
	assert.Equal(t, "human", said.Header.Get("X-Parley-Mode"))
	streamed := visitor("POST", "/turns", textMessage("Hello?"), "text/event-stream")
	require.Equal(t, http.StatusOK, streamed.Status)
	assert.Contains(t, streamed.Text, `"data-handoff"`)
	assert.Contains(t, streamed.Text, `"finishReason":"other"`)
	assert.Contains(t, streamed.Text, "[DONE]")

	written := staff("POST", "/messages", fields{"text": "Yes, I am."})
	require.Equal(t, http.StatusCreated, written.Status, written.Text)
	assert.Equal(t, "Owner", written.JSON["author"])
	assert.Equal(t, "Owner", visitor("GET", "", nil).JSON["staffName"])
	blank := staff("POST", "/messages", fields{"text": " "})
	require.Equal(t, http.StatusUnprocessableEntity, blank.Status)
	assert.Contains(t, blank.Text, "body.text")

	other := w.do(t, call{Method: "POST", Path: admin + "/takeover", Cookie: w.member(t, p.TenantID, chat.MemberAgent, false), Body: fields{}})
	require.Equal(t, http.StatusConflict, other.Status)
	back := staff("POST", "/return", nil)
	require.Equal(t, http.StatusOK, back.Status, back.Text)
	assert.Equal(t, "agent", back.JSON["mode"])
	assert.Equal(t, "agent", visitor("DELETE", "/person", nil).JSON["mode"])
}

func TestNobodyIsThereToAsk(t *testing.T) {
	t.Parallel()
	w := start(t)
	p, id := w.handing(t, fields{"enabled": true, "hours": fields{"zone": "Etc/GMT+12", "days": []any{fields{"day": 1, "from": "00:00", "to": "00:01"}}}})
	asked := w.do(t, call{Method: "POST", Path: "/v1/conversations/" + id.String() + "/person", Bearer: p.visitor})
	require.Equal(t, http.StatusOK, asked.Status, asked.Text)
	if asked.JSON["mode"] == "agent" { // but for one minute of the week
		assert.NotEmpty(t, asked.JSON["opensAt"])
	}
	w.publish(t, p, map[string]any{"human": fields{"enabled": false}})
	refused := w.do(t, call{Method: "POST", Path: "/v1/conversations/" + w.own(t, p).String() + "/person", Bearer: p.visitor})
	assert.Equal(t, http.StatusConflict, refused.Status)
	assertProblem(t, refused)
}

func TestTypingIsToldAndNotKept(t *testing.T) {
	t.Parallel()
	w := start(t)
	p := w.party(t)
	id := w.own(t, p)
	reader := w.listen(t, call{Method: "GET", Path: "/v1/conversations/" + id.String() + "/stream", Bearer: p.visitor})
	require.Equal(t, http.StatusNoContent, w.do(t, call{Method: "POST", Path: "/v1/admin/conversations/" + id.String() + "/typing", Cookie: p.cookie}).Status)
	event := reader.next()
	assert.JSONEq(t, `{"type":"typing","role":"assistant"}`, event.Data)
	assert.EqualValues(t, 0, event.ID, "that of the event before it")
	again := w.listen(t, call{Method: "GET", Path: "/v1/conversations/" + id.String() + "/stream", Bearer: p.visitor, Header: map[string]string{"Last-Event-ID": "0"}})
	require.Equal(t, http.StatusNoContent, w.do(t, call{Method: "POST", Path: "/v1/conversations/" + id.String() + "/typing", Bearer: p.visitor}).Status)
	assert.JSONEq(t, `{"type":"typing","role":"user"}`, again.next().Data)
}

func TestHandoffsOfAnAgentAreChecked(t *testing.T) {
	t.Parallel()
	w := start(t)
	p, other := w.party(t), w.party(t)
	own := w.do(t, call{Method: "GET", Path: "/v1/agents/" + p.AgentID.String(), Cookie: p.cookie})
	to := func(id chat.AgentID, name string) fields {
		return fields{"name": name, "agentId": id, "when": "Always."}
	}
	for field, draft := range map[string]fields{
		"body.draft.handoffs[0].agentId":    {"handoffs": []any{to(other.AgentID, "them")}},
		"body.draft.handoffs[0].name":       {"handoffs": []any{to(p.AgentID, "person")}},
		"body.draft.handoffs[0].when":       {"handoffs": []any{fields{"name": "them", "agentId": other.AgentID, "when": " "}}},
		"body.draft.human.hours.zone":       {"human": fields{"enabled": true, "hours": fields{"zone": "Mars/Base", "days": []any{fields{"day": 1, "from": "09:00", "to": "17:00"}}}}},
		"body.draft.human.hours.days[0].to": {"human": fields{"enabled": true, "hours": fields{"zone": "UTC", "days": []any{fields{"day": 1, "from": "09:00", "to": "08:00"}}}}},
		"body.draft.tools[0].name":          {"tools": []any{refund(fields{"name": "handoff_to_me"})}},
	} {
		got := w.do(t, call{Method: "PATCH", Path: "/v1/agents/" + p.AgentID.String(), Cookie: p.cookie, Body: fields{"revision": own.JSON["revision"], "draft": draft}})
		require.Equal(t, http.StatusUnprocessableEntity, got.Status, got.Text)
		assert.Contains(t, got.Text, field)
	}
}
