package openai

import (
	"bytes"
	"errors"
	"io"
	"net/http"

	"github.com/openai/openai-go/v3/option"
)

// A tenant may name any server as its provider, so what a server sends is
// bounded before the SDK, which bounds little, reads it into memory.
const (
	// faultBytes bounds the body of an error.
	faultBytes = 64 << 10
	// eventBytes bounds one event of a stream. The last event of an answer holds
	// all of it, and the instructions.
	eventBytes = 16 << 20
)

// boundFaults cuts the bodies of errors off.
func boundFaults(request *http.Request, next option.MiddlewareNext) (*http.Response, error) {
	response, err := next(request)
	if err == nil && response.StatusCode >= 400 {
		response.Body = cutBody{Reader: io.LimitReader(response.Body, faultBytes), Closer: response.Body}
	}
	return response, err
}

type cutBody struct {
	io.Reader
	io.Closer
}

var errEventTooLong = errors.New("an event of the stream is too long")

// boundedEvents fails when no event has ended for eventBytes. An end that falls
// on the seam of two reads may be overlooked: the next one is not.
type boundedEvents struct {
	io.ReadCloser
	open int // bytes since an event ended
}

func (b *boundedEvents) Read(into []byte) (int, error) {
	n, err := b.ReadCloser.Read(into)
	b.open += n
	for _, end := range []string{"\n\n", "\n\r\n"} {
		if at := bytes.LastIndex(into[:n], []byte(end)); at >= 0 {
			b.open = min(b.open, n-at-len(end))
		}
	}
	if b.open > eventBytes {
		return n, errEventTooLong
	}
	return n, err
}
