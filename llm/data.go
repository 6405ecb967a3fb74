package llm

import (
	"regexp"
	"strings"
)

// dataTag stands around what others have written. A model is told never to obey it.
const dataTag = "outside-data"

// forged is the tag's name as a text could use it to end the marking before its own end.
// Characters that cannot be seen hide it from a reader, but not from a model.
var forged = regexp.MustCompile(`(?i)outside[\p{Cf}\s]*[-\p{Pd}][\p{Cf}\s]*data`)

// Data marks a text that comes from outside, like the outcome of a tool or a piece of a
// document, as something to read and not to obey. source says in a word whose it is.
// Nothing in the text can end the marking.
func Data(source, text string) string {
	return "<" + dataTag + " from=\"" + attribute(source) + "\">\n" + forged.ReplaceAllString(text, "outside_data") + "\n</" + dataTag + ">"
}

func attribute(text string) string {
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune("<>\"\n\r", r) {
			return ' '
		}
		return r
	}, forged.ReplaceAllString(text, "outside_data"))
}
