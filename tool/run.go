package tool

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/netip"
	"runtime/debug"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/parley-chat/parley/chat"
)

// Options set a runner up.
type Options struct {
	// Allow are the networks that tools may reach besides the public internet.
	Allow []netip.Prefix
}

// Runner makes calls. It is safe for concurrent use.
type Runner struct {
	// reads keeps its connections. Calls that must not be made twice get one each:
	// Go sends a request that has an Idempotency-Key again by itself where a kept
	// connection turns out to be closed.
	reads, writes *http.Client
	// mcp does not keep its connections either.
	mcp     http.RoundTripper
	signIns *signIns
}

// NewRunner makes a runner for all tenants.
func NewRunner(options Options) *Runner {
	writes, authorization := newClient(options, false), newClient(options, true)
	authorization.Timeout = signInTimeout
	return &Runner{reads: newClient(options, true), writes: writes, mcp: writes.Transport, signIns: newSignIns(authorization)}
}

// Run makes the call and tells what became of it. The context bounds it. The
// outcome says how the call ends if there is no other attempt.
func (r *Runner) Run(ctx context.Context, call Call) (outcome Outcome) {
	defer survive(ctx, call.Tool.Class, &outcome)
	switch {
	case ctx.Err() != nil:
		return TimedOut(call.Tool.Class, false)
	case call.Tool.Kind == chat.ToolBuiltIn:
		return runBuiltIn(call)
	case call.Tool.Kind == chat.ToolHTTP && call.Tool.HTTP != nil:
		return r.runHTTP(ctx, call)
	case call.Tool.Kind == chat.ToolMCP && call.Tool.MCP != nil:
		return r.runMCP(ctx, call)
	case call.Tool.Kind == chat.ToolClient:
		return failed(errors.New("only the page that the visitor is on can use this tool"))
	default:
		return failed(errors.New("the tool is set up wrongly: nobody can use it"))
	}
}

// survive ends a call that has found a fault of ours: what a tenant's server sends
// must not end the process of others. The log gets the place, not what was said.
func survive(ctx context.Context, class chat.ToolClass, outcome *Outcome) {
	if recover() == nil {
		return
	}
	slog.ErrorContext(ctx, "a tool's call has panicked", "stack", string(debug.Stack()))
	*outcome = unknown()
	if class == chat.ClassRead {
		*outcome = failed(errors.New("the tool's answer cannot be read"))
	}
}

func succeeded(value any) Outcome {
	output, err := encode(value)
	if err != nil {
		return failed(errors.New("the tool's result cannot be told"))
	}
	return Outcome{State: chat.CallSucceeded, Output: output}
}

func failed(err error) Outcome { return Outcome{State: chat.CallFailed, Error: Sentence(err)} }

// Sentence makes one of an error's text, for people and models.
func Sentence(err error) string {
	text := strings.TrimSuffix(err.Error(), ".")
	first, size := utf8.DecodeRuneInString(text)
	return string(unicode.ToUpper(first)) + text[size:] + "."
}
