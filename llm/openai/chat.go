package openai

import (
	sdk "github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/shared"

	"github.com/parley-chat/parley/chat"
	"github.com/parley-chat/parley/llm"
)

// chatBody says the request in the words of Chat Completions. Servers that only
// imitate it often refuse fields they do not know, so what serves OpenAI alone
// is sent to OpenAI alone.
func chatBody(request llm.Request, official bool) (sdk.ChatCompletionNewParams, error) {
	body := sdk.ChatCompletionNewParams{
		Model:         request.Model,
		Messages:      chatMessages(request),
		StreamOptions: sdk.ChatCompletionStreamOptionsParam{IncludeUsage: sdk.Bool(true)},
	}
	if official {
		officialFields(&body, request)
	} else if request.MaxOutputTokens > 0 {
		// The older name: imitations know it, OpenAI's newer models refuse it.
		body.MaxTokens = sdk.Int(int64(request.MaxOutputTokens))
	}
	err := chatShape(&body, request)
	return body, err
}

func officialFields(body *sdk.ChatCompletionNewParams, request llm.Request) {
	body.StreamOptions.IncludeObfuscation = sdk.Bool(false)
	if request.MaxOutputTokens > 0 {
		body.MaxCompletionTokens = sdk.Int(int64(request.MaxOutputTokens))
	}
	if request.CacheKey != "" {
		body.PromptCacheKey = sdk.String(request.CacheKey)
	}
	if request.SafetyID != "" {
		body.SafetyIdentifier = sdk.String(hashed(request.SafetyID))
	}
	if len(request.Tools) > 0 {
		body.ParallelToolCalls = sdk.Bool(true)
	}
}

func chatMessages(request llm.Request) []sdk.ChatCompletionMessageParamUnion {
	messages := make([]sdk.ChatCompletionMessageParamUnion, 0, len(request.Messages)+1)
	if request.Instructions != "" {
		messages = append(messages, sdk.SystemMessage(request.Instructions))
	}
	for _, message := range request.Messages {
		messages = append(messages, chatMessage(message))
	}
	return messages
}

func chatMessage(message llm.Message) sdk.ChatCompletionMessageParamUnion {
	switch {
	case message.CallID != "":
		return sdk.ToolMessage(message.Text, message.CallID)
	case message.Role != chat.RoleAssistant:
		return sdk.UserMessage(message.Text)
	case len(message.Calls) == 0:
		return sdk.AssistantMessage(message.Text)
	}
	var asked sdk.ChatCompletionAssistantMessageParam
	if message.Text != "" {
		asked.Content.OfString = sdk.String(message.Text)
	}
	for _, call := range message.Calls {
		asked.ToolCalls = append(asked.ToolCalls, sdk.ChatCompletionMessageToolCallUnionParam{
			OfFunction: &sdk.ChatCompletionMessageFunctionToolCallParam{
				ID:       call.ID,
				Function: sdk.ChatCompletionMessageFunctionToolCallFunctionParam{Name: call.Name, Arguments: call.Arguments},
			},
		})
	}
	return sdk.ChatCompletionMessageParamUnion{OfAssistant: &asked}
}

// chatShape adds the tools and the form of the answer.
func chatShape(body *sdk.ChatCompletionNewParams, request llm.Request) error {
	for _, tool := range request.Tools {
		parameters, err := object(tool.Parameters)
		if err != nil {
			return err
		}
		function := shared.FunctionDefinitionParam{Name: tool.Name, Parameters: parameters}
		if tool.Description != "" {
			function.Description = sdk.String(tool.Description)
		}
		if tool.Strict {
			function.Strict = sdk.Bool(true)
		}
		body.Tools = append(body.Tools, sdk.ChatCompletionFunctionTool(function))
	}
	if request.JSONSchema == nil {
		return nil
	}
	schema, err := object(request.JSONSchema.Schema)
	body.ResponseFormat.OfJSONSchema = &shared.ResponseFormatJSONSchemaParam{
		JSONSchema: shared.ResponseFormatJSONSchemaJSONSchemaParam{
			Name: request.JSONSchema.Name, Schema: schema, Strict: sdk.Bool(request.JSONSchema.Strict),
		},
	}
	return err
}
