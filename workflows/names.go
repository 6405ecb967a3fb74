// Package workflows tells the stories that must survive a crash: one file a
// noun, each a deterministic Temporal workflow over the Activities interface.
//
// Histories hold ids and small facts, never texts or secrets, and outlive the
// code that wrote them: see CONTRIBUTING.md before changing the order of what a
// workflow does.
package workflows

import (
	"strconv"
	"strings"

	"go.temporal.io/sdk/temporal"

	"github.com/parley-chat/parley/chat"
)

// Task queues. Turns have a queue of their own, so that a tenant that queues
// ten thousand documents cannot make another tenant's visitor wait.
const (
	QueueTurns = "turns"
	QueueJobs  = "jobs"
)

// Signals and queries.
const (
	// SignalStop asks the turn to end now and keep what it has said.
	SignalStop = "stop"
	// SignalSteer hints that a message was added to the running turn; the row in
	// the database is what counts.
	SignalSteer = "steer"
	// SignalDecided hints to an ApprovalWorkflow that people have decided; the row in
	// the database is what counts.
	SignalDecided = "decided"
	// SignalHandoff hints to a HandoffWorkflow that something was said, or that somebody
	// else answers; the row in the database is what counts.
	SignalHandoff = "handoff"
	// SignalAnswered hints to a ToolCallWorkflow that a page has answered; the row in the
	// database is what counts.
	SignalAnswered = "answered"
	// QueryProgress answers with a Progress.
	QueryProgress = "progress"
)

// Search attributes set when a workflow starts, so that Temporal Web can filter
// by them. They are never changed inside a turn: each change is a write to the
// visibility store.
var (
	TenantAttribute       = temporal.NewSearchAttributeKeyKeyword("ParleyTenant")
	AgentAttribute        = temporal.NewSearchAttributeKeyKeyword("ParleyAgent")
	ConversationAttribute = temporal.NewSearchAttributeKeyKeyword("ParleyConversation")
)

// ToolCallID is the workflow id of a tool's call.
func ToolCallID(tenant chat.TenantID, call chat.ToolCallRef) string {
	return strings.Join([]string{"call", tenant.String(), call.Turn.String(), strconv.Itoa(call.Step), strconv.Itoa(call.Index)}, "/")
}

// ApprovalID is the workflow id of a question to people.
func ApprovalID(tenant chat.TenantID, approval chat.ApprovalID) string {
	return strings.Join([]string{"approval", tenant.String(), approval.String()}, "/")
}

// HandoffID is the workflow id of a stretch in which people answer.
func HandoffID(tenant chat.TenantID, handoff chat.HandoffID) string {
	return strings.Join([]string{"handoff", tenant.String(), handoff.String()}, "/")
}

// TurnID is the workflow id of a turn. The reconciler and the signals find the
// workflow by it, from ids alone.
func TurnID(tenant chat.TenantID, turn chat.TurnID) string {
	return strings.Join([]string{"turn", tenant.String(), turn.String()}, "/")
}
