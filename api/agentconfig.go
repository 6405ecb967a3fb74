package api

import (
	"cmp"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/parley-chat/parley/chat"
)

// AgentConfig is everything that a tenant decides about an agent.
type AgentConfig struct {
	Instructions    string              `json:"instructions" doc:"The system prompt."`
	Model           string              `json:"model" doc:"The provider's name for the model; empty for the workspace's default."`
	FallbackModels  []string            `json:"fallbackModels" doc:"Models of the same account that are asked in turn while the one before them is down."`
	MaxOutputTokens int                 `json:"maxOutputTokens" doc:"Bounds one answer; 0 leaves it to the provider."`
	MaxSteps        int                 `json:"maxSteps" doc:"How often the model may be asked for one answer; 0: 20. The last time it is offered no tools, so that it comes to an end. What the visitor writes meanwhile is answered all the same."`
	MaxCostMicros   int64               `json:"maxCostMicros" doc:"Ends an answer that has cost as much, in millionths of a US dollar, by our list of prices; 0: no answer is too expensive. Before that the model is asked to come to an end."`
	Greeting        string              `json:"greeting" doc:"Shown before the first message, by the widget alone."`
	StarterPrompts  []string            `json:"starterPrompts" doc:"Buttons on an empty conversation."`
	Suggestions     bool                `json:"suggestions" doc:"Offer up to three follow-up questions after each answer."`
	Output          chat.Output         `json:"output" doc:"The form of the answers."`
	Recovery        chat.Recovery       `json:"recovery" enum:"resume,regenerate" doc:"What becomes of an answer whose server dies in mid-sentence. resume: the provider keeps answers for a while (store), so that it goes on where it was, paid once. regenerate: the provider keeps nothing; the text is taken back and asked for again, paid twice. Chat Completions always regenerates."`
	Tools           []chat.Tool         `json:"tools" doc:"What the agent can have done."`
	Human           chat.HumanHandoff   `json:"human" doc:"How conversations are given to people."`
	Handoffs        []chat.AgentHandoff `json:"handoffs" doc:"Other agents that this one may give a conversation to."`
	Guardrails      Guardrails          `json:"guardrails"`
	AllowedOrigins  []string            `json:"allowedOrigins" doc:"Web origins whose pages may show the widget; none when empty."`
	Appearance      Appearance          `json:"appearance"`
}

// Appearance is how the widget looks where the snippet says nothing.
type Appearance struct {
	Title    string `json:"title"`
	Subtitle string `json:"subtitle"`
	Color    string `json:"color" doc:"#rrggbb; empty for the default."`
	Position string `json:"position" enum:"bottom-right,bottom-left"`
	Theme    string `json:"theme" enum:"light,dark,auto"`
	IconURL  string `json:"iconUrl" doc:"An https image; empty for the default."`
}

// AgentConfigInput changes the fields that it has.
type AgentConfigInput struct {
	Instructions    *string              `json:"instructions,omitempty" maxLength:"20000"`
	Model           *string              `json:"model,omitempty" maxLength:"200"`
	FallbackModels  *[]string            `json:"fallbackModels,omitempty" maxItems:"4"`
	MaxOutputTokens *int                 `json:"maxOutputTokens,omitempty" minimum:"0" maximum:"200000"`
	MaxSteps        *int                 `json:"maxSteps,omitempty" minimum:"0" maximum:"50"`
	MaxCostMicros   *int64               `json:"maxCostMicros,omitempty" minimum:"0" maximum:"1000000000"`
	Greeting        *string              `json:"greeting,omitempty" maxLength:"1000"`
	StarterPrompts  *[]string            `json:"starterPrompts,omitempty" maxItems:"6" doc:"At most 200 characters each."`
	Suggestions     *bool                `json:"suggestions,omitempty"`
	Output          *chat.Output         `json:"output,omitempty" doc:"The form of the answers."`
	Recovery        *chat.Recovery       `json:"recovery,omitempty" enum:"resume,regenerate"`
	Tools           *[]chat.Tool         `json:"tools,omitempty" maxItems:"64" doc:"What the agent can have done: all of it, in place of what there is."`
	Human           *chat.HumanHandoff   `json:"human,omitempty"`
	Handoffs        *[]chat.AgentHandoff `json:"handoffs,omitempty" maxItems:"20" doc:"All of them, in place of what there is."`
	Guardrails      *Guardrails          `json:"guardrails,omitempty" doc:"All of them, in place of what there is."`
	AllowedOrigins  *[]string            `json:"allowedOrigins,omitempty" maxItems:"100" doc:"scheme://host or scheme://host:port, http or https." example:"[\"https://www.example.com\"]"`
	Appearance      *AppearanceInput     `json:"appearance,omitempty"`
}

