package api_test

import (
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/chat"
	"github.com/parley-chat/parley/db/dbtest"
	"github.com/parley-chat/parley/llm"
)

// dialogue is a visitor's conversation whose answers the test plays.
type dialogue struct {
	*world
	p    party
	id   chat.ConversationID
	path string
}

func newDialogue(t *testing.T) dialogue {
	t.Helper()
	w := start(t)
	p := w.party(t)
	id := w.own(t, p)
	return dialogue{w, p, id, "/v1/conversations/" + id.String()}
}

func (d dialogue) post(t *testing.T, path string, body any) answer {
	t.Helper()
	return d.do(t, call{Method: "POST", Path: d.path + path, Bearer: d.p.visitor, Body: body})
}

// turn starts a turn and gives it with what its model would be told.
func (d dialogue) turn(t *testing.T, body any) (got answer, prompt []string, end func(words ...string)) {
	t.Helper()
	got = d.post(t, "/turns", body)
	require.Equal(t, http.StatusAccepted, got.Status, got.Text)
	step := d.step(t, d.p, parseTurn(t, got), 1)
	return got, spokenIn(step.Prompt()), func(words ...string) {
		say(step, words...)
		finish(t, step)
	}
}

func spokenIn(prompt []llm.Message) (texts []string) {
	for _, message := range prompt {
		texts = append(texts, message.Text)
	}
	return texts
}

// says has a turn answered and gives the ids of its question and its answer.
func (d dialogue) says(t *testing.T, body any, words ...string) (question, reply string) {
	t.Helper()
	got, _, end := d.turn(t, body)
	end(words...)
	return got.JSON["userMessageId"].(string), got.JSON["assistantMessageId"].(string)
}

// shown lists the texts of the conversation, or of the branch that a query names,
// and each message by its text.
func (d dialogue) shown(t *testing.T, query string) (texts []string, byText map[string]map[string]any) {
	t.Helper()
	got := d.do(t, call{Method: "GET", Path: d.path + "/messages" + query, Bearer: d.p.visitor})
	require.Equal(t, http.StatusOK, got.Status, got.Text)
	byText = map[string]map[string]any{}
	for _, item := range got.JSON["items"].([]any) {
		message := item.(map[string]any)
		var text strings.Builder
		for _, part := range message["parts"].([]any) {
			said, _ := part.(map[string]any)["text"].(string)
			text.WriteString(said)
		}
		texts = append(texts, text.String())
		byText[text.String()] = message
	}
	return texts, byText
}

func (d dialogue) requireShown(t *testing.T, query string, want ...string) map[string]map[string]any {
	t.Helper()
	texts, byText := d.shown(t, query)
	require.Equal(t, want, texts)
	return byText
}

func (d dialogue) choose(t *testing.T, message string) {
	t.Helper()
	got := d.post(t, "/branch", map[string]any{"messageId": message})
	require.Equal(t, http.StatusOK, got.Status, got.Text)
	require.Equal(t, d.id.String(), got.JSON["id"])
}

func regenerate(message string) map[string]any { return map[string]any{"regenerate": message} }

func edited(message, text string) map[string]any {
	body := textMessage(text)
	body["edit"] = message
	return body
}

func TestAnswerIsGivenAnew(t *testing.T) {
	t.Parallel()
	d := newDialogue(t)
	question, first := d.says(t, textMessage("Heads or tails?"), "Heads.")
	got, prompt, end := d.turn(t, regenerate(first))
	assert.Equal(t, []string{"Heads or tails?"}, prompt, "what it answered before is not on this branch")
	assert.Equal(t, question, got.JSON["userMessageId"])
	second := got.JSON["assistantMessageId"].(string)
	d.requireShown(t, "", "Heads or tails?")
	end("Tails.")
	versions := []any{first, second}
	messages := d.requireShown(t, "", "Heads or tails?", "Tails.")
	assert.Equal(t, versions, messages["Tails."]["versions"])
	assert.NotContains(t, messages["Heads or tails?"], "versions", "it is alone in its place")

	d.says(t, textMessage("Again?"), "Edge.")
	d.choose(t, first)
	assert.Equal(t, versions, d.requireShown(t, "", "Heads or tails?", "Heads.")["Heads."]["versions"])
	_, prompt, end = d.turn(t, textMessage("Sure?"))
	assert.Equal(t, []string{"Heads or tails?", "Heads.", "Sure?"}, prompt)
	end("Sure.")
	d.requireShown(t, "", "Heads or tails?", "Heads.", "Sure?", "Sure.")
	d.requireShown(t, "?branchOf="+second, "Heads or tails?", "Tails.", "Again?", "Edge.")
	d.choose(t, second)
	d.requireShown(t, "", "Heads or tails?", "Tails.", "Again?", "Edge.")
	d.choose(t, question)
	d.requireShown(t, "", "Heads or tails?", "Tails.", "Again?", "Edge.")

	// A message can be answered anew as well, whatever was said after it.
	d.says(t, regenerate(question), "Neither.")
	assert.Len(t, d.requireShown(t, "", "Heads or tails?", "Neither.")["Neither."]["versions"], 3)
}

