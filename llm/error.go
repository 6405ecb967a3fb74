package llm

import (
	"errors"
	"log/slog"
	"time"
)

// ErrCannotResume says that an answer cannot be gone on with: the provider does
// not keep answers, or no longer keeps this one, or has given up on it. It is
// the cause of an Error, of Provider.Resume or of Stream.Next; whoever retries
// has to ask anew.
var ErrCannotResume = errors.New("the provider cannot resume this answer")

// ErrorKind classes what went wrong with a call to a provider.
type ErrorKind string

// The kinds of errors.
const (
	KindInvalid     ErrorKind = "invalid"      // the request is wrong and stays wrong
	KindAuth        ErrorKind = "auth"         // the key is refused, or may not do this
	KindRateLimited ErrorKind = "rate_limited" // too much at once; try later
	KindQuota       ErrorKind = "quota"        // the account has no credit left
	KindOverloaded  ErrorKind = "overloaded"   // the provider's own trouble
	KindNetwork     ErrorKind = "network"      // the provider was not reached
	KindCut         ErrorKind = "cut"          // the stream ended before the answer did
	KindCanceled    ErrorKind = "canceled"     // by us: a context, Close or Cancel
)

// Error is a failed call to a provider. It never holds the provider's key.
type Error struct {
	Kind ErrorKind
	// Retryable says that the same request may succeed later.
	Retryable bool
	// RetryAfter is how long the provider asked us to wait; 0 if it did not.
	RetryAfter time.Duration
	// Status is the HTTP status of the answer, 0 if there was none.
	Status int
	// Code is the provider's own name for the fault, like "context_length_exceeded".
	Code string
	// Message is for the operator: the provider's words, or ours.
	Message string
	cause   error
}

// NewError makes an error of the kind; Retryable follows from it.
func NewError(kind ErrorKind, message string) *Error {
	return &Error{Kind: kind, Retryable: kind.retryable(), Message: message}
}

// Because gives a copy of the error with the chain that led to it.
func (e *Error) Because(cause error) *Error {
	caused := *e
	caused.cause = cause
	return &caused
}

func (e *Error) Error() string {
	text := "model call: " + string(e.Kind)
	if e.Code != "" {
		text += " (" + e.Code + ")"
	}
	return text + ": " + e.Message
}

// LogValue implements slog.LogValuer. The message is left out: a provider may
// quote in it what a visitor has said.
func (e *Error) LogValue() slog.Value {
	return slog.GroupValue(slog.String("kind", string(e.Kind)), slog.Int("status", e.Status), slog.String("code", e.Code))
}

func (e *Error) Unwrap() error { return e.cause }

func (k ErrorKind) retryable() bool {
	switch k {
	case KindRateLimited, KindOverloaded, KindNetwork, KindCut:
		return true
	default:
		return false
	}
}

// AsError gives the Error in the chain, or nil if there is none.
func AsError(err error) *Error {
	failed, _ := errors.AsType[*Error](err)
	return failed
}
