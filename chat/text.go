package chat

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"math"
	"strconv"
	"strings"
)

// CleanText removes U+0000, which neither Postgres text nor jsonb can hold, and
// replaces invalid UTF-8. Everything that a person or a model wrote passes
// through here once, where it enters.
func CleanText(text string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(text, "\uFFFD"), "\x00", "")
}

// CleanJSON is CleanText for a JSON document, in whose strings the same may hide
// behind escapes; numbers that no database holds become strings. It gives the
// document without insignificant space, or the decoder's error.
func CleanJSON(document []byte) (json.RawMessage, error) {
	decoder := json.NewDecoder(bytes.NewReader(document))
	decoder.UseNumber()
	var value any
	if err := decoder.Decode(&value); err != nil {
		return nil, err
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("something follows the JSON document")
	}
	var clean bytes.Buffer
	encoder := json.NewEncoder(&clean)
	encoder.SetEscapeHTML(false)
	err := encoder.Encode(cleanValue(value))
	return bytes.TrimSpace(clean.Bytes()), err
}

func cleanValue(value any) any {
	switch value := value.(type) {
	case string:
		return CleanText(value)
	case json.Number:
		if !storable(value) {
			return value.String()
		}
		return value
	case []any:
		for i := range value {
			value[i] = cleanValue(value[i])
		}
		return value
	case map[string]any:
		clean := make(map[string]any, len(value))
		for key, field := range value {
			clean[CleanText(key)] = cleanValue(field)
		}
		return clean
	default:
		return value
	}
}

// storable reports whether a number has few enough places: Postgres refuses one
// with more than some ten thousand, however small the exponent that asks for them.
func storable(number json.Number) bool {
	const most = 1000
	digits, exponent, hasExponent := strings.Cut(strings.ToLower(number.String()), "e")
	if hasExponent {
		if places, err := strconv.Atoi(exponent); err != nil || places < -most {
			return false
		}
	}
	float, err := number.Float64()
	return err == nil && !math.IsInf(float, 0) && len(digits) <= most
}
