package api

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/parley-chat/parley/chat"
	"github.com/parley-chat/parley/tool"
)

// checkTools says what a schema cannot, and completes what is given: at is where the
// list stands in the request.
func checkTools(tools []chat.Tool, at string) error {
	for i := range tools {
		place := fmt.Sprintf("%s[%d]", at, i)
		if err := checkTool(&tools[i], place); err != nil {
			return err
		}
		if strings.HasPrefix(tools[i].Name, chat.HandoffPrefix) {
			return wrongAt(place+".name", "Names that begin with "+chat.HandoffPrefix+" belong to handoffs.")
		}
		if slices.ContainsFunc(tools[:i], func(other chat.Tool) bool { return other.Name == tools[i].Name }) {
			return wrongAt(place+".name", "Another tool has this name.")
		}
	}
	return nil
}

func checkTool(t *chat.Tool, at string) error {
	if err := clean(t); err != nil {
		return err
	}
	if err := checkPolicy(t.Policy, at+".policy"); err != nil {
		return err
	}
	if t.Kind == chat.ToolBuiltIn {
		return completeBuiltIn(t, at)
	}
	switch {
	case strings.TrimSpace(t.Description) == "":
		return wrongAt(at+".description", "Say what the tool is for: the model knows nothing else of it.")
	case t.Kind == chat.ToolHTTP && t.HTTP == nil:
		return wrongAt(at+".http", "An http tool needs its request.")
	case t.Kind == chat.ToolMCP && t.MCP == nil:
		return wrongAt(at+".mcp", "An mcp tool needs its server.")
	case t.Kind != chat.ToolClient && t.TimeoutSeconds > chat.MaxToolTimeout:
		return tooSlow(at)
	case t.Kind != chat.ToolClient && len(t.OutputSchema) > 0:
		return wrongAt(at+".outputSchema", "Only a client tool has a schema of what is answered.")
	case len(t.InputSchema) == 0:
		return wrongAt(at+".inputSchema", "A tool needs the schema of its arguments.")
	case t.HTTP != nil && t.HTTP.Probe != nil && t.Class != chat.ClassWrite:
		return wrongAt(at+".http.probe", "Only a write needs a probe: the others may be repeated.")
	}
	if err := tool.CheckSchema(t.InputSchema); err != nil {
		return wrongAt(at+".inputSchema", tool.Sentence(err))
	}
	if len(t.OutputSchema) > 0 {
		if err := tool.CheckOutputSchema(t.OutputSchema); err != nil {
			return wrongAt(at+".outputSchema", tool.Sentence(err))
		}
	}
	if t.Kind != chat.ToolMCP {
		t.MCP = nil
	}
	if t.Kind != chat.ToolHTTP {
		t.HTTP = nil
		return nil
	}
	err := tool.CheckHTTP(*t.HTTP)
	if field, ok := errors.AsType[*tool.FieldError](err); ok {
		return wrongAt(at+".http."+field.Field, field.Message)
	}
	return err
}

func tooSlow(at string) error {
	return wrongAt(at+".timeoutSeconds", fmt.Sprintf("At most %d seconds: only a page may take longer.", chat.MaxToolTimeout))
}

// clean frees all that is in a document, down to its smallest texts, from what cannot
// be stored.
func clean[T any](document *T) error {
	raw, err := json.Marshal(document)
	if err != nil {
		return err
	}
	if raw, err = chat.CleanJSON(raw); err != nil {
		return err
	}
	var cleaned T
	if err := json.Unmarshal(raw, &cleaned); err != nil {
		return err
	}
	*document = cleaned
	return nil
}

// completeBuiltIn takes what Parley knows better from where it knows it.
func completeBuiltIn(t *chat.Tool, at string) error {
	for _, known := range tool.BuiltIns() {
		if known.Name == t.Name {
			switch {
			case t.HTTP != nil:
				return wrongAt(at+".http", "A built-in tool makes no request.")
			case t.TimeoutSeconds > chat.MaxToolTimeout:
				return tooSlow(at)
			}
			t.Title = cmp.Or(t.Title, known.Title)
			t.Description, t.InputSchema, t.Class = known.Description, known.InputSchema, known.Class
			return nil
		}
	}
	return wrongAt(at+".name", "There is no built-in tool of this name.")
}

func checkPolicy(policy chat.ToolPolicy, at string) error {
	for i, rule := range policy.Rules {
		if err := tool.CheckRule(rule.When); err != nil {
			return wrongAt(fmt.Sprintf("%s.rules[%d].when", at, i), tool.Sentence(err))
		}
	}
	for i, role := range policy.Approval.Roles {
		if !slices.Contains([]chat.MemberRole{chat.MemberOwner, chat.MemberAdmin, chat.MemberAgent}, role) {
			return wrongAt(fmt.Sprintf("%s.approval.roles[%d]", at, i), "Owners, admins and agents can decide.")
		}
	}
	expires := policy.Approval.ExpiresInMinutes
	if expires == 0 {
		expires = chat.DefaultApprovalMinutes
	}
	if policy.Approval.RemindAfterMinutes >= expires {
		return wrongAt(at+".approval.remindAfterMinutes", "The reminder comes too late: there is no time left to decide then.")
	}
	return nil
}

func wrongAt(field, text string) error { return chat.NewError(chat.CodeInvalid, text).At(field) }
