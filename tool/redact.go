package tool

import (
	"encoding/base64"
	"encoding/json"
	"net/url"
	"slices"
	"strings"
)

// redacted stands where a secret stood.
const redacted = "[secret]"

// redactor takes secrets out of what a server has sent, also in the forms in which
// servers repeat what they were sent.
func redactor(secrets map[string]string) *strings.Replacer {
	var forms []string
	for _, secret := range secrets {
		if secret == "" {
			continue
		}
		quoted, _ := encode(secret) // a string always encodes
		forms = append(forms, secret, url.QueryEscape(secret), url.PathEscape(secret), string(quoted[1:len(quoted)-1]),
			base64.StdEncoding.EncodeToString([]byte(secret)), base64.URLEncoding.EncodeToString([]byte(secret)))
	}
	// Where one form begins with another, the replacer takes the one that it was
	// given first.
	slices.SortFunc(forms, func(a, b string) int { return len(b) - len(a) })
	var pairs []string
	for _, form := range forms {
		pairs = append(pairs, form, redacted)
	}
	return strings.NewReplacer(pairs...)
}

// redact does the same in a decoded JSON document: in names, in texts and in
// numbers.
func redact(value any, redactor *strings.Replacer) any {
	switch value := value.(type) {
	case string:
		return redactor.Replace(value)
	case json.Number:
		if text := value.String(); redactor.Replace(text) != text {
			return redacted
		}
	case []any:
		for i := range value {
			value[i] = redact(value[i], redactor)
		}
	case map[string]any:
		clean := make(map[string]any, len(value))
		for name, field := range value {
			clean[redactor.Replace(name)] = redact(field, redactor)
		}
		return clean
	}
	return value
}
