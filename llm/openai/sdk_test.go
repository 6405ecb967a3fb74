package openai_test

import (
	"encoding/json"
	"net/http/httptest"
	"testing"

	sdk "github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/option"
	"github.com/openai/openai-go/v3/responses"
	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/llm/simulator"
)

// The vendor's own client must find nothing missing in what the simulator says.

func vendor(t *testing.T) (sdk.Client, *simulator.Simulator) {
	t.Helper()
	sim := simulator.New(simulator.Config{})
	server := httptest.NewServer(sim)
	t.Cleanup(server.Close)
	return sdk.NewClient(option.WithBaseURL(server.URL+"/v1"), option.WithAPIKey(testKey), option.WithMaxRetries(0)), sim
}

func responseParams() responses.ResponseNewParams {
	return responses.ResponseNewParams{
		Model: "m", Background: sdk.Bool(true), Input: responses.ResponseNewParamsInputUnion{OfString: sdk.String("hello")},
	}
}

func TestVendorsResponses(t *testing.T) {
	t.Parallel()
	client, sim := vendor(t)
	sim.AddScript(simulator.Script{
		Reasoning: "Let me see.", Text: "It is here.", Calls: []simulator.Call{{ID: "a", Name: "f", Arguments: json.RawMessage(`{"x":1}`)}},
	})
	stream := client.Responses.NewStreaming(t.Context(), responseParams())
	var whole responses.Response
	for stream.Next() {
		switch event := stream.Current().AsAny().(type) {
		case nil:
			t.Fatalf("unknown event %s", stream.Current().RawJSON())
		case responses.ResponseCompletedEvent:
			whole = event.Response
		}
	}
	require.NoError(t, stream.Err())
	require.Equal(t, "It is here.", whole.OutputText())
	require.Len(t, whole.Output, 3)
	require.Equal(t, "Let me see.", whole.Output[0].AsReasoning().Summary[0].Text)
	require.Equal(t, `{"x":1}`, whole.Output[2].AsFunctionCall().Arguments)

	resumed := client.Responses.GetStreaming(t.Context(), whole.ID, responses.ResponseGetParams{StartingAfter: sdk.Int(4)})
	require.True(t, resumed.Next())
	require.EqualValues(t, 5, resumed.Current().SequenceNumber)
	require.NoError(t, resumed.Close())
	stored, err := client.Responses.Get(t.Context(), whole.ID, responses.ResponseGetParams{})
	require.NoError(t, err)
	require.Equal(t, whole.OutputText(), stored.OutputText())
	require.Equal(t, whole.Usage.TotalTokens, stored.Usage.TotalTokens)
	_, err = client.Responses.Cancel(t.Context(), whole.ID)
	require.NoError(t, err)
	require.NoError(t, client.Responses.Delete(t.Context(), whole.ID))
	_, err = client.Responses.Get(t.Context(), whole.ID, responses.ResponseGetParams{})
	var failed *sdk.Error
	require.ErrorAs(t, err, &failed)
	require.Equal(t, 404, failed.StatusCode)
}

func TestVendorsChat(t *testing.T) {
	t.Parallel()
	client, sim := vendor(t)
	sim.AddScript(simulator.Script{Text: "It is here.", Calls: []simulator.Call{{ID: "a", Name: "f"}, {ID: "b", Name: "g"}}})
	params := sdk.ChatCompletionNewParams{
		Model: "m", Messages: []sdk.ChatCompletionMessageParamUnion{sdk.UserMessage("hello")},
		StreamOptions: sdk.ChatCompletionStreamOptionsParam{IncludeUsage: sdk.Bool(true)},
	}
	stream := client.Chat.Completions.NewStreaming(t.Context(), params)
	var streamed sdk.ChatCompletionAccumulator
	for stream.Next() {
		require.True(t, streamed.AddChunk(stream.Current()))
	}
	require.NoError(t, stream.Err())
	whole, err := client.Chat.Completions.New(t.Context(), params)
	require.NoError(t, err)
	for _, completion := range []sdk.ChatCompletion{streamed.ChatCompletion, *whole} {
		message := completion.Choices[0].Message
		require.Equal(t, "It is here.", message.Content)
		require.Len(t, message.ToolCalls, 2)
		require.Equal(t, "g", message.ToolCalls[1].Function.Name)
		require.Equal(t, "tool_calls", completion.Choices[0].FinishReason)
		require.Positive(t, completion.Usage.TotalTokens)
	}
}

func TestVendorsEmbeddingsAndModels(t *testing.T) {
	t.Parallel()
	client, _ := vendor(t)
	embedded, err := client.Embeddings.New(t.Context(), sdk.EmbeddingNewParams{
		Model: "e", Input: sdk.EmbeddingNewParamsInputUnion{OfArrayOfStrings: []string{"one", "two"}}, Dimensions: sdk.Int(64),
	})
	require.NoError(t, err)
	require.Len(t, embedded.Data, 2)
	require.Len(t, embedded.Data[1].Embedding, 64)
	models, err := client.Models.List(t.Context())
	require.NoError(t, err)
	require.Equal(t, simulator.DefaultModel, models.Data[0].ID)
}
