package api

import (
	"slices"

	"github.com/danielgtaylor/huma/v2"

	"github.com/parley-chat/parley/chat"
)

// Permission is one thing that a person's role or a secret key's scope allows.
// The words are also the scopes of secret keys.
type Permission string

// What there is to be allowed.
const (
	PermChat               Permission = "chat"                // hold conversations on behalf of visitors
	PermConversationsRead  Permission = "conversations:read"  // read every conversation of the tenant
	PermConversationsReply Permission = "conversations:reply" // take conversations over and answer in them
	PermApprovalsDecide    Permission = "approvals:decide"    // say whether a tool's call may be made
	PermAgentsRead         Permission = "agents:read"
	PermAgentsWrite        Permission = "agents:write"
	PermKeysRead           Permission = "keys:read"
	PermKeysWrite          Permission = "keys:write"
	PermProviderRead       Permission = "provider:read"
	PermProviderWrite      Permission = "provider:write"
	PermSettingsRead       Permission = "settings:read"
	PermSettingsWrite      Permission = "settings:write"
	PermBudgetWrite        Permission = "budget:write" // money and capacity: limits of the tenant
	PermUsageRead          Permission = "usage:read"
	PermTurnsTrace         Permission = "turns:trace"  // see how answers came about: prompts, steps, cost
	PermTurnsExport        Permission = "turns:export" // take everything of a turn out: prompts, answers, history
)

// permissions are all of them, in the order in which the interface lists them.
var permissions = []Permission{
	PermChat, PermConversationsRead, PermConversationsReply, PermApprovalsDecide, PermAgentsRead, PermAgentsWrite, PermKeysRead, PermKeysWrite,
	PermProviderRead, PermProviderWrite, PermSettingsRead, PermSettingsWrite, PermBudgetWrite, PermUsageRead,
	PermTurnsTrace, PermTurnsExport,
}

// Schema implements huma.SchemaProvider.
func (Permission) Schema(huma.Registry) *huma.Schema {
	schema := &huma.Schema{Type: huma.TypeString}
	for _, permission := range permissions {
		schema.Enum = append(schema.Enum, string(permission)) // what is validated is a plain string
	}
	schema.PrecomputeMessages()
	return schema
}

var (
	viewerMay = []Permission{PermConversationsRead, PermAgentsRead, PermSettingsRead, PermUsageRead, PermTurnsTrace}
	agentMay  = append(slices.Clone(viewerMay), PermChat, PermConversationsReply, PermApprovalsDecide)
	adminMay  = append(slices.Clone(agentMay), PermAgentsWrite, PermKeysRead, PermKeysWrite,
		PermProviderRead, PermProviderWrite, PermSettingsWrite, PermTurnsExport)
	ownerMay = append(slices.Clone(adminMay), PermBudgetWrite)
)

var roleMay = map[chat.MemberRole][]Permission{
	chat.MemberOwner: ownerMay, chat.MemberAdmin: adminMay, chat.MemberAgent: agentMay, chat.MemberViewer: viewerMay,
}

// May is the one function that decides whether an actor may do something: a
// person by role, a secret key by scope (what it may take out, it may look at), a visitor only the chat of its own
// conversations. Anything else may nothing.
func (a Actor) May(permission Permission) bool {
	switch a.Kind {
	case ActorUser:
		return slices.Contains(roleMay[a.Role], permission)
	case ActorKey:
		return slices.Contains(a.Scopes, permission) || permission == PermTurnsTrace && slices.Contains(a.Scopes, PermTurnsExport)
	case ActorVisitor:
		return permission == PermChat
	}
	return false
}
