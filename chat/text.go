package chat

import "strings"

// CleanText removes U+0000, which neither Postgres text nor jsonb can hold, and
// replaces invalid UTF-8. Everything that a person or a model wrote passes
// through here once, where it enters.
func CleanText(text string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(text, "\uFFFD"), "\x00", "")
}