func TestMessageIsEdited(t *testing.T) {
	t.Parallel()
	d := newDialogue(t)
	first, _ := d.says(t, textMessage("Red?"), "Red.")
	second, _ := d.says(t, textMessage("Dark?"), "Dark red.")
	_, before := d.shown(t, "")
	_, prompt, end := d.turn(t, edited(second, "Light?"))
	assert.Equal(t, []string{"Red?", "Red.", "Light?"}, prompt)
	end("Light red.")
	messages := d.requireShown(t, "", "Red?", "Red.", "Light?", "Light red.")
	assert.Len(t, messages["Light?"]["versions"], 2)

	// The beginning has versions like everything else, and a branch has branches.
	blue, _ := d.says(t, edited(first, "Blue?"), "Blue.")
	d.requireShown(t, "", "Blue?", "Blue.")
	_, anew := d.says(t, edited(blue, "Green?"), "Green.")
	d.says(t, regenerate(anew), "Greener.")
	assert.Len(t, d.requireShown(t, "", "Green?", "Greener.")["Green?"]["versions"], 3)

	_, after := d.shown(t, "?branchOf="+second)
	for text, message := range before {
		now := after[text]
		delete(message, "versions")
		delete(now, "versions")
		assert.Equal(t, message, now, "what was said has not changed")
	}
}

func TestNothingForksWhileATurnRuns(t *testing.T) {
	t.Parallel()
	d := newDialogue(t)
	question, first := d.says(t, textMessage("One?"), "One.")
	_, second := d.says(t, regenerate(first), "Uno.")
	got, _, end := d.turn(t, textMessage("Two?"))
	for path, bodies := range map[string][]map[string]any{
		"/turns":  {regenerate(second), edited(question, "Eins?")},
		"/branch": {{"messageId": first}},
	} {
		for _, body := range bodies {
			refused := d.post(t, path, body)
			assert.Equal(t, http.StatusConflict, refused.Status, refused.Text)
			assertProblem(t, refused)
		}
	}
	d.choose(t, second) // which is shown already
	end("Two.")
	d.requireShown(t, "", "One?", "Uno.", "Two?", "Two.")
	assert.Equal(t, http.StatusOK, d.post(t, "/branch", map[string]any{"messageId": got.JSON["userMessageId"]}).Status)
}

func TestForkRefusals(t *testing.T) {
	t.Parallel()
	d := newDialogue(t)
	question, reply := d.says(t, textMessage("One?"), "One.")
	stranger := d.answered(t, d.p, "Elsewhere?", "Elsewhere.").AssistantMessageID.String()
	both := edited(question, "Eins?")
	both["regenerate"] = reply
	with := textMessage("And?")
	with["regenerate"] = reply
	for name, c := range map[string]struct {
		path   string
		body   map[string]any
		status int
		field  string
	}{
		"another conversation's answer":  {"/turns", regenerate(stranger), http.StatusNotFound, "body.regenerate"},
		"another conversation's message": {"/turns", edited(stranger, "Eins?"), http.StatusNotFound, "body.edit"},
		"another conversation's version": {"/branch", map[string]any{"messageId": stranger}, http.StatusNotFound, "body.messageId"},
		"an answer cannot be edited":     {"/turns", edited(reply, "Eins."), http.StatusUnprocessableEntity, "body.edit"},
		"not both":                       {"/turns", both, http.StatusUnprocessableEntity, "body.regenerate"},
		"not with a message":             {"/turns", with, http.StatusUnprocessableEntity, "body.message"},
		"neither":                        {"/turns", map[string]any{}, http.StatusUnprocessableEntity, "body.message"},
		"not an id":                      {"/turns", regenerate("7"), http.StatusUnprocessableEntity, "body.regenerate"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := d.post(t, c.path, c.body)
			assert.Equal(t, c.status, got.Status, got.Text)
			assertProblem(t, got)
			assert.Contains(t, got.Text, c.field)
		})
	}
	missing := d.do(t, call{Method: "GET", Path: d.path + "/messages?branchOf=" + stranger, Bearer: d.p.visitor})
	assert.Equal(t, http.StatusNotFound, missing.Status)
	assert.Contains(t, missing.Text, "query.branchOf")
}

