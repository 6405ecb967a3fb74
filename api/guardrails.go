package api

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/parley-chat/parley/chat"
	"github.com/parley-chat/parley/screen"
)

// Guardrails are the checks of what is said to an agent and by it.
type Guardrails struct {
	Moderation    Moderation          `json:"moderation" required:"false" doc:"Has the provider judge what is said, at its moderations endpoint."`
	BlockedTopics []chat.BlockedTopic `json:"blockedTopics" required:"false" nullable:"false" maxItems:"20" doc:"What the agent does not talk about."`
	TopicMessage  string              `json:"topicMessage" required:"false" maxLength:"500" doc:"What the visitor reads instead of an answer about a blocked topic; empty for a sentence of ours."`
	Redact        Redaction           `json:"redact" required:"false"`
	WhenDown      chat.WhenDown       `json:"whenDown" required:"false" enum:"block,allow" doc:"What becomes of an answer while a check cannot be made. block: it is tried again for a while, then the visitor is told; the default. allow: it is given unchecked."`
}

// Moderation has the provider judge what is said.
type Moderation struct {
	Input      bool               `json:"input" required:"false" doc:"Judge the visitor's messages. The model is asked meanwhile, and nothing of its answer is shown before."`
	Output     bool               `json:"output" required:"false" doc:"Judge the answer, about a sentence at a time, before it is shown."`
	Model      string             `json:"model" required:"false" maxLength:"200" doc:"The provider's name for the judge; empty for omni-moderation-latest."`
	Thresholds map[string]float64 `json:"thresholds" required:"false" nullable:"false" doc:"Scores above 0 and up to 1, by category, from which on something is blocked; then they alone count. Empty leaves the verdict to the provider." example:"{\"violence\":0.5}"`
	Message    string             `json:"message" required:"false" maxLength:"500" doc:"What the visitor reads instead; empty for a sentence of ours."`
}

// Redaction replaces personal data before it is stored.
type Redaction struct {
	Kinds   []chat.RedactKind `json:"kinds" required:"false" nullable:"false" maxItems:"4" enum:"email,phone,card,iban" doc:"What is replaced in the visitor's messages before they are stored, or a model sees them."`
	Answers bool              `json:"answers" required:"false" doc:"Replace it in answers as well."`
}

func guardrailsOf(g chat.Guardrails) Guardrails {
	thresholds := g.Moderation.Thresholds
	if thresholds == nil {
		thresholds = map[string]float64{}
	}
	return Guardrails{
		Moderation: Moderation{
			Input: g.Moderation.Input, Output: g.Moderation.Output, Model: g.Moderation.Model,
			Thresholds: thresholds, Message: g.Moderation.Message,
		},
		BlockedTopics: orEmpty(g.BlockedTopics), TopicMessage: g.TopicMessage,
		Redact:   Redaction{Kinds: orEmpty(g.Redact.Kinds), Answers: g.Redact.Answers},
		WhenDown: cmp.Or(g.WhenDown, chat.DownBlock),
	}
}

// domain gives the guardrails as they are stored.
func (g *Guardrails) domain() chat.Guardrails {
	stored := chat.Guardrails{
		Moderation: chat.Moderation{
			Input: g.Moderation.Input, Output: g.Moderation.Output, Model: chat.CleanText(g.Moderation.Model),
			Message: chat.CleanText(g.Moderation.Message),
		},
		TopicMessage: chat.CleanText(g.TopicMessage), WhenDown: g.WhenDown,
		Redact: chat.Redaction{Kinds: g.Redact.Kinds, Answers: g.Redact.Answers},
	}
	if len(g.Moderation.Thresholds) > 0 {
		stored.Moderation.Thresholds = g.Moderation.Thresholds
	}
	for _, topic := range g.BlockedTopics {
		clean := chat.BlockedTopic{Name: strings.TrimSpace(chat.CleanText(topic.Name)), Description: strings.TrimSpace(chat.CleanText(topic.Description))}
		setTexts(&clean.Phrases, &topic.Phrases)
		stored.BlockedTopics = append(stored.BlockedTopics, clean)
	}
	return stored
}

