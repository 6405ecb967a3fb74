package api_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	workflowpb "go.temporal.io/api/workflow/v1"
	"go.temporal.io/api/workflowservice/v1"

	"github.com/parley-chat/parley/api"
	"github.com/parley-chat/parley/api/sse"
	"github.com/parley-chat/parley/chat"
	"github.com/parley-chat/parley/db/dbtest"
	"github.com/parley-chat/parley/turn"
)

// frame is an event of a stream as a client sees it.
type frame struct {
	ID   int64
	Data string
}

// listener reads a stream.
type listener struct {
	t        *testing.T
	response *http.Response
	decoder  *sse.Decoder
	hangUp   context.CancelFunc
}

func (w *world) listen(t *testing.T, c call) *listener {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	if c.Method == "" {
		c.Method = "GET"
	}
	if c.Header == nil {
		c.Header = map[string]string{}
	}
	c.Header["Accept"] = "text/event-stream"
	response, err := w.client.Do(w.request(ctx, t, c)) //nolint:bodyclose // close does, when the test ends
	require.NoError(t, err)
	l := &listener{t: t, response: response, decoder: sse.NewDecoder(response.Body), hangUp: cancel}
	t.Cleanup(l.close)
	return l
}

func (l *listener) close() {
	l.hangUp()
	_ = l.response.Body.Close()
}

// next gives the next event; an end of the stream fails the test.
func (l *listener) next() frame {
	l.t.Helper()
	event, err := l.decoder.Next()
	require.NoError(l.t, err)
	id, err := strconv.ParseInt(event.ID, 10, 64)
	require.NoError(l.t, err)
	return frame{id, string(event.Data)}
}

// rest reads to the end of the stream, but for news about its status.
func (l *listener) rest() []frame {
	l.t.Helper()
	var frames []frame
	for {
		event, err := l.decoder.Next()
		if errors.Is(err, io.EOF) {
			return frames
		}
		require.NoError(l.t, err)
		id, err := strconv.ParseInt(event.ID, 10, 64)
		require.NoError(l.t, err)
		if !strings.Contains(string(event.Data), "data-status") {
			frames = append(frames, frame{id, string(event.Data)})
		}
	}
}

// heard folds frames into the answer's text, checking that the numbers are dense
// after the given one and that the stream has its end.
func heard(t *testing.T, frames []frame, after int64) string {
	t.Helper()
	require.NotEmpty(t, frames)
	require.Equal(t, sse.Done, frames[len(frames)-1].Data)
	require.Equal(t, frames[max(len(frames)-2, 0)].ID, frames[len(frames)-1].ID, "[DONE] repeats the last number")
	var text strings.Builder
	for _, f := range frames[:len(frames)-1] {
		if strings.Contains(f.Data, "data-status") {
			continue
		}
		after++
		require.Equal(t, after, f.ID)
		var chunk chat.Chunk
		require.NoError(t, json.Unmarshal([]byte(f.Data), &chunk))
		text.WriteString(chunk.Delta)
	}
	return text.String()
}

func streamOf(p party, id chat.TurnID) call {
	return call{Path: "/v1/turns/" + id.String() + "/stream", Bearer: p.secret}
}

func TestTurnIsStreamedWhileItIsWritten(t *testing.T) {
	t.Parallel()
	w := start(t)
	p := w.party(t)
	conversation := w.own(t, p)
	l := w.listen(t, call{
		Method: "POST", Path: "/v1/conversations/" + conversation.String() + "/turns", Bearer: p.visitor,
		Origin: customer, Body: textMessage("Where is my order?"),
	})
	require.Equal(t, http.StatusOK, l.response.StatusCode)
	assert.Equal(t, "text/event-stream", l.response.Header.Get("Content-Type"))
	assert.Equal(t, "no-cache", l.response.Header.Get("Cache-Control"))
	assert.Equal(t, "no", l.response.Header.Get("X-Accel-Buffering"))
	assert.Equal(t, "v1", l.response.Header.Get("X-Vercel-Ai-Ui-Message-Stream"))
	assert.Empty(t, l.response.Header.Get("X-Parley-Steered"))
	id, err := chat.ParseID[chat.TurnID](l.response.Header.Get("X-Parley-Turn-Id"))
	require.NoError(t, err)
	first := l.next()
	assert.Contains(t, first.Data, `"start"`)

	step := w.step(t, p, id, 1)
	say(step, "On ")
	assert.Contains(t, l.next().Data, "start-step")
	assert.Contains(t, l.next().Data, "text-start")
	assert.Contains(t, l.next().Data, "On ", "each chunk comes when it is written, not at the end")
	step.Append(zeroCheckpoint, delta("its way."))
	finish(t, step)
	frames := append([]frame{first}, l.rest()...)
	assert.Contains(t, frames[len(frames)-2].Data, `"finish"`)
	assert.Equal(t, sse.Done, frames[len(frames)-1].Data)
}