func TestForkOnceWithAKey(t *testing.T) {
	t.Parallel()
	d := newDialogue(t)
	question, reply := d.says(t, textMessage("One?"), "One.")
	with := func(key string, body any) answer {
		return d.do(t, keyed(call{Method: "POST", Path: d.path + "/turns", Bearer: d.p.visitor, Body: body}, key))
	}
	first := with("anew", regenerate(reply))
	require.Equal(t, http.StatusAccepted, first.Status, first.Text)
	assert.Equal(t, first.JSON["id"], with("anew", regenerate(reply)).JSON["id"], "while it runs")
	assert.Equal(t, "key_reused", with("anew", regenerate(question)).JSON["code"])
	step := d.step(t, d.p, parseTurn(t, first), 1)
	say(step, "Uno.")
	finish(t, step)
	assert.Equal(t, first.JSON["id"], with("anew", regenerate(reply)).JSON["id"], "when it is over")
	rewrite := edited(question, "Eins?")
	second := with("edit", rewrite)
	require.Equal(t, http.StatusAccepted, second.Status, second.Text)
	assert.Equal(t, second.JSON["id"], with("edit", rewrite).JSON["id"])
	finish(t, d.step(t, d.p, parseTurn(t, second), 1))
	_, messages := d.shown(t, "")
	assert.Len(t, messages["Eins?"]["versions"], 2)
}

func TestSteeringStaysOnItsBranch(t *testing.T) {
	t.Parallel()
	d := newDialogue(t)
	_, first := d.says(t, textMessage("Count."), "One.")
	got, _, end := d.turn(t, regenerate(first))
	steered := d.post(t, "/turns", textMessage("In German!"))
	require.Equal(t, true, steered.JSON["steered"], steered.Text)
	d.requireShown(t, "", "Count.", "In German!")
	end("Uno. ")
	next := d.step(t, d.p, parseTurn(t, got), 2)
	assert.Equal(t, []string{"Count.", "Uno. ", "In German!"}, spokenIn(next.Prompt()))
	say(next, "Eins.")
	finish(t, next)
	messages := d.requireShown(t, "", "Count.", "In German!", "Uno. Eins.")
	assert.Equal(t, []any{first, messages["In German!"]["id"]}, messages["In German!"]["versions"])

	// Answered anew, both messages stand before the answer.
	_, prompt, end := d.turn(t, regenerate(messages["Uno. Eins."]["id"].(string)))
	assert.Equal(t, []string{"Count.", "In German!"}, prompt)
	end("Eins, zwei.")
	d.choose(t, first)
	d.requireShown(t, "", "Count.", "One.")
}

// A node that has not claimed the turn reads what its model is told.
func TestOtherNodesReadTheBranch(t *testing.T) {
	t.Parallel()
	d := newDialogue(t)
	d.says(t, textMessage("One?"), "One.")
	_, second := d.says(t, textMessage("Two?"), "Two.")
	d.says(t, textMessage("Three?"), "Three.")
	anew := d.post(t, "/turns", regenerate(second))
	other := start(t)
	step := other.step(t, d.p, parseTurn(t, anew), 1)
	assert.Equal(t, []string{"One?", "One.", "Two?"}, spokenIn(step.Prompt()))
	say(step, "Zwei.")
	finish(t, step)
	d.requireShown(t, "", "One?", "One.", "Two?", "Zwei.")
}

