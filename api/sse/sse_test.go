package sse_test

import (
	"bytes"
	"errors"
	"io"
	"strconv"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/api/sse"
)

type event struct{ ID, Name, Data string }

func decode(t *testing.T, r io.Reader) []event {
	t.Helper()
	var events []event
	decoder := sse.NewDecoder(r)
	for {
		next, err := decoder.Next()
		if errors.Is(err, io.EOF) {
			return events
		}
		require.NoError(t, err)
		events = append(events, event{next.ID, next.Name, string(next.Data)})
	}
}

func TestDecoderReadsWhatTheSpecificationSays(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		stream string
		want   []event
	}{
		"one":                    {"id: 1\ndata: a\n\n", []event{{"1", "", "a"}}},
		"no space":               {"data:a\n\n", []event{{"", "", "a"}}},
		"two spaces":             {"data:  a\n\n", []event{{"", "", " a"}}},
		"several lines":          {"data: a\ndata: b\n\n", []event{{"", "", "a\nb"}}},
		"empty data":             {"data\n\n", []event{{"", "", ""}}},
		"comment":                {": ping\n\ndata: a\n\n", []event{{"", "", "a"}}},
		"id stays":               {"id: 7\ndata: a\n\ndata: b\n\n", []event{{"7", "", "a"}, {"7", "", "b"}}},
		"id without data stays":  {"id: 7\n\ndata: b\n\n", []event{{"7", "", "b"}}},
		"id with NUL is ignored": {"id: 7\x00\ndata: b\n\n", []event{{"", "", "b"}}},
		"name":                   {"event: x\ndata: a\n\ndata: b\n\n", []event{{"", "x", "a"}, {"", "", "b"}}},
		"name without data":      {"event: x\n\ndata: b\n\n", []event{{"", "", "b"}}},
		"unknown field":          {"retry: 5\nfoo: x\ndata: a\n\n", []event{{"", "", "a"}}},
		"unfinished":             {"data: a\n\ndata: b\n", []event{{"", "", "a"}}},
		"byte order mark":        {"\uFEFFdata: a\n\n", []event{{"", "", "a"}}},
		"CR LF":                  {"id: 1\r\ndata: a\r\n\r\ndata: b\r\n\r\n", []event{{"1", "", "a"}, {"1", "", "b"}}},
		"CR":                     {"data: a\r\rdata: b\r\r", []event{{"", "", "a"}, {"", "", "b"}}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			assert.Equal(t, c.want, decode(t, strings.NewReader(c.stream)))
			assert.Equal(t, c.want, decode(t, iotest.OneByteReader(strings.NewReader(c.stream))))
		})
	}
}

// An event must reach the caller when its last byte has arrived, not with the
// first byte of the next one.
func TestDecoderDoesNotWaitForTheNextEvent(t *testing.T) {
	t.Parallel()
	reader, writer := io.Pipe()
	t.Cleanup(func() { _ = writer.Close() })
	go func() { _, _ = writer.Write([]byte("data: a\r\r")) }()
	got, err := sse.NewDecoder(reader).Next()
	require.NoError(t, err)
	assert.Equal(t, "a", string(got.Data))
}

func TestDecoderRefusesEndlessEvents(t *testing.T) {
	t.Parallel()
	oneLine := io.MultiReader(strings.NewReader("data: "), endless('x'))
	_, err := sse.NewDecoder(oneLine).Next()
	require.ErrorIs(t, err, sse.ErrTooLong)
	manyLines := strings.NewReader(strings.Repeat("data: "+strings.Repeat("x", 1000)+"\n", sse.MaxEventBytes/1000+1))
	_, err = sse.NewDecoder(manyLines).Next()
	require.ErrorIs(t, err, sse.ErrTooLong)
}

type endless byte

func (e endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = byte(e)
	}
	return len(p), nil
}

func FuzzEventSurvivesTheWire(f *testing.F) {
	f.Add(int64(1), []byte(`{"type":"text-delta","id":"t1","delta":"Hi\n"}`))
	f.Add(int64(0), []byte("a\nb"))
	f.Add(int64(9), []byte("\r"))
	f.Add(int64(9), []byte{})
	f.Fuzz(func(t *testing.T, id int64, data []byte) {
		stream := append([]byte(sse.Ping), sse.AppendEvent(nil, id, data)...)
		stream = sse.AppendEvent(stream, id, []byte(sse.Done))
		events := decode(t, iotest.HalfReader(bytes.NewReader(stream)))
		require.Len(t, events, 2)
		// The three kinds of line end are one and the same on the wire.
		lines := strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(string(data))
		assert.Equal(t, event{strconv.FormatInt(id, 10), "", lines}, events[0])
		assert.Equal(t, sse.Done, events[1].Data)
	})
}

func FuzzDecoderAcceptsAnything(f *testing.F) {
	f.Add([]byte("id: 1\ndata: a\n\n"))
	f.Add([]byte(":\r\n\r\rdata\n\n"))
	f.Fuzz(func(t *testing.T, stream []byte) {
		whole := decode(t, bytes.NewReader(stream))
		assert.Equal(t, whole, decode(t, iotest.OneByteReader(bytes.NewReader(stream))), "how the bytes arrive must not matter")
		for _, e := range whole {
			assert.NotContains(t, e.Data, "\r")
		}
	})
}
