package chat

// ApprovalState says how a question to people about a call stands.
type ApprovalState string

// The states of an approval.
const (
	ApprovalOpen     ApprovalState = "open"
	ApprovalApproved ApprovalState = "approved"
	ApprovalDenied   ApprovalState = "denied"
	ApprovalCanceled ApprovalState = "canceled" // nobody needs to know any more
)

// The people who can be asked.
const (
	AsksStaff   = "staff"
	AsksVisitor = "visitor"
	// AsksPlayer asks whoever tries the draft out.
	AsksPlayer = "player"
)

const (
	// DefaultApprovalMinutes is how long a question stands, and MaxApprovalMinutes for
	// how long at most: 30 days.
	DefaultApprovalMinutes = 24 * 60
	MaxApprovalMinutes     = 30 * 24 * 60
)
