package tool_test

import (
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/chat"
	"github.com/parley-chat/parley/tool"
)

func TestCheckTellsTheModelWhatIsWrong(t *testing.T) {
	t.Parallel()
	refund := chat.Tool{InputSchema: json.RawMessage(`{"type":"object","additionalProperties":false,"required":["amount"],"properties":{
		"amount":{"type":"number","minimum":0,"maximum":500},
		"a/b":{"enum":["x","y"]},
		"day":{"type":"string","format":"date"},
		"never":false,
		"lines":{"type":"array","items":{"type":"object","required":["id"]}}}}`)}
	require.NoError(t, tool.Check(refund, json.RawMessage(` {"amount":1.5,"lines":[{"id":1}],"day":"2026-02-28"}`)))
	for arguments, want := range map[string]string{
		`{}`:                             "missing property 'amount'",
		`{"amount":"ten"}`:               "/amount: got string, want number",
		`{"amount":501}`:                 "/amount: maximum: got 501, want 500",
		`{"amount":1,"lines":[{}]}`:      "/lines/0: missing property 'id'",
		`{"amount":1,"lines":[{},2]}`:    "/lines/0: missing property 'id'; /lines/1: got number, want object",
		`{"amount":1,"a/b":"z"}`:         "/a~1b: value must be one of 'x', 'y'",
		`{"amount":1,"day":"yesterday"}`: "/day: this is not a valid date",
		`{"amount":1,"never":1}`:         "/never: nothing may be here",
		`{"amount":1,"other":1}`:         "additional properties 'other' not allowed",
		`{"amount":1e999999}`:            "a number is too large, or too near to zero",
		`{"amount":1e-2000000}`:          "a number is too large, or too near to zero",
		`[]`:                             "the arguments are not a JSON object",
		`null`:                           "the arguments are not a JSON object",
		`{"amount":1`:                    tool.ErrNotJSON.Error(),
	} {
		require.EqualError(t, tool.Check(refund, json.RawMessage(arguments)), want, arguments)
	}
	require.NoError(t, tool.Check(chat.Tool{}, json.RawMessage(`{"anything":1}`)), "no schema takes any object")
	require.NoError(t, tool.Check(chat.Tool{InputSchema: json.RawMessage(`{}`)}, json.RawMessage(`{"anything":1}`)))
	require.Error(t, tool.Check(chat.Tool{}, json.RawMessage(`"text"`)))
	require.Error(t, tool.Check(chat.Tool{InputSchema: json.RawMessage(`{"type":3}`)}, json.RawMessage(`{}`)))
}

func TestCheckSchema(t *testing.T) {
	t.Parallel()
	loaded := make(chan string, 10)
	elsewhere := serve(t, func(w http.ResponseWriter, r *http.Request) {
		loaded <- r.URL.Path
		_, _ = io.WriteString(w, `{}`)
	})
	for _, schema := range []string{
		`{"type":"object","properties":{"a":{"$ref":"#/$defs/a"}},"$defs":{"a":{"type":"string"}}}`,
		`{"type":"object","properties":{"children":{"type":"array","items":{"$ref":"#"}}}}`,
		`{"$schema":"http://json-schema.org/draft-07/schema#","type":"object"}`,
	} {
		require.NoError(t, tool.CheckSchema(json.RawMessage(schema)), schema)
	}
	file := filepath.Join(t.TempDir(), "schema.json")
	require.NoError(t, os.WriteFile(file, []byte(`{}`), 0o600))
	for schema, want := range map[string]string{
		``: "not a JSON document", `{`: "not a JSON document", `[]`: `"type": "object"`, `{"type":"string"}`: `"type": "object"`, `{}`: `"type": "object"`,
		`{"type":"object","properties":3}`:                                         "/properties: got number, want object",
		`{"type":"object","properties":{"a":{"pattern":"("}}}`:                     "/properties/a/pattern: this is not a valid regex",
		`{"type":"object","properties":{"a":{"$ref":"#/$defs/a"}}}`:                `"#/$defs/a" not found`,
		`{"type":"object","properties":{"a":{"minimum":1e-2000000}}}`:              "too near to zero",
		`{"type":"object","$ref":"#"}`:                                             "in a circle",
		`{"type":"object","properties":{"a":{"$ref":"` + elsewhere + `/x.json"}}}`: "another document",
		`{"type":"object","$schema":"` + elsewhere + `/draft"}`:                    "another document",
		`{"type":"object","properties":{"a":{"$ref":"file://` + file + `"}}}`:      "another document",
		`{"type":"object","$id":"file:///","$ref":"` + file + `"}`:                 "another document",
		`{"type":"object","description":"` + strings.Repeat("x", 64<<10) + `"}`:    "longer than 64 KB",
	} {
		require.ErrorContains(t, tool.CheckSchema(json.RawMessage(schema)), want, schema)
	}
	require.Empty(t, loaded)
}

