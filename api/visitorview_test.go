package api_test

import (
	"context"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/chat"
	"github.com/parley-chat/parley/db/dbtest"
	"github.com/parley-chat/parley/turn"
)

// What goes into a tool and comes out of it here. No visitor may ever read them.
const (
	wordIn  = "heron-in-the-arguments"
	wordOut = "heron-in-the-result"
)

// playCalls plays the rest of a turn: four calls, of which one brings something, one
// fails, one is denied and one has arguments that do not do; then the answer.
func (w *world) playCalls(t *testing.T, p party, id chat.TurnID) {
	t.Helper()
	ctx := context.Background()
	input := json.RawMessage(`{"customer":"` + wordIn + `"}`)
	asks := w.step(t, p, id, 1)
	asks.Append(zeroCheckpoint, chat.Chunk{Type: chat.ChunkStartStep})
	for place := range 4 {
		chunk := chat.Chunk{Type: chat.ChunkToolInputStart, ToolCallID: asks.CallID(place), ToolName: "look_up", Title: "Look up", Dynamic: true}
		asks.Append(zeroCheckpoint, chunk)
		chunk.Type, chunk.Input = chat.ChunkToolInputAvailable, input
		if place == 3 {
			chunk.Type, chunk.ErrorText = chat.ChunkToolInputError, chat.BadArguments+"'"+wordIn+"' does not match."
		}
		asks.Append(zeroCheckpoint, chunk)
	}
	ended, err := asks.End(ctx, turn.Ending{Status: chat.TurnCompleted, Finish: chat.FinishToolCalls})
	require.NoError(t, err)
	require.Len(t, ended.Calls, 3)
	for place, outcome := range []turn.CallOutcome{
		{State: chat.CallSucceeded, Output: json.RawMessage(`{"owes":"` + wordOut + `"}`)},
		{State: chat.CallFailed, Error: "There is no such customer."},
		{State: chat.CallDenied, Error: "This was not allowed, and not done."},
	} {
		call, err := w.turns.OpenCall(ctx, p.TenantID, chat.ToolCallRef{Turn: id, Step: 1, Index: place})
		require.NoError(t, err)
		_, err = call.Dispatch(ctx, time.Minute)
		require.NoError(t, err)
		require.NoError(t, call.Report(ctx, json.RawMessage(`{"progress":1,"total":4,"message":"`+wordOut+`"}`)))
		require.NoError(t, call.Finish(ctx, outcome))
	}
	answers := w.step(t, p, id, 2)
	say(answers, `It is the "tool-box".`)
	finish(t, answers)
}

func textOf(frames []frame) string {
	var text strings.Builder
	for _, f := range frames {
		text.WriteString(f.Data)
	}
	return text.String()
}

// foldedFrames gives the calls that a reader of the frames has in the end.
func foldedFrames(t *testing.T, frames []frame) (calls []chat.Part) {
	t.Helper()
	var parts []chat.Part
	for _, f := range frames[:len(frames)-1] {
		var chunk chat.Chunk
		require.NoError(t, json.Unmarshal([]byte(f.Data), &chunk))
		parts = chat.Fold(parts, chunk)
	}
	for _, part := range parts {
		if part.Type == chat.PartTool {
			calls = append(calls, part)
		}
	}
	return calls
}

func assertHidden(t *testing.T, text, where string) {
	t.Helper()
	assert.NotContains(t, text, wordIn, where)
	assert.NotContains(t, text, wordOut, where)
	assert.Contains(t, text, "Look up", where)
	assert.Contains(t, text, "There is no such customer.", where)
}

func assertShown(t *testing.T, text, where string) {
	t.Helper()
	assert.Contains(t, text, wordIn, where)
	assert.Contains(t, text, wordOut, where)
}

// assertWhole: a reader of the AI SDK's stream wants each field in its place.
func assertWhole(t *testing.T, frames []frame) {
	t.Helper()
	calls := foldedFrames(t, frames)
	require.Len(t, calls, 4)
	var states []string
	for _, call := range calls {
		states = append(states, call.State)
		assert.JSONEq(t, `{}`, string(call.Input))
	}
	assert.Equal(t, []string{chat.ToolPartOutput, chat.ToolPartError, chat.ToolPartDenied, chat.ToolPartError}, states)
	assert.Equal(t, "null", string(calls[0].Output))
	assert.Contains(t, textOf(frames), `tool-box`, "what the model says is nobody's secret")
}

// askedByVisitor has the visitor ask, and gives the turn and the stream that it reads.
func (w *world) askedByVisitor(t *testing.T, c call) (chat.TurnID, *listener) {
	t.Helper()
	live := w.listen(t, c)
	require.Equal(t, http.StatusOK, live.response.StatusCode)
	id, err := chat.ParseID[chat.TurnID](live.response.Header.Get("X-Parley-Turn-Id"))
	require.NoError(t, err)
	return id, live
}

