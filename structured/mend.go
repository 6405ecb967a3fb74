package structured

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/parley-chat/parley/chat"
)

// mend closes what is open in the beginning of a JSON object, so that it can be read:
// a text stands as far as it has come, and what cannot be told yet, like a number that
// may go on, is left out. nil: there is nothing to read yet.
func mend(beginning string) json.RawMessage {
	m := mender{text: beginning}
	for m.at < len(beginning) && !m.over {
		m.step()
	}
	whole := m.mended()
	if whole == "" {
		return nil
	}
	clean, err := chat.CleanJSON([]byte(whole))
	if err != nil {
		return nil
	}
	return clean
}

// mender walks through a document and remembers where it can be cut.
type mender struct {
	text string
	at   int
	open []byte // the brackets that close what is open, the outermost first
	safe int    // the document may end here, once what is open is closed
	// afterKey: what follows belongs to a name, without which it cannot be cut off.
	afterKey bool
	quoted   string // the end of a text that has begun; "": none has
	over     bool
}

func (m *mender) step() {
	switch c := m.text[m.at]; c {
	case '{', '[':
		m.open = append(m.open, closing[c])
		m.at++
		m.safe, m.afterKey = m.at, false
	case '}', ']':
		m.at++
		if len(m.open) == 0 {
			m.over = true
			return
		}
		m.open = m.open[:len(m.open)-1]
		m.safe, m.over = m.at, len(m.open) == 0
	case '"':
		m.string()
	case ',':
		m.at++
		m.afterKey = false
	case ':':
		m.at++
		m.afterKey = true
	case ' ', '\t', '\r', '\n':
		m.at++
	default:
		m.literal()
	}
}

var closing = map[byte]byte{'{': '}', '[': ']'}

// isKey: the string that begins here names a field.
func (m *mender) isKey() bool {
	return len(m.open) > 0 && m.open[len(m.open)-1] == '}' && !m.afterKey
}

func (m *mender) string() {
	begin, key := m.at, m.isKey()
	whole := begin + 1 // up to here no escape sequence is cut
	for i := begin + 1; i < len(m.text); {
		switch m.text[i] {
		case '"':
			m.at = i + 1
			if !key {
				m.safe = m.at
			}
			return
		case '\\':
			i += escapeLength(m.text[i:])
		default:
			i++
		}
		if i <= len(m.text) {
			whole = i
		}
	}
	m.at = len(m.text)
	if !key {
		m.quoted = withoutHalf(m.text[:whole]) + `"`
	}
}

func escapeLength(sequence string) int {
	if len(sequence) > 1 && sequence[1] == 'u' {
		return len(`\u0000`)
	}
	return len(`\n`)
}

// withoutHalf cuts off the first half of a character that is written in two.
func withoutHalf(text string) string {
	const sequence = len(`\ud800`)
	if cut := len(text) - sequence; cut > 0 && strings.HasPrefix(strings.ToLower(text[cut:]), `\ud`) && strings.ContainsRune("89abAB", rune(text[cut+3])) {
		return text[:cut]
	}
	return text
}

// literal is a number, true, false or null: known once something follows.
func (m *mender) literal() {
	end := strings.IndexAny(m.text[m.at:], ",]} \t\r\n")
	if end < 0 {
		m.at = len(m.text)
		return
	}
	m.at += max(end, 1)
	m.safe = m.at
}

func (m *mender) mended() string {
	if m.safe == 0 {
		return ""
	}
	whole := m.text[:m.safe]
	if m.quoted != "" {
		whole = m.quoted
	}
	var closed strings.Builder
	closed.WriteString(whole)
	for _, bracket := range slices.Backward(m.open) {
		closed.WriteByte(bracket)
	}
	return closed.String()
}