// AppearanceInput changes the fields that it has.
type AppearanceInput struct {
	Title    *string `json:"title,omitempty" maxLength:"80"`
	Subtitle *string `json:"subtitle,omitempty" maxLength:"160"`
	Color    *string `json:"color,omitempty" pattern:"^(#[0-9a-fA-F]{6})?$" patternDescription:"#rrggbb, or nothing"`
	Position *string `json:"position,omitempty" enum:"bottom-right,bottom-left"`
	Theme    *string `json:"theme,omitempty" enum:"light,dark,auto"`
	IconURL  *string `json:"iconUrl,omitempty" maxLength:"2000"`
}

func agentConfigOf(config chat.AgentConfig) AgentConfig {
	return AgentConfig{
		Instructions:    config.Instructions,
		Model:           config.Model,
		FallbackModels:  orEmpty(config.FallbackModels),
		MaxOutputTokens: config.MaxOutputTokens,
		MaxSteps:        config.MaxSteps,
		MaxCostMicros:   config.MaxCostMicros,
		Greeting:        config.Greeting,
		StarterPrompts:  orEmpty(config.StarterPrompts),
		Suggestions:     config.Suggestions,
		Output:          outputOf(config.Output),
		Recovery:        cmp.Or(config.Recovery, chat.RecoverResume),
		Tools:           orEmpty(config.Tools),
		Human:           config.Human,
		Handoffs:        orEmpty(config.Handoffs),
		Guardrails:      guardrailsOf(config.Guardrails),
		AllowedOrigins:  orEmpty(config.AllowedOrigins),
		Appearance:      Appearance(config.Appearance),
	}
}

// orEmpty makes a missing list an empty one, which is what JSON shall say.
func orEmpty[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}

// newAgentConfig is what an agent has before anybody has decided anything. It is
// shown nowhere yet: no origin is allowed.
func newAgentConfig(name string) chat.AgentConfig {
	return chat.AgentConfig{
		Instructions:   "You are a helpful assistant. Answer briefly and truthfully, and say so when you do not know.",
		Greeting:       "Hello! How can I help you?",
		StarterPrompts: []string{}, AllowedOrigins: []string{},
		Appearance: chat.Appearance{Title: name, Color: "#5b4be1", Position: "bottom-right", Theme: "auto"},
	}
}

// apply changes the fields that the input has. at is where it stands in the
// request.
func (in *AgentConfigInput) apply(to *chat.AgentConfig, at string) error {
	if in == nil {
		return nil
	}
	if err := in.check(at); err != nil {
		return err
	}
	set(&to.MaxOutputTokens, in.MaxOutputTokens)
	set(&to.MaxSteps, in.MaxSteps)
	set(&to.MaxCostMicros, in.MaxCostMicros)
	set(&to.Suggestions, in.Suggestions)
	setOutput(&to.Output, in.Output)
	set(&to.Recovery, in.Recovery)
	set(&to.Tools, in.Tools)
	set(&to.Human, in.Human)
	set(&to.Handoffs, in.Handoffs)
	if in.Guardrails != nil {
		to.Guardrails = in.Guardrails.domain()
	}
	setText(&to.Instructions, in.Instructions)
	setText(&to.Model, in.Model)
	setText(&to.Greeting, in.Greeting)
	setTexts(&to.StarterPrompts, in.StarterPrompts)
	setTexts(&to.FallbackModels, in.FallbackModels)
	setTexts(&to.AllowedOrigins, in.AllowedOrigins)
	if look := in.Appearance; look != nil {
		setText(&to.Appearance.Title, look.Title)
		setText(&to.Appearance.Subtitle, look.Subtitle)
		setText(&to.Appearance.Color, look.Color)
		setText(&to.Appearance.Position, look.Position)
		setText(&to.Appearance.Theme, look.Theme)
		setText(&to.Appearance.IconURL, look.IconURL)
	}
	return nil
}

