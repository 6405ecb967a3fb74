package structured

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/chat"
)

func component(name, props string) chat.Component {
	return chat.Component{Component: name, Props: json.RawMessage(props)}
}

func TestComponents(t *testing.T) {
	t.Parallel()
	good := []chat.Component{
		component("card", `{"title":"Oak","text":null,"image":{"url":"https://example.com/oak.png","alt":"An oak"},"links":[{"label":"Buy","url":"https://example.com/buy"},{"label":"Call","url":"tel:+3130123456"}]}`),
		component("list", `{"title":null,"items":[{"title":"One","text":null,"url":null},{"title":"Two","url":"mailto:a@example.com"}]}`),
		component("form", `{"title":"Book","fields":[{"name":"day","label":"Day","type":"date","required":true,"options":null},{"name":"size","label":"Size","type":"choice","required":false,"options":["S","L"]}],"submit":"Go"}`),
		component("link", `{"label":"Site","url":"https://example.com"}`),
		component("image", `{"url":"https://example.com/a.png","alt":"A","caption":null}`),
		component("confirmation", `{"text":"Cancel the order?","confirm":"Yes","cancel":"No"}`),
	}
	for _, c := range good {
		shown, err := CheckComponent(c)
		require.NoError(t, err, c.Component)
		require.NotContains(t, string(shown.Props), "null")
	}
	bad := map[string]chat.Component{
		"no such component":        component("video", `{}`),
		"missing property":         component("card", `{}`),
		"additional properties":    component("link", `{"label":"a","url":"https://a.example","onclick":"x"}`),
		"/url: ":                   component("link", `{"label":"a","url":"javascript:alert(1)"}`),
		"/url: 'http":              component("image", `{"url":"http://a.example/x.png","alt":""}`),
		"/image/url":               component("card", `{"title":"a","image":{"url":"data:image/png;base64,AA","alt":""}}`),
		"two fields are called":    component("form", `{"title":"a","fields":[{"name":"x","label":"X","type":"text"},{"name":"x","label":"Y","type":"text"}]}`),
		"fewer than two options":   component("form", `{"title":"a","fields":[{"name":"x","label":"X","type":"choice"}]}`),
		"/fields/0/type":           component("form", `{"title":"a","fields":[{"name":"x","label":"X","type":"password"}]}`),
		"/fields/0/name":           component("form", `{"title":"a","fields":[{"name":"no spaces","label":"X","type":"text"}]}`),
		"missing property 'cancel": component("confirmation", `{"text":"a","confirm":"Yes"}`),
	}
	for want, c := range bad {
		_, err := CheckComponent(c)
		require.ErrorContains(t, err, want)
	}
}

// What cannot be shown is left out, and the rest stays.
func TestUnusableComponentsAreLeftOut(t *testing.T) {
	t.Parallel()
	reader, said := hearAll(FormatOf(chat.Output{Kind: chat.OutputComponents}), `{"response":"Look","components":[
		{"component":"link","props":{"label":"a","url":"javascript:alert(1)"}},
		{"component":"link","props":{"label":"b","url":"https://b.example"}}, 7],"suggestions":[]}`)
	require.Equal(t, "Look", said)
	answer, err := reader.End(false)
	require.NoError(t, err)
	require.Empty(t, answer.Components)
	require.Len(t, answer.LeftOut, 1)

	reader, _ = hearAll(FormatOf(chat.Output{Kind: chat.OutputComponents}), `{"response":"","components":[
		{"component":"link","props":{"label":"a","url":"javascript:alert(1)"}},
		{"component":"link","props":{"label":"b","url":"https://b.example"}}],"suggestions":[]}`)
	answer, err = reader.End(false)
	require.NoError(t, err)
	require.Len(t, answer.Components, 1)
	require.Len(t, answer.LeftOut, 1)
	require.Contains(t, answer.LeftOut[0], "Component 1 (link) was left out: /url")

	many, _ := hearAll(FormatOf(chat.Output{Kind: chat.OutputComponents}),
		`{"response":"","components":[`+strings.TrimSuffix(strings.Repeat(`{"component":"link","props":{"label":"b","url":"https://b.example"}},`, 21), ",")+`]}`)
	answer, err = many.End(false)
	require.NoError(t, err)
	require.Len(t, answer.Components, maxComponents)
	require.Len(t, answer.LeftOut, 1)
}
