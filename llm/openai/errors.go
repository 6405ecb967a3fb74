package openai

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/parley-chat/parley/llm"
	"github.com/parley-chat/parley/outbound"
)

// messageBytes bounds how much of a server's words is kept.
const messageBytes = 1 << 10

// fault is how the API describes an error, in a body or in a stream.
type fault struct {
	Code    text   `json:"code"`
	Type    string `json:"type"`
	Message string `json:"message"`
}

// text is a string in the API's own documents and a number in some imitations.
type text string

func (t *text) UnmarshalJSON(data []byte) error {
	var value any
	if err := json.Unmarshal(data, &value); err != nil {
		return err
	}
	switch value := value.(type) {
	case string:
		*t = text(value)
	case float64:
		*t = text(strconv.FormatFloat(value, 'f', -1, 64))
	}
	return nil
}

func (f fault) name() string {
	if f.Code != "" {
		return string(f.Code)
	}
	return f.Type
}

// classify makes a failed request into an error of the port. It goes by the
// response and not by the SDK's error, which forgets the status when the body is
// not JSON, as a proxy's seldom is.
func (c connection) classify(ctx context.Context, err error, response *http.Response) *llm.Error {
	if cause := ctx.Err(); cause != nil {
		return llm.NewError(llm.KindCanceled, "the call was given up").Because(cause)
	}
	if failed := llm.AsError(err); failed != nil {
		return failed
	}
	if errors.Is(err, outbound.ErrPrivate) {
		return llm.NewError(llm.KindInvalid, "the provider: "+outbound.ErrPrivate.Error())
	}
	if response == nil || response.StatusCode < 400 {
		return llm.NewError(llm.KindNetwork, c.redact(withoutURL(err).Error())).Because(withoutURL(err))
	}
	fault := readFault(response)
	failed := llm.NewError(kindOfStatus(response.StatusCode, fault), c.redact(fault.Message))
	failed.Status = response.StatusCode
	failed.Code = fault.name()
	failed.RetryAfter = retryAfter(response.Header, time.Now())
	if failed.Kind == llm.KindAuth && failed.Status == http.StatusUnauthorized {
		failed.Message = "the provider refused the API key" // its own words repeat parts of the key
	}
	return failed
}

func kindOfStatus(status int, fault fault) llm.ErrorKind {
	switch {
	case status == http.StatusUnauthorized || status == http.StatusForbidden:
		return llm.KindAuth
	case status == http.StatusTooManyRequests && fault.name() == "insufficient_quota":
		return llm.KindQuota // waiting does not help
	case status == http.StatusTooManyRequests:
		return llm.KindRateLimited
	case status == http.StatusRequestTimeout || status == http.StatusConflict || status >= 500:
		return llm.KindOverloaded
	}
	return llm.KindInvalid
}

// faultInStream makes an error that the server reports in mid-stream into one of
// the port. The answer has failed then: resuming it would meet the same error.
func faultInStream(fault fault) *llm.Error {
	kind := llm.KindOverloaded
	switch name := fault.name(); {
	case strings.HasPrefix(name, "rate_limit"):
		kind = llm.KindRateLimited
	case name == "insufficient_quota":
		kind = llm.KindQuota
	case strings.HasPrefix(name, "invalid_") || strings.HasSuffix(name, "_policy") ||
		strings.HasSuffix(name, "_violation") || strings.HasSuffix(name, "_mismatch") ||
		name == "context_length_exceeded":
		kind = llm.KindInvalid
	}
	if fault.Message == "" {
		fault.Message = "the provider gave up in mid-answer and did not say why"
	}
	failed := llm.NewError(kind, fault.Message)
	failed.Code = fault.name()
	return failed.Because(llm.ErrCannotResume)
}

// readFault reads an error's body, which may be anything.
func readFault(response *http.Response) fault {
	body, _ := io.ReadAll(response.Body) // as much of it as boundFaults lets through
	_ = response.Body.Close()
	var document struct {
		Error fault `json:"error"`
	}
	if err := json.Unmarshal(body, &document); err == nil && document.Error.Message != "" {
		return document.Error
	}
	return fault{Message: "the provider answered " + strconv.Itoa(response.StatusCode) + " " + http.StatusText(response.StatusCode)}
}

// retryAfter reads how long the server asks to wait: milliseconds, seconds or a
// date, in the order in which servers mean them.
func retryAfter(header http.Header, now time.Time) time.Duration {
	if ms, err := strconv.ParseFloat(header.Get("Retry-After-Ms"), 64); err == nil {
		return bounded(ms * float64(time.Millisecond))
	}
	value := header.Get("Retry-After")
	if seconds, err := strconv.ParseFloat(value, 64); err == nil {
		return bounded(seconds * float64(time.Second))
	}
	if date, err := http.ParseTime(value); err == nil {
		return max(0, date.Sub(now))
	}
	return 0
}

// bounded keeps a wait between nothing and a day; NaN is nothing.
func bounded(nanoseconds float64) time.Duration {
	const day = float64(24 * time.Hour)
	if !(nanoseconds > 0) {
		return 0
	}
	return time.Duration(min(nanoseconds, day))
}

// redact removes the key from what a server or a library says, and shortens it.
func (c connection) redact(message string) string {
	if c.key != "" {
		message = strings.ReplaceAll(message, c.key, "[key]")
	}
	if len(message) > messageBytes {
		message = strings.ToValidUTF8(message[:messageBytes], "") + "…"
	}
	return message
}

// redacting makes a parser's errors safe to show.
func (c connection) redacting(inner parser) parser {
	return redactingParser{parser: inner, connection: c}
}

type redactingParser struct {
	parser
	connection connection
}

func (p redactingParser) parse(data []byte, events []llm.Event) ([]llm.Event, error) {
	events, err := p.parser.parse(data, events)
	if failed := llm.AsError(err); failed != nil {
		safe := *failed
		safe.Message = p.connection.redact(failed.Message)
		return events, &safe
	}
	return events, err
}

// withoutURL drops the address that net/http puts before its errors: a base URL
// may hold credentials.
func withoutURL(err error) error {
	if wrapped, ok := errors.AsType[*url.Error](err); ok {
		return wrapped.Err
	}
	return err
}
