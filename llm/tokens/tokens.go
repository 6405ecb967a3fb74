// Package tokens fits a conversation into a model's context window.
package tokens

import (
	"slices"
	"strings"
	"sync"

	"github.com/tiktoken-go/tokenizer"

	"github.com/parley-chat/parley/chat"
	"github.com/parley-chat/parley/llm"
	"github.com/parley-chat/parley/llm/internal/family"
)

const (
	// unknownWindow is the window, in tokens, of a model that is not in the
	// table. Most models that people run themselves can read at least so much.
	unknownWindow = 16_384
	// perMessage is what marks a message off from the next, in tokens.
	perMessage = 4
	// answerShare is the part of the window that is kept for the answer where
	// the request sets no bound to it, and answerMost its upper limit.
	answerShare = 4
	answerMost  = 32_768
)

// windows are the context windows of model families, in tokens.
var windows = map[string]int{
	"parley-simulator": 128_000,

	// The newest can read a million, at twice the price beyond a quarter of it.
	"gpt-6": 400_000, "gpt-6.1": 400_000,
	"gpt-5": 400_000, "gpt-5.1": 400_000, "gpt-5.2": 400_000, "gpt-5.3": 400_000,
	"gpt-5.4": 400_000, "gpt-5.5": 400_000, "gpt-5.6": 400_000,
	"gpt-5-chat": 128_000, "gpt-5.1-chat": 128_000, "gpt-5.2-chat": 128_000, "gpt-5.3-chat": 128_000,

	"gpt-4.1": 1_047_576,
	"gpt-4o":  128_000, "chatgpt-4o": 128_000,
	"gpt-4-turbo": 128_000, "gpt-4-1106": 128_000, "gpt-4-0125": 128_000,
	"gpt-4-32k": 32_768, "gpt-4": 8_192,
	"gpt-3.5-turbo": 16_385,
	"gpt-oss":       131_072,

	"o1": 200_000, "o1-mini": 128_000, "o1-preview": 128_000,
	"o3": 200_000, "o4": 200_000,
}

// Window is how many tokens of question and answer together the model can hold.
func Window(model string) int {
	if window, ok := family.Find(windows, model); ok {
		return window
	}
	return unknownWindow
}

// Budget is how many tokens a request may have, so that room is left for an
// answer of up to maxOutput tokens; 0 leaves a sensible room.
func Budget(model string, maxOutput int) int {
	window := Window(model)
	if maxOutput <= 0 {
		return window - min(window/answerShare, answerMost)
	}
	return max(window-maxOutput, window/answerShare)
}

// olderFamilies are tokenised by cl100k_base, all others by o200k_base or by
// something that it estimates well.
var olderFamilies = map[string]bool{
	"gpt-4": true, "gpt-3.5-turbo": true, "text-embedding-3": true, "text-embedding-ada": true,
}

// Tokenizers take tens of megabytes and a noticeable moment to load, so each is
// loaded when it is first needed, which is in conversations that may really be
// too long, and kept.
var (
	loadNewer = sync.OnceValue(func() tokenizer.Codec { return load(tokenizer.O200kBase) })
	loadOlder = sync.OnceValue(func() tokenizer.Codec { return load(tokenizer.Cl100kBase) })
)

func load(encoding tokenizer.Encoding) tokenizer.Codec {
	codec, err := tokenizer.Get(encoding)
	if err != nil {
		panic(err) // both encodings are part of the library
	}
	return codec
}

// Count is how many tokens the model makes of the text. For models of other
// vendors it is an estimate.
func Count(model, text string) int {
	codec := loadNewer
	if _, older := family.Find(olderFamilies, model); older {
		codec = loadOlder
	}
	count, err := codec().Count(text)
	if err != nil {
		return len(text) // no text has more tokens than bytes
	}
	return count
}

// perToken is how many bytes of text a token takes at least, in the mean. English
// has four, other scripts come near three.
const perToken = 3

// Estimate is about how many tokens the texts have, rather too many than too few.
// It costs nothing, where Count would load a tokenizer.
func Estimate(instructions string, messages []llm.Message) int {
	return upperBound(instructions, messages)/perToken + 1
}

// Trim drops the oldest messages until instructions and messages together fit
// into so many tokens. It never drops the last message of the user, without
// which there is nothing to answer, even if that does not fit. An answer whose
// question is dropped goes as well. The messages given stay as they are; the
// result may share their memory.
func Trim(model string, budget int, instructions string, messages []llm.Message) []llm.Message {
	if upperBound(instructions, messages) <= budget {
		return messages
	}
	last := lastOfUser(messages)
	left := budget - Count(model, instructions) - perMessage
	if last >= 0 {
		left -= Count(model, wording(messages[last])) + perMessage
	}
	first := firstThatFits(model, left, messages, last)
	for first < len(messages) && first > 0 && follows(messages[first]) {
		first++
	}
	if last < 0 || first <= last {
		return messages[first:]
	}
	return append([]llm.Message{messages[last]}, messages[first:]...)
}

// follows reports whether the message means nothing without the one before it.
func follows(message llm.Message) bool {
	return message.Role == chat.RoleAssistant || message.CallID != ""
}

// wording is everything in a message that the model has to read.
func wording(message llm.Message) string {
	var text strings.Builder
	text.WriteString(message.Text)
	for _, call := range message.Calls {
		text.WriteString(call.Name + call.Arguments)
	}
	return text.String()
}

// firstThatFits walks from the newest message to the oldest while they fit into
// what is left, and gives the position where the kept ones begin. The message
// at the position kept is paid for already.
func firstThatFits(model string, left int, messages []llm.Message, kept int) int {
	for i, message := range slices.Backward(messages) {
		if i == kept {
			continue
		}
		left -= perMessage
		if left <= 0 {
			return i + 1
		}
		if left -= Count(model, wording(message)); left < 0 {
			return i + 1
		}
	}
	return 0
}

// upperBound is the most tokens that the texts can have: none has more than
// bytes. It spares nearly every conversation the tokenizer.
func upperBound(instructions string, messages []llm.Message) int {
	bound := len(instructions) + perMessage
	for _, message := range messages {
		bound += len(wording(message)) + perMessage
	}
	return bound
}

func lastOfUser(messages []llm.Message) int {
	for i, message := range slices.Backward(messages) {
		if message.Role == chat.RoleUser {
			return i
		}
	}
	return -1
}
