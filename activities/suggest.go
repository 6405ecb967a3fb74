package activities

import (
	"context"
	_ "embed"
	"encoding/json"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/temporal"

	"github.com/parley-chat/parley/chat"
	"github.com/parley-chat/parley/llm"
	"github.com/parley-chat/parley/llm/tokens"
	"github.com/parley-chat/parley/structured"
	"github.com/parley-chat/parley/telemetry"
	"github.com/parley-chat/parley/turn"
	"github.com/parley-chat/parley/workflows"
)

//go:embed prompts/suggest.md
var suggestPrompt string

var suggestSchema = llm.Schema{
	Name:   "suggestions",
	Strict: true,
	Schema: json.RawMessage(`{"type":"object","additionalProperties":false,"required":["items"],` +
		`"properties":{"items":{"type":"array","maxItems":3,"items":{"type":"string","maxLength":80}}}}`),
}

const suggestTokens = 400

// Suggest implements workflows.Activities.
func (a *Activities) Suggest(ctx context.Context, in workflows.SuggestInput) error {
	ctx = telemetry.About(ctx, telemetry.Subject{Tenant: in.Tenant, Turn: in.Turn})
	followUp, err := a.turns.OpenFollowUp(ctx, in.Tenant, in.Turn, activity.GetInfo(ctx).Attempt)
	if err != nil || followUp.Done {
		return err
	}
	l, err := a.models.of(in.Tenant, followUp.Account, followUp.Config)
	if err != nil {
		return err
	}
	tries := triesOf(ctx)
	m := l.next(tries.soFar())
	request := suggestRequest(m.name, followUp)
	answer, err := llm.Complete(ctx, m, request)
	m.done(err)
	if err != nil {
		return tries.among(l).stepError(ctx, err)
	}
	items, unusable := suggestions(answer.Text)
	if err := a.turns.StoreSuggestions(ctx, followUp, items, costOf(request, answer)); err != nil {
		return err
	}
	return unusable
}

func suggestRequest(name string, followUp turn.FollowUp) llm.Request {
	instructions := suggestPrompt + followUp.Config.Instructions
	return llm.Request{
		ID:              followUp.CallID(),
		Model:           name,
		Instructions:    instructions,
		Messages:        tokens.Trim(name, tokens.Budget(name, suggestTokens), instructions, followUp.Messages),
		MaxOutputTokens: suggestTokens,
		JSONSchema:      &suggestSchema,
		SafetyID:        followUp.Visitor.String(),
	}
}

// suggestions reads the model's answer and keeps what fits on a button.
func suggestions(text string) ([]string, error) {
	var found chat.Suggestions
	if err := json.Unmarshal([]byte(text), &found); err != nil {
		return nil, temporal.NewNonRetryableApplicationError("the model's suggestions are not what was asked for", workflows.ErrorInternal, err)
	}
	return structured.Suggestions(found.Items), nil
}
