// Package sse writes and reads server-sent events, the wire form of every
// stream of Parley.
package sse

import (
	"bytes"
	"strconv"
)

// Done is the data of a turn stream's last event.
const Done = "[DONE]"

// Ping is a comment that keeps a silent connection alive; readers skip it.
const Ping = ": ping\n\n"

// AppendEvent appends an event with a number as its id. Data of several lines
// becomes several data fields, which a reader joins again.
func AppendEvent(dst []byte, id int64, data []byte) []byte {
	dst = append(dst, "id: "...)
	dst = strconv.AppendInt(dst, id, 10)
	for more := true; more; {
		var line []byte
		line, data, more = cutLine(data)
		dst = append(dst, "\ndata: "...)
		dst = append(dst, line...)
	}
	return append(dst, "\n\n"...)
}

// cutLine splits at the first line end of any of the three kinds that a reader
// would take for one.
func cutLine(data []byte) (line, rest []byte, more bool) {
	end := bytes.IndexAny(data, "\r\n")
	if end < 0 {
		return data, nil, false
	}
	width := 1
	if bytes.HasPrefix(data[end:], []byte("\r\n")) {
		width = 2
	}
	return data[:end], data[end+width:], true
}
