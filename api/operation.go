package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
)

const (
	bodyLimit     = 64 << 10  // most requests are a few fields
	turnBodyLimit = 400 << 10 // 32,000 characters of the costliest JSON escapes
	toolBodyLimit = 400 << 10 // schemas are long
	chatBodyLimit = 4 << 20   // the AI SDK sends its whole history along
)

// Tags group the operations in the document.
const (
	tagWidget        = "Widget"
	tagConversations = "Conversations"
	tagTurns         = "Turns"
	tagChat          = "AI SDK"
	tagAuth          = "Sign-in"
	tagAgents        = "Agents"
	tagKeys          = "API keys"
	tagProvider      = "Model provider"
	tagInbox         = "Inbox"
	tagPlayground    = "Playground"
	tagApprovals     = "Approvals"
	tagTools         = "Tools"
	tagTenant        = "Workspace"
	tagOperator      = "Operator"
)

// audience says which credentials an operation takes.
type audience int

const (
	forAnyone   audience = iota // no credential: the operation itself checks what it is given
	forVisitors                 // a visitor token, or a secret key with the permission
	forStaff                    // a session cookie or a secret key, with the permission
	forMembers                  // a session cookie of any role
	forOperator                 // a session cookie of a platform operator
)

// access is the rule that is checked before a request's body is read.
type access struct {
	audience   audience
	permission Permission
	// crossOrigin lets web pages of allowed origins call the operation.
	crossOrigin bool
	// replays honours Idempotency-Key by recording the answer.
	replays bool
}

var security = map[audience][]map[string][]string{
	forAnyone:   {},
	forVisitors: {{"visitorToken": {}}, {"secretKey": {}}},
	forStaff:    {{"session": {}}, {"secretKey": {}}},
	forMembers:  {{"session": {}}},
	forOperator: {{"session": {}}},
}

// register adds an operation: its rule runs first, and whatever its handler
// returns as an error becomes a problem.
func register[I, O any](s *Server, rule access, op huma.Operation, handler func(context.Context, *I) (*O, error)) {
	op.Security = security[rule.audience]
	op.Errors = append(op.Errors, errorsOf(rule, op)...)
	if op.MaxBodyBytes == 0 {
		op.MaxBodyBytes = bodyLimit
	}
	// Temporal Web adds to its codec's address what newer codecs understand.
	op.RejectUnknownQueryParameters = rule.audience != forOperator
	op.Middlewares = append(op.Middlewares, s.guards(rule)...)
	s.allowPreflight(op.Path, s.corsOf(rule))
	huma.Register(s.api, op, func(ctx context.Context, in *I) (*O, error) {
		out, err := handler(ctx, in)
		if err != nil {
			problem := problemOf(ctx, err)
			noteError(ctx, problem)
			return nil, problem
		}
		return out, nil
	})
}

func errorsOf(rule access, op huma.Operation) []int {
	statuses := []int{http.StatusTooManyRequests}
	if rule.audience != forAnyone {
		statuses = append(statuses, http.StatusUnauthorized, http.StatusForbidden)
	}
	if op.Method == http.MethodPost || op.Method == http.MethodPatch || op.Method == http.MethodPut {
		statuses = append(statuses, http.StatusBadRequest, http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType)
	}
	if rule.replays {
		statuses = append(statuses, http.StatusConflict)
	}
	return statuses
}
