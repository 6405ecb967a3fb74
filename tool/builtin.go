package tool

import (
	"encoding/json"
	"errors"
	"time"
	_ "time/tzdata" // the zones are known wherever the program runs

	"github.com/parley-chat/parley/chat"
)

// builtIn is something that Parley does itself.
type builtIn struct {
	definition chat.Tool
	run        func(arguments json.RawMessage) (any, error)
}

var builtIns = []builtIn{
	{chat.Tool{
		Name: "current_time", Title: "Current time",
		Description: "Tells the date, the day of the week and the time of day, in UTC or in the time zone that is given.",
		InputSchema: json.RawMessage(`{"type":"object","properties":{"zone":{"type":"string","description":"A time zone by its IANA name, like Europe/Amsterdam"}},"additionalProperties":false}`),
	}, currentTime},
	{chat.Tool{
		Name: "calculate", Title: "Calculator",
		Description: "Calculates exactly, with decimal numbers. Use it for every calculation, however simple. It knows + - * / % (remainder) ^ (power), parentheses, and abs, ceil, exp, floor, ln, log10, max, min, pow, round (with the number of decimals as second argument) and sqrt.",
		InputSchema: json.RawMessage(`{"type":"object","properties":{"expression":{"type":"string","maxLength":1000,"description":"Like round(19.99 * 3 / 1.21, 2)"}},"required":["expression"],"additionalProperties":false}`),
	}, calculated},
}

// BuiltIns are the tools that Parley brings along, ready to be part of an agent.
func BuiltIns() []chat.Tool {
	tools := make([]chat.Tool, len(builtIns))
	for i, b := range builtIns {
		tools[i] = b.definition
		tools[i].Kind, tools[i].Class = chat.ToolBuiltIn, chat.ClassRead
		tools[i].Policy = chat.ToolPolicy{Default: chat.DecideAllow}
	}
	return tools
}

func runBuiltIn(call Call) Outcome {
	for _, b := range builtIns {
		if b.definition.Name != call.Tool.Name {
			continue
		}
		value, err := b.run(call.Arguments)
		if err != nil {
			return failed(err)
		}
		return succeeded(value)
	}
	return failed(errors.New("the tool is not there any more"))
}

func currentTime(arguments json.RawMessage) (any, error) {
	var in struct {
		Zone string `json:"zone"`
	}
	if err := json.Unmarshal(arguments, &in); err != nil {
		return nil, ErrNotJSON
	}
	zone, err := time.LoadLocation(in.Zone)
	if err != nil || in.Zone == "Local" {
		return nil, errors.New("there is no such time zone: give one by its IANA name, like Europe/Amsterdam")
	}
	now := time.Now().In(zone)
	return map[string]string{
		"time": now.Format(time.RFC3339), "weekday": now.Weekday().String(),
		"zone": zone.String(), "utcOffset": now.Format("-07:00"),
	}, nil
}

func calculated(arguments json.RawMessage) (any, error) {
	var in struct {
		Expression string `json:"expression"`
	}
	if err := json.Unmarshal(arguments, &in); err != nil {
		return nil, ErrNotJSON
	}
	result, err := calculate(in.Expression)
	return map[string]json.Number{"result": json.Number(result)}, err
}
