package api_test

import (
	"errors"
	"io"
	"net"
	"net/http/httptest"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/api/sse"
)

// A reader that accepts nothing is cut off instead of being waited for, and then
// reads the rest byte by byte as if nothing had happened.
func TestSlowReaderIsCutAndResumes(t *testing.T) {
	t.Parallel()
	w := start(t)
	p := w.party(t)
	claimed := w.ask(t, p, p.ConversationID, "Say a lot.")
	slow := dialStream(t, w.narrow(t), streamOf(p, claimed.Turn.ID))
	begun := readUntil(t, slow, `"start"`)
	step := w.step(t, p, claimed.Turn.ID, 1)
	say(step)
	var want strings.Builder
	for i := range 30 {
		word := strconv.Itoa(i) + strings.Repeat("x", 100_000) + " "
		want.WriteString(word)
		at := w.turnRow(t, p, claimed.Turn.ID).LastSeq
		step.Append(zeroCheckpoint, delta(word))
		// Only news that comes while much is waiting shows that a reader is slow.
		eventually(t, func() bool { return w.turnRow(t, p, claimed.Turn.ID).LastSeq > at }, "the word is written")
	}
	finish(t, step)

	frames := readWhatArrived(t, begun, slow)
	require.NotEmpty(t, frames)
	require.NotEqual(t, sse.Done, frames[len(frames)-1].Data, "a reader that never reads cannot have been given everything")
	again := streamOf(p, claimed.Turn.ID)
	again.Header = map[string]string{"Last-Event-ID": strconv.FormatInt(frames[len(frames)-1].ID, 10)}
	assert.Equal(t, want.String(), heard(t, append(frames, w.listen(t, again).rest()...), 0))
}

// narrow serves the same server over connections on which little can be under
// way, so that a reader who does not read is noticed soon.
func (w *world) narrow(t *testing.T) string {
	t.Helper()
	listening := httptest.NewUnstartedServer(w.server)
	listening.Listener = narrowListener{listening.Listener}
	listening.Start()
	t.Cleanup(listening.Close)
	return listening.URL
}

type narrowListener struct{ net.Listener }

func (l narrowListener) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if err == nil {
		err = conn.(*net.TCPConn).SetWriteBuffer(16 << 10)
	}
	return conn, err
}

// dialStream asks for a stream over a bare connection, and reads nothing.
func dialStream(t *testing.T, url string, c call) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(url, "http://"))
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close() })
	_, err = io.WriteString(conn, "GET "+c.Path+" HTTP/1.0\r\nAuthorization: Bearer "+c.Bearer+"\r\n\r\n")
	require.NoError(t, err)
	return conn
}

// readUntil reads no more than it takes to see the text.
func readUntil(t *testing.T, conn net.Conn, wanted string) string {
	t.Helper()
	require.NoError(t, conn.SetReadDeadline(time.Now().Add(patience)))
	var got strings.Builder
	buf := make([]byte, 1024)
	for !strings.Contains(got.String(), wanted) {
		n, err := conn.Read(buf)
		require.NoError(t, err, "so far: %s", got.String())
		got.Write(buf[:n])
	}
	return got.String()
}

func readWhatArrived(t *testing.T, begun string, conn net.Conn) []frame {
	t.Helper()
	require.NoError(t, conn.SetReadDeadline(time.Now().Add(patience)))
	all, err := io.ReadAll(conn)
	require.NotErrorIs(t, err, os.ErrDeadlineExceeded, "the server must have hung up")
	_, body, found := strings.Cut(begun+string(all), "\r\n\r\n")
	require.True(t, found)
	decoder := sse.NewDecoder(strings.NewReader(body))
	var frames []frame
	for {
		event, err := decoder.Next()
		if errors.Is(err, io.EOF) {
			return frames
		}
		require.NoError(t, err)
		id, err := strconv.ParseInt(event.ID, 10, 64)
		require.NoError(t, err)
		frames = append(frames, frame{id, string(event.Data)})
	}
}
