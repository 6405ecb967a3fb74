package simulator_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/llm/simulator"
)

const instructions = `You are Nova, the friendly support assistant of Northwind Coffee Roasters, a small company from Utrecht. Answer briefly. Never invent prices.

## Opening hours
Our shop is open Monday to Friday from 8:00 to 18:00. We are closed on Sundays.

## Shipping
- Orders over €40 ship for free; below that delivery costs €4.95.
- International parcels take 5 to 8 days.

Returns:
Unopened bags can be sent back within 30 days for a full refund.

# Tone
Short sentences are always better than long ones.
`

// say asks the simulator, after earlier turns of a conversation, and gives its
// answer.
func (c client) say(turns ...string) string {
	c.t.Helper()
	var input []object
	for i, text := range turns {
		input = append(input, object{"role": []string{"user", "assistant"}[i%2], "content": text})
	}
	_, body := c.call(http.MethodPost, "/v1/responses", object{"model": "m", "instructions": instructions, "input": input})
	return dig(body, "output", 0, "content", 0, "text").(string)
}

func TestReplies(t *testing.T) {
	t.Parallel()
	c := start(t, simulator.Config{})
	for _, test := range []struct {
		name  string
		turns []string
		has   []string
		lacks []string
	}{
		{"greets with name and company", []string{"Hi there!"}, []string{"Nova", "Northwind Coffee Roasters", "**shipping**", "OPENAI_API_KEY"}, nil},
		{"tells the fact asked for", []string{"When are you open on Monday?"}, []string{"8:00 to 18:00"}, []string{"€40"}},
		{"knows other words for a subject", []string{"how much is delivery"}, []string{"€4.95"}, []string{"30 days"}},
		{"knows forms of a word", []string{"do you do refunds?"}, []string{"full refund"}, []string{"8:00"}},
		{"leaves the manners out", []string{"do you like short sentences?"}, nil, []string{"always better"}},
		{"does not repeat its orders", []string{"do you invent prices?"}, nil, []string{"Never invent"}},
		{"admits ignorance", []string{"Who wrote the Critique of Pure Reason?"}, []string{"I was told nothing", "Critique of Pure Reason"}, []string{"€"}},
		{"is short about itself later on", []string{"Hi", "Hello!", "When are you open?"}, []string{"_Simulated answer._"}, []string{"OPENAI_API_KEY"}},
		{"remembers a name", []string{"Hello, my name is ada", "Hi!", "What is my name?"}, []string{"**Ada**"}, nil},
		{"knows no name that was not told", []string{"What is my name?"}, []string{"not told me"}, nil},
		{"remembers the questions", []string{"When are you open?", "Daily.", "What did I ask before?"}, []string{"1. When are you open?"}, nil},
		{"takes up the subject before", []string{"Do you ship abroad?", "Yes.", "and how long does that take?"}, []string{"5 to 8 days"}, nil},
		{"says what it is", []string{"Are you a real person?"}, []string{"simulated model", "OPENAI_API_KEY"}, nil},
		{"says what it can do", []string{"What can you do?"}, []string{"**returns**"}, nil},
		{"takes thanks", []string{"Hi", "Hello!", "thanks a lot!"}, []string{"welcome"}, nil},
		{"says goodbye", []string{"bye"}, []string{"Goodbye"}, nil},
	} {
		answer := c.say(test.turns...)
		require.Equal(t, answer, c.say(test.turns...), "the same conversation, the same answer")
		require.Contains(t, strings.ToLower(answer), "simulated", test.name)
		for _, want := range test.has {
			require.Contains(t, answer, want, test.name)
		}
		for _, unwanted := range test.lacks {
			require.NotContains(t, answer, unwanted, test.name)
		}
	}
}

func TestRepliesWithoutInstructions(t *testing.T) {
	t.Parallel()
	c := start(t, simulator.Config{})
	_, body := c.call(http.MethodPost, "/v1/responses", object{"model": "m", "input": ""})
	require.NotEmpty(t, dig(body, "output", 0, "content", 0, "text"))
}

