package activities

import (
	"fmt"
	"strings"
	"time"

	"github.com/parley-chat/parley/db"
	"github.com/parley-chat/parley/mail"
	"github.com/parley-chat/parley/secret"
	"github.com/parley-chat/parley/turn"
	"github.com/parley-chat/parley/workflows"
)

// Letters are what people are written.
type Letters struct {
	Mailer *mail.Mailer
	// Key signs the links in them.
	Key *secret.Key
	// PublicURL is where browsers reach the API.
	PublicURL string
}

// write asks one person to decide. What the call is about stands on the page behind
// the link, not in the letter, which travels openly.
func (l Letters) write(in workflows.ApprovalInput, summons turn.Summons, to db.MembersByRoleRow, again bool) (mail.Letter, error) {
	token, err := l.Key.SignLink(secret.Link{
		Tenant: in.Tenant.String(), User: to.ID.String(), Approval: in.Approval.String(), Expires: summons.Approval.ExpiresAt,
	})
	subject := "Please decide: " + summons.Approval.Title
	if again {
		subject = "Still waiting for you: " + summons.Approval.Title
	}
	var text strings.Builder
	fmt.Fprintf(&text, "Hello %s,\n\nthe assistant %q wants to do something that people have to decide about: %s.\n\n", to.Name, summons.Agent, summons.Approval.Title)
	fmt.Fprintf(&text, "See what it is about, and approve or deny it:\n%s/approvals/%s\n\n", strings.TrimRight(l.PublicURL, "/"), token)
	fmt.Fprintf(&text, "The link is yours alone and works until %s. Without a decision until then the call is %s.\n",
		summons.Approval.ExpiresAt.UTC().Format(time.RFC1123), map[bool]string{true: "made", false: "not made"}[summons.Approval.OnExpiry == "allow"])
	return mail.Letter{To: to.Email, Subject: subject, Text: text.String()}, err
}

// visitorWaits tells one person that a visitor asks for people. What the visitor has
// said stands behind the link, not in the letter.
func (l Letters) visitorWaits(summons turn.HandoffSummons, to db.MembersByRoleRow) mail.Letter {
	var text strings.Builder
	fmt.Fprintf(&text, "Hello %s,\n\na visitor of the assistant %q waits for a person of your team.\n\n", to.Name, summons.Agent)
	fmt.Fprintf(&text, "Read the conversation and take it over:\n%s/dashboard/conversations/%s\n", strings.TrimRight(l.PublicURL, "/"), summons.Conversation)
	return mail.Letter{To: to.Email, Subject: "A visitor waits for you: " + summons.Agent, Text: text.String()}
}
