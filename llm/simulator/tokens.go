package simulator

import (
	"unicode"
	"unicode/utf8"
)

// tokenRunes is the longest token, in characters without the space before it.
const tokenRunes = 7

// splitTokens cuts a text into pieces of about the size that models use: a word
// with the space before it, or a part of a long word. Put together they are the
// text again. The pieces share the text's memory.
func splitTokens(text string) []string {
	tokens := make([]string, 0, len(text)/4+1)
	start, letters := 0, 0
	for i, r := range text {
		space := unicode.IsSpace(r)
		if i > start && letters > 0 && (space || letters == tokenRunes) {
			tokens = append(tokens, text[start:i])
			start, letters = i, 0
		}
		if !space {
			letters++
		}
	}
	if start < len(text) {
		tokens = append(tokens, text[start:])
	}
	return tokens
}

// countTokens estimates the tokens of a text from its length: a benchmark sends
// thousands of long prompts, and nobody pays for these.
func countTokens(text string) int {
	return (utf8.RuneCountInString(text) + 3) / 4
}
