package turn

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/parley-chat/parley/chat"
	"github.com/parley-chat/parley/llm"
)

// What models are told of those who have answered before them.

func writtenBy(author string) string {
	return fmt.Sprintf("(Written by %s, a person of the team.)\n", author)
}

// toldOfHandoff tells who has answered from there on.
func toldOfHandoff(part chat.Part) string {
	var note chat.HandoffNote
	if json.Unmarshal(part.Data, &note) != nil {
		return ""
	}
	switch note.State {
	case chat.HandoffWaiting:
		return "(A person of the team was asked to go on with this conversation.)"
	case chat.HandoffTaken:
		return fmt.Sprintf("(%s, a person of the team, has taken this conversation over.)", note.Name)
	case chat.HandoffReturned:
		return "(The team has given this conversation back to the assistant.)"
	case chat.HandoffUnanswered:
		return "(Nobody of the team could answer in time. The assistant goes on, and says that it is sorry for the wait.)"
	default:
		return "(The visitor did not want to wait for a person and goes on with the assistant.)"
	}
}

// handedOver reads what a call of a handoff to another agent has brought, nil for any
// other call.
func handedOver(call chat.Part) *chat.HandedOver {
	var to chat.HandedOver
	if !strings.HasPrefix(call.ToolName, chat.HandoffPrefix) || call.State != chat.ToolPartOutput ||
		json.Unmarshal(call.Output, &to) != nil || to.VersionID.IsZero() {
		return nil
	}
	return &to
}

func toldOfAgent(to chat.HandedOver) string {
	told, _ := json.Marshal(map[string]string{"result": "This conversation is with the assistant " + to.Name + " from here on. You are " + to.Name + ": go on with it."}) //nolint:errchkjson // strings always encode
	return string(told)
}

// noteHandoffs notes where the agent begins to listen that is handed over to.
func (p *prompter) noteHandoffs(calls []chat.Part) {
	for _, call := range calls {
		switch to := handedOver(call); {
		case to == nil:
		case to.Context == chat.ContextRequest:
			p.from = len(p.messages)
		default:
			p.from = 0
		}
	}
}

// heard is what the agent is told: where not everything went along with the handoff,
// what the visitor last said before it, and all since.
func (p *prompter) heard() []llm.Message {
	if p.from == 0 {
		return p.messages
	}
	since := p.messages[p.from:]
	for i := p.from - 1; i >= 0; i-- {
		if p.messages[i].Role == chat.RoleUser {
			return append([]llm.Message{p.messages[i]}, since...)
		}
	}
	return since
}
