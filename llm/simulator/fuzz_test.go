package simulator

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"
)

func FuzzSplitTokens(f *testing.F) {
	for _, text := range []string{"", " ", "one two", "  indented\n\nparagraphs ", "Donaudampfschifffahrt", "終わりのない文章です", "a\xffb"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		tokens := splitTokens(text)
		if joined := strings.Join(tokens, ""); joined != text {
			t.Fatalf("%q became %q", text, joined)
		}
		for _, token := range tokens {
			if token == "" {
				t.Fatalf("%q has an empty token", text)
			}
			if utf8.ValidString(text) && !utf8.ValidString(token) {
				t.Fatalf("%q was cut inside of a character", text)
			}
		}
	})
}

func FuzzAppendString(f *testing.F) {
	for _, text := range []string{"", "plain", `"quoted" \ back`, "tab\tline\n\x00", "é 終 \u2028 👩‍👧", "</script>&"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		text = strings.ToValidUTF8(text, "�") // as what comes out of JSON is
		var back string
		if err := json.Unmarshal(appendString(nil, text), &back); err != nil || back != text {
			t.Fatalf("%q became %q: %v", text, back, err)
		}
	})
}

// The reply is made of whatever people write: it must never fail.
func FuzzReply(f *testing.F) {
	f.Add("You are X of Y.\n## A\n- b c d", "what about a?", `{"type":"object"}`)
	f.Add("", "", "")
	f.Add("a:", "my name is", `{"$ref":"#"}`)
	f.Fuzz(func(_ *testing.T, instructions, question, schema string) {
		p := &prompt{instructions: instructions, turns: []turn{{"user", question}, {"assistant", instructions}, {"user", question}}}
		_ = p.reply()
		_ = p.title()
		p.schema = json.RawMessage(schema)
		_ = p.reply()
	})
}
