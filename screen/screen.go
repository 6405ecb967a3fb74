// Package screen looks at text: for phrases that nobody shall use, for personal data,
// and for where a text that is still growing may be cut so that neither slips through
// in two halves. It decides by the text alone and asks nobody.
package screen

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/parley-chat/parley/chat"
)

// Screen is what a text is looked at for.
type Screen struct {
	kinds   []chat.RedactKind
	phrases []phrase
	longest int // words of the longest phrase
}

// New makes a screen. It is for one agent and may be shared.
func New(kinds []chat.RedactKind, topics []chat.BlockedTopic) *Screen {
	s := &Screen{kinds: kinds}
	for _, topic := range topics {
		for _, text := range topic.Phrases {
			p := newPhrase(topic.Name, text)
			if len(p.words) == 0 {
				continue
			}
			s.phrases = append(s.phrases, p)
			s.longest = max(s.longest, len(p.words))
		}
	}
	return s
}

// Idle reports whether there is nothing to look for.
func (s *Screen) Idle() bool { return len(s.kinds) == 0 && len(s.phrases) == 0 }

// Blocked gives the topic of the first phrase that is in the text.
func (s *Screen) Blocked(text string) (topic string, found bool) {
	if len(s.phrases) == 0 {
		return "", false
	}
	words := Words(text)
	for _, p := range s.phrases {
		if p.in(words) {
			return p.topic, true
		}
	}
	return "", false
}

// Redact replaces the personal data in a text by what it was.
func (s *Screen) Redact(text string) string { return Redact(text, s.kinds) }

// held is how many characters of a growing text could be the beginning of personal
// data: more than the longest IBAN has, written in groups.
const held = 48

// Whole gives how many of a growing text's pieces may go out before it has grown
// further, given what they are: whatever begins in them ends in them. borders are
// where the pieces end, in bytes, the last one at the end of the text.
func (s *Screen) Whole(text string, borders []int) int {
	found := find(text, s.kinds)
	for n := len(borders) - 1; n > 0; n-- {
		if at := borders[n-1]; s.mayEndAt(text, at) && !straddled(found, at) {
			return n
		}
	}
	return 0
}

func (s *Screen) mayEndAt(text string, at int) bool {
	rest := text[at:]
	// The first word may have begun before, and the last one may go on.
	if len(s.phrases) > 0 && len(Words(rest)) <= s.longest {
		return false
	}
	if len(s.kinds) == 0 {
		return true
	}
	return utf8.RuneCountInString(rest) >= held && isBreak(text, at)
}

// isBreak reports whether no address or number goes on across the place.
func isBreak(text string, at int) bool {
	before, _ := utf8.DecodeLastRuneInString(text[:at])
	after, _ := utf8.DecodeRuneInString(text[at:])
	return !isToken(before) || !isToken(after)
}

// isToken: characters that addresses are made of. Scripts that put no spaces between
// their words would never come to a break otherwise.
func isToken(r rune) bool {
	return r < utf8.RuneSelf && (unicode.IsLetter(r) || unicode.IsDigit(r) || strings.ContainsRune("@._%+'-", r)) ||
		r >= utf8.RuneSelf && (unicode.IsDigit(r) || unicode.IsLetter(r) && !standsAlone(r))
}

func straddled(spans []span, at int) bool {
	for _, found := range spans {
		if found.from < at && at < found.to {
			return true
		}
	}
	return false
}

// longestSentence is how many characters are waited for the end of a sentence.
const longestSentence = 400

// Sentences gives how many of the pieces of a growing text make whole sentences, so
// that they can be judged; a sentence that does not come to an end is cut.
func Sentences(pieces []string) int {
	whole, length := 0, 0
	for i, piece := range pieces {
		length += utf8.RuneCountInString(piece)
		if endsSentence(piece) || length >= longestSentence {
			whole, length = i+1, 0
		}
	}
	return whole
}

func endsSentence(piece string) bool {
	if strings.HasSuffix(piece, "\n") {
		return true
	}
	last, _ := utf8.DecodeLastRuneInString(strings.TrimRight(piece, " \t\"'”’»)*_"))
	return strings.ContainsRune(".!?…:;。！？؟।", last)
}

// Tail gives the end of a text, at most so many characters.
func Tail(text string, characters int) string {
	for at := len(text); at > 0; characters-- {
		if characters == 0 {
			return text[at:]
		}
		_, size := utf8.DecodeLastRuneInString(text[:at])
		at -= size
	}
	return text
}
