package chat

import (
	"errors"
	"fmt"
)

// Code classes an error for whoever has to react to it. The API maps each to one
// HTTP status; nothing else does.
type Code string

// The classes of errors, with the HTTP status that each becomes.
const (
	CodeInvalid         Code = "invalid"          // 422: a field of the request is wrong
	CodeUnauthenticated Code = "unauthenticated"  // 401: no valid credential
	CodeForbidden       Code = "forbidden"        // 403: a valid credential that may not do this
	CodeNotFound        Code = "not_found"        // 404: absent, or another tenant's
	CodeConflict        Code = "conflict"         // 409: the thing is in another state
	CodeKeyReused       Code = "key_reused"       // 422: Idempotency-Key with another body
	CodeGone            Code = "gone"             // 410: it is too late for this
	CodeTooLarge        Code = "too_large"        // 413
	CodeRateLimited     Code = "rate_limited"     // 429
	CodeBudgetExhausted Code = "budget_exhausted" // 402: the tenant's monthly cap is reached
	CodeUnavailable     Code = "unavailable"      // 503: a part we need is down; try again
	CodeInternal        Code = "internal"         // 500: our fault; the chain is in the log
)

// Error is an error with two audiences: Message is a plain sentence for the
// person who asked, and the wrapped chain is for the operator's log and never
// leaves the process.
type Error struct {
	Code    Code
	Message string
	// Field locates the fault in the request, like "body.message.parts[0].text".
	Field string
	cause error
}

// NewError makes an Error without a cause.
func NewError(code Code, message string) *Error { return &Error{Code: code, Message: message} }

// Errorf makes an Error with a formatted message.
func Errorf(code Code, format string, args ...any) *Error {
	return &Error{Code: code, Message: fmt.Sprintf(format, args...)}
}

// At gives a copy of the error that names the faulty field.
func (e *Error) At(field string) *Error {
	located := *e
	located.Field = field
	return &located
}

// Because gives a copy of the error with the chain that led to it.
func (e *Error) Because(cause error) *Error {
	caused := *e
	caused.cause = cause
	return &caused
}

func (e *Error) Error() string {
	if e.cause == nil {
		return string(e.Code) + ": " + e.Message
	}
	return string(e.Code) + ": " + e.Message + ": " + e.cause.Error()
}

func (e *Error) Unwrap() error { return e.cause }

// CodeOf gives the code of the first Error in the chain, CodeInternal for any
// other error and "" for nil.
func CodeOf(err error) Code {
	if err == nil {
		return ""
	}
	if coded, ok := errors.AsType[*Error](err); ok {
		return coded.Code
	}
	return CodeInternal
}
