package chat_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/chat"
)

var booking = chat.Form{Title: "Book", Fields: []chat.FormField{
	{Name: "name", Label: "Name", Type: chat.FieldText, Required: true},
	{Name: "note", Label: "Note", Type: chat.FieldLongText},
	{Name: "email", Label: "Email", Type: chat.FieldEmail},
	{Name: "phone", Label: "Phone", Type: chat.FieldPhone},
	{Name: "people", Label: "People", Type: chat.FieldNumber},
	{Name: "day", Label: "Day", Type: chat.FieldDate},
	{Name: "size", Label: "Size", Type: chat.FieldChoice, Options: []string{"S", "L"}},
	{Name: "terms", Label: "Terms", Type: chat.FieldCheckbox},
}}

func valuesOf(t *testing.T, document string) map[string]json.RawMessage {
	t.Helper()
	var values map[string]json.RawMessage
	require.NoError(t, json.Unmarshal([]byte(document), &values))
	return values
}

func TestFormIsRead(t *testing.T) {
	t.Parallel()
	answers, fault := booking.Check(valuesOf(t, `{"name":"  Ada ","note":"one\ntwo","email":"ada@example.com","phone":"+31 (0)30 123",
		"people":3,"day":"2026-02-28","size":"L","terms":true}`))
	require.Nil(t, fault)
	require.Equal(t, "Name: Ada\nNote: one\ntwo\nEmail: ada@example.com\nPhone: +31 (0)30 123\nPeople: 3\nDay: 2026-02-28\nSize: L\nTerms: ✓",
		chat.FormSubmit{Answers: answers}.Text())

	answers, fault = booking.Check(valuesOf(t, `{"name":"Ada","note":"","email":null,"terms":false}`))
	require.Nil(t, fault)
	require.Equal(t, []chat.FormAnswer{{Label: "Name", Value: "Ada"}}, answers)
}

func TestFormErrorsNameTheField(t *testing.T) {
	t.Parallel()
	cases := []struct{ field, values, problem string }{
		{"name", `{}`, "filled in"},
		{"name", `{"name":"  "}`, "filled in"},
		{"name", `{"name":7}`, "a text"},
		{"name", `{"name":"a\nb"}`, "one line"},
		{"name", `{"name":"` + strings.Repeat("x", 501) + `"}`, "at most 500"},
		{"email", `{"name":"a","email":"Ada <ada@example.com>"}`, "email"},
		{"phone", `{"name":"a","phone":"call me"}`, "telephone"},
		{"people", `{"name":"a","people":"3"}`, "number"},
		{"people", `{"name":"a","people":1e999}`, "number"},
		{"day", `{"name":"a","day":"2026-02-30"}`, "date"},
		{"size", `{"name":"a","size":"M"}`, "one of: S, L"},
		{"terms", `{"name":"a","terms":"yes"}`, "true or false"},
		{"age", `{"name":"a","age":7}`, "no such field"},
	}
	for _, c := range cases {
		_, fault := booking.Check(valuesOf(t, c.values))
		require.NotNil(t, fault, c.values)
		require.Equal(t, c.field, fault.Field)
		require.Contains(t, fault.Problem, c.problem)
	}
}

func TestConfirmationIsRead(t *testing.T) {
	t.Parallel()
	asked := chat.Confirmation{Text: "Cancel the order?", Confirm: "Cancel it", Cancel: "Keep it"}
	answers, fault := asked.Check(valuesOf(t, `{"confirmed":false}`))
	require.Nil(t, fault)
	require.Equal(t, "Cancel the order?: Keep it", chat.FormSubmit{Answers: answers}.Text())
	for field, values := range map[string]string{"confirmed": `{}`, "other": `{"other":true}`} {
		_, fault := asked.Check(valuesOf(t, values))
		require.NotNil(t, fault)
		require.Equal(t, field, fault.Field)
	}
}
