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
// in, not where it was stored. output is the form that the next answer has.
func prompt(newestFirst []db.PromptMessagesRow, current []chat.Part, output chat.Output) []llm.Message {
	p := prompter{output: output}
	p.texts, p.steered = map[chat.MessageID]string{}, map[chat.MessageID]bool{}
	for _, message := range newestFirst {
		p.texts[message.ID] = question(message.Parts)
		p.noteSteered(message.Parts)
	}
	p.noteSteered(current)
	for _, message := range newestFirst {
		p.withhold(message.Parts)
	}
	p.withhold(current)
	for _, message := range slices.Backward(newestFirst) {
		switch {
		case message.Author != "":
			p.say(chat.RoleAssistant, writtenBy(message.Author)+p.texts[message.ID])
		case message.Role == chat.RoleAssistant:
			p.answer(message.Parts)
		case !p.steered[message.ID]:
			p.say(chat.RoleUser, p.texts[message.ID])
		}
	}
	p.current = true
	p.answer(current)
	return p.heard()
}

// withheld stands for a message that a check has kept from the model, which has to know
// that something was said: its own next words answer it.
const withheld = "(The visitor has sent a message that you may not see.)"

// withhold leaves out what an answer was blocked for.
func (p *prompter) withhold(parts []chat.Part) {
	for _, part := range parts {
		for _, id := range withheldBy(part) {
			p.texts[id] = withheld
		}
	}
}

func withheldBy(part chat.Part) []chat.MessageID {
	var notice chat.BlockedNotice
	if part.Type != chat.PartBlocked || json.Unmarshal(part.Data, &notice) != nil {
		return nil
	}
	return notice.MessageIDs
}

type prompter struct {
	messages []llm.Message
	// from is where that begins which the agent is told that has been handed over to.
	from    int
	texts   map[chat.MessageID]string
	steered map[chat.MessageID]bool
	output  chat.Output
	current bool // the parts are those of the answer that is being given
}

func (p *prompter) say(role chat.Role, text string) {
	if text != "" {
		p.messages = append(p.messages, llm.Message{Role: role, Text: text})
	}
}

// answer tells step by step what was said, what was called and what came of it.
func (p *prompter) answer(parts []chat.Part) {
	from := 0
	for i, part := range parts {
		switch part.Type {
		case chat.PartStepStart:
			p.step(parts[from:i])
		case chat.PartHandoff:
			p.say(chat.RoleAssistant, toldOfHandoff(part))
		case chat.PartSteer:
			p.step(parts[from:i])
			for _, id := range steeredBy(part) {
				p.say(chat.RoleUser, p.texts[id])
			}
		default:
			continue
		}
		from = i + 1
	}
	p.step(parts[from:])
}

func (p *prompter) step(parts []chat.Part) {
	text, calls := p.told(parts), callsIn(parts)
	if len(calls) == 0 {
		p.say(chat.RoleAssistant, text)
		p.refused(parts)
		return
	}
	p.noteHandoffs(calls)
	asked := llm.Message{Role: chat.RoleAssistant, Text: text}
	var outcomes []llm.Message
	for _, call := range calls {
		asked.Calls = append(asked.Calls, llm.ToolCall{ID: call.ToolCallID, Name: call.ToolName, Arguments: argumentsOf(call)})
		outcomes = append(outcomes, llm.Message{CallID: call.ToolCallID, Text: toldOf(call)})
	}
	p.messages = append(append(p.messages, asked), outcomes...)
}

// argumentsOf gives the arguments as the model wrote them, also where they were no
// JSON.
func argumentsOf(call chat.Part) string {
	var text string
	if json.Unmarshal(call.Input, &text) == nil {
		return text
	}
	return string(call.Input)
}

// toldOf is what the model is told of a call. What others have written is marked.
func toldOf(call chat.Part) string {
	fault := "It is not known what became of this."
	switch call.State {
	case chat.ToolPartOutput:
		if to := handedOver(call); to != nil {
			return toldOfAgent(*to)
		}
		if call.ForPage() {
			return llm.Data(call.ToolName, `{"from":"the visitor's browser, which may say anything","output":`+string(call.Output)+`}`)
		}
		return llm.Data(call.ToolName, string(call.Output))
	case chat.ToolPartError:
		return llm.Data(call.ToolName, faulty(call.ErrorText))
	case chat.ToolPartAsked:
		fault = "This waits for a person to decide. It has not been done."
	case chat.ToolPartDenied:
		fault = "This was not allowed, and not done."
		if call.Approval != nil && call.Approval.Reason != "" {
			fault += " The reason: " + call.Approval.Reason
		}
	}
	return faulty(fault)
}

func faulty(fault string) string {
	told, _ := json.Marshal(map[string]string{"error": fault}) //nolint:errchkjson // strings always encode
	return string(told)
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

// callsIn gives the parts of the calls among the parts, in order.
func callsIn(parts []chat.Part) (calls []chat.Part) {
	for _, part := range parts {
		if part.Type == chat.PartTool {
			calls = append(calls, part)
		}
	}
	return calls
}
