package tool

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/ext"
	lru "github.com/hashicorp/golang-lru/v2"

	"github.com/parley-chat/parley/chat"
)

const (
	// ruleCost bounds what one rule may compute, in CEL's units: each is about one
	// operation.
	ruleCost = 100_000
	// maxRule bounds a rule's text, in bytes.
	maxRule = 4 << 10
)

var (
	rules, _    = lru.New[string, cel.Program](kept) // fails for sizes below 1 alone
	expressions = mustExpressions()
	// compiling is held while a rule is compiled: cel-go 0.33 makes its catalogue of
	// names, which it suggests from, at the first mistake and without a lock.
	compiling sync.Mutex
)

func mustExpressions() *cel.Env {
	facts := cel.MapType(cel.StringType, cel.DynType)
	env, err := cel.NewEnv(
		cel.Variable("args", facts), cel.Variable("visitor", facts), cel.Variable("agent", facts),
		cel.CrossTypeNumericComparisons(true),
		cel.OptionalTypes(), // args.?amount.orValue(0): arguments may be missing
		ext.Strings(ext.StringsVersion(5)),
	)
	if err != nil {
		panic(err) // it depends on nothing that varies
	}
	return env
}

// ByDefault says of a decision that no rule has made it.
const ByDefault = "default"

// Decide applies a policy to a call. Where a rule cannot be evaluated, like one
// that asks for an argument that is not there, it gives DecideDeny and the error.
func Decide(policy chat.ToolPolicy, facts Facts) (chat.ToolDecision, error) {
	decision, _, err := DecideBy(policy, facts)
	return decision, err
}

// DecideBy is Decide, and says by what: the condition of the rule that has decided, or
// could not be evaluated, or ByDefault.
func DecideBy(policy chat.ToolPolicy, facts Facts) (decision chat.ToolDecision, by string, err error) {
	given, err := facts.variables()
	if err != nil {
		return chat.DecideDeny, ByDefault, err
	}
	for _, rule := range policy.Rules {
		fits, err := fits(rule.When, given)
		if err != nil {
			return chat.DecideDeny, rule.When, fmt.Errorf("rule %q: %w", rule.When, err)
		}
		if fits {
			decision, err = decided(rule.Then)
			return decision, rule.When, err
		}
	}
	decision, err = decided(policy.Default)
	return decision, ByDefault, err
}

// decided denies what nobody has decided.
func decided(decision chat.ToolDecision) (chat.ToolDecision, error) {
	switch decision {
	case chat.DecideAllow, chat.DecideAskStaff, chat.DecideAskVisitor, chat.DecideDeny:
		return decision, nil
	case "":
		return chat.DecideDeny, nil
	default:
		return chat.DecideDeny, fmt.Errorf("there is no decision %q", decision)
	}
}

// CheckRule finds what keeps a text from being a rule's condition, in words for
// whoever has written it.
func CheckRule(when string) error {
	_, err := rule(when)
	return err
}

func fits(when string, given map[string]any) (bool, error) {
	program, err := rule(when)
	if err != nil {
		return false, err
	}
	value, _, err := program.Eval(given)
	if err != nil {
		return false, err
	}
	fits, ok := value.Value().(bool)
	if !ok {
		return false, errNotBool
	}
	return fits, nil
}

// costly functions make texts that may be as long as one times another. What that
// costs is known only once they are made.
var costly = []string{"replace", "join"}

var errNotBool = errors.New("a rule must be true or false")

func rule(when string) (cel.Program, error) {
	if program, ok := rules.Get(when); ok {
		return program, nil
	}
	switch {
	case strings.TrimSpace(when) == "":
		return nil, errors.New("the rule is empty")
	case len(when) > maxRule:
		return nil, fmt.Errorf("the rule is longer than %d KB", maxRule>>10)
	}
	parsed, issues := compile(when)
	if faults := issues.Errors(); len(faults) > 0 {
		first := faults[0]
		return nil, fmt.Errorf("line %d, column %d: %s", first.Location.Line(), first.Location.Column()+1, first.Message)
	}
	for _, name := range costly {
		if len(ast.MatchDescendants(ast.NavigateAST(parsed.NativeRep()), ast.FunctionMatcher(name))) > 0 {
			return nil, fmt.Errorf("%s is not available in rules", name)
		}
	}
	// What an argument is shows only when the rule is applied.
	if kind := parsed.OutputType(); kind != cel.BoolType && kind != cel.DynType {
		return nil, errNotBool
	}
	program, err := expressions.Program(parsed, cel.CostLimit(ruleCost))
	if err == nil {
		rules.Add(when, program)
	}
	return program, err
}

func compile(when string) (*cel.Ast, *cel.Issues) {
	compiling.Lock()
	defer compiling.Unlock()
	return expressions.Compile(when)
}

// variables are the facts as rules see them.
func (f Facts) variables() (map[string]any, error) {
	args, err := object(f.Arguments)
	if err != nil {
		return nil, errNoObject
	}
	traits, err := object(f.Visitor.Traits)
	if err != nil {
		return nil, errors.New("the visitor's traits are not a JSON object")
	}
	return map[string]any{
		"args":  args,
		"agent": map[string]any{"id": f.Agent},
		"visitor": map[string]any{
			"id": f.Visitor.ID, "externalId": f.Visitor.ExternalID, "name": f.Visitor.Name, "email": f.Visitor.Email, "traits": traits,
		},
	}, nil
}

// object decodes a JSON object for CEL; none is an empty one.
func object(document json.RawMessage) (map[string]any, error) {
	if len(document) == 0 {
		return map[string]any{}, nil
	}
	value, err := decode(document)
	if err != nil {
		return nil, err
	}
	fields, ok := numeric(value).(map[string]any)
	if !ok && value != nil {
		return nil, errNoObject
	}
	return fields, nil
}

// numeric makes numbers of a decoded document's: whole ones stay so, which lets
// rules calculate with them and with their own.
func numeric(value any) any {
	switch value := value.(type) {
	case json.Number:
		if whole, err := value.Int64(); err == nil {
			return whole
		}
		fraction, _ := value.Float64() // decode has seen to it
		return fraction
	case []any:
		for i := range value {
			value[i] = numeric(value[i])
		}
	case map[string]any:
		for key := range value {
			value[key] = numeric(value[key])
		}
	}
	return value
}