func TestDecide(t *testing.T) {
	t.Parallel()
	policy := chat.ToolPolicy{Default: chat.DecideAllow, Rules: []chat.ToolRule{
		{When: `args.amount > 100`, Then: chat.DecideAskStaff},
		{When: `visitor.externalId == ""`, Then: chat.DecideDeny},
		{When: `visitor.traits.plan == "pro" && args.reason.contains("broken")`, Then: chat.DecideAskVisitor},
	}}
	decide := func(arguments, externalID string) (chat.ToolDecision, error) {
		return tool.Decide(policy, tool.Facts{Arguments: json.RawMessage(arguments), Visitor: tool.Visitor{
			ExternalID: externalID, Traits: json.RawMessage(`{"plan":"pro"}`),
		}})
	}
	for arguments, want := range map[string]chat.ToolDecision{
		`{"amount":100.5}`:                    chat.DecideAskStaff,
		`{"amount":101}`:                      chat.DecideAskStaff,
		`{"amount":100,"reason":"broken"}`:    chat.DecideAskVisitor,
		`{"amount":99.9,"reason":"the size"}`: chat.DecideAllow,
	} {
		got, err := decide(arguments, "7")
		require.NoError(t, err, arguments)
		require.Equal(t, want, got, arguments)
	}
	got, err := decide(`{"amount":1}`, "")
	require.NoError(t, err)
	require.Equal(t, chat.DecideDeny, got)
	got, err = decide(`{"reason":"no amount"}`, "7")
	require.ErrorContains(t, err, "amount")
	require.Equal(t, chat.DecideDeny, got, "what cannot be decided is not allowed")
	got, err = tool.Decide(chat.ToolPolicy{}, tool.Facts{Arguments: json.RawMessage(`{}`)})
	require.NoError(t, err)
	require.Equal(t, chat.DecideDeny, got, "no policy allows nothing")
	for _, policy := range []chat.ToolPolicy{
		{Default: "alow"},
		{Default: chat.DecideAllow, Rules: []chat.ToolRule{{When: "true", Then: "alow"}}},
		{Default: chat.DecideAllow, Rules: []chat.ToolRule{{When: "tru", Then: chat.DecideAllow}}},
		{Default: chat.DecideAllow, Rules: []chat.ToolRule{{When: "args.x", Then: chat.DecideAllow}}},
	} {
		got, err = tool.Decide(policy, tool.Facts{Arguments: json.RawMessage(`{"x":"text"}`)})
		require.Error(t, err, policy)
		require.Equal(t, chat.DecideDeny, got, policy)
	}
}

