package simulator_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/llm/simulator"
)

// TestCallsWhatItIsOffered: a new user sees a tool at work without a model.
func TestCallsWhatItIsOffered(t *testing.T) {
	t.Parallel()
	calculate, clock := object{"type": "function", "name": "calculate"}, object{"type": "function", "name": "current_time"}
	for name, c := range map[string]struct {
		question  string
		tools     []object
		call      string
		arguments string
	}{
		"a sum":                 {"What is 12 * 37?", []object{calculate, clock}, "calculate", `{"expression":"12 * 37"}`},
		"a price":               {"How much is 1,999.50 x 3 + 4?", []object{calculate}, "calculate", `{"expression":"1999.50 * 3 + 4"}`},
		"the clock":             {"What time is it?", []object{calculate, clock}, "current_time", `{}`},
		"a sign":                {"How much is -5 + 3?", []object{calculate}, "calculate", `{"expression":"-5 + 3"}`},
		"no spaces":             {"what's 2+3", []object{calculate}, "calculate", `{"expression":"2+3"}`},
		"brackets":              {"Calculate (1,000 - 10) × 2", []object{calculate}, "calculate", `{"expression":"(1000 - 10) * 2"}`},
		"within a sentence":     {"What do 3 x 19.99 mugs cost?", []object{calculate}, "calculate", `{"expression":"3 * 19.99"}`},
		"nothing that is asked": {"Do you ship on 12 May?", []object{calculate, clock}, "", ""},
		"no sum":                {"What is 24/7 support?", []object{calculate}, "", ""},
		"a span of days":        {"Are you open on 10-12 May?", []object{calculate}, "", ""},
		"a telephone number":    {"Call me at 555-1234.", []object{calculate}, "", ""},
		"nothing on offer":      {"What is 12 * 37?", nil, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, body := start(t, simulator.Config{}).call(http.MethodPost, "/v1/responses", object{"model": "m", "tools": c.tools, "input": c.question})
			if c.call == "" {
				require.Equal(t, "message", dig(body, "output", 0, "type"))
				return
			}
			require.Equal(t, c.call, dig(body, "output", 0, "name"))
			require.JSONEq(t, c.arguments, dig(body, "output", 0, "arguments").(string))
		})
	}
}

func TestTellsWhatItsCallsBring(t *testing.T) {
	t.Parallel()
	_, body := start(t, simulator.Config{}).call(http.MethodPost, "/v1/responses", object{"model": "m", "input": []object{
		{"role": "user", "content": "What is 12 * 37?"},
		{"type": "function_call", "call_id": "c1", "name": "calculate", "arguments": "{}"},
		{"type": "function_call_output", "call_id": "c1", "output": `{"result": 444}`},
	}})
	require.Contains(t, dig(body, "output", 0, "content", 0, "text"), "That makes **444**.")
}
