package tool

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/parley-chat/parley/chat"
	"github.com/parley-chat/parley/outbound"
)

const (
	// maxOffered bounds the tools that are taken from one server.
	maxOffered = 200
	// maxDescription bounds what a server says of a tool, in bytes: the model reads it
	// with each question.
	maxDescription = 2000
	// progressPause lies between two reports of a call's progress.
	progressPause = time.Second
	// serverErrors is the first of a hundred codes, downwards, of which JSON-RPC does not
	// say what they mean; the SDK has some of its own for a transport that has failed.
	serverErrors = -32000
	// farewell bounds how long a server is told that we go.
	farewell = time.Second
)

// Server is an MCP server as a call needs it: with the secrets that its requests
// name.
type Server struct {
	Tenant  chat.TenantID
	Config  chat.MCPServer
	Secrets map[string]string
}

// Progress is how far a call has come, as its tool's server tells. Total is 0 where
// nobody knows it.
type Progress struct {
	Progress float64 `json:"progress"`
	Total    float64 `json:"total,omitempty"`
	Message  string  `json:"message,omitempty"`
}

// ListMCP asks a server what tools it has. The context bounds it.
//
// Errors are in words for whoever has set the server up.
func (r *Runner) ListMCP(ctx context.Context, server Server) ([]chat.MCPOffer, error) {
	s, err := r.dial(ctx, server, nil)
	if err != nil {
		return nil, s.unlisted(ctx, err)
	}
	defer s.leave()
	offers := []chat.MCPOffer{}
	for found, err := range s.Tools(ctx, nil) {
		if err != nil {
			return nil, s.unlisted(ctx, err)
		}
		if len(offers) == maxOffered {
			return nil, fmt.Errorf("the server has more than %d tools", maxOffered)
		}
		offer, err := offerOf(found)
		if err != nil {
			return nil, err
		}
		offers = append(offers, offer)
	}
	return offers, nil
}

func offerOf(t *mcp.Tool) (chat.MCPOffer, error) {
	schema, err := encode(t.InputSchema)
	if err == nil {
		schema, err = chat.CleanJSON(schema)
	}
	if err != nil || len(schema) > maxSchema {
		return chat.MCPOffer{}, fmt.Errorf("the schema of the server's tool %q cannot be used", t.Name)
	}
	description := chat.CleanText(t.Description)
	offer := chat.MCPOffer{
		Name: chat.CleanText(t.Name), Title: chat.CleanText(t.Title), InputSchema: schema, Class: classOf(t.Annotations),
		Description: strings.ToValidUTF8(description[:min(len(description), maxDescription)], ""),
	}
	if t.Annotations != nil {
		offer.Title = cmp.Or(offer.Title, chat.CleanText(t.Annotations.Title))
	}
	return offer, nil
}

// classOf takes the worst for granted where the server says nothing.
func classOf(hints *mcp.ToolAnnotations) chat.ToolClass {
	switch {
	case hints == nil:
		return chat.ClassWrite
	case hints.ReadOnlyHint:
		return chat.ClassRead
	case hints.IdempotentHint:
		return chat.ClassIdempotent
	default:
		return chat.ClassWrite
	}
}

// unlisted says why a server could not be asked. Secrets and the network are not
// for telling.
func (s *session) unlisted(ctx context.Context, err error) error {
	said := s.outcome(ctx, chat.ClassRead, err).Error
	return errors.New(strings.ReplaceAll(strings.TrimSuffix(said, "."), "tool's server", "server"))
}

// runMCP makes a call in a session of its own: there is nothing in one that another
// call, or another tenant, could come upon.
func (r *Runner) runMCP(ctx context.Context, call Call) Outcome {
	if call.Server == nil {
		return failed(errors.New("the tool's MCP server has been removed"))
	}
	s, err := r.dial(ctx, *call.Server, call.Progress)
	if err != nil {
		o := s.outcome(ctx, chat.ClassRead, err) // nothing was done yet
		o.Again = o.Again && call.Tool.Class != chat.ClassWrite
		return o
	}
	defer s.leave()
	s.key.Store(&call.ID)
	params := &mcp.CallToolParams{Name: call.Tool.MCP.Name, Arguments: call.Arguments}
	if call.Progress != nil {
		params.SetProgressToken(call.ID)
	}
	result, err := s.CallTool(ctx, params)
	if err != nil {
		return s.outcome(ctx, call.Tool.Class, err)
	}
	return resultOf(result, s.secrets)
}

