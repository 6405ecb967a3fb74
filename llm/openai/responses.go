package openai

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"

	sdk "github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/responses"
	"github.com/openai/openai-go/v3/shared"

	"github.com/parley-chat/parley/llm"
)

// responsesBody says the request in the words of the Responses API.
func responsesBody(request llm.Request) (responses.ResponseNewParams, error) {
	body := responses.ResponseNewParams{
		Model:    request.Model,
		Input:    responses.ResponseNewParamsInputUnion{OfInputItemList: responsesInput(request.Messages)},
		Metadata: shared.Metadata(request.Metadata),
		// Only a stored answer can be resumed; any other should leave no trace.
		Store: sdk.Bool(request.Background),
		// Padding against eavesdroppers who measure packets doubles the bytes.
		StreamOptions: responses.ResponseNewParamsStreamOptions{IncludeObfuscation: sdk.Bool(false)},
	}
	if request.Background {
		body.Background = sdk.Bool(true)
	}
	if request.Instructions != "" {
		body.Instructions = sdk.String(request.Instructions)
	}
	if request.MaxOutputTokens > 0 {
		body.MaxOutputTokens = sdk.Int(int64(request.MaxOutputTokens))
	}
	if request.CacheKey != "" {
		body.PromptCacheKey = sdk.String(request.CacheKey)
	}
	if request.SafetyID != "" {
		body.SafetyIdentifier = sdk.String(hashed(request.SafetyID))
	}
	err := responsesShape(&body, request)
	return body, err
}

func responsesInput(messages []llm.Message) responses.ResponseInputParam {
	input := make(responses.ResponseInputParam, 0, len(messages))
	for _, message := range messages {
		if message.CallID != "" {
			outcome := responses.ResponseInputItemParamOfFunctionCallOutput(message.Text)
			outcome.OfFunctionCallOutput.CallID = sdk.String(message.CallID)
			input = append(input, outcome)
			continue
		}
		if message.Text != "" || len(message.Calls) == 0 {
			input = append(input, responses.ResponseInputItemParamOfMessage(message.Text, responses.EasyInputMessageRole(message.Role)))
		}
		for _, call := range message.Calls {
			input = append(input, responses.ResponseInputItemParamOfFunctionCall(call.Arguments, call.ID, call.Name))
		}
	}
	return input
}

// responsesShape adds the tools and the form of the answer.
func responsesShape(body *responses.ResponseNewParams, request llm.Request) error {
	for _, tool := range request.Tools {
		parameters, err := object(tool.Parameters)
		if err != nil {
			return err
		}
		function := responses.FunctionToolParam{Name: tool.Name, Parameters: parameters, Strict: sdk.Bool(tool.Strict)}
		if tool.Description != "" {
			function.Description = sdk.String(tool.Description)
		}
		body.Tools = append(body.Tools, responses.ToolUnionParam{OfFunction: &function})
	}
	if len(request.Tools) > 0 {
		body.ParallelToolCalls = sdk.Bool(true)
	}
	if request.JSONSchema == nil {
		return nil
	}
	schema, err := object(request.JSONSchema.Schema)
	body.Text.Format.OfJSONSchema = &responses.ResponseFormatTextJSONSchemaConfigParam{
		Name: request.JSONSchema.Name, Schema: schema, Strict: sdk.Bool(request.JSONSchema.Strict),
	}
	return err
}

// hashed hides an identifier in exactly the 64 characters that the API allows.
func hashed(id string) string {
	sum := sha256.Sum256([]byte(id))
	return hex.EncodeToString(sum[:])
}

// object reads a JSON Schema, which the SDK wants as a map. What is in its fields
// stays as it is written: models keep to the order of properties.
func object(schema json.RawMessage) (map[string]any, error) {
	fields := map[string]any{}
	if len(schema) == 0 {
		return fields, nil
	}
	var raw map[string]json.RawMessage
	if err := json.Unmarshal(schema, &raw); err != nil {
		return nil, llm.NewError(llm.KindInvalid, "a JSON Schema is not a JSON object").Because(err)
	}
	for name, field := range raw {
		fields[name] = field
	}
	return fields, nil
}