// TestRulesCountAsPeopleDo: whole numbers and others compare, whichever way the
// model or the rule has written them.
func TestRulesCountAsPeopleDo(t *testing.T) {
	t.Parallel()
	facts := tool.Facts{
		Arguments: json.RawMessage(`{"whole":101,"half":100.5,"same":100.0,"big":9007199254740993,"huge":1e300,"list":[1,2.5],"text":"Größe","yes":true,"none":null}`),
		Agent:     "a1", Visitor: tool.Visitor{ID: "v1", Name: "Ada", Email: "ada@shop.example"},
	}
	for when, want := range map[string]bool{
		"args.whole > 100": true, "args.half > 100": true, "args.half > 100.25": true, "args.whole > 100.5": true, "args.half < 101": true,
		"args.same == 100": true, "args.big > 9007199254740992": true, "args.huge > 100": true, "args.whole * 2 > 201": true,
		"2.5 in args.list": true, "args.list.exists(n, n > 2)": true, "size(args.list) == 2": true, "args.list[0] == 1.0": true,
		"args.yes": true, "args.none == null": true, "has(args.missing)": false, "has(args.whole)": true, "args.?missing.orValue(7) == 7": true,
		"has(visitor.traits.plan)": false, `visitor.email.endsWith("@shop.example")`: true, `visitor.name == "Ada" && visitor.id == "v1" && agent.id == "a1"`: true,
		`args.text.lowerAscii().startsWith("gr")`: true, `args.text.matches("^Gr.ße$")`: true,
	} {
		policy := chat.ToolPolicy{Default: chat.DecideDeny, Rules: []chat.ToolRule{{When: when, Then: chat.DecideAllow}}}
		got, err := tool.Decide(policy, facts)
		require.NoError(t, err, when)
		require.Equal(t, want, got == chat.DecideAllow, when)
	}
	require.Error(t, tool.Check(chat.Tool{}, json.RawMessage(`{"x":1e400}`)))
	_, err := tool.Decide(chat.ToolPolicy{Default: chat.DecideAllow}, tool.Facts{Arguments: json.RawMessage(`{"x":1e400}`)})
	require.Error(t, err)
}

func TestCheckRule(t *testing.T) {
	t.Parallel()
	require.NoError(t, tool.CheckRule(`args.amount > 100 && agent.id != ""`))
	for when, want := range map[string]string{
		``: "the rule is empty", ` `: "the rule is empty", `args.amount >`: "line 1, column 14: Syntax error", "true &&\nunknown == 1": "line 2, column 1: undeclared reference to 'unknown'",
		`1 + 1`: "a rule must be true or false", `"text"`: "a rule must be true or false", `args.amount > "100"[`: "Syntax error",
		`args.a.replace("", args.a) == ""`: "replace is not available", `[[args.a].join(args.a)] == []`: "join is not available",
		strings.Repeat(" ", 4<<10) + "true": "longer than 4 KB",
	} {
		require.ErrorContains(t, tool.CheckRule(when), want, when)
	}
	endless := `[1,2,3,4,5,6,7,8,9].all(a, ` + strings.Repeat(`[1,2,3,4,5,6,7,8,9].all(b, `, 7) + `true` + strings.Repeat(`)`, 8)
	_, err := tool.Decide(chat.ToolPolicy{Rules: []chat.ToolRule{{When: endless, Then: chat.DecideAllow}}}, tool.Facts{Arguments: json.RawMessage(`{}`)})
	require.ErrorContains(t, err, "cost", "a rule cannot burn the processor")
}

func builtIn(t *testing.T, name, arguments string) tool.Outcome {
	t.Helper()
	for _, definition := range tool.BuiltIns() {
		if definition.Name == name {
			require.NoError(t, tool.CheckSchema(definition.InputSchema))
			return here.Run(t.Context(), tool.Call{Tool: definition, Arguments: json.RawMessage(arguments)})
		}
	}
	t.Fatalf("there is no %s", name)
	return tool.Outcome{}
}

func TestCurrentTime(t *testing.T) {
	t.Parallel()
	outcome := builtIn(t, "current_time", `{"zone":"Asia/Kolkata"}`)
	var told struct {
		Time            time.Time
		Zone, UTCOffset string
		Weekday         string
	}
	require.NoError(t, json.Unmarshal(outcome.Output, &told))
	require.WithinDuration(t, time.Now(), told.Time, time.Minute)
	require.Equal(t, "Asia/Kolkata", told.Zone)
	require.Equal(t, "+05:30", told.UTCOffset)
	require.Equal(t, told.Time.Weekday().String(), told.Weekday)
	require.Contains(t, string(builtIn(t, "current_time", `{}`).Output), `"UTC"`)
	for _, zone := range []string{"Nowhere", "Local", "../../etc/passwd"} {
		require.Equal(t, chat.CallFailed, builtIn(t, "current_time", `{"zone":"`+zone+`"}`).State, zone)
	}
}

