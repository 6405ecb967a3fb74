package chat

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Tool is something that an agent can have done. It is part of the agent's
// configuration and frozen with it, so a call always runs with the definition
// that the model was told. The tags of these types are for the API's document.
type Tool struct {
	// Name is what the model calls it by: letters, digits, _ and -, at most 64.
	Name string `json:"name" pattern:"^[A-Za-z0-9_-]{1,64}$" patternDescription:"1 to 64 letters, digits, _ and -" example:"refund_order"`
	// Title is what people are shown; "" means the name.
	Title string `json:"title,omitempty" maxLength:"80" doc:"What people are shown; the name if left out."`
	// Description tells the model what it is for and when to use it.
	Description string    `json:"description,omitempty" maxLength:"2000" doc:"Tells the model what it is for and when to use it. That of a built-in tool is given."`
	Kind        ToolKind  `json:"kind" enum:"builtin,http,mcp,client" doc:"builtin: Parley itself. http: a request to your server. mcp: a tool of an MCP server. client: a function of the page that the visitor is on."`
	Class       ToolClass `json:"class" enum:"read,idempotent,write" doc:"What it would mean to make a call twice: nothing, nothing for the same Idempotency-Key, or a second change."`
	// InputSchema is the JSON Schema of the arguments, an object.
	InputSchema json.RawMessage `json:"inputSchema,omitempty" doc:"The JSON Schema of the arguments, an object. That of a built-in tool is given."`
	// OutputSchema is the JSON Schema of what a page answers, of a ToolClient.
	OutputSchema json.RawMessage `json:"outputSchema,omitempty" doc:"Of a client tool: the JSON Schema of what the page answers; left out: anything."`
	// TimeoutSeconds bounds one call; 0 means what Timeout gives.
	TimeoutSeconds int        `json:"timeoutSeconds,omitempty" minimum:"0" maximum:"300" doc:"Bounds one call; 0 or left out: 20, of a client tool 30. At most 120, of a client tool 300."`
	Policy         ToolPolicy `json:"policy"`
	HTTP           *HTTPTool  `json:"http,omitempty" doc:"The request of an http tool."` // of a ToolHTTP
	MCP            *MCPTool   `json:"mcp,omitempty" doc:"Where an mcp tool is."`         // of a ToolMCP
}

// The bounds of timeouts are in seconds. In a page somebody may have to fill in a form.
const (
	DefaultToolTimeout   = 20
	MaxToolTimeout       = 120
	DefaultClientTimeout = 30
	MaxClientTimeout     = 300
)

// Timeout is how long one call may take.
func (t Tool) Timeout() time.Duration {
	seconds := t.TimeoutSeconds
	if seconds == 0 {
		seconds = DefaultToolTimeout
		if t.Kind == ToolClient {
			seconds = DefaultClientTimeout
		}
	}
	return time.Duration(seconds) * time.Second
}

// ToolKind says who does the work.
type ToolKind string

// The kinds of tools.
const (
	ToolBuiltIn ToolKind = "builtin" // Parley itself
	ToolHTTP    ToolKind = "http"    // a request to the tenant's server
	ToolMCP     ToolKind = "mcp"     // an MCP server
	ToolClient  ToolKind = "client"  // the page that the widget is on
	// ToolHandoff gives the conversation to somebody else. Agents have such tools by
	// their handoffs, not among their tools.
	ToolHandoff ToolKind = "handoff"
)

// ToolClass says what it would mean to make a call twice.
type ToolClass string

// The classes of tools.
const (
	// ClassRead changes nothing: it may be repeated freely.
	ClassRead ToolClass = "read"
	// ClassIdempotent changes something once for each Idempotency-Key: it may be
	// repeated with the same key.
	ClassIdempotent ToolClass = "idempotent"
	// ClassWrite changes something each time: once it may have been sent, it is
	// never sent again by itself.
	ClassWrite ToolClass = "write"
)

