// Package family finds what is known about a model by its name.
package family

import "strings"

// Find looks a model up in a table of families. The longest name that the
// model's own begins with counts, where the rest begins with "-" as the rest of
// "gpt-4o-2024-08-06" does: "gpt-5" says nothing about "gpt-5.9". A vendor
// before a slash and the "ft:…:organisation" of a fine-tuned model are ignored.
func Find[T any](table map[string]T, model string) (T, bool) {
	name := base(model)
	for {
		if found, ok := table[name]; ok {
			return found, true
		}
		cut := strings.LastIndexByte(name, '-')
		if cut < 0 {
			var none T
			return none, false
		}
		name = name[:cut]
	}
}

func base(model string) string {
	name := strings.ToLower(model)
	if tuned, ok := strings.CutPrefix(name, "ft:"); ok {
		name, _, _ = strings.Cut(tuned, ":")
	}
	return name[strings.LastIndexByte(name, '/')+1:]
}
