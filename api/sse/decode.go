package sse

import (
	"bufio"
	"bytes"
	"errors"
	"io"
)

// MaxEventBytes bounds one event. A larger one is an error, not an allocation.
const MaxEventBytes = 4 << 20

// ErrTooLong says that an event is larger than MaxEventBytes.
var ErrTooLong = errors.New("sse: the event is too long")

// Event is one dispatched event.
type Event struct {
	// ID is the last id that the stream has named, in this event or before it.
	ID string
	// Name is the event's type; "" is the default type.
	Name string
	// Data is valid until the next call of Next.
	Data []byte
}

// Decoder reads a stream of events as the WHATWG specification says: comments
// and unknown fields are skipped, an event without data is not dispatched, and
// an unfinished one at the end is dropped.
type Decoder struct {
	lines *bufio.Scanner
	begun bool
	id    string
	name  []byte
	data  []byte
	full  bool // a data field was seen, even an empty one
}

// NewDecoder reads from r.
func NewDecoder(r io.Reader) *Decoder {
	lines := bufio.NewScanner(r)
	lines.Buffer(make([]byte, 0, 4096), MaxEventBytes)
	lines.Split(splitLines())
	return &Decoder{lines: lines}
}

// Next gives the next event, or io.EOF at the end of the stream.
func (d *Decoder) Next() (Event, error) {
	d.name, d.data, d.full = d.name[:0], d.data[:0], false
	for d.lines.Scan() {
		line := d.line()
		switch {
		case len(line) == 0 && d.full:
			data := d.data[:len(d.data)-1] // each data field has added a line end
			return Event{ID: d.id, Name: string(d.name), Data: data}, nil
		case len(line) == 0:
			d.name = d.name[:0]
		default:
			d.field(line)
		}
		if len(d.data) > MaxEventBytes {
			return Event{}, ErrTooLong
		}
	}
	if err := d.lines.Err(); errors.Is(err, bufio.ErrTooLong) {
		return Event{}, ErrTooLong
	} else if err != nil {
		return Event{}, err
	}
	return Event{}, io.EOF
}

func (d *Decoder) line() []byte {
	line := d.lines.Bytes()
	if !d.begun {
		d.begun = true
		line = bytes.TrimPrefix(line, []byte("\uFEFF"))
	}
	return line
}

func (d *Decoder) field(line []byte) {
	name, value, _ := bytes.Cut(line, []byte(":"))
	value = bytes.TrimPrefix(value, []byte(" "))
	switch string(name) {
	case "data":
		d.data = append(append(d.data, value...), '\n')
		d.full = true
	case "event":
		d.name = append(d.name[:0], value...)
	case "id":
		if bytes.IndexByte(value, 0) < 0 {
			d.id = string(value)
		}
	}
}

// splitLines ends lines at LF, CR LF and CR. A CR ends its line at once, or a
// live event would wait for the byte after it; an LF that follows is skipped.
func splitLines() bufio.SplitFunc {
	afterCR := false
	return func(data []byte, atEOF bool) (int, []byte, error) {
		skip := 0
		if afterCR && len(data) > 0 {
			afterCR = false
			if data[0] == '\n' {
				skip = 1
			}
		}
		end := bytes.IndexAny(data[skip:], "\r\n")
		if end < 0 {
			// What is left at the end is no whole line, so no field.
			return skip, nil, nil
		}
		end += skip
		afterCR = data[end] == '\r'
		return end + 1, data[skip:end], nil
	}
}