// ToolPolicy decides about each call before it is made. The first rule that fits
// counts, or Default.
type ToolPolicy struct {
	Default ToolDecision `json:"default" enum:"allow,ask_staff,ask_visitor,deny" doc:"Where no rule fits."`
	Rules   []ToolRule   `json:"rules,omitempty" maxItems:"20" doc:"The first that fits decides."`
	// Approval says how people decide, where they are asked.
	Approval ApprovalPolicy `json:"approval,omitzero"`
}

// MayAsk reports whether people may have to decide about a call.
func (p ToolPolicy) MayAsk() bool {
	return p.Default.Asks() != "" || slices.ContainsFunc(p.Rules, func(rule ToolRule) bool { return rule.Then.Asks() != "" })
}

// ToolRule is one exception from a policy's default.
type ToolRule struct {
	// When is a CEL expression over args, visitor and agent.
	When string       `json:"when" minLength:"1" maxLength:"4096" doc:"A CEL expression over args, visitor and agent." example:"args.amount > 100"`
	Then ToolDecision `json:"then" enum:"allow,ask_staff,ask_visitor,deny"`
}

// ToolDecision is what a policy says about a call.
type ToolDecision string

// The decisions. There is no default: a tool without a policy is denied.
const (
	DecideAllow      ToolDecision = "allow"
	DecideAskStaff   ToolDecision = "ask_staff"
	DecideAskVisitor ToolDecision = "ask_visitor"
	DecideDeny       ToolDecision = "deny"
	// DecideAskPlayer is no policy's: the playground asks before what a policy allows.
	DecideAskPlayer ToolDecision = "ask_player"
)

// Asks says whom the decision asks, AsksStaff, AsksVisitor or AsksPlayer; "": nobody.
func (d ToolDecision) Asks() string {
	switch d {
	case DecideAskStaff:
		return AsksStaff
	case DecideAskVisitor:
		return AsksVisitor
	case DecideAskPlayer:
		return AsksPlayer
	default:
		return ""
	}
}

// ApprovalPolicy says how people decide about a call.
type ApprovalPolicy struct {
	// Quorum is how many different members must approve; 0 means 1.
	Quorum int `json:"quorum,omitempty" minimum:"0" maximum:"10" doc:"How many different people must approve; 0 or left out: 1."`
	// Roles may decide; empty means owners, admins and agents.
	Roles []MemberRole `json:"roles,omitempty" maxItems:"4" doc:"Who may decide: owner, admin, agent. Left out: all three."`
	// ExpiresInMinutes is how long the question stands; 0 means a day.
	ExpiresInMinutes int `json:"expiresInMinutes,omitempty" minimum:"0" maximum:"43200" doc:"How long there is to decide; 0 or left out: a day."`
	// OnExpiry is DecideAllow or DecideDeny; "" means DecideDeny.
	OnExpiry ToolDecision `json:"onExpiry,omitempty" enum:"allow,deny" doc:"What silence means; deny if left out."`
	// Editable lets those who approve change the arguments.
	Editable bool `json:"editable,omitempty" doc:"Whoever approves may change the arguments."`
	// RemindAfterMinutes is when those who may decide are told again; 0: never.
	RemindAfterMinutes int `json:"remindAfterMinutes,omitempty" minimum:"0" maximum:"43200" doc:"When everybody is told again, and the owners; 0 or left out: never."`
}

// HTTPTool is a request to a server of the tenant's. URL, headers and body may
// hold placeholders: {{args.name}}, {{secrets.NAME}}, {{visitor.id}},
// {{visitor.externalId}}, {{visitor.name}}, {{visitor.email}}, {{conversation.id}}
// and {{call.id}}, the Idempotency-Key of the call.
type HTTPTool struct {
	Method  string            `json:"method" enum:"GET,POST,PUT,PATCH,DELETE"`
	URL     string            `json:"url" minLength:"1" maxLength:"2000" example:"https://shop.example.com/orders/{{args.order}}"`
	Headers map[string]string `json:"headers,omitempty"`
	// Body is a JSON document whose strings may hold placeholders; one that is
	// nothing but a placeholder becomes the value itself. null: the arguments, for
	// methods that have a body.
	Body json.RawMessage `json:"body,omitempty" doc:"A JSON document with placeholders in its strings; left out: the arguments."`
	// Result is the GJSON path of what the model is told of the answer; "": all of it.
	Result string `json:"result,omitempty" maxLength:"500" doc:"The GJSON path of what the model is told of the answer; left out: all of it."`
	// Probe, for a ClassWrite, finds out whether a call was done whose answer was lost.
	Probe *HTTPProbe `json:"probe,omitempty" doc:"Of a write: finds out whether a call was done whose answer was lost."`
}

