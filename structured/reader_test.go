package structured

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/chat"
)

// TestTextIsHeardHoweverItIsCut cuts each document between any two of its characters.
func TestTextIsHeardHoweverItIsCut(t *testing.T) {
	t.Parallel()
	cases := map[string]string{
		`{"response":"Hello"}`: "Hello",
		`{"response":"line\nquote \" slash \\ \/ tab\t é 漢 🎉"}`:                         "line\nquote \" slash \\ / tab\t é 漢 🎉",
		`{"response":"\u00e9 \ud83c\udf89 \uD83C\uDF89"}`:                               "é 🎉 🎉",
		`{"response":"\ud83c x \udf89 \ud83c\ud83c\udf89 \ud83c"}`:                      "\uFFFD x \uFFFD \uFFFD🎉 \uFFFD",
		`{"response":"a\u0000b"}`:                                                       "ab",
		`{"other":{"response":"no"},"list":["response","no"],"response":"yes","z":"n"}`: "yes",
		`{"x":"response","response" : "yes" , "y":"{\"response\":\"no\"}"}`:             "yes",
		`{"re\u0073ponse":"spelled"}`:                                                   "spelled",
		"```json\n{\"response\":\"fenced\"}\n```":                                       "fenced",
		`{"response":""}`: "",
	}
	for document, want := range cases {
		for cut := range document {
			for _, second := range []int{cut + 1, cut + 2, cut + 7} {
				pieces := cutAt(document, cut, second)
				s := scanner{field: fieldResponse}
				var said strings.Builder
				for _, piece := range pieces {
					said.WriteString(s.hear(piece))
				}
				require.Equal(t, want, said.String(), "%q", pieces)
			}
		}
	}
}

// cutAt cuts a text in three, between characters.
func cutAt(text string, first, second int) []string {
	second = min(second, len(text))
	for second < len(text) && !utf8.RuneStart(text[second]) {
		second++
	}
	return []string{text[:first], text[first:second], text[second:]}
}

func FuzzScanner(f *testing.F) {
	f.Add("Hello \"you\"\n🎉", "key\\", 7)
	f.Add("\ufffd\u2028</script>", "response", 3)
	f.Fuzz(func(t *testing.T, text, other string, cut int) {
		text, other = strings.ToValidUTF8(text, "?"), strings.ToValidUTF8(other, "?")
		if other == fieldResponse {
			other += "!"
		}
		inner, err := json.Marshal(map[string]any{"response": other, other: text})
		require.NoError(t, err)
		key, err := json.Marshal(other)
		require.NoError(t, err)
		said, err := json.Marshal(text)
		require.NoError(t, err)
		document := `{` + string(key) + `:[` + string(inner) + `],"response":` + string(said) + `}`
		cut = max(cut, -cut) % len(document)
		for cut > 0 && !utf8.RuneStart(document[cut]) {
			cut--
		}
		s := scanner{field: fieldResponse}
		heard := s.hear(document[:max(cut, 0)]) + s.hear(document[max(cut, 0):])
		require.Equal(t, chat.CleanText(text), heard)
	})
}

// FuzzMend: the beginning of any document can be read, or nothing of it is shown, and
// what is there of a text is the beginning of that text.
func FuzzMend(f *testing.F) {
	f.Add(`{"a":[1,2,{"b":"x\ud83c\udf89y"}],"c":true}`, 9)
	f.Add(`{"a":{"b":[[],{}]},"d":-1.5e3}`, 20)
	f.Fuzz(func(t *testing.T, document string, cut int) {
		var value map[string]any
		document = strings.ToValidUTF8(document, "?")
		if json.Unmarshal([]byte(document), &value) != nil || value == nil {
			return // what is no document proves nothing
		}
		cut = max(cut, -cut) % (len(document) + 1)
		for cut > 0 && cut < len(document) && !utf8.RuneStart(document[cut]) {
			cut--
		}
		mended := mend(document[:max(cut, 0)])
		if mended == nil {
			require.NotContains(t, document[:max(cut, 0)], "{")
			return
		}
		require.True(t, json.Valid(mended))
		if cut == len(document) {
			whole, err := chat.CleanJSON([]byte(document))
			require.NoError(t, err)
			require.JSONEq(t, string(whole), string(mended))
		}
	})
}

