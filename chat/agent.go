package chat

import "strings"

// AgentConfig is everything a tenant decides about an agent. Publishing freezes
// a copy as an agent version, and a turn pins one version for its whole life.
type AgentConfig struct {
	// Instructions is the system prompt.
	Instructions string `json:"instructions"`
	// Model is the provider's name for the model; "" means the tenant's default.
	Model string `json:"model"`
	// FallbackModels are asked in turn while the model before them is down.
	FallbackModels []string `json:"fallbackModels,omitempty"`
	// MaxOutputTokens bounds one answer; 0 leaves it to the provider.
	MaxOutputTokens int `json:"maxOutputTokens"`
	// MaxSteps bounds how often the model is asked for one answer; 0 means
	// DefaultMaxSteps. The last time it is offered no tools.
	MaxSteps int `json:"maxSteps,omitempty"`
	// MaxCostMicros ends an answer that has cost as much, in millionths of a US dollar;
	// 0: nothing does.
	MaxCostMicros int64 `json:"maxCostMicros,omitempty"`
	// Greeting is shown before the first message, from the widget alone.
	Greeting string `json:"greeting"`
	// StarterPrompts are offered as buttons on an empty conversation, at most 6.
	StarterPrompts []string `json:"starterPrompts"`
	// Suggestions asks for up to three follow-up questions after each answer.
	Suggestions bool `json:"suggestions"`
	// Output is the form of the answers.
	Output Output `json:"output,omitzero"`
	// Recovery is what becomes of an answer whose server dies in mid-sentence; "" is
	// RecoverResume.
	Recovery Recovery `json:"recovery,omitempty"`
	// Tools are what the agent can have done.
	Tools []Tool `json:"tools,omitempty"`
	// Human is how conversations are given to people, Handoffs to which other agents.
	Human    HumanHandoff   `json:"human,omitzero"`
	Handoffs []AgentHandoff `json:"handoffs,omitempty"`
	// Guardrails check what is said on both sides.
	Guardrails Guardrails `json:"guardrails,omitzero"`
	// AllowedOrigins lists the web origins (scheme://host[:port]) whose pages may
	// show the widget. Empty means none.
	AllowedOrigins []string   `json:"allowedOrigins"`
	Appearance     Appearance `json:"appearance"`
}

// DefaultMaxSteps and MostSteps bound how often a model is asked for one answer.
const (
	DefaultMaxSteps = 20
	MostSteps       = 50
)

// Recovery is a way to go on with an answer that was interrupted.
type Recovery string

const (
	// RecoverResume has the provider keep each answer for a while, so that another
	// server reads on in it: nothing is shown twice, and it is paid once.
	RecoverResume Recovery = "resume"
	// RecoverRegenerate asks the provider to keep nothing. What was shown is taken
	// back and the model is asked anew, which is paid again.
	RecoverRegenerate Recovery = "regenerate"
)

// Appearance is how the widget looks where the snippet says nothing.
type Appearance struct {
	Title    string `json:"title"`
	Subtitle string `json:"subtitle"`
	Color    string `json:"color"`    // #rrggbb
	Position string `json:"position"` // bottom-right | bottom-left
	Theme    string `json:"theme"`    // light | dark | auto
	IconURL  string `json:"iconUrl"`
}

// AllowsOrigin reports whether a page of that origin may show the widget.
func (c AgentConfig) AllowsOrigin(origin string) bool {
	for _, allowed := range c.AllowedOrigins {
		if strings.EqualFold(allowed, origin) {
			return true
		}
	}
	return false
}
