package chat

// MemberRole is what a person may do for a tenant.
type MemberRole string

// The roles, from the most powerful to the least.
const (
	MemberOwner  MemberRole = "owner"
	MemberAdmin  MemberRole = "admin"
	MemberAgent  MemberRole = "agent"
	MemberViewer MemberRole = "viewer"
)

// KeyKind says whether an API key may stand in a public page.
type KeyKind string

// The kinds of keys.
const (
	KeyPublishable KeyKind = "publishable"
	KeySecret      KeyKind = "secret"
)

// MessageState says how complete a stored message is.
type MessageState string

// The states of a message.
const (
	// MessagePending was sent while a turn ran and is not yet part of it.
	MessagePending  MessageState = "pending"
	MessageComplete MessageState = "complete"
	// MessageStopped is an answer that a person cut short.
	MessageStopped MessageState = "stopped"
	// MessageFailed is what there was of an answer when it failed.
	MessageFailed MessageState = "failed"
)

// TurnStatus says where a turn stands. Only a running one keeps others from
// starting in its conversation.
type TurnStatus string

// The statuses of a turn.
const (
	TurnRunning          TurnStatus = "running"
	TurnAwaitingApproval TurnStatus = "awaiting_approval"
	TurnCompleted        TurnStatus = "completed"
	TurnStopped          TurnStatus = "stopped"
	TurnFailed           TurnStatus = "failed"
)
