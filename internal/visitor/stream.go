package visitor

import (
	"errors"
	"io"
	"net/http"
	"strconv"

	"github.com/parley-chat/parley/api/sse"
	"github.com/parley-chat/parley/chat"
)

// Stream is one connection that carries a turn's events.
type Stream struct {
	Turn chat.TurnID

	body   io.ReadCloser
	events *sse.Decoder
}

// Event is what a frame holds.
type Event struct {
	Seq  int64
	Data []byte // JSON, valid until the next call of Next
}

// ErrBroken says that the connection has ended before the turn did.
var ErrBroken = errors.New("the stream ended without an end")

func (v *Visitor) stream(request *http.Request) (*Stream, error) {
	request.Header.Set("Accept", "text/event-stream")
	response, err := v.send(request)
	if err != nil {
		return nil, err
	}
	turn, err := chat.ParseID[chat.TurnID](response.Header.Get("X-Parley-Turn-Id"))
	if err != nil {
		response.Body.Close()
		return nil, err
	}
	return &Stream{Turn: turn, body: response.Body, events: sse.NewDecoder(response.Body)}, nil
}

// Next gives the next event, io.EOF after the turn's last one, and ErrBroken or
// the connection's error when it is to be resumed.
func (s *Stream) Next() (Event, error) {
	event, err := s.events.Next()
	switch {
	case errors.Is(err, io.EOF):
		return Event{}, ErrBroken
	case err != nil:
		return Event{}, err
	case string(event.Data) == sse.Done:
		return Event{}, io.EOF
	}
	seq, err := strconv.ParseInt(event.ID, 10, 64)
	return Event{Seq: seq, Data: event.Data}, err
}

// Close hangs up. The turn goes on.
func (s *Stream) Close() { _ = s.body.Close() }