func TestTitles(t *testing.T) {
	t.Parallel()
	c := start(t, simulator.Config{})
	ask := func(instructions string, input any) string {
		_, body := c.call(http.MethodPost, "/v1/responses", object{"model": "m", "instructions": instructions, "input": input})
		return dig(body, "output", 0, "content", 0, "text").(string)
	}
	conversation := []object{
		{"role": "user", "content": "hi"},
		{"role": "assistant", "content": "Hello!"},
		{"role": "user", "content": "How long does shipping to Norway take?"},
	}
	require.Equal(t, "Long shipping Norway", ask("Write a short title for this conversation.", conversation))
	require.Equal(t, "Opening hours Sunday", ask("", "Give this chat a title:\nUser: What are the opening hours on Sunday?\nAssistant: None."))
	require.Equal(t, "New conversation", ask("Generate a title for the chat", "hi"))
	require.NotEqual(t, "Sell books titles", ask("You are Ann, who sells books.", "Do you sell books with that title?"))
}

func TestToolResultsAreTold(t *testing.T) {
	t.Parallel()
	c := start(t, simulator.Config{})
	_, body := c.call(http.MethodPost, "/v1/responses", object{"model": "m", "input": []object{
		{"role": "user", "content": "weather?"},
		{"type": "function_call_output", "call_id": "c", "output": "rain, 12 °C"},
	}})
	require.Contains(t, dig(body, "output", 0, "content", 0, "text"), "rain, 12 °C")
}

// document asks for an answer in the form of a schema.
func (c client) document(schema string) any {
	c.t.Helper()
	_, body := c.call(http.MethodPost, "/v1/responses", object{
		"model": "m", "instructions": "Suggest follow-up questions. The instructions were:\n" + instructions,
		"input": []object{{"role": "user", "content": "When are you open?"}, {"role": "assistant", "content": "From 8."}},
		"text":  object{"format": object{"type": "json_schema", "name": "x", "schema": json.RawMessage(schema)}},
	})
	var document any
	text := dig(body, "output", 0, "content", 0, "text").(string)
	require.NoError(c.t, json.Unmarshal([]byte(text), &document), text)
	return document
}

func TestSuggestions(t *testing.T) {
	t.Parallel()
	c := start(t, simulator.Config{})
	document := c.document(`{"type":"object","properties":{"items":{"type":"array","maxItems":3,"items":{"type":"string","maxLength":80}}}}`)
	require.Equal(t, []any{"What about shipping?", "Tell me more about returns", "What else can you help with?"}, dig(document, "items"))
}

func TestDocumentsFitTheirSchema(t *testing.T) {
	t.Parallel()
	c := start(t, simulator.Config{})
	for _, test := range []struct {
		schema string
		want   any
	}{
		{`{"type":"object","properties":{"n":{"type":"integer","minimum":3},"x":{"type":"number"},"ok":{"type":"boolean"},"none":{"type":"null"}}}`,
			object{"n": 3.0, "x": 0.0, "ok": true, "none": nil}},
		{`{"enum":["b","a"]}`, "b"},
		{`{"const":{"a":1}}`, object{"a": 1.0}},
		{`{"anyOf":[{"type":"integer"},{"type":"string"}]}`, 0.0},
		{`{"properties":{"p":{"$ref":"#/$defs/p"}},"$defs":{"p":{"type":"string","enum":["q"]}}}`, object{"p": "q"}},
		{`{"type":"array","items":{"type":"integer"},"minItems":5}`, []any{0.0, 0.0, 0.0, 0.0, 0.0}},
		{`{"type":"array","items":{"type":"string","maxLength":4},"maxItems":1}`, []any{"What"}},
		{`{"type":"string","format":"date"}`, "2026-01-01"},
		{`{"type":["string","null"],"maxLength":0}`, ""},
		{`{"type":"object"}`, object{}},
		{`{"type":"object","properties":{"title":{"type":"string"}}}`, object{"title": "Open"}},
	} {
		require.Equal(t, test.want, c.document(test.schema), test.schema)
	}
	endless := c.document(`{"$ref":"#/$defs/t","$defs":{"t":{"type":"object","properties":{"next":{"anyOf":[{"$ref":"#/$defs/t"},{"type":"null"}]}}}}}`)
	require.IsType(t, object{}, endless, "a schema that refers to itself ends")
}
