package api

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/google/uuid"

	"github.com/parley-chat/parley/chat"
	"github.com/parley-chat/parley/db"
	"github.com/parley-chat/parley/secret"
	"github.com/parley-chat/parley/tool"
)

// SampleVisitor is a visitor made up for a test.
type SampleVisitor struct {
	ID         string          `json:"id,omitempty" maxLength:"200"`
	ExternalID string          `json:"externalId,omitempty" maxLength:"200"`
	Name       string          `json:"name,omitempty" maxLength:"200"`
	Email      string          `json:"email,omitempty" maxLength:"254"`
	Traits     json.RawMessage `json:"traits,omitempty" doc:"A JSON object."`
}

// ToolTest is what a call made for a test has come to.
type ToolTest struct {
	State      chat.ToolCallState `json:"state" enum:"succeeded,failed,outcome_unknown"`
	Output     json.RawMessage    `json:"output,omitempty" doc:"What the model would be told."`
	Error      string             `json:"error,omitempty" doc:"What the model would be told instead."`
	DurationMS int64              `json:"durationMs"`
	CallID     string             `json:"callId" doc:"The Idempotency-Key that was sent."`
}

// PolicyTest is what a policy says about an example.
type PolicyTest struct {
	Decision chat.ToolDecision `json:"decision" enum:"allow,ask_staff,ask_visitor,deny"`
	Rule     *int              `json:"rule,omitempty" doc:"The number of the rule that fits, from 0; absent where the default decides, or nothing could."`
	Error    string            `json:"error,omitempty" doc:"Why it could not be decided, which denies the call."`
}

type builtInToolsOutput struct {
	Body List[chat.Tool]
}

type testToolInput struct {
	Body struct {
		Tool      chat.Tool       `json:"tool"`
		Arguments json.RawMessage `json:"arguments,omitempty" doc:"A JSON object that fits the schema; {} if left out."`
		Visitor   *SampleVisitor  `json:"visitor,omitempty"`
		Confirm   bool            `json:"confirm,omitempty" doc:"Needed unless the tool only reads: the call is really made."`
	}
}

type testToolOutput struct {
	Body ToolTest
}

type testPolicyInput struct {
	Body struct {
		Policy    chat.ToolPolicy `json:"policy"`
		Arguments json.RawMessage `json:"arguments,omitempty"`
		Visitor   *SampleVisitor  `json:"visitor,omitempty"`
		AgentID   string          `json:"agentId,omitempty" maxLength:"64"`
	}
}

type testPolicyOutput struct {
	Body PolicyTest
}

func (s *Server) registerTools() {
	tags := []string{tagTools}
	register(s, access{audience: forStaff, permission: PermAgentsRead}, huma.Operation{
		OperationID: "listBuiltInTools", Method: http.MethodGet, Path: "/v1/tools/builtin", Tags: tags,
		Summary: "List built-in tools", Description: "Ready to be part of an agent's draft.",
	}, s.listBuiltInTools)
	writes := access{audience: forStaff, permission: PermAgentsWrite}
	register(s, writes, huma.Operation{
		OperationID: "testTool", Method: http.MethodPost, Path: "/v1/tools/test", Tags: tags, MaxBodyBytes: toolBodyLimit,
		Summary:     "Try a tool",
		Description: "Really makes the call, with your secrets and your signature, and tells what the model would be told. Nothing is repeated, and no policy is asked. The conversation is made up.",
	}, s.testTool)
	register(s, writes, huma.Operation{
		OperationID: "testPolicy", Method: http.MethodPost, Path: "/v1/tools/policy-test", Tags: tags,
		Summary: "Try a policy", Description: "Tells what the policy says about an example. Nothing is called.",
	}, s.testPolicy)
}

func (s *Server) listBuiltInTools(context.Context, *struct{}) (*builtInToolsOutput, error) {
	return &builtInToolsOutput{Body: List[chat.Tool]{Items: tool.BuiltIns()}}, nil
}

