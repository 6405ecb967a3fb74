package structured

import (
	"encoding/json"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// scanner reads one text out of a JSON document while the document comes: that of a
// field of the outermost object. What it has given depends on what it has heard, and
// not on how that was cut into pieces.
type scanner struct {
	field string

	depth    int
	inString bool
	isKey    bool // the string names a field of the outermost object
	atKey    bool // the next string does
	speaking bool // the string is the one that is wanted
	spoken   bool // it has been heard

	key    []byte // of the outermost object, the newest
	escape []byte // an escape sequence that has begun
	half   rune   // the first half of a character of two; 0: none
}

// hear takes in the next piece, which is valid UTF-8, and gives what it adds.
func (s *scanner) hear(piece string) string {
	var said []byte
	for i := range len(piece) {
		if c := piece[i]; s.inString {
			said = s.inside(said, c)
		} else {
			s.outside(c)
		}
	}
	return string(said)
}

func (s *scanner) outside(c byte) {
	switch c {
	case '{', '[':
		s.depth++
		s.atKey = c == '{' && s.depth == 1
	case '}', ']':
		s.depth--
	case ',':
		s.atKey = s.depth == 1
	case ':':
		s.atKey = false
	case '"':
		s.begin()
	}
}

func (s *scanner) begin() {
	s.inString, s.isKey = true, s.depth == 1 && s.atKey
	if s.isKey {
		s.key = s.key[:0]
		return
	}
	s.speaking = s.depth == 1 && !s.spoken && string(s.key) == s.field
}

func (s *scanner) inside(said []byte, c byte) []byte {
	switch {
	case s.escape != nil:
		return s.escaped(said, c)
	case c == '\\':
		s.escape = append(make([]byte, 0, 6), c)
		return said
	case c == '"':
		said = s.flushHalf(said)
		s.spoken = s.spoken || s.speaking
		s.inString, s.speaking = false, false
		return said
	}
	said = s.flushHalf(said)
	return s.add(said, c)
}

// escaped goes on with an escape sequence.
func (s *scanner) escaped(said []byte, c byte) []byte {
	s.escape = append(s.escape, c)
	if s.escape[1] == 'u' && len(s.escape) < 6 {
		return said
	}
	sequence := s.escape
	s.escape = nil
	if sequence[1] != 'u' {
		var one string
		if json.Unmarshal([]byte(`"`+string(sequence)+`"`), &one) != nil {
			return said // no JSON: the end will tell
		}
		return s.add(s.flushHalf(said), []byte(one)...)
	}
	unit, err := strconv.ParseUint(string(sequence[2:]), 16, 16)
	if err != nil {
		return said
	}
	return s.unit(said, rune(unit))
}

// unit adds a character, or the half of one.
func (s *scanner) unit(said []byte, unit rune) []byte {
	if s.half != 0 {
		if whole := utf16.DecodeRune(s.half, unit); whole != utf8.RuneError {
			s.half = 0
			return s.addRune(said, whole)
		}
	}
	said = s.flushHalf(said)
	if unit >= 0xD800 && unit < 0xDC00 {
		s.half = unit
		return said
	}
	return s.addRune(said, unit) // half a character becomes U+FFFD
}

func (s *scanner) flushHalf(said []byte) []byte {
	if s.half == 0 {
		return said
	}
	s.half = 0
	return s.addRune(said, utf8.RuneError)
}

func (s *scanner) addRune(said []byte, r rune) []byte {
	if r == 0 {
		return said // no database holds it
	}
	return s.add(said, utf8.AppendRune(nil, r)...)
}

func (s *scanner) add(said []byte, text ...byte) []byte {
	switch {
	case s.isKey:
		s.key = append(s.key, text...)
	case s.speaking:
		return append(said, text...)
	}
	return said
}
