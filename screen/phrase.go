package screen

import (
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// phrase is a run of words that blocks.
type phrase struct {
	topic string
	words []word
}

type word struct {
	text   string
	begins bool // so do all words that it stands for
}

func newPhrase(topic, text string) phrase {
	p := phrase{topic: topic}
	for field := range strings.FieldsSeq(text) {
		stem, begins := strings.CutSuffix(field, "*")
		found := Words(stem)
		for i, text := range found {
			p.words = append(p.words, word{text: text, begins: begins && i == len(found)-1})
		}
	}
	return p
}

func (p phrase) in(words []string) bool {
	for from := range words {
		if len(words)-from < len(p.words) {
			return false
		}
		if p.at(words[from:]) {
			return true
		}
	}
	return false
}

func (p phrase) at(words []string) bool {
	for i, wanted := range p.words {
		fits := wanted.text == words[i] || wanted.begins && strings.HasPrefix(words[i], wanted.text)
		if !fits {
			return false
		}
	}
	return true
}

// Words gives the words of a text in the form in which they are compared: without
// case, accents, and what cannot be seen. Where a script puts no spaces between words,
// each character is one.
func Words(text string) []string {
	folded := norm.NFD.String(cases.Fold().String(norm.NFKC.String(text)))
	var words []string
	var current strings.Builder
	end := func() {
		if current.Len() > 0 {
			words = append(words, norm.NFC.String(current.String()))
			current.Reset()
		}
	}
	for _, r := range folded {
		switch {
		case isInvisible(r):
		case standsAlone(r):
			end()
			words = append(words, string(r))
		case unicode.In(r, unicode.L, unicode.M, unicode.N):
			current.WriteRune(r)
		default:
			end()
		}
	}
	end()
	return slices.Clip(words)
}

// isInvisible: accents, which are marks of no script of their own, and characters that
// only tell how to set others, like the soft hyphen.
func isInvisible(r rune) bool {
	return unicode.Is(unicode.Mn, r) && unicode.Is(unicode.Inherited, r) || unicode.Is(unicode.Cf, r)
}

// standsAlone: characters of scripts that put no spaces between words.
func standsAlone(r rune) bool {
	return unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar)
}
