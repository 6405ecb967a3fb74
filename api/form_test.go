package api_test

import (
	"context"
	"encoding/json"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/chat"
	"github.com/parley-chat/parley/turn"
)

const wrongForm = "heron-in-the-fault"

// offering plays an answer in the conversation with a form, and with a fault that is
// nobody's business but the team's.
func (w *world) offering(t *testing.T, p party, conversation chat.ConversationID) (answer chat.MessageID, id chat.TurnID) {
	t.Helper()
	claimed := w.ask(t, p, conversation, "Book?")
	step := w.step(t, p, claimed.Turn.ID, 1)
	say(step, "Please.")
	form, err := chat.DataChunk(chat.ChunkUI, "ui-1-1", chat.Component{Component: "form", Props: json.RawMessage(
		`{"title":"Book","fields":[{"name":"people","label":"People","type":"number","required":true}]}`)})
	require.NoError(t, err)
	fault, err := chat.DataChunk(chat.ChunkFault, "fault-1-1", chat.Fault{Problem: wrongForm})
	require.NoError(t, err)
	_, err = step.End(context.Background(), turn.Ending{Status: chat.TurnCompleted, Finish: chat.FinishStop, Shown: []chat.Chunk{form, fault}})
	require.NoError(t, err)
	return claimed.Turn.AssistantMessageID, claimed.Turn.ID
}

func formMessage(answer chat.MessageID, form string, values any) map[string]any {
	data := map[string]any{"messageId": answer, "formId": form, "values": values}
	return map[string]any{"message": map[string]any{"parts": []any{map[string]any{"type": "data-form", "data": data}}}}
}

func TestFormIsSentOnceAndAsItWasOffered(t *testing.T) {
	t.Parallel()
	w := start(t)
	p := w.party(t)
	conversation, other := w.own(t, p), w.own(t, p)
	answer, _ := w.offering(t, p, conversation)
	send := func(in chat.ConversationID, message map[string]any) (int, string) {
		got := w.do(t, call{Method: "POST", Path: "/v1/conversations/" + in.String() + "/turns", Bearer: p.visitor, Body: message})
		errs, _ := got.JSON["errors"].([]any)
		if len(errs) == 0 {
			return got.Status, ""
		}
		return got.Status, errs[0].(map[string]any)["location"].(string)
	}
	const at = "body.message.parts[0].data"
	good := map[string]any{"people": 3}
	for _, c := range []struct {
		in      chat.ConversationID
		message map[string]any
		status  int
		where   string
	}{
		{conversation, formMessage(answer, "ui-1-1", map[string]any{"people": "three"}), 422, at + ".values.people"},
		{conversation, formMessage(answer, "ui-1-1", map[string]any{"people": 3, "x": 1}), 422, at + ".values.x"},
		{conversation, formMessage(answer, "ui-1-1", map[string]any{}), 422, at + ".values.people"},
		{conversation, formMessage(answer, "ui-9-9", good), 404, at + ".formId"},
		{other, formMessage(answer, "ui-1-1", good), 404, at + ".formId"},
		{conversation, formMessage(answer, "ui-1-1", good), 202, ""},
		{conversation, formMessage(answer, "ui-1-1", good), 409, at + ".formId"},
	} {
		status, where := send(c.in, c.message)
		require.Equal(t, c.status, status, c.message)
		require.Equal(t, c.where, where)
	}
	list := w.do(t, call{Path: "/v1/conversations/" + conversation.String() + "/messages", Bearer: p.visitor})
	require.Contains(t, list.Text, `"text":"People: 3"`)
}

// Another tenant's form does not exist.
func TestFormOfAnotherTenant(t *testing.T) {
	t.Parallel()
	w := start(t)
	mine, theirs := w.party(t), w.party(t)
	answer, _ := w.offering(t, theirs, w.own(t, theirs))
	got := w.do(t, call{
		Method: "POST", Path: "/v1/conversations/" + w.own(t, mine).String() + "/turns", Bearer: mine.visitor,
		Body: formMessage(answer, "ui-1-1", map[string]any{"people": 3}),
	})
	require.Equal(t, http.StatusNotFound, got.Status, got.Text)
}

func TestSDKSendsForms(t *testing.T) {
	t.Parallel()
	w := start(t)
	p := w.party(t)
	opened := w.do(t, call{Method: "POST", Path: "/v1/conversations", Bearer: p.visitor, Body: `{"chatId":"c"}`})
	conversation, err := chat.ParseID[chat.ConversationID](opened.JSON["id"].(string))
	require.NoError(t, err)
	offered, _ := w.offering(t, p, conversation)
	send := func(values any) answer {
		parts := formMessage(offered, "ui-1-1", values)["message"].(map[string]any)["parts"]
		return w.do(t, call{Method: "POST", Path: sdkPath(p), Bearer: p.visitor, Body: map[string]any{
			"id": "c", "messages": []any{map[string]any{"id": "m", "role": "user", "parts": parts}},
		}})
	}
	refused := send(map[string]any{"people": true})
	require.Equal(t, http.StatusUnprocessableEntity, refused.Status, refused.Text)
	require.Contains(t, refused.Text, "body.messages[0].parts[0].data.values.people")
}

// What was wrong with an answer's form is for the team.
func TestVisitorsSeeNothingOfFaults(t *testing.T) {
	t.Parallel()
	w := start(t)
	p := w.party(t)
	conversation := w.own(t, p)
	_, id := w.offering(t, p, conversation)
	for _, path := range []string{"/v1/turns/" + id.String() + "/stream", "/v1/conversations/" + conversation.String() + "/messages"} {
		visitors := w.do(t, call{Path: path, Bearer: p.visitor})
		require.Equal(t, http.StatusOK, visitors.Status, visitors.Text)
		require.Contains(t, visitors.Text, "data-fault")
		require.NotContains(t, visitors.Text, wrongForm)
		require.Contains(t, w.do(t, call{Path: path, Bearer: p.secret}).Text, wrongForm)
	}
}