func TestCalculate(t *testing.T) {
	t.Parallel()
	for expression, want := range map[string]string{
		"0.1 + 0.2": "0.3", "(19.99 * 3) / 1.21": "49.56198347107438016528925619834711", "1/3": "0.3333333333333333333333333333333333",
		"1/3*3": "1", "-7 % 3": "-1", "2 - -2": "4", "+1": "1", "1.50": "1.5", ".5": "0.5", "100": "100", "0 * -1": "0", "1e3": "1000", "1/8": "0.125",
		"round(2.5)": "3", "round(-2.5)": "-3", "round(3.14159, 2)": "3.14", "round(1234, -2)": "1200", "round(1.5, 5)": "1.5",
		"floor(-1.5)": "-2", "ceil(-1.5)": "-1", "ceil(1.2)": "2", "abs(-3)": "3", "min(3, 1, 2)": "1", "max (3, 1, 2)": "3", "max(7)": "7",
		"sqrt(16)": "4", "sqrt(2)": "1.414213562373095048801688724209698", "ln(exp(1))": "1", "log10(1000)": "3",
		"pow(2, 10)": "1024", "2^10": "1024", "2**10": "1024", "2^-1": "0.5", "-2^2": "-4", "2^3^2": "512", "9^0.5": "3", "0^0": "1", "3 × 4 ÷ 2": "6",
		"1000 * (1 + 0.05/365)^3650": "1648.66481376547183021399942119683", "(2 + 3) * 4": "20", "2 + 3 * 4": "14",
		"123456789012345678901234567890 + 1": "123456789012345678901234567891",
	} {
		outcome := builtIn(t, "calculate", `{"expression":"`+expression+`"}`)
		require.Equal(t, `{"result":`+want+`}`, string(outcome.Output), "%s: %s", expression, outcome.Error)
	}
	for _, expression := range []string{
		"", " ", "1 +", "(1", "1)", "1 2", ".", "1..2", "1/0", "0/0", "5 % 0", "os.Exit(1)", "a", "1e999999999", "1e-99999999999999999999", "9^9^9^9", "10^400 * 10^400",
		"pow(2, 100000)", "2^1e300", "sqrt(-1)", "(-8)^(1/3)", "ln(0)", "nothing(1)", "abs(1, 2)", "round(1, 0.5)", "round(1, 1000)", "func() {}", "0^-1", "'a'", "1 && 2",
		strings.Repeat("(", 900), strings.Repeat("-", 900), strings.Repeat("1+", 600) + "1",
	} {
		outcome := builtIn(t, "calculate", `{"expression":"`+expression+`"}`)
		require.Equal(t, chat.CallFailed, outcome.State, "%s: %s", expression, outcome.Output)
		require.Regexp(t, `^[A-Z(].+[.]$`, outcome.Error, "the model is told in a sentence")
	}
}

func FuzzCalculate(f *testing.F) {
	f.Add("1 + 2 * (3 - 4)")
	f.Fuzz(func(t *testing.T, expression string) {
		arguments, err := json.Marshal(map[string]string{"expression": expression})
		require.NoError(t, err)
		outcome := builtIn(t, "calculate", string(arguments))
		require.True(t, outcome.State == chat.CallFailed || json.Valid(outcome.Output))
	})
}

func TestTimedOut(t *testing.T) {
	t.Parallel()
	require.Equal(t, chat.CallFailed, tool.TimedOut(chat.ClassRead, true).State)
	require.Equal(t, chat.CallFailed, tool.TimedOut(chat.ClassWrite, false).State)
	require.Equal(t, chat.CallUnknown, tool.TimedOut(chat.ClassWrite, true).State)
	require.Equal(t, chat.CallUnknown, tool.TimedOut(chat.ClassIdempotent, true).State)
}