func TestReadersResumeAnywhere(t *testing.T) {
	t.Parallel()
	w := start(t)
	p := w.party(t)
	row := w.answered(t, p, "Count.", "one ", "two ", "three")
	all := w.listen(t, streamOf(p, row.ID)).rest()
	assert.Equal(t, "one two three", heard(t, all, 0))
	for have := int64(0); have <= row.LastSeq; have++ {
		byHeader := streamOf(p, row.ID)
		byHeader.Header = map[string]string{"Last-Event-ID": strconv.FormatInt(have, 10)}
		byQuery := streamOf(p, row.ID)
		byQuery.Path += "?startIndex=" + strconv.FormatInt(have, 10)
		assert.Equal(t, all[have:], w.listen(t, byHeader).rest())
		assert.Equal(t, all[have:], w.listen(t, byQuery).rest())
	}
}

func TestBadPlacesInAStreamAreNamed(t *testing.T) {
	t.Parallel()
	w := start(t)
	p := w.party(t)
	row := w.answered(t, p, "Count.", "one")
	whole := streamOf(p, row.ID).Path
	conversation := "/v1/conversations/" + p.ConversationID.String() + "/stream"
	for _, c := range []struct{ path, index, seen, field string }{
		{whole, "999", "", "query.startIndex"},
		{whole, "-1", "", "query.startIndex"},
		{whole, "x", "", "query.startIndex"},
		{whole, "99999999999999999999", "", "query.startIndex"},
		{whole, "0", "999", "header.Last-Event-ID"},
		{whole, "", "-1", "header.Last-Event-ID"},
		{whole, "", "x", "header.Last-Event-ID"},
		{whole, "", "99999999999999999999", "header.Last-Event-ID"},
		{whole, "", "999999999999999999999", "header.Last-Event-ID"},
		{conversation, "", "999", "header.Last-Event-ID"},
		{conversation, "", "x", "header.Last-Event-ID"},
		{conversation, "", "99999999999999999999", "header.Last-Event-ID"},
	} {
		asked := call{Method: "GET", Path: c.path, Bearer: p.secret, Header: map[string]string{"Last-Event-ID": c.seen}}
		if c.index != "" {
			asked.Path += "?startIndex=" + c.index
		}
		badInput{status: http.StatusUnprocessableEntity, field: c.field}.judge(t, w.do(t, asked))
	}
}

func TestReaderWhoLeavesMissesNothing(t *testing.T) {
	t.Parallel()
	w := start(t)
	p := w.party(t)
	claimed := w.ask(t, p, p.ConversationID, "Count.")
	step := w.step(t, p, claimed.Turn.ID, 1)
	say(step, "one ")
	first := w.listen(t, streamOf(p, claimed.Turn.ID))
	var seen []frame
	for len(seen) < 4 {
		seen = append(seen, first.next())
	}
	first.close()
	step.Append(zeroCheckpoint, delta("two"))
	finish(t, step)
	again := streamOf(p, claimed.Turn.ID)
	again.Header = map[string]string{"Last-Event-ID": strconv.FormatInt(seen[3].ID, 10)}
	assert.Equal(t, "one two", heard(t, append(seen, w.listen(t, again).rest()...), 0))
}

func TestSilenceIsFilledWithPingsAndNews(t *testing.T) {
	t.Parallel()
	engine := absentEngine{describe: func() (*workflowservice.DescribeWorkflowExecutionResponse, error) {
		return &workflowservice.DescribeWorkflowExecutionResponse{PendingActivities: []*workflowpb.PendingActivityInfo{
			{State: enumspb.PENDING_ACTIVITY_STATE_STARTED, Attempt: 3},
		}}, nil
	}}
	w := start(t, func(d *api.Deps) { d.Temporal, d.Config.Heartbeat = engine, 30*time.Millisecond })
	p := w.party(t)
	claimed := w.ask(t, p, p.ConversationID, "Think.")
	conn := dialStream(t, w.url, streamOf(p, claimed.Turn.ID))
	text := readUntil(t, conn, "data-status")
	text += readUntil(t, conn, sse.Ping)
	assert.Less(t, strings.Index(text, `"start"`), strings.Index(text, "data-status"), "never before the first replayed event")
	assert.Contains(t, text, `id: 1`+"\n"+`data: {"type":"data-status","data":{"state":"retrying"`)
	assert.Contains(t, text, `"transient":true`)
}