// Bounds of a blocked phrase and of what is set by category.
const (
	phraseLength  = 100
	phraseWords   = 8
	mostLimits    = 40
	categoryLimit = 80
)

// check says what a schema cannot.
func (g *Guardrails) check(at string) error {
	if g == nil {
		return nil
	}
	if err := checkThresholds(g.Moderation.Thresholds, at+".moderation.thresholds"); err != nil {
		return err
	}
	for i, kind := range g.Redact.Kinds {
		if slices.Contains(g.Redact.Kinds[:i], kind) {
			return chat.NewError(chat.CodeInvalid, "It is in the list already.").At(fmt.Sprintf("%s.redact.kinds[%d]", at, i))
		}
	}
	var names []string
	for i, topic := range g.BlockedTopics {
		place := fmt.Sprintf("%s.blockedTopics[%d]", at, i)
		if err := checkTopic(topic, names, place); err != nil {
			return err
		}
		names = append(names, foldedName(topic))
	}
	return nil
}

func foldedName(topic chat.BlockedTopic) string {
	return strings.ToLower(strings.TrimSpace(topic.Name))
}

func checkThresholds(thresholds map[string]float64, at string) error {
	if len(thresholds) > mostLimits {
		return chat.Errorf(chat.CodeInvalid, "There are at most %d thresholds.", mostLimits).At(at)
	}
	for category, limit := range thresholds {
		if strings.TrimSpace(category) == "" || len(category) > categoryLimit || chat.CleanText(category) != category {
			return chat.Errorf(chat.CodeInvalid, "A category has 1 to %d characters.", categoryLimit).At(at)
		}
		if !(limit > 0 && limit <= 1) {
			return chat.NewError(chat.CodeInvalid, "A threshold is above 0, and 1 at most.").At(at + "." + category)
		}
	}
	return nil
}

func checkTopic(topic chat.BlockedTopic, names []string, at string) error {
	name := foldedName(topic)
	switch {
	case name == "":
		return chat.NewError(chat.CodeInvalid, "The name is blank.").At(at + ".name")
	case name == chat.NoTopic:
		return chat.NewError(chat.CodeInvalid, "This name stands for no topic at all. Choose another one.").At(at + ".name")
	case slices.Contains(names, name):
		return chat.NewError(chat.CodeInvalid, "Another topic has this name.").At(at + ".name")
	case len(topic.Phrases) == 0 && strings.TrimSpace(topic.Description) == "":
		return chat.NewError(chat.CodeInvalid, "A topic needs phrases, or a description for the model to judge by.").At(at)
	}
	for i, phrase := range topic.Phrases {
		words := len(screen.Words(phrase))
		if words == 0 || words > phraseWords || utf8.RuneCountInString(phrase) > phraseLength {
			return chat.Errorf(chat.CodeInvalid, "A phrase has 1 to %d words and at most %d characters.", phraseWords, phraseLength).
				At(fmt.Sprintf("%s.phrases[%d]", at, i))
		}
	}
	return nil
}

const modelNameLength = 200

// checkFallbacks wants names, each of them once.
func checkFallbacks(names *[]string, at string) error {
	if names == nil {
		return nil
	}
	for i, name := range *names {
		place := fmt.Sprintf("%s[%d]", at, i)
		if strings.TrimSpace(name) == "" || utf8.RuneCountInString(name) > modelNameLength {
			return chat.Errorf(chat.CodeInvalid, "A model's name has 1 to %d characters.", modelNameLength).At(place)
		}
		if slices.Contains((*names)[:i], name) {
			return chat.NewError(chat.CodeInvalid, "The model is in the list already.").At(place)
		}
	}
	return nil
}