// readersOf are the ways to a turn's stream, after the given event.
func readersOf(p party, id chat.TurnID, after int64) (visitor, program, staff call) {
	path := "/turns/" + id.String() + "/stream?startIndex=" + strconv.FormatInt(after, 10)
	return call{Path: "/v1" + path, Bearer: p.visitor}, call{Path: "/v1" + path, Bearer: p.secret}, call{Path: "/v1/admin" + path, Cookie: p.cookie}
}

// TestVisitorsSeeNothingOfWhatCallsCarry, on any way that there is to a visitor. The
// tenant's own people and programs see it.
func TestVisitorsSeeNothingOfWhatCallsCarry(t *testing.T) {
	t.Parallel()
	w := start(t)
	p := w.party(t)
	path := "/v1/conversations/" + w.own(t, p).String()
	id, live := w.askedByVisitor(t, call{Method: "POST", Path: path + "/turns", Bearer: p.visitor, Body: textMessage("What does she owe?")})
	visitor, program, staff := readersOf(p, id, 0)
	programLive, staffLive := w.listen(t, program), w.listen(t, staff)
	w.playCalls(t, p, id)

	seen := live.rest()
	assertHidden(t, textOf(seen), "live")
	assert.Contains(t, textOf(seen), `{"progress":1,"total":4}`, "how far it has come is nobody's secret either")
	assertWhole(t, seen)
	assertShown(t, textOf(programLive.rest()), "live, secret key")
	assertShown(t, textOf(staffLive.rest()), "live, staff")
	w.assertHistory(t, p, path)

	again := w.listen(t, visitor).rest()
	assertHidden(t, textOf(again), "replayed")
	assertWhole(t, again)
	assertShown(t, textOf(w.listen(t, staff).rest()), "replayed, staff")

	dbtest.PruneTurn(t, id)
	retold := w.listen(t, visitor).rest()
	assertHidden(t, textOf(retold), "retold")
	assertWhole(t, retold)
	assertShown(t, textOf(w.listen(t, staff).rest()), "retold, staff")
}

func TestVisitorsWhoComeBackSeeNothingOfCallsEither(t *testing.T) {
	t.Parallel()
	w := start(t)
	p := w.party(t)
	path := "/v1/conversations/" + w.own(t, p).String()
	id, _ := w.askedByVisitor(t, call{Method: "POST", Path: path + "/turns", Bearer: p.visitor, Body: textMessage("What does she owe?")})
	w.playCalls(t, p, id)
	last := w.turnRow(t, p, id).LastSeq
	for _, pruned := range []bool{false, true} {
		if pruned {
			dbtest.PruneTurn(t, id)
		}
		for have := range last {
			c := call{Path: "/v1/turns/" + id.String() + "/stream", Bearer: p.visitor, Header: map[string]string{"Last-Event-ID": strconv.FormatInt(have, 10)}}
			frames := w.listen(t, c).rest()
			assert.NotContains(t, textOf(frames), wordIn, "after %d", have)
			assert.NotContains(t, textOf(frames), wordOut, "after %d", have)
			if !pruned {
				assert.Len(t, frames, int(last-have)+1, "each event has its place")
			}
		}
	}
}

func TestSDKVisitorsSeeNothingOfWhatCallsCarry(t *testing.T) {
	t.Parallel()
	w := start(t)
	p := w.party(t)
	id, live := w.askedByVisitor(t, call{Method: "POST", Path: sdkPath(p), Bearer: p.visitor, Body: sdkRequest("chat", "m1", "What does she owe?")})
	resumed := w.listen(t, call{Path: sdkPath(p) + "/chat/stream", Bearer: p.visitor})
	w.playCalls(t, p, id)
	repeated := w.listen(t, call{Method: "POST", Path: sdkPath(p), Bearer: p.visitor, Body: sdkRequest("chat", "m1", "What does she owe?")})
	for where, reader := range map[string]*listener{"live": live, "resumed": resumed, "repeated": repeated} {
		frames := reader.rest()
		assertHidden(t, textOf(frames), where)
		assertWhole(t, frames)
	}
}

func (w *world) assertHistory(t *testing.T, p party, path string) {
	t.Helper()
	for _, order := range []string{"asc", "desc"} {
		shown := w.do(t, call{Method: "GET", Path: path + "/messages?order=" + order, Bearer: p.visitor})
		require.Equal(t, http.StatusOK, shown.Status, shown.Text)
		assertHidden(t, shown.Text, order)
	}
	inbox := "/v1/admin" + strings.TrimPrefix(path, "/v1") + "/messages"
	whole := w.do(t, call{Method: "GET", Path: inbox, Cookie: p.cookie})
	assertShown(t, whole.Text, "inbox")
	assertShown(t, w.do(t, call{Method: "GET", Path: path + "/messages", Bearer: p.secret}).Text, "secret key")
	answer := whole.JSON["items"].([]any)[1].(map[string]any)["id"].(string)
	rated := w.do(t, call{Method: "POST", Path: "/v1/messages/" + answer + "/feedback", Bearer: p.visitor, Body: `{"rating":"up"}`})
	require.Equal(t, http.StatusOK, rated.Status, rated.Text)
	assertHidden(t, rated.Text, "rated")
}
