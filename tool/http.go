package tool

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/parley-chat/parley/chat"
	"github.com/parley-chat/parley/outbound"
)

const (
	maxRead     = 1 << 20  // of an answer, in bytes
	maxStream   = 8 << 20  // of a stream of events, in bytes
	maxHeaders  = 64 << 10 // of an answer, in bytes
	maxRedirect = 3
	// maxRetryAfter bounds how long a server can put us off.
	maxRetryAfter = 30 * time.Second
)

// newClient makes a client without a proxy, which would resolve names where the
// guard does not see it. It has no timeout for an answer: the call's context
// decides.
func newClient(options Options, keep bool) *http.Client {
	dialer := net.Dialer{Timeout: 10 * time.Second, Control: outbound.Public(options.Allow)}
	protocols := new(http.Protocols)
	protocols.SetHTTP1(true)
	return &http.Client{CheckRedirect: stay, Transport: &http.Transport{
		DialContext: dialer.DialContext, Protocols: protocols, DisableKeepAlives: !keep,
		MaxIdleConns: 256, MaxIdleConnsPerHost: 16, IdleConnTimeout: 30 * time.Second,
		TLSHandshakeTimeout: 10 * time.Second, MaxResponseHeaderBytes: maxHeaders,
		DisableCompression: true, // what is read is bounded as it was sent
	}}
}

// stay follows a GET that is sent on within its own server. Anywhere else it would
// take the tenant's secrets to where the tenant has not sent them.
func stay(next *http.Request, before []*http.Request) error {
	first := before[0]
	if len(before) > maxRedirect || first.Method != http.MethodGet || next.URL.Host != first.URL.Host || next.URL.Scheme != first.URL.Scheme {
		return http.ErrUseLastResponse
	}
	return nil
}

// answer is what a server has said.
type answer struct {
	status     int
	retryAfter time.Duration
	body       []byte
	cut        bool // there was more than maxRead
}

// lost is why there is no answer.
type lost struct {
	reason error
	sent   bool // the request may have arrived
}

func (l *lost) Error() string { return l.reason.Error() }

func (l *lost) Unwrap() error { return l.reason }

func (r *Runner) runHTTP(ctx context.Context, call Call) Outcome {
	client := r.reads
	if call.Tool.Class == chat.ClassWrite {
		client = r.writes
	}
	a, err := send(ctx, client, call, *call.Tool.HTTP)
	if err != nil {
		return unanswered(ctx, call.Tool.Class, err)
	}
	switch {
	case a.status >= 200 && a.status < 300:
		return a.told(call)
	case a.status >= 300 && a.status < 400:
		return a.sentOn(call.Tool.Class)
	default:
		return a.refused(call)
	}
}

// Probe finds out what became of a call whose answer is lost, without making it
// again. A call that was provably not done may be made: its outcome says Again.
func (r *Runner) Probe(ctx context.Context, call Call) (outcome Outcome) {
	defer survive(ctx, chat.ClassWrite, &outcome)
	h := call.Tool.HTTP
	if call.Tool.Kind != chat.ToolHTTP || h == nil || h.Probe == nil || ctx.Err() != nil {
		return unknown()
	}
	a, err := send(ctx, r.reads, call, chat.HTTPTool{Method: http.MethodGet, URL: h.Probe.URL, Headers: h.Probe.Headers})
	switch {
	case err != nil:
		return unknown()
	case a.status == http.StatusOK:
		return a.told(call)
	case a.status == http.StatusNotFound:
		return Outcome{State: chat.CallFailed, Error: "It was not done.", Again: true}
	default:
		return unknown()
	}
}

// send makes one request and reads its answer. The error is an unfit or a lost.
func send(ctx context.Context, client *http.Client, call Call, h chat.HTTPTool) (answer, error) {
	var sent atomic.Bool
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		// Until there is a connection nothing can have arrived.
		GotConn: func(httptrace.GotConnInfo) { sent.Store(true) },
	})
	request, err := build(ctx, call, h)
	if err != nil {
		return answer{}, err
	}
	response, err := client.Do(request)
	if err != nil {
		return answer{}, &lost{err, sent.Load()}
	}
	defer response.Body.Close()
	body, err := io.ReadAll(io.LimitReader(response.Body, maxRead+1))
	if err != nil && response.StatusCode < 300 {
		return answer{}, &lost{err, true}
	}
	return answer{
		status: response.StatusCode, retryAfter: retryAfter(response.Header.Get("Retry-After"), time.Now()),
		body: body[:min(len(body), maxRead)], cut: len(body) > maxRead,
	}, nil
}