// HTTPProbe is a GET that tells whether a call was done: it answers 200 if so and
// 404 if not. It knows the placeholders of the tool's request.
type HTTPProbe struct {
	URL     string            `json:"url" minLength:"1" maxLength:"2000"`
	Headers map[string]string `json:"headers,omitempty"`
}

// ToolCallState says how far a call has come.
type ToolCallState string

// The states of a tool call. The last five are final.
const (
	CallRequested  ToolCallState = "requested"  // the model has asked for it
	CallAwaiting   ToolCallState = "awaiting"   // people are asked
	CallApproved   ToolCallState = "approved"   // it may be made
	CallOffered    ToolCallState = "offered"    // a page of the visitor's may take it
	CallDispatched ToolCallState = "dispatched" // it may have been made
	CallSucceeded  ToolCallState = "succeeded"
	CallFailed     ToolCallState = "failed" // it was not made, or the tool says that it did not work
	CallDenied     ToolCallState = "denied"
	CallCanceled   ToolCallState = "canceled" // the turn ended before it was made
	// CallUnknown may or may not have been done: a person has to look.
	CallUnknown ToolCallState = "outcome_unknown"
)

// Final reports whether nothing more happens to the call.
func (s ToolCallState) Final() bool {
	return slices.Contains([]ToolCallState{CallSucceeded, CallFailed, CallDenied, CallCanceled, CallUnknown}, s)
}

// CallOver reports whether the part of a call shows what has become of it.
func (p Part) CallOver() bool {
	return p.State == ToolPartOutput || p.State == ToolPartError || p.State == ToolPartDenied
}

// ToolCallRef names a call by the step that asked for it and its place in there,
// both of which stay the same however often anything is retried.
type ToolCallRef struct {
	Turn  TurnID `json:"turn"`
	Step  int    `json:"step"`  // from 1
	Index int    `json:"index"` // from 0
}

// CallID is the name of a call for everyone: the stream's toolCallId, the model's
// call id, and the Idempotency-Key of what it does. Providers use their own ids
// again, so it is made of where the call stands.
func (r ToolCallRef) CallID(tenant TenantID) string {
	place := strings.Join([]string{tenant.String(), r.Turn.String(), strconv.Itoa(r.Step), strconv.Itoa(r.Index)}, "/")
	sum := sha256.Sum256([]byte(place))
	return "call_" + hex.EncodeToString(sum[:16])
}

// Find gives the tool of that name, or nil.
func (c AgentConfig) Find(name string) *Tool {
	for _, tool := range c.AllTools() {
		if tool.Name == name {
			return &tool
		}
	}
	return nil
}

var secretPlaceholder = regexp.MustCompile(`\{\{\s*secrets\.([A-Z][A-Z0-9_]{0,63})\s*\}\}`)

// SecretNames lists the secrets that the tool's requests hold, each once.
func (t Tool) SecretNames() []string {
	if t.HTTP == nil {
		return nil
	}
	texts := append(slices.Collect(maps.Values(t.HTTP.Headers)), t.HTTP.URL, string(t.HTTP.Body))
	if probe := t.HTTP.Probe; probe != nil {
		texts = append(append(texts, slices.Collect(maps.Values(probe.Headers))...), probe.URL)
	}
	return secretsIn(texts)
}

func secretsIn(texts []string) []string {
	var names []string
	for _, match := range secretPlaceholder.FindAllStringSubmatch(strings.Join(texts, "\n"), -1) {
		names = append(names, match[1])
	}
	slices.Sort(names)
	return slices.Compact(names)
}