func set[T any](to *T, wanted *T) {
	if wanted != nil {
		*to = *wanted
	}
}

func setText(to *string, wanted *string) {
	if wanted != nil {
		*to = chat.CleanText(*wanted)
	}
}

func setName(to *string, wanted *string) (err error) {
	if wanted != nil {
		*to, err = cleanName(*wanted)
	}
	return err
}

// cleanName gives a name as it is stored, which has something in it to see.
func cleanName(text string) (string, error) {
	name := strings.TrimSpace(chat.CleanText(text))
	if name == "" {
		return "", chat.NewError(chat.CodeInvalid, "The name is blank.").At("body.name")
	}
	return name, nil
}

func setTexts(to *[]string, wanted *[]string) {
	if wanted == nil {
		return
	}
	*to = make([]string, len(*wanted))
	for i, text := range *wanted {
		(*to)[i] = chat.CleanText(strings.TrimSpace(text))
	}
}

const starterLength = 200

// check says what a schema cannot.
func (in *AgentConfigInput) check(at string) error {
	if in.StarterPrompts != nil {
		for i, prompt := range *in.StarterPrompts {
			if strings.TrimSpace(prompt) == "" || utf8.RuneCountInString(prompt) > starterLength {
				return chat.Errorf(chat.CodeInvalid, "A starter prompt has 1 to %d characters.", starterLength).
					At(fmt.Sprintf("%s.starterPrompts[%d]", at, i))
			}
		}
	}
	if in.Tools != nil {
		if err := checkTools(*in.Tools, at+".tools"); err != nil {
			return err
		}
	}
	if err := in.checkHandoffs(at); err != nil {
		return err
	}
	if err := checkOutput(in.Output, at+".output"); err != nil {
		return err
	}
	if err := in.Guardrails.check(at + ".guardrails"); err != nil {
		return err
	}
	if err := checkFallbacks(in.FallbackModels, at+".fallbackModels"); err != nil {
		return err
	}
	if err := in.checkOrigins(at + ".allowedOrigins"); err != nil {
		return err
	}
	if look := in.Appearance; look != nil && look.IconURL != nil && *look.IconURL != "" && !isImageURL(*look.IconURL) {
		return chat.NewError(chat.CodeInvalid, "The icon must be an https address.").At(at + ".appearance.iconUrl")
	}
	return nil
}

func (in *AgentConfigInput) checkOrigins(at string) error {
	if in.AllowedOrigins == nil {
		return nil
	}
	for i, origin := range *in.AllowedOrigins {
		place := fmt.Sprintf("%s[%d]", at, i)
		if fault := checkOrigin(strings.TrimSpace(origin)); fault != "" {
			return chat.NewError(chat.CodeInvalid, fault).At(place)
		}
		if slices.Contains((*in.AllowedOrigins)[:i], origin) {
			return chat.NewError(chat.CodeInvalid, "The origin is in the list already.").At(place)
		}
	}
	return nil
}

// checkOrigin tells what keeps a text from being a web origin as browsers write
// it, or gives "".
func checkOrigin(text string) string {
	parsed, err := url.Parse(text)
	switch {
	case err != nil || parsed.Host == "" || (parsed.Scheme != "http" && parsed.Scheme != "https"):
		return "An origin is scheme://host or scheme://host:port, with http or https."
	case parsed.Scheme+"://"+parsed.Host != text || parsed.User != nil:
		return "An origin has no path, query or user: " + parsed.Scheme + "://" + parsed.Host
	case text != strings.ToLower(text):
		return "An origin is written in lower case."
	case strings.ContainsAny(parsed.Host, "*,; '\""):
		return "An origin names one host; wildcards are not supported."
	case parsed.Scheme == "https" && parsed.Port() == "443", parsed.Scheme == "http" && parsed.Port() == "80":
		return "Browsers leave the scheme's own port out of an origin."
	}
	return ""
}

func isImageURL(text string) bool {
	parsed, err := url.Parse(text)
	return err == nil && parsed.Scheme == "https" && parsed.Host != ""
}