// TestForksRaceMessages sends messages and wishes for other answers at the same
// idle conversation: one of them begins a turn, and every message is said.
func TestForksRaceMessages(t *testing.T) {
	t.Parallel()
	d := newDialogue(t)
	question, reply := d.says(t, textMessage("One?"), "One.")
	bodies := []map[string]any{
		regenerate(reply), textMessage("Two?"), edited(question, "Eins?"), textMessage("Three?"),
		regenerate(reply), textMessage("Four?"), edited(question, "Uno?"), textMessage("Five?"),
	}
	answers := make([]answer, len(bodies))
	var group sync.WaitGroup
	for i, body := range bodies {
		group.Go(func() { answers[i] = d.post(t, "/turns", body) })
	}
	group.Wait()
	turns := map[any]int{}
	for i, got := range answers {
		if bodies[i]["message"] != nil && bodies[i]["edit"] == nil || got.Status != http.StatusConflict {
			require.Equal(t, http.StatusAccepted, got.Status, got.Text)
			turns[got.JSON["id"]]++
		}
	}
	require.Len(t, turns, 1)
	step := d.step(t, d.p, parseTurn(t, answerOf(answers)), 1)
	say(step, "All of it.")
	if finish(t, step).Status == chat.TurnRunning {
		finish(t, d.step(t, d.p, parseTurn(t, answerOf(answers)), 2))
	}
	texts, _ := d.shown(t, "")
	for _, said := range []string{"Two?", "Three?", "Four?", "Five?"} {
		assert.Contains(t, texts, said)
	}
	assert.Equal(t, "All of it.", texts[len(texts)-1])
}

// answerOf gives the answer that tells of a turn.
func answerOf(answers []answer) answer {
	for _, got := range answers {
		if got.Status == http.StatusAccepted {
			return got
		}
	}
	return answer{}
}

func TestReadersHearOfBranches(t *testing.T) {
	t.Parallel()
	d := newDialogue(t)
	_, first := d.says(t, textMessage("One?"), "One.")
	l := d.listen(t, call{Path: d.path + "/stream", Bearer: d.p.visitor})
	_, second := d.says(t, regenerate(first), "Uno.")
	assert.Contains(t, l.next().Data, `"type":"branch-changed","turnId":"`)
	assert.Contains(t, l.next().Data, `"type":"turn-started"`)
	assert.Contains(t, l.next().Data, second)
	assert.Contains(t, l.next().Data, `"type":"turn-ended"`)
	d.choose(t, second)
	d.choose(t, first)
	assert.Contains(t, l.next().Data, `"type":"branch-changed","messageId":"`+first, "what is shown already is no news")
}

// Each version of an answer has a stream of its own, also when its chunks have
// been pruned, and a rating of its own.
func TestVersionsKeepWhatIsTheirs(t *testing.T) {
	t.Parallel()
	d := newDialogue(t)
	got, _, end := d.turn(t, textMessage("One?"))
	end("One.")
	first := got.JSON["assistantMessageId"].(string)
	anew, _, end := d.turn(t, regenerate(first))
	end("Uno.")
	for text, id := range map[string]chat.TurnID{"One.": parseTurn(t, got), "Uno.": parseTurn(t, anew)} {
		dbtest.PruneTurn(t, id)
		assert.Equal(t, text, heard(t, d.listen(t, streamOf(d.p, id)).rest(), 0))
	}
	rated := d.do(t, call{Method: "POST", Path: "/v1/messages/" + first + "/feedback", Bearer: d.p.visitor, Body: map[string]any{"rating": "down"}})
	require.Equal(t, http.StatusOK, rated.Status, rated.Text)
	assert.Equal(t, first, rated.JSON["id"], "the one that is not shown")
	assert.Len(t, rated.JSON["versions"], 2)
	assert.NotContains(t, d.requireShown(t, "", "One?", "Uno.")["Uno."], "feedback")
}

func TestStrangersChooseNoBranch(t *testing.T) {
	t.Parallel()
	d := newDialogue(t)
	question, first := d.says(t, textMessage("One?"), "One.")
	d.says(t, regenerate(first), "Uno.")
	other := d.party(t)
	for name, bearer := range map[string]string{"another visitor": d.visitorToken(t, d.p), "another tenant's visitor": other.visitor, "another tenant": other.secret} {
		for path, body := range map[string]any{"/branch": map[string]any{"messageId": first}, "/turns": edited(question, "Mine.")} {
			got := d.do(t, call{Method: "POST", Path: d.path + path, Bearer: bearer, Body: body})
			assert.Equal(t, http.StatusNotFound, got.Status, "%s at %s: %s", name, path, got.Text)
		}
		listed := d.do(t, call{Method: "GET", Path: d.path + "/messages?branchOf=" + first, Bearer: bearer})
		assert.Equal(t, http.StatusNotFound, listed.Status, name)
	}
	d.requireShown(t, "", "One?", "Uno.")
}