// session is a connection for one call, or one list.
type session struct {
	*mcp.ClientSession
	secrets *strings.Replacer // hides them
	// key is the Idempotency-Key of the call that is about to be sent; nil: none is, or
	// it has been taken in.
	key atomic.Pointer[string]
	// status is that of the server's last answer to what was sent, and stays that of
	// the call once that has been taken in; 0: there was none.
	status atomic.Int32
	taken  atomic.Bool
}

// dial opens a session. It gives one even with an error, which knows what that means.
func (r *Runner) dial(ctx context.Context, server Server, report func(Progress)) (*session, error) {
	s := &session{secrets: redactor(server.Secrets)}
	headers, err := headersOf(server)
	if err != nil {
		return s, err
	}
	handler, err := r.signIns.of(server)
	if err != nil {
		return s, err
	}
	client := &http.Client{CheckRedirect: stay, Transport: &decorated{next: r.mcp, headers: headers, session: s}}
	s.ClientSession, err = mcp.NewClient(&mcp.Implementation{Name: "parley", Title: "Parley", Version: "1"}, &mcp.ClientOptions{
		Capabilities: &mcp.ClientCapabilities{}, ProgressNotificationHandler: throttled(report),
	}).Connect(ctx, &mcp.StreamableClientTransport{
		Endpoint: server.Config.URL, HTTPClient: client, MaxRetries: 1, DisableStandaloneSSE: true, OAuthHandler: handler, MaxEventSize: maxRead,
	}, nil)
	return s, err
}

// leave ends the session. The server need not answer, and nobody waits for long.
func (s *session) leave() {
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = s.Close() // it has done what it was for
	}()
	select {
	case <-done:
	case <-time.After(farewell):
	}
}

func headersOf(server Server) (map[string]string, error) {
	given := values{secrets: server.Secrets}
	headers := make(map[string]string, len(server.Config.Headers))
	for name, template := range server.Config.Headers {
		value, err := given.fill(template, line)
		if err != nil {
			return nil, err
		}
		headers[name] = value
	}
	return headers, nil
}

func throttled(report func(Progress)) func(context.Context, *mcp.ProgressNotificationClientRequest) {
	if report == nil {
		return nil
	}
	var last atomic.Int64 // in nanoseconds; servers may report at once
	return func(_ context.Context, r *mcp.ProgressNotificationClientRequest) {
		now, before := time.Now().UnixNano(), last.Load()
		if time.Duration(now-before) < progressPause || !last.CompareAndSwap(before, now) {
			return
		}
		said := []rune(chat.CleanText(r.Params.Message))
		report(Progress{Progress: r.Params.Progress, Total: r.Params.Total, Message: string(said[:min(len(said), maxExcerpt)])})
	}
}

// decorated puts the tenant's headers on requests, and bounds what comes back.
type decorated struct {
	next    http.RoundTripper
	headers map[string]string
	session *session
}

// RoundTrip implements http.RoundTripper.
func (d *decorated) RoundTrip(request *http.Request) (*http.Response, error) {
	request = request.Clone(request.Context())
	for name, value := range d.headers {
		if !ours(name) && headerName.MatchString(name) {
			request.Header.Set(name, value)
		}
	}
	request.Header.Set("User-Agent", "Parley")
	key := d.session.key.Load()
	if key != nil && request.Method == http.MethodPost {
		request.Header.Set("Idempotency-Key", *key)
	}
	if !d.session.taken.Load() {
		d.session.status.Store(0)
	}
	response, err := d.next.RoundTrip(request)
	if err != nil {
		return nil, err
	}
	d.session.note(response.StatusCode, key != nil && request.Method == http.MethodPost)
	response.Body = http.MaxBytesReader(nil, response.Body, maxStream)
	return response, nil
}