// TestSilenceOfTemporalIsNewsAsWell: a reader who waits is told so also while
// nobody can say what the turn is doing.
func TestSilenceOfTemporalIsNewsAsWell(t *testing.T) {
	t.Parallel()
	engine := absentEngine{describe: func() (*workflowservice.DescribeWorkflowExecutionResponse, error) {
		return nil, serviceerror.NewUnavailable("nobody is there")
	}}
	w := start(t, func(d *api.Deps) { d.Temporal, d.Config.Heartbeat = engine, 30*time.Millisecond })
	p := w.party(t)
	claimed := w.ask(t, p, p.ConversationID, "Think.")
	text := readUntil(t, dialStream(t, w.url, streamOf(p, claimed.Turn.ID)), "data-status")
	assert.Contains(t, text, `id: 1`+"\n"+`data: {"type":"data-status","data":{"state":"retrying"`)
}

func TestPrunedTurnIsToldFromItsMessage(t *testing.T) {
	t.Parallel()
	w := start(t)
	p := w.party(t)
	row := w.answered(t, p, "Count.", "one ", "two ", "three")
	dbtest.PruneTurn(t, row.ID)
	whole := w.listen(t, streamOf(p, row.ID)).rest()
	assert.Equal(t, "one two three", heard(t, whole, 0))
	assert.Contains(t, whole[0].Data, row.AssistantMessageID.String())

	again := streamOf(p, row.ID)
	again.Header = map[string]string{"Last-Event-ID": "4"}
	rest := w.listen(t, again).rest()
	assert.Contains(t, rest[0].Data, "data-reset", "who has a part of the old stream starts the step anew")
	assert.Equal(t, "one two three", heard(t, rest, 4))
	for _, beyond := range []int64{row.LastSeq, rest[len(rest)-1].ID, rest[len(rest)-1].ID + 1} {
		again.Header = map[string]string{"Last-Event-ID": strconv.FormatInt(beyond, 10)}
		told := w.listen(t, again).rest()
		assert.Equal(t, "one two three", heard(t, told, beyond), "a reader may be cut off in a retold stream, too")
		assert.Contains(t, told[len(told)-2].Data, `"finish"`)
	}
}

func TestPrunedTurnKeepsItsReason(t *testing.T) {
	t.Parallel()
	w := start(t)
	p := w.party(t)
	id := w.ask(t, p, p.ConversationID, "Count.").Turn.ID
	step := w.step(t, p, id, 1)
	say(step, "one ")
	_, err := step.End(context.Background(), turn.Ending{Status: chat.TurnCompleted, Finish: chat.FinishLength})
	require.NoError(t, err)
	dbtest.PruneTurn(t, id)
	told := w.listen(t, streamOf(p, id)).rest()
	assert.JSONEq(t, `{"type":"finish","finishReason":"length"}`, told[len(told)-2].Data)
}

func TestSteeredTurnIsFollowedFromItsPresentPlace(t *testing.T) {
	t.Parallel()
	w := start(t)
	p := w.party(t)
	conversation := w.own(t, p)
	claimed := w.ask(t, p, conversation, "Count.")
	step := w.step(t, p, claimed.Turn.ID, 1)
	say(step, "one ")
	eventually(t, func() bool { return w.turnRow(t, p, claimed.Turn.ID).LastSeq >= 4 }, "the first words are written")
	at := w.turnRow(t, p, claimed.Turn.ID).LastSeq
	l := w.listen(t, call{
		Method: "POST", Path: "/v1/conversations/" + conversation.String() + "/turns", Bearer: p.visitor, Body: textMessage("Faster!"),
	})
	assert.Equal(t, "true", l.response.Header.Get("X-Parley-Steered"))
	assert.Equal(t, claimed.Turn.ID.String(), l.response.Header.Get("X-Parley-Turn-Id"))
	ended := finish(t, step)
	require.Equal(t, chat.TurnRunning, ended.Status, "the new message wants an answer, too")
	second := w.step(t, p, claimed.Turn.ID, 2)
	say(second, "two")
	finish(t, second)
	assert.Equal(t, "two", heard(t, l.rest(), at))
}

