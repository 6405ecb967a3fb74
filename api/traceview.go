package api

import (
	"strings"

	"github.com/parley-chat/parley/chat"
	"github.com/parley-chat/parley/db"
	"github.com/parley-chat/parley/turn"
)

// traceOf shows a trace as the API does.
func traceOf(t *turn.Trace) Trace {
	row := t.Row
	shown := Trace{
		TurnID: row.ID, ConversationID: row.ConversationID, AgentID: row.AgentID, AgentName: t.Agent.AgentName,
		AgentVersion: int(t.Agent.AgentVersion.Number), Revision: t.Agent.AgentVersion.Revision,
		Status: row.Status, FinishReason: row.FinishReason, Error: turnOf(row).Error,
		CreatedAt: row.CreatedAt, FirstTextAt: t.FirstTextAt, FinishedAt: row.FinishedAt, StopAskedAt: row.StopRequestedAt,
		Usage: sumOf(t.Usage), Steps: make([]TraceStep, len(t.Steps)), Other: []TraceModelCall{}, Log: t.Log, Attempts: t.Past,
	}
	for i, step := range t.Steps {
		shown.Steps[i] = TraceStep{
			Number: step.Number, BegunAt: step.BegunAt, AnsweredAt: step.AnsweredAt, FirstTextAt: step.FirstTextAt, EndedAt: step.EndedAt,
			Attempts: step.Tries.Attempts, LastFailure: step.Tries.Failure, Resets: step.Resets,
			Calls: []TraceModelCall{}, Text: chat.Text(step.Parts), Reasoning: reasoningIn(step.Parts), ToolCalls: toolCallsOf(step, t),
		}
	}
	for _, row := range t.Usage {
		call := modelCallOf(row)
		shown.Unpriced = shown.Unpriced || call.Unpriced
		if call.Purpose == "answer" {
			step := &shown.Steps[row.Step-1]
			step.Calls = append(step.Calls, call)
		} else {
			shown.Other = append(shown.Other, call)
		}
	}
	return shown
}

func modelCallOf(row db.Usage) TraceModelCall {
	return TraceModelCall{
		ID: row.ID.String(), Purpose: row.Purpose, Attempt: int(row.Attempt), Model: row.Model, State: row.Source,
		InputTokens: row.InputTokens, CachedTokens: row.CachedTokens, OutputTokens: row.OutputTokens, ReasoningTokens: row.ReasoningTokens,
		CostMicros: row.CostMicros, Unpriced: row.Model != "" && !turn.Priced(row.Model), PriceVersion: row.PriceVersion,
		ResponseID: row.ResponseID, CreatedAt: row.CreatedAt,
	}
}

func reasoningIn(parts []chat.Part) string {
	var text strings.Builder
	for _, part := range parts {
		if part.Type == chat.PartReasoning {
			text.WriteString(part.Text)
		}
	}
	return text.String()
}

// toolCallsOf shows the calls of a step as the ledger has them, and before it does what
// the model has asked for so far.
func toolCallsOf(step turn.TracedStep, t *turn.Trace) []TraceToolCall {
	shown := []TraceToolCall{}
	for _, part := range step.Parts {
		if part.Type != chat.PartTool {
			continue
		}
		call := TraceToolCall{ID: part.ToolCallID, Tool: part.ToolName, Title: part.Title, Arguments: part.Input, Error: part.ErrorText}
		for _, row := range t.Calls {
			if row.ID == part.ToolCallID {
				call = ledgerCall(row, t)
			}
		}
		shown = append(shown, call)
	}
	return shown
}

func ledgerCall(row db.ToolCall, t *turn.Trace) TraceToolCall {
	call := TraceToolCall{
		ID: row.ID, Tool: row.Tool, Class: row.Class, State: row.State, Arguments: row.Arguments,
		Decision: row.Decision, DecidedBy: row.DecidedBy, Attempts: int(row.Attempts), Output: row.Output, Error: row.Error,
		Told: row.Told, CreatedAt: &row.CreatedAt, DispatchedAt: row.DispatchedAt, FinishedAt: row.FinishedAt,
	}
	if row.ReusedFrom != nil {
		call.ReusedFrom = *row.ReusedFrom
	}
	if tool := t.Agent.AgentVersion.Config.Find(row.Tool); tool != nil {
		call.Title = tool.Title
	}
	for _, asked := range t.Approvals {
		if asked.CallID == row.ID {
			call.Approval = &TraceApproval{
				ID: asked.ID, Asks: asked.Asks, State: asked.State, Expired: asked.Expired, Reason: asked.Reason,
				CreatedAt: asked.CreatedAt, DecidedAt: asked.DecidedAt,
			}
		}
	}
	return call
}