// note keeps what a server has answered. Once the call has been taken in, what it says
// to anything else, like a request for the rest of the stream, says nothing of that.
func (s *session) note(status int, ofCall bool) {
	if s.taken.Load() {
		return
	}
	s.status.Store(int32(status))
	if ofCall && status < http.StatusMultipleChoices {
		s.taken.Store(true)
		s.key.Store(nil)
	}
}

// outcome is that of a call that has no result. Once it may have arrived, a change may
// have been made.
func (s *session) outcome(ctx context.Context, class chat.ToolClass, err error) Outcome {
	if u, ok := errors.AsType[unfit](err); ok {
		return failed(u)
	}
	said, refused := errors.AsType[*jsonrpc.Error](err)
	refused = refused && said.Code != jsonrpc.CodeInternalError && (said.Code > serverErrors || said.Code < serverErrors-99)
	switch status := int(s.status.Load()); {
	case ctx.Err() != nil:
		return TimedOut(class, true)
	case errors.Is(err, outbound.ErrPrivate):
		return failed(outbound.ErrPrivate)
	case errors.Is(err, errSignIn), status == http.StatusUnauthorized, status == http.StatusForbidden:
		return failed(errSignIn)
	case refused:
		return failed(refusedBy("the tool's server refuses", said.Message, s.secrets))
	case status >= 300 && status < 500 && !transient(status):
		return failed(fmt.Errorf("the tool's server answered %d %s", status, http.StatusText(status)))
	case class == chat.ClassWrite:
		return unknown()
	case class == chat.ClassIdempotent:
		o := unknown()
		o.Again = true
		return o
	default:
		o := failed(unreached(err))
		o.Again = true
		return o
	}
}

func refusedBy(who, said string, secrets *strings.Replacer) error {
	runes := []rune(strings.Join(strings.Fields(chat.CleanText(secrets.Replace(said))), " "))
	return fmt.Errorf("%s: %s", who, string(runes[:min(len(runes), maxExcerpt)]))
}

// resultOf is the outcome of a call that its server has answered.
func resultOf(result *mcp.CallToolResult, secrets *strings.Replacer) Outcome {
	if result.NeedsInput() {
		return failed(errors.New("the tool asks for more than the conversation can give it"))
	}
	if result.IsError {
		return failed(refusedBy("the tool says that it did not work", textOf(result.Content), secrets))
	}
	told := result.StructuredContent
	if told == nil {
		told = plain(result.Content)
	}
	encoded, err := encode(told)
	if err == nil {
		encoded, err = chat.CleanJSON(encoded)
	}
	if err != nil {
		return failed(errors.New("the tool's result cannot be told"))
	}
	value, err := decode(encoded)
	if err != nil {
		return succeeded(bounded(secrets.Replace(string(encoded))))
	}
	return succeeded(bounded(redact(value, secrets)))
}

// plain gives what a model can read of contents: texts, which may be JSON, and what
// else there is by its kind.
func plain(contents []mcp.Content) any {
	text := textOf(contents)
	if document, err := decode(json.RawMessage(text)); err == nil {
		return document
	}
	return text
}

func textOf(contents []mcp.Content) string {
	var texts []string
	for _, content := range contents {
		switch c := content.(type) {
		case *mcp.TextContent:
			texts = append(texts, c.Text)
		case *mcp.ImageContent:
			texts = append(texts, fmt.Sprintf("[an image (%s), which cannot be shown here]", c.MIMEType))
		case *mcp.AudioContent:
			texts = append(texts, fmt.Sprintf("[a recording (%s), which cannot be played here]", c.MIMEType))
		case *mcp.ResourceLink:
			texts = append(texts, fmt.Sprintf("[%s](%s)", cmp.Or(c.Title, c.Name), c.URI))
		case *mcp.EmbeddedResource:
			texts = append(texts, embedded(c.Resource))
		}
	}
	return strings.Join(texts, "\n")
}

func embedded(r *mcp.ResourceContents) string {
	if r == nil || r.Text == "" {
		return "[a document that is no text]"
	}
	return r.Text
}
