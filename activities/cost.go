package activities

import (
	"github.com/parley-chat/parley/llm"
	"github.com/parley-chat/parley/llm/tokens"
	"github.com/parley-chat/parley/turn"
)

// costOf is what a call has cost: as the provider reports it, or, where it reports
// nothing, by our own estimate of what was asked and said.
func costOf(request llm.Request, answer llm.Answer) turn.Usage {
	cost := turn.Usage{Model: request.Model, ResponseID: answer.ResponseID}
	if answer.Usage != nil {
		cost.Usage = *answer.Usage
		return cost
	}
	cost.Estimated = true
	cost.InputTokens = int64(tokens.Estimate(request.Instructions, request.Messages))
	cost.OutputTokens = int64(tokens.Estimate(answer.Text, nil))
	return cost
}