// unanswered is the outcome of a call that has got no answer. What went wrong in
// detail may name secrets or the tenant's network, so nobody is told.
func unanswered(ctx context.Context, class chat.ToolClass, err error) Outcome {
	l, ok := errors.AsType[*lost](err)
	if !ok {
		return failed(err)
	}
	if ctx.Err() != nil {
		return TimedOut(class, l.sent)
	}
	o := failed(errors.New("the tool's server gave no answer"))
	if !l.sent {
		o = failed(unreached(l.reason))
	} else if class != chat.ClassRead {
		o = unknown()
	}
	o.Again = class != chat.ClassWrite && !errors.Is(err, outbound.ErrPrivate)
	return o
}

func unreached(reason error) error {
	name, ok := errors.AsType[*net.DNSError](reason)
	switch {
	case errors.Is(reason, outbound.ErrPrivate):
		return outbound.ErrPrivate
	case ok && name.IsNotFound:
		return errors.New("there is no such server as the tool's")
	default:
		return errors.New("the tool's server was not reached")
	}
}

// sentOn is the outcome of a call whose server has sent it elsewhere.
func (a answer) sentOn(class chat.ToolClass) Outcome {
	// After a change these say where its result can be seen, or that it has moved.
	ambiguous := a.status == http.StatusFound || a.status == http.StatusSeeOther
	if class != chat.ClassRead && ambiguous {
		return unknown()
	}
	return failed(fmt.Errorf("the tool's server sends the request elsewhere, which is not followed (%d)", a.status))
}

// refused is the outcome of a call that its server says it has not done, or that
// it has trouble with.
func (a answer) refused(call Call) Outcome {
	class, o := call.Tool.Class, failed(a.refusal(call))
	if class != chat.ClassRead && a.status >= 500 {
		o = unknown() // it may have got half-way
	}
	if class != chat.ClassWrite && transient(a.status) {
		o.Again, o.RetryAfter = true, a.retryAfter
	}
	return o
}

func transient(status int) bool {
	switch status {
	case http.StatusRequestTimeout, http.StatusTooManyRequests,
		http.StatusInternalServerError, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return true
	default:
		return false
	}
}

// retryAfter reads the header, which is a number of seconds or a date.
func retryAfter(header string, now time.Time) time.Duration {
	wait := time.Duration(0)
	if seconds, err := strconv.ParseUint(header, 10, 31); err == nil {
		wait = time.Duration(seconds) * time.Second
	} else if at, err := http.ParseTime(header); err == nil {
		wait = at.Sub(now)
	}
	return min(max(wait, 0), maxRetryAfter)
}

func build(ctx context.Context, call Call, h chat.HTTPTool) (*http.Request, error) {
	given, err := valuesOf(call)
	if err != nil {
		return nil, err
	}
	address, err := given.address(h.URL)
	if err != nil {
		return nil, err
	}
	body, err := bodyOf(given, h)
	if err != nil {
		return nil, err
	}
	request, err := http.NewRequestWithContext(ctx, h.Method, address, bytes.NewReader(body))
	if err != nil {
		return nil, unfit("the tool is set up wrongly: its address cannot be used")
	}
	request.Header.Set("Accept", "application/json")
	if len(body) > 0 {
		request.Header.Set("Content-Type", "application/json")
	}
	for name, template := range h.Headers {
		value, err := given.fill(template, line)
		if err != nil {
			return nil, err
		}
		if !ours(name) && headerName.MatchString(name) && oneLine(value) {
			request.Header.Set(name, value)
		}
	}
	request.Header.Set("User-Agent", "Parley")
	request.Header.Set("Idempotency-Key", call.ID)
	sign(request.Header, call, body)
	return request, nil
}

// bodyOf gives the arguments as they were decoded, where there is no template: a
// name that stood there twice would be read differently elsewhere.
func bodyOf(given values, h chat.HTTPTool) ([]byte, error) {
	switch hasTemplate := len(h.Body) > 0 && string(h.Body) != "null"; {
	case h.Method == http.MethodGet, h.Method == http.MethodDelete && !hasTemplate:
		return nil, nil
	case hasTemplate:
		return given.body(h.Body)
	default:
		return encode(given.args)
	}
}
