package openai

import (
	"context"
	"io"
	"net/http"
	"slices"

	"github.com/openai/openai-go/v3/option"

	"github.com/parley-chat/parley/llm"
)

// judgementBytes bounds the answer about one text.
const judgementBytes = 64 << 10

type moderationRequest struct {
	Model string `json:"model"`
	Input string `json:"input"`
}

type moderationAnswer struct {
	Results []struct {
		Flagged    bool               `json:"flagged"`
		Categories map[string]bool    `json:"categories"`
		Scores     map[string]float64 `json:"category_scores"`
	} `json:"results"`
}

// Moderate implements llm.Provider for both dialects: the judge is the same.
func (c connection) Moderate(ctx context.Context, model, text string) (llm.Judgement, error) {
	var response *http.Response
	var answer moderationAnswer
	request := moderationRequest{Model: model, Input: text}
	err := c.client.Execute(ctx, http.MethodPost, "moderations", request, &answer,
		option.WithResponseInto(&response), option.WithMiddleware(boundJudgements))
	if err != nil {
		return llm.Judgement{}, c.classify(ctx, err, response)
	}
	if len(answer.Results) == 0 {
		return llm.Judgement{}, llm.NewError(llm.KindInvalid, "the server has not judged the text")
	}
	result := answer.Results[0]
	judgement := llm.Judgement{Flagged: result.Flagged, Scores: result.Scores}
	for category, found := range result.Categories {
		if found {
			judgement.Categories = append(judgement.Categories, category)
		}
	}
	slices.Sort(judgement.Categories)
	return judgement, nil
}

// boundJudgements cuts what is no judgement any more off.
func boundJudgements(request *http.Request, next option.MiddlewareNext) (*http.Response, error) {
	response, err := next(request)
	if err == nil {
		response.Body = cutBody{Reader: io.LimitReader(response.Body, judgementBytes), Closer: response.Body}
	}
	return response, err
}
