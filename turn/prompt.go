package turn

import (
	"encoding/json"
	"slices"

	"github.com/parley-chat/parley/chat"
	"github.com/parley-chat/parley/db"
	"github.com/parley-chat/parley/llm"
)

// prompt puts a conversation into the order in which it was heard. A message
// that came in while an answer was being given stands where the answer took it
// in, not where it was stored.
func prompt(newestFirst []db.PromptMessagesRow, current []chat.Part) []llm.Message {
	var p prompter
	p.texts, p.steered = map[chat.MessageID]string{}, map[chat.MessageID]bool{}
	for _, message := range newestFirst {
		p.texts[message.ID] = chat.Text(message.Parts)
		p.noteSteered(message.Parts)
	}
	p.noteSteered(current)
	for _, message := range slices.Backward(newestFirst) {
		switch {
		case message.Role == chat.RoleAssistant:
			p.answer(message.Parts)
		case !p.steered[message.ID]:
			p.say(chat.RoleUser, p.texts[message.ID])
		}
	}
	p.answer(current)
	return p.messages
}

type prompter struct {
	messages []llm.Message
	texts    map[chat.MessageID]string
	steered  map[chat.MessageID]bool
}

func (p *prompter) say(role chat.Role, text string) {
	if text != "" {
		p.messages = append(p.messages, llm.Message{Role: role, Text: text})
	}
}

func (p *prompter) answer(parts []chat.Part) {
	from := 0
	for i, part := range parts {
		if part.Type != chat.PartSteer {
			continue
		}
		p.say(chat.RoleAssistant, chat.Text(parts[from:i]))
		for _, id := range steeredBy(part) {
			p.say(chat.RoleUser, p.texts[id])
		}
		from = i + 1
	}
	p.say(chat.RoleAssistant, chat.Text(parts[from:]))
}

func (p *prompter) noteSteered(parts []chat.Part) {
	for _, part := range parts {
		for _, id := range steeredBy(part) {
			p.steered[id] = true
		}
	}
}

func steeredBy(part chat.Part) []chat.MessageID {
	var steer chat.Steer
	if part.Type != chat.PartSteer || json.Unmarshal(part.Data, &steer) != nil {
		return nil
	}
	return steer.MessageIDs
}