func TestConversationStream(t *testing.T) {
	t.Parallel()
	w := start(t)
	p := w.party(t)
	conversation := w.own(t, p)
	path := "/v1/conversations/" + conversation.String() + "/stream"
	l := w.listen(t, call{Path: path, Bearer: p.visitor})
	require.Equal(t, http.StatusOK, l.response.StatusCode)
	claimed := w.ask(t, p, conversation, "Hello?")
	step := w.step(t, p, claimed.Turn.ID, 1)
	say(step, "Hello!")
	finish(t, step)
	var types []string
	var last frame
	for len(types) == 0 || types[len(types)-1] != "turn-ended" {
		var event chat.ConversationEvent
		last = l.next()
		require.NoError(t, json.Unmarshal([]byte(last.Data), &event))
		types = append(types, string(event.Type))
		if event.Type == chat.EventTitleChanged {
			assert.Equal(t, "Hello?", event.Title)
		}
	}
	assert.Equal(t, []string{"message-added", "turn-started", "title-changed", "message-added", "turn-ended"}, types)

	again := w.listen(t, call{Path: path, Bearer: p.visitor, Header: map[string]string{"Last-Event-ID": strconv.FormatInt(last.ID-1, 10)}})
	replayed := again.next()
	assert.Equal(t, last.ID, replayed.ID)
	assert.JSONEq(t, last.Data, replayed.Data)
	got := w.do(t, call{Method: "DELETE", Path: "/v1/conversations/" + conversation.String(), Bearer: p.visitor})
	require.Equal(t, http.StatusNoContent, got.Status, got.Text)
	assert.Contains(t, again.next().Data, "deleted")
	assert.Empty(t, again.rest(), "a deleted conversation's stream ends")
	assert.Equal(t, http.StatusNotFound, w.do(t, call{Method: "GET", Path: path, Bearer: p.visitor}).Status)
}

// Proxies carry many streams over one connection of HTTP/2 without TLS.
func TestStreamsOverOneConnection(t *testing.T) {
	t.Parallel()
	w := start(t)
	p := w.party(t)
	claimed := w.ask(t, p, p.ConversationID, "Count.")
	var both http.Protocols
	both.SetUnencryptedHTTP2(true)
	listening := httptest.NewUnstartedServer(w.server)
	listening.Config.Protocols = &both
	listening.Start()
	t.Cleanup(listening.Close)
	w.url, w.client = listening.URL, &http.Client{Transport: &http.Transport{Protocols: &both}}
	t.Cleanup(w.client.CloseIdleConnections)
	readers := make([]*listener, 20)
	for i := range readers {
		readers[i] = w.listen(t, streamOf(p, claimed.Turn.ID))
		assert.Equal(t, "HTTP/2.0", readers[i].response.Proto)
		readers[i].next()
	}
	step := w.step(t, p, claimed.Turn.ID, 1)
	say(step, "one ", "two")
	finish(t, step)
	for _, reader := range readers {
		assert.Equal(t, "one two", heard(t, reader.rest(), 1))
	}
}

func TestDrainingEndsStreams(t *testing.T) {
	t.Parallel()
	w := start(t)
	p := w.party(t)
	claimed := w.ask(t, p, p.ConversationID, "Think.")
	l := w.listen(t, streamOf(p, claimed.Turn.ID))
	l.next()
	w.server.Drain()
	assert.Equal(t, http.StatusServiceUnavailable, w.do(t, call{Method: "GET", Path: "/readyz"}).Status)
	say(w.step(t, p, claimed.Turn.ID, 1), "Still ", "here.")
	for !strings.Contains(l.next().Data, "here.") { // a draining node goes on telling
	}
	w.server.Cut()
	assert.Empty(t, l.rest(), "no end is pretended")
	assert.Equal(t, http.StatusServiceUnavailable, w.do(t, call{Method: "GET", Path: "/readyz"}).Status)
	assert.Equal(t, http.StatusOK, w.do(t, call{Method: "GET", Path: "/healthz"}).Status)
}
