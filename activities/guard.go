package activities

import (
	"context"
	_ "embed"
	"encoding/json"
	"slices"
	"strings"
	"sync"

	"github.com/parley-chat/parley/chat"
	"github.com/parley-chat/parley/llm"
)

// judgePrompt has the model judge what a question is about.
//
//go:embed prompts/judge.md
var judgePrompt string

// blockedError ends an answer with a sentence of ours.
type blockedError struct{ chat.Blocked }

func (*blockedError) Error() string { return "the answer was blocked by a check" }

// checkError says that a check could not be made.
type checkError struct{ cause error }

func (*checkError) Error() string   { return "what was said cannot be checked" }
func (e *checkError) Unwrap() error { return e.cause }

// verdict is what a check says: nothing, if all is well.
type verdict struct {
	blocked *chat.Blocked
	err     error
}

// asError is what the verdict means for the answer.
func (v verdict) asError() error {
	switch {
	case v.blocked != nil:
		return &blockedError{*v.blocked}
	case v.err != nil:
		return &checkError{v.err}
	default:
		return nil
	}
}

// settle lets an answer go on whose check cannot be made, if its agent's owner wants that.
func (g *gate) settle(ctx context.Context, v verdict) verdict {
	if v.err == nil || ctx.Err() != nil {
		return v
	}
	if g.guards.WhenDown != chat.DownAllow {
		g.metrics.Unchecked("blocked")
		return v
	}
	g.metrics.Unchecked("allowed")
	g.step.Logger().WarnContext(ctx, "guardrails: a check cannot be made, the answer goes on", "error", v.err)
	return verdict{}
}

// judgeQuestion asks everybody at once who has to say something about a question, and
// gives the first objection.
func (g *gate) judgeQuestion(ctx context.Context, question string) verdict {
	var checks []func() verdict
	if g.guards.Moderation.Input {
		checks = append(checks, func() verdict { return g.moderate(ctx, chat.StageInput, question) })
	}
	if topics := g.guards.Judged(); len(topics) > 0 {
		checks = append(checks, func() verdict { return g.judgeTopic(ctx, topics, question) })
	}
	verdicts := make([]verdict, len(checks))
	var all sync.WaitGroup
	for i, check := range checks {
		all.Go(func() { verdicts[i] = g.settle(ctx, check()) })
	}
	all.Wait()
	for _, v := range verdicts {
		if v.blocked != nil {
			return v
		}
	}
	for _, v := range verdicts {
		if v.err != nil {
			return v
		}
	}
	return verdict{}
}

// moderate has the provider judge a text.
func (g *gate) moderate(ctx context.Context, stage chat.Stage, text string) verdict {
	name := g.guards.Moderation.Model
	if name == "" {
		name = chat.DefaultModerationModel
	}
	judgement, err := g.models.Moderate(ctx, name, text)
	if err != nil {
		return verdict{err: err}
	}
	found := judgement.Categories
	if limits := g.guards.Moderation.Thresholds; len(limits) > 0 {
		found = nil
		for category, limit := range limits {
			if judgement.Scores[category] >= limit {
				found = append(found, category)
			}
		}
		slices.Sort(found)
	} else if !judgement.Flagged {
		return verdict{}
	}
	if len(g.guards.Moderation.Thresholds) > 0 && len(found) == 0 {
		return verdict{}
	}
	return verdict{blocked: &chat.Blocked{Stage: stage, Check: chat.CheckModeration, Categories: found}}
}

const (
	judgeTokens  = 1000 // models that think need some
	judgeContext = 6    // messages before the question
)

// judgeTopic has the model judge what a question is about. The call is in the books.
func (g *gate) judgeTopic(ctx context.Context, topics []chat.BlockedTopic, question string) verdict {
	id, err := g.step.OpenCheck(ctx)
	if err != nil {
		return verdict{err: err}
	}
	m := g.models.next(g.failures)
	request := g.judgeRequest(m.name, topics, question)
	request.ID = id
	answer, err := llm.Complete(ctx, m, request)
	m.done(err)
	if err != nil {
		return verdict{err: err}
	}
	if err := g.step.SettleCheck(ctx, costOf(request, answer)); err != nil {
		return verdict{err: err}
	}
	var found struct{ Topic string }
	if err := json.Unmarshal([]byte(answer.Text), &found); err != nil || !isTopic(topics, found.Topic) {
		return verdict{err: llm.NewError(llm.KindOverloaded, "the judge of topics has not given a verdict")}
	}
	if found.Topic == chat.NoTopic {
		return verdict{}
	}
	return verdict{blocked: &chat.Blocked{Stage: chat.StageInput, Check: chat.CheckTopic, Topic: found.Topic}}
}

func isTopic(topics []chat.BlockedTopic, name string) bool {
	return name == chat.NoTopic || slices.ContainsFunc(topics, func(t chat.BlockedTopic) bool { return t.Name == name })
}

func (g *gate) judgeRequest(name string, topics []chat.BlockedTopic, question string) llm.Request {
	lines, names := []string{judgePrompt}, []string{chat.NoTopic}
	for _, topic := range topics {
		lines = append(lines, "- "+topic.Name+": "+topic.Description)
		names = append(names, topic.Name)
	}
	schema, _ := json.Marshal(map[string]any{ //nolint:errchkjson // strings always encode
		"type": "object", "additionalProperties": false, "required": []string{"topic"},
		"properties": map[string]any{"topic": map[string]any{"type": "string", "enum": names}},
	})
	request := llm.Request{
		Model: name, Instructions: strings.Join(lines, "\n"), MaxOutputTokens: judgeTokens, SafetyID: g.step.Visitor.String(),
		JSONSchema: &llm.Schema{Name: "verdict", Strict: true, Schema: schema},
	}
	if before := g.before(); before != "" {
		request.Messages = append(request.Messages, llm.Message{Role: chat.RoleUser, Text: llm.Data("what was said before", before)})
	}
	request.Messages = append(request.Messages, llm.Message{Role: chat.RoleUser, Text: llm.Data("the visitor's newest message", question)})
	return request
}

// before is what was said before the question, as far as it helps to understand that.
func (g *gate) before() string {
	var lines []string
	said := g.step.Prompt()
	for len(said) > 0 && said[len(said)-1].Role == chat.RoleUser && said[len(said)-1].CallID == "" {
		said = said[:len(said)-1]
	}
	for _, message := range said[max(0, len(said)-judgeContext):] {
		if message.CallID == "" && message.Text != "" {
			lines = append(lines, string(message.Role)+": "+message.Text)
		}
	}
	return strings.Join(lines, "\n")
}