func (s *Server) testTool(ctx context.Context, in *testToolInput) (*testToolOutput, error) {
	t := in.Body.Tool
	if err := checkTool(&t, "body.tool"); err != nil {
		return nil, err
	}
	if t.Kind == chat.ToolClient {
		return nil, wrongAt("body.tool.kind", "A client tool runs in the page that a visitor is on, and cannot be tried out from here.")
	}
	arguments, err := sampleArguments(in.Body.Arguments)
	if err != nil {
		return nil, err
	}
	if err := tool.Check(t, arguments); err != nil {
		return nil, wrongAt("body.arguments", tool.Sentence(err))
	}
	if t.Class != chat.ClassRead && !in.Body.Confirm {
		return nil, wrongAt("body.confirm", "This tool changes something, and the call is really made. Confirm that you want that.")
	}
	request, err := s.sampleCall(ctx, t, arguments)
	if err != nil {
		return nil, err
	}
	request.Visitor = in.Body.Visitor.visitor()
	err = s.tenantTx(ctx, func(tx *db.TenantTx) error { return audit(ctx, tx, "tool.test", "tool", t.Name) })
	if err != nil {
		return nil, err
	}
	bounded, cancel := context.WithTimeout(ctx, t.Timeout())
	defer cancel()
	began := time.Now()
	outcome := s.tools.Run(bounded, request)
	return &testToolOutput{Body: ToolTest{
		State: outcome.State, Output: outcome.Output, Error: outcome.Error, DurationMS: time.Since(began).Milliseconds(), CallID: request.ID,
	}}, nil
}

func sampleArguments(raw json.RawMessage) (json.RawMessage, error) {
	if len(raw) == 0 {
		return json.RawMessage(`{}`), nil
	}
	arguments, err := chat.CleanJSON(raw)
	if err != nil {
		return nil, wrongAt("body.arguments", "The arguments are not a JSON document.")
	}
	return arguments, nil
}

func (v *SampleVisitor) visitor() tool.Visitor {
	if v == nil {
		return tool.Visitor{}
	}
	return tool.Visitor{ID: v.ID, ExternalID: v.ExternalID, Name: v.Name, Email: v.Email, Traits: v.Traits}
}

// sampleCall is a call like those that agents make, under a name of its own.
func (s *Server) sampleCall(ctx context.Context, t chat.Tool, arguments json.RawMessage) (tool.Call, error) {
	tenant := actorOf(ctx).Tenant
	call := tool.Call{
		ID: "test_" + strings.ReplaceAll(uuid.NewString(), "-", ""), Tool: t, Arguments: arguments,
		Conversation: uuid.NewString(),
	}
	err := s.tenantTx(ctx, func(tx *db.TenantTx) error {
		row, err := tx.TenantGet(ctx)
		if err != nil {
			return err
		}
		if call.SigningKey, err = s.key.Signing(tenant, int(row.SigningNumber)); err != nil {
			return err
		}
		if t.MCP == nil {
			call.Secrets, err = s.openToolSecrets(ctx, tx, t.SecretNames())
			return err
		}
		found, err := tx.MCPServerGet(ctx, t.MCP.ServerID)
		if err != nil {
			return unknownAs(err, chat.NewError(chat.CodeInvalid, "There is no such MCP server.").At("body.tool.mcp.serverId"))
		}
		server, err := s.openMCPServer(ctx, tx, found)
		call.Server = &server
		return err
	})
	return call, err
}

// openToolSecrets gives those of the secrets that there are.
func (s *Server) openToolSecrets(ctx context.Context, tx *db.TenantTx, names []string) (map[string]string, error) {
	sealed, err := tx.ToolSecretsNamed(ctx, names)
	secrets := make(map[string]string, len(sealed))
	for _, one := range sealed {
		plain, err := s.key.Open(one.SecretCiphertext, actorOf(ctx).Tenant, secret.ToolColumn)
		if err != nil {
			return nil, fmt.Errorf("secret %s: %w", one.Name, err)
		}
		secrets[one.Name] = string(plain)
	}
	return secrets, err
}

func (s *Server) testPolicy(_ context.Context, in *testPolicyInput) (*testPolicyOutput, error) {
	policy := in.Body.Policy
	if err := checkPolicy(policy, "body.policy"); err != nil {
		return nil, err
	}
	arguments, err := sampleArguments(in.Body.Arguments)
	if err != nil {
		return nil, err
	}
	facts := tool.Facts{Arguments: arguments, Agent: in.Body.AgentID, Visitor: in.Body.Visitor.visitor()}
	shown := PolicyTest{}
	shown.Decision, err = tool.Decide(policy, facts)
	if err != nil {
		shown.Error = tool.Sentence(err)
		return &testPolicyOutput{Body: shown}, nil
	}
	for i, rule := range policy.Rules {
		// A rule alone decides only if it fits.
		alone := chat.ToolPolicy{Default: chat.DecideDeny, Rules: []chat.ToolRule{{When: rule.When, Then: chat.DecideAllow}}}
		if fits, err := tool.Decide(alone, facts); err == nil && fits == chat.DecideAllow {
			shown.Rule = &i
			break
		}
	}
	return &testPolicyOutput{Body: shown}, nil
}
