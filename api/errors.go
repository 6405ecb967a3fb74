package api

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/parley-chat/parley/chat"
)

// huma documents and writes every error of its own (malformed JSON, a field
// that breaks the schema, an unsupported media type) through these hooks, so
// replacing them is what makes all errors of the API look alike. They are
// process-wide, hence set once, before any server exists.
func init() { //nolint:gochecknoinits // huma has no other way to set them
	huma.NewError = func(status int, message string, causes ...error) huma.StatusError {
		return newProblem(status, message, causes)
	}
	huma.NewErrorWithContext = func(ctx huma.Context, status int, message string, causes ...error) huma.StatusError {
		problem := newProblem(status, message, causes)
		problem.RequestID = requestID(ctx.Context())
		return problem
	}
	huma.DefaultArrayNullable = false
}

// Problem is the body of every error (RFC 9457).
type Problem struct { //nolint:errname // the document's name for it
	Type      string         `json:"type" format:"uri-reference" doc:"Always about:blank; code tells problems apart." example:"about:blank"`
	Title     string         `json:"title" doc:"The HTTP status in words." example:"Unprocessable Entity"`
	Status    int            `json:"status" doc:"The HTTP status code." example:"422"`
	Detail    string         `json:"detail" doc:"A sentence for the person who asked." example:"A field of the request is not valid."`
	Code      chat.Code      `json:"code" enum:"invalid,unauthenticated,forbidden,not_found,method_not_allowed,not_acceptable,conflict,key_reused,too_large,unsupported_media_type,rate_limited,budget_exhausted,unavailable,internal" doc:"A word for programs." example:"invalid"`
	RequestID string         `json:"requestId,omitempty" doc:"Also in the X-Request-Id header and in the server's log."`
	Errors    []ProblemField `json:"errors,omitempty" doc:"The fields that are wrong."`

	cause   error
	headers http.Header
}

// ProblemField names one wrong field. The value is left out on purpose: it may
// be a password.
type ProblemField struct {
	Location string `json:"location" doc:"Where the fault is." example:"body.message.parts[0].text"`
	Message  string `json:"message" doc:"What is wrong with it." example:"expected length >= 1"`
}

// busyRetry is how many seconds to wait where a whole tenant is at its limit: no
// caller's own bucket tells.
const busyRetry = "5"

// downRetry is how many seconds to wait for a part that is down: about as long as
// one takes to start again.
const downRetry = "2"

// Codes that HTTP itself asks for; no other room raises them.
const (
	codeMethodNotAllowed     chat.Code = "method_not_allowed"
	codeNotAcceptable        chat.Code = "not_acceptable"
	codeUnsupportedMediaType chat.Code = "unsupported_media_type"
)

// statusOf is the one table from error codes to HTTP statuses.
var statusOf = map[chat.Code]int{
	chat.CodeInvalid:         http.StatusUnprocessableEntity,
	chat.CodeUnauthenticated: http.StatusUnauthorized,
	chat.CodeForbidden:       http.StatusForbidden,
	chat.CodeNotFound:        http.StatusNotFound,
	chat.CodeConflict:        http.StatusConflict,
	chat.CodeKeyReused:       http.StatusUnprocessableEntity,
	chat.CodeGone:            http.StatusGone,
	chat.CodeTooLarge:        http.StatusRequestEntityTooLarge,
	chat.CodeRateLimited:     http.StatusTooManyRequests,
	chat.CodeBudgetExhausted: http.StatusPaymentRequired,
	chat.CodeUnavailable:     http.StatusServiceUnavailable,
	chat.CodeInternal:        http.StatusInternalServerError,
}

