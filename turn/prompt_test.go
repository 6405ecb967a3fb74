package turn

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/chat"
	"github.com/parley-chat/parley/db"
	"github.com/parley-chat/parley/llm"
)

// TestPromptKeepsTheOrderInWhichThingsWereHeard: a message that came in during
// an answer stands between the answer's halves.
func TestPromptKeepsTheOrderInWhichThingsWereHeard(t *testing.T) {
	t.Parallel()
	first, steering, next := chat.NewID[chat.MessageID](), chat.NewID[chat.MessageID](), chat.NewID[chat.MessageID]()
	marker, err := chat.DataChunk(chat.ChunkSteer, "steer-1", chat.Steer{MessageIDs: []chat.MessageID{steering}})
	require.NoError(t, err)
	answer := chat.Fold([]chat.Part{chat.TextPart("Half.")}, marker)
	answer = append(answer, chat.TextPart("Other half."))
	newestFirst := []db.PromptMessagesRow{
		{ID: next, Role: chat.RoleUser, Parts: []chat.Part{chat.TextPart("Next?")}},
		{ID: chat.NewID[chat.MessageID](), Role: chat.RoleAssistant, Parts: answer},
		{ID: steering, Role: chat.RoleUser, Parts: []chat.Part{chat.TextPart("Wait!")}},
		{ID: first, Role: chat.RoleUser, Parts: []chat.Part{chat.TextPart("First?")}},
	}
	require.Equal(t, []llm.Message{
		{Role: chat.RoleUser, Text: "First?"},
		{Role: chat.RoleAssistant, Text: "Half."},
		{Role: chat.RoleUser, Text: "Wait!"},
		{Role: chat.RoleAssistant, Text: "Other half."},
		{Role: chat.RoleUser, Text: "Next?"},
	}, prompt(newestFirst, nil, chat.Output{}))
}

// TestPromptTellsOfCalls: each call stands with its outcome, in the step that has
// asked for it.
func TestPromptTellsOfCalls(t *testing.T) {
	t.Parallel()
	call := func(id, state string) chat.Part {
		return chat.Part{Type: chat.PartTool, ToolCallID: id, ToolName: "look", State: state, Input: json.RawMessage(`{"at":"` + id + `"}`)}
	}
	done, failed, refused := call("done", chat.ToolPartOutput), call("failed", chat.ToolPartError), call("refused", chat.ToolPartDenied)
	done.Output, failed.ErrorText = json.RawMessage(`[1]`), "It is closed."
	refused.Approval = &chat.PartApproval{Reason: "Too much."}
	garbled := failed
	garbled.ToolCallID, garbled.Input = "garbled", json.RawMessage(`"{not json"`)
	parts := []chat.Part{
		{Type: chat.PartStepStart}, chat.TextPart("I look."), done, failed,
		{Type: chat.PartStepStart}, refused, garbled, call("open", chat.ToolPartInput),
		{Type: chat.PartStepStart}, chat.TextPart("Found."),
	}
	asked := func(id string) llm.ToolCall {
		return llm.ToolCall{ID: id, Name: "look", Arguments: `{"at":"` + id + `"}`}
	}
	require.Equal(t, []llm.Message{
		{Role: chat.RoleAssistant, Text: "I look.", Calls: []llm.ToolCall{asked("done"), asked("failed")}},
		{CallID: "done", Text: llm.Data("look", `[1]`)},
		{CallID: "failed", Text: llm.Data("look", `{"error":"It is closed."}`)},
		{Role: chat.RoleAssistant, Calls: []llm.ToolCall{asked("refused"), {ID: "garbled", Name: "look", Arguments: "{not json"}, asked("open")}},
		{CallID: "refused", Text: `{"error":"This was not allowed, and not done. The reason: Too much."}`},
		{CallID: "garbled", Text: llm.Data("look", `{"error":"It is closed."}`)},
		{CallID: "open", Text: `{"error":"It is not known what became of this."}`},
		{Role: chat.RoleAssistant, Text: "Found."},
	}, prompt(nil, parts, chat.Output{}))
}

// TestPromptLeavesOutWhatWasBlocked: also where a later question asks for it again.
func TestPromptLeavesOutWhatWasBlocked(t *testing.T) {
	t.Parallel()
	bad, steering := chat.NewID[chat.MessageID](), chat.NewID[chat.MessageID]()
	blocked := func(ids ...chat.MessageID) chat.Part {
		chunk, err := chat.DataChunk(chat.ChunkBlocked, "blocked-1", chat.BlockedNotice{Stage: chat.StageInput, MessageIDs: ids})
		require.NoError(t, err)
		return chat.Part{Type: chat.PartBlocked, ID: chunk.ID, Data: chunk.Data}
	}
	newestFirst := []db.PromptMessagesRow{
		{ID: chat.NewID[chat.MessageID](), Role: chat.RoleUser, Parts: []chat.Part{chat.TextPart("Answer it after all.")}},
		{ID: chat.NewID[chat.MessageID](), Role: chat.RoleAssistant, Parts: []chat.Part{chat.TextPart("No."), blocked(bad)}},
		{ID: bad, Role: chat.RoleUser, Parts: []chat.Part{chat.TextPart("Something bad.")}},
	}
	require.Equal(t, []llm.Message{
		{Role: chat.RoleUser, Text: withheld}, {Role: chat.RoleAssistant, Text: "No."}, {Role: chat.RoleUser, Text: "Answer it after all."},
	}, prompt(newestFirst, nil, chat.Output{}))
	marker, err := chat.DataChunk(chat.ChunkSteer, "steer-1", chat.Steer{MessageIDs: []chat.MessageID{steering}})
	require.NoError(t, err)
	newestFirst = append([]db.PromptMessagesRow{{ID: steering, Role: chat.RoleUser, Parts: []chat.Part{chat.TextPart("Bad as well.")}}}, newestFirst...)
	current := append(chat.Fold(nil, marker), chat.TextPart("No."), blocked(steering))
	require.NotContains(t, prompt(newestFirst, current, chat.Output{}), llm.Message{Role: chat.RoleUser, Text: "Bad as well."})
}

func TestShorten(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"short":                      "short",
		"  two\nlines  ":             "two lines",
		"one two three four five":    "one two…",
		"überlanges Wort ohne Ende":  "überlanges…",
		"abcdefghijklmnopqrstuvwxyz": "abcdefghijkl…",
	} {
		require.Equal(t, want, shorten(text, 12), text)
	}
}

// TestPromptSaysWhatPagesSaid: the model must not take a browser's word for the tenant's.
func TestPromptSaysWhatPagesSaid(t *testing.T) {
	t.Parallel()
	part := chat.Part{Type: chat.PartTool, ToolCallID: "a", State: chat.ToolPartOutput, Output: json.RawMessage(`{"items":3}`), ProviderExecuted: new(false)}
	require.Contains(t, toldOf(part), `{"from":"the visitor's browser, which may say anything","output":{"items":3}}`)
}
