package chat

// ConversationKind says whose talk a conversation is.
type ConversationKind string

// The kinds of conversations.
const (
	KindVisitor ConversationKind = "visitor"
	// KindPlayground is one in which a member tries a draft out. No list of visitors'
	// conversations has it.
	KindPlayground ConversationKind = "playground"
)

// PlayAsks says about which calls the person who tries a draft out is asked, beyond
// what the tools' policies ask. Nothing that a policy asks or denies becomes less.
type PlayAsks string

// What the person can be asked about.
const (
	PlayAsksNone    PlayAsks = "none"
	PlayAsksChanges PlayAsks = "changes" // calls that change something
	PlayAsksAll     PlayAsks = "all"
)

// About reports whether the person is asked about calls of that class.
func (p PlayAsks) About(class ToolClass) bool {
	return p == PlayAsksAll || p == PlayAsksChanges && class != ClassRead
}