var codeOf = map[int]chat.Code{
	http.StatusBadRequest:            chat.CodeInvalid,
	http.StatusUnauthorized:          chat.CodeUnauthenticated,
	http.StatusPaymentRequired:       chat.CodeBudgetExhausted,
	http.StatusForbidden:             chat.CodeForbidden,
	http.StatusNotFound:              chat.CodeNotFound,
	http.StatusMethodNotAllowed:      codeMethodNotAllowed,
	http.StatusNotAcceptable:         codeNotAcceptable,
	http.StatusRequestTimeout:        chat.CodeInvalid,
	http.StatusConflict:              chat.CodeConflict,
	http.StatusGone:                  chat.CodeGone,
	http.StatusRequestEntityTooLarge: chat.CodeTooLarge,
	http.StatusUnsupportedMediaType:  codeUnsupportedMediaType,
	http.StatusUnprocessableEntity:   chat.CodeInvalid,
	http.StatusTooManyRequests:       chat.CodeRateLimited,
	http.StatusServiceUnavailable:    chat.CodeUnavailable,
}

// Error implements error with the whole chain, for the log.
func (p *Problem) Error() string {
	if p.cause == nil {
		return string(p.Code) + ": " + p.Detail
	}
	return p.cause.Error()
}

// Unwrap gives the chain that led here.
func (p *Problem) Unwrap() error { return p.cause }

// GetStatus implements huma.StatusError.
func (p *Problem) GetStatus() int { return p.Status }

// GetHeaders implements huma.HeadersError.
func (p *Problem) GetHeaders() http.Header { return p.headers }

// ContentType implements huma.ContentTypeFilter.
func (p *Problem) ContentType(string) string { return "application/problem+json" }

func newProblem(status int, message string, causes []error) *Problem {
	code, known := codeOf[status]
	if !known {
		code = chat.CodeInternal
	}
	problem := &Problem{
		Type: "about:blank", Title: http.StatusText(status), Status: status, Detail: message, Code: code,
	}
	for _, cause := range causes {
		problem.add(cause)
	}
	if problem.Code == chat.CodeInternal {
		problem.Detail, problem.Errors = "Something went wrong on our side.", nil
	}
	if message == "validation failed" {
		problem.Detail = "The request is not valid: see errors."
	}
	return problem
}

func (p *Problem) add(cause error) {
	var detailed huma.ErrorDetailer
	var located *chat.Error
	switch {
	case cause == nil:
	case errors.As(cause, &located):
		p.Errors = append(p.Errors, ProblemField{Location: located.Field, Message: located.Message})
	case errors.As(cause, &detailed):
		detail := detailed.ErrorDetail()
		p.Errors = append(p.Errors, ProblemField{Location: detail.Location, Message: detail.Message})
	default:
		p.cause = cause
	}
}

// problemOf turns what a handler returned into the body that the caller sees.
func problemOf(ctx context.Context, err error) *Problem {
	problem := problemFor(err)
	problem.RequestID = requestID(ctx)
	return problem
}

// problemFor lets only a chat.Error's own sentence leave the process.
func problemFor(err error) *Problem {
	var problem *Problem
	if errors.As(err, &problem) {
		return problem
	}
	var coded *chat.Error
	if !errors.As(err, &coded) {
		coded = chat.NewError(chat.CodeInternal, "Something went wrong on our side.")
	}
	status, known := statusOf[coded.Code]
	if !known {
		status = http.StatusInternalServerError
	}
	problem = &Problem{
		Type: "about:blank", Title: http.StatusText(status), Status: status,
		Detail: coded.Message, Code: coded.Code, cause: err,
	}
	switch coded.Code {
	case chat.CodeRateLimited:
		problem.headers = http.Header{"Retry-After": {busyRetry}}
	case chat.CodeUnavailable:
		problem.headers = http.Header{"Retry-After": {downRetry}}
	default: // trying again later does not help
	}
	if coded.Field != "" {
		problem.Errors = []ProblemField{{Location: coded.Field, Message: coded.Message}}
	}
	return problem
}

// writeProblem answers outside of huma: unknown routes, panics, middleware.
func writeProblem(w http.ResponseWriter, r *http.Request, err error) {
	problem := problemOf(r.Context(), err)
	noteError(r.Context(), problem)
	maps.Copy(w.Header(), problem.headers)
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(problem.Status)
	// The client has gone when this fails; nobody is left to tell.
	_ = json.NewEncoder(w).Encode(problem)
}
