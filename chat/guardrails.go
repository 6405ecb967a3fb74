package chat

// Guardrails are the checks of what is said to an agent and by it.
type Guardrails struct {
	Moderation Moderation `json:"moderation,omitzero"`
	// BlockedTopics are what the agent does not talk about.
	BlockedTopics []BlockedTopic `json:"blockedTopics,omitempty"`
	// TopicMessage is what the visitor reads instead of an answer about one of them; "" is
	// DefaultBlockedMessage.
	TopicMessage string    `json:"topicMessage,omitempty"`
	Redact       Redaction `json:"redact,omitzero"`
	// WhenDown is what becomes of an answer while a check cannot be made; "" is DownBlock.
	WhenDown WhenDown `json:"whenDown,omitempty"`
}

// Moderation has the provider judge what is said.
type Moderation struct {
	// Input has the visitor's messages judged before anything of an answer is shown.
	Input bool `json:"input,omitempty"`
	// Output has the answer judged, piece by piece, before each of them is shown.
	Output bool `json:"output,omitempty"`
	// Model is the provider's name for the judge; "" is DefaultModerationModel.
	Model string `json:"model,omitempty"`
	// Thresholds are the scores, by category, from which on something is blocked, and
	// then they alone count. Empty leaves the verdict to the provider.
	Thresholds map[string]float64 `json:"thresholds,omitempty"`
	// Message is what the visitor reads instead; "" is DefaultBlockedMessage.
	Message string `json:"message,omitempty"`
}

// DefaultModerationModel is OpenAI's.
const DefaultModerationModel = "omni-moderation-latest"

// DefaultBlockedMessage is what a visitor reads where nobody has written anything else.
const DefaultBlockedMessage = "I cannot help with this. Please ask me something else."

// BlockedTopic is something that an agent does not talk about.
type BlockedTopic struct {
	Name string `json:"name" minLength:"1" maxLength:"80" doc:"For the team alone."`
	// Phrases block by themselves, in questions and in answers.
	Phrases []string `json:"phrases,omitempty" maxItems:"50" doc:"Block a question, or an answer, that has one of them in it as whole words, whatever their case and accents. A word that ends in * stands for all that begin so. At most 100 characters and 8 words each."`
	// Description lets the model judge whether a question is about it.
	Description string `json:"description,omitempty" maxLength:"500" doc:"What the topic is about. The agent's model judges each question by it, in a call of its own."`
}

// Redaction replaces personal data before it is stored.
type Redaction struct {
	Kinds []RedactKind `json:"kinds,omitempty"`
	// Answers has it done to what the agent says as well.
	Answers bool `json:"answers,omitempty"`
}

// RedactKind is a kind of personal data that is known by its form.
type RedactKind string

// The kinds of personal data.
const (
	RedactEmail RedactKind = "email"
	RedactPhone RedactKind = "phone"
	RedactCard  RedactKind = "card"
	RedactIBAN  RedactKind = "iban"
)

// WhenDown is what becomes of an answer while a check cannot be made.
type WhenDown string

// What can become of it.
const (
	DownBlock WhenDown = "block" // it is tried again for a while, and then there is none
	DownAllow WhenDown = "allow" // it is given unchecked
)

// Stage says which side of a conversation was blocked.
type Stage string

// The sides of a conversation.
const (
	StageInput  Stage = "input"  // what the visitor has said
	StageOutput Stage = "output" // what the model has answered
)

// Check names what has blocked something.
type Check string

// The checks that block.
const (
	CheckModeration Check = "moderation"
	CheckPhrase     Check = "phrase"
	CheckTopic      Check = "topic" // judged by the model
)

// Blocked says why an answer was not given, or not to its end. It is for the team:
// visitors are told that it was, and not why.
type Blocked struct {
	Stage      Stage    `json:"stage" enum:"input,output"`
	Check      Check    `json:"check" enum:"moderation,phrase,topic"`
	Topic      string   `json:"topic,omitempty" doc:"The name of the blocked topic."`
	Categories []string `json:"categories,omitempty" doc:"What the moderation has found."`
}

// BlockedNotice is the data of a ChunkBlocked and of its stored part: what visitors
// may know. The messages that it names are kept from the model from then on.
type BlockedNotice struct {
	Stage      Stage       `json:"stage"`
	MessageIDs []MessageID `json:"messageIds,omitempty"`
}

// Sentence is what the visitor reads instead of what was blocked.
func (g Guardrails) Sentence(blocked Blocked) string {
	said := g.TopicMessage
	if blocked.Check == CheckModeration {
		said = g.Moderation.Message
	}
	if said == "" {
		return DefaultBlockedMessage
	}
	return said
}

// Judged are the topics that the model judges questions by.
func (g Guardrails) Judged() (topics []BlockedTopic) {
	for _, topic := range g.BlockedTopics {
		if topic.Description != "" {
			topics = append(topics, topic)
		}
	}
	return topics
}

// NoTopic is what the judge says of a question that is about none of the topics, so that
// no topic may be called so.
const NoTopic = "none"