func TestMend(t *testing.T) {
	t.Parallel()
	cases := map[string]string{
		``:                          ``,
		`  {`:                       `{}`,
		`{"na`:                      `{}`,
		`{"name"`:                   `{}`,
		`{"name":`:                  `{}`,
		`{"name":"Ad`:               `{"name":"Ad"}`,
		`{"name":"Ad\`:              `{"name":"Ad"}`,
		`{"name":"Ad\u00`:           `{"name":"Ad"}`,
		`{"name":"Ad\ud83c`:         `{"name":"Ad"}`,
		`{"name":"Ad\ud83c\udf`:     `{"name":"Ad"}`,
		`{"name":"Ad\\`:             `{"name":"Ad\\"}`,
		`{"name":"Ada","age":4`:     `{"name":"Ada"}`,
		`{"name":"Ada","age":42,`:   `{"age":42,"name":"Ada"}`,
		`{"name":"Ada","ok":tru`:    `{"name":"Ada"}`,
		`{"list":["a","b`:           `{"list":["a","b"]}`,
		`{"list":[1,2`:              `{"list":[1]}`,
		`{"list":[{"x":"y"},{"z`:    `{"list":[{"x":"y"},{}]}`,
		`{"a":{"b":{}},"c":"d"} tr`: `{"a":{"b":{}},"c":"d"}`,
	}
	for beginning, want := range cases {
		require.Equal(t, want, string(mend(beginning)), beginning)
	}
}

func TestLooksAreFewAndShort(t *testing.T) {
	t.Parallel()
	format := FormatOf(chat.Output{Kind: chat.OutputSchema, Schema: json.RawMessage(`{"type":"object"}`)})
	reader := NewReader(format)
	document := `{"words":["` + strings.Repeat("word ", 8000) + `"]}`
	looks, shown := 0, 0
	for _, piece := range strings.SplitAfter(document, " ") {
		if heard := reader.Hear(piece); heard.Object != nil {
			looks++
			shown += len(heard.Object)
			require.True(t, json.Valid(heard.Object))
		}
	}
	require.Greater(t, looks, 10)
	require.Less(t, looks, 40)
	require.Less(t, shown, 6*len(document))
	answer, err := reader.End(false)
	require.NoError(t, err)
	require.JSONEq(t, document, string(answer.Object))
}

func hearAll(format *Format, document string) (*Reader, string) {
	reader := NewReader(format)
	var said strings.Builder
	for i := range document {
		_, size := utf8.DecodeRuneInString(document[i:])
		said.WriteString(reader.Hear(document[i : i+size]).Text)
	}
	return reader, said.String()
}

func TestTextWithSuggestions(t *testing.T) {
	t.Parallel()
	format := FormatOf(chat.Output{Kind: chat.OutputSuggestions})
	reader, said := hearAll(format, `{"response":"We open at **nine**.","suggestions":["And on Sundays?"," ","`+strings.Repeat("x", 81)+`"]}`)
	require.Equal(t, "We open at **nine**.", said)
	answer, err := reader.End(false)
	require.NoError(t, err)
	require.Equal(t, Answer{Suggestions: []string{"And on Sundays?"}}, answer)
}

func TestWhatIsWrongWithAnAnswer(t *testing.T) {
	t.Parallel()
	own := chat.Output{Kind: chat.OutputSchema, Schema: json.RawMessage(`{"type":"object","required":["n"],"properties":{"n":{"type":"integer"}}}`)}
	suggestions := chat.Output{Kind: chat.OutputSuggestions}
	cases := []struct {
		output   chat.Output
		document string
		cut      bool
		want     string
	}{
		{suggestions, ``, false, "there is no answer"},
		{suggestions, `Hello!`, false, "not one JSON document"},
		{suggestions, `{"response":"a"} {"response":"b"}`, false, "not one JSON document"},
		{suggestions, `{"response":"a`, true, "a shorter one is needed"},
		{suggestions, `{"suggestions":[]}`, false, "missing property 'response'"},
		{suggestions, `{"response":"a","suggestions":[7]}`, false, "/suggestions/0: got number, want string"},
		{suggestions, `{"response":"a","response":"b"}`, false, "more than one response"},
		{suggestions, `{"response":"  ","suggestions":["a"]}`, false, "it says nothing"},
		{own, `{"n":"7"}`, false, "/n: got string, want integer"},
		{own, `[]`, false, "got array, want object"},
		{own, `{"n":7,"x":"` + strings.Repeat("x", maxAnswer) + `"}`, false, "longer than 256 KB"},
	}
	for _, c := range cases {
		reader, _ := hearAll(FormatOf(c.output), c.document)
		_, err := reader.End(c.cut)
		require.ErrorContains(t, err, c.want, c.document)
	}
}

func TestOwnSchemaThatSpeaks(t *testing.T) {
	t.Parallel()
	schema := json.RawMessage(`{"type":"object","additionalProperties":false,"required":["mood","response"],
		"properties":{"mood":{"type":"string","enum":["good","bad"]},"response":{"type":"string"}}}`)
	format := FormatOf(chat.Output{Kind: chat.OutputSchema, Schema: schema})
	require.True(t, format.Strict)
	require.Less(t, bytes.Index(format.Schema, []byte(`"response"`)), bytes.Index(format.Schema, []byte(`"mood"`)), "people read the response while the rest is to come")
	require.JSONEq(t, string(schema), string(format.Schema))
	reader, said := hearAll(format, `{"response":"Fine","mood":"good"}`)
	require.Equal(t, "Fine", said)
	answer, err := reader.End(false)
	require.NoError(t, err)
	require.JSONEq(t, `{"response":"Fine","mood":"good"}`, string(answer.Object))
}

func TestStrictness(t *testing.T) {
	t.Parallel()
	cases := map[string]bool{
		`{"type":"object","additionalProperties":false,"required":["a"],"properties":{"a":{"type":["string","null"]}}}`:                            true,
		`{"type":"object","additionalProperties":false,"properties":{}}`:                                                                           true,
		`{"type":"object","properties":{}}`:                                                                                                        false,
		`{"type":"object","additionalProperties":false,"properties":{"a":{"type":"string"}}}`:                                                      false,
		`{"type":"object","additionalProperties":false,"required":["a"],"properties":{"a":{"type":"string","maxLength":5}}}`:                       false,
		`{"type":"object","additionalProperties":false,"required":["a"],"properties":{"a":{"type":"array","items":{"type":"object"}}}}`:            false,
		`{"type":"object","additionalProperties":false,"required":["a"],"properties":{"a":{"anyOf":[{"type":"string"},{"oneOf":[]}]}}}`:            false,
		`{"type":"object","additionalProperties":false,"required":["a"],"properties":{"a":{"$ref":"#/$defs/x"}},"$defs":{"x":{"type":"integer"}}}`: true,
	}
	for schema, want := range cases {
		require.Equal(t, want, canBeStrict(json.RawMessage(schema)), schema)
	}
	for _, kind := range []chat.OutputKind{chat.OutputSuggestions, chat.OutputComponents} {
		format := FormatOf(chat.Output{Kind: kind})
		require.True(t, canBeStrict(format.Schema), kind)
	}
}
