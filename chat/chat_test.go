package chat_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/chat"
)

func TestIDs(t *testing.T) {
	t.Parallel()
	id := chat.NewID[chat.TurnID]()
	require.False(t, id.IsZero())
	parsed, err := chat.ParseID[chat.TurnID](id.String())
	require.NoError(t, err)
	require.Equal(t, id, parsed)

	raw, err := json.Marshal(struct {
		Some chat.TurnID `json:"some"`
		None chat.TurnID `json:"none,omitzero"`
	}{Some: id})
	require.NoError(t, err)
	require.JSONEq(t, `{"some":"`+id.String()+`"}`, string(raw))
}

func TestBadIDs(t *testing.T) {
	t.Parallel()
	id := chat.NewID[chat.TurnID]().String()
	for _, text := range []string{"", "x", id[:35], id + "0", "{" + id + "}", "urn:uuid:" + id, "00000000-0000-0000-0000-000000000000"} {
		_, err := chat.ParseID[chat.TurnID](text)
		require.ErrorContains(t, err, "is not the id of a turn", text)
	}
	var id2 chat.AgentID
	require.Error(t, json.Unmarshal([]byte(`"nonsense"`), &id2))
	require.NoError(t, json.Unmarshal([]byte(`""`), &id2))
	require.True(t, id2.IsZero())
}

func fold(chunks ...chat.Chunk) []chat.Part {
	var parts []chat.Part
	for _, chunk := range chunks {
		parts = chat.Fold(parts, chunk)
	}
	return parts
}

func TestFoldMakesTheStoredMessage(t *testing.T) {
	t.Parallel()
	parts := fold(
		chat.Chunk{Type: chat.ChunkStart},
		chat.Chunk{Type: chat.ChunkStartStep},
		chat.Chunk{Type: chat.ChunkReasoningStart, ID: "p1"},
		chat.Chunk{Type: chat.ChunkReasoningDelta, ID: "p1", Delta: "hm"},
		chat.Chunk{Type: chat.ChunkReasoningEnd, ID: "p1"},
		chat.Chunk{Type: chat.ChunkTextStart, ID: "p2"},
		chat.Chunk{Type: chat.ChunkTextDelta, ID: "p2", Delta: "Hel"},
		chat.Chunk{Type: chat.ChunkTextDelta, ID: "p2", Delta: "lo"},
		chat.Chunk{Type: chat.ChunkStatus, Data: json.RawMessage(`{}`), Transient: true},
	)
	require.Equal(t, []chat.Part{
		{Type: chat.PartStepStart},
		{Type: chat.PartReasoning, ID: "p1", Text: "hm", State: chat.PartDone},
		{Type: chat.PartText, ID: "p2", Text: "Hello", State: chat.PartStreaming},
	}, parts)
	require.Equal(t, chat.PartDone, chat.Closed(parts)[2].State)
	require.Equal(t, "Hello", chat.Text(parts))
}

func TestFoldKeepsOnePartForACall(t *testing.T) {
	t.Parallel()
	about := func(kind chat.ChunkType) chat.Chunk {
		return chat.Chunk{Type: kind, ToolCallID: "c", ToolName: "look", Title: "Look", Dynamic: true}
	}
	whole := about(chat.ChunkToolInputAvailable)
	whole.Input = json.RawMessage(`{"at":1}`)
	progress := chat.Chunk{Type: chat.ChunkToolOutput, ToolCallID: "c", Output: json.RawMessage(`1`), Preliminary: true}
	outcome := chat.Chunk{Type: chat.ChunkToolOutput, ToolCallID: "c", Output: json.RawMessage(`2`)}
	part := chat.Part{Type: chat.PartTool, ToolCallID: "c", ToolName: "look", Title: "Look", State: chat.ToolPartInput, Input: whole.Input}

	require.Equal(t, []chat.Part{part}, fold(about(chat.ChunkToolInputStart), whole, progress))
	asked := part
	asked.State, asked.Approval = chat.ToolPartAsked, &chat.PartApproval{ID: "a"}
	require.Equal(t, []chat.Part{asked}, fold(whole, chat.Chunk{Type: chat.ChunkToolApprovalRequest, ToolCallID: "c", ApprovalID: "a"}))
	done := part
	done.State, done.Output = chat.ToolPartOutput, outcome.Output
	require.Equal(t, []chat.Part{done}, fold(whole, progress, outcome))
	failed := part
	failed.State, failed.ErrorText = chat.ToolPartError, "no"
	require.Equal(t, []chat.Part{failed}, fold(whole, chat.Chunk{Type: chat.ChunkToolOutputError, ToolCallID: "c", ErrorText: "no"}))
	require.Equal(t, chat.ToolPartDenied, fold(whole, chat.Chunk{Type: chat.ChunkToolOutputDenied, ToolCallID: "c"})[0].State)
}

// TestCallIDNamesAPlace: the same call has the same name always, another has
// another, whoever's it is.
func TestCallIDNamesAPlace(t *testing.T) {
	t.Parallel()
	var tenant, other chat.TenantID
	require.NoError(t, tenant.UnmarshalText([]byte("01900000-0000-7000-8000-000000000001")))
	require.NoError(t, other.UnmarshalText([]byte("01900000-0000-7000-8000-000000000002")))
	ref := chat.ToolCallRef{Turn: chat.NewID[chat.TurnID](), Step: 1}
	id := ref.CallID(tenant)
	require.Equal(t, id, ref.CallID(tenant))
	require.Regexp(t, `^call_[0-9a-f]{32}$`, id)
	step, index, turn := ref, ref, ref
	step.Step, index.Index, turn.Turn = 2, 1, chat.NewID[chat.TurnID]()
	for _, another := range []string{ref.CallID(other), step.CallID(tenant), index.CallID(tenant), turn.CallID(tenant)} {
		require.NotEqual(t, id, another)
	}
}

func TestCleanJSON(t *testing.T) {
	t.Parallel()
	for document, want := range map[string]string{
		`{ "a" : [1, "x\u0000y", true, null] }`: `{"a":[1,"xy",true,null]}`,
		`"\ud800"`:                              `"\ufffd"`,
		`"<&>"`:                                 `"<&>"`,
		`1e999`:                                 `"1e999"`,
		`[1e-20000, 0e-20000, -1.5E-300]`:       `["1e-20000", "0e-20000", -1.5E-300]`,
		`1.` + strings.Repeat("0", 20_000):      `"1.` + strings.Repeat("0", 20_000) + `"`,
		`12345678901234567890`:                  `12345678901234567890`,
	} {
		got, err := chat.CleanJSON([]byte(document))
		require.NoError(t, err, document)
		require.JSONEq(t, want, string(got), document)
	}
	for _, document := range []string{``, `{`, `{} {}`, `nul`} {
		_, err := chat.CleanJSON([]byte(document))
		require.Error(t, err, document)
	}
}

func TestSecretNames(t *testing.T) {
	t.Parallel()
	require.Empty(t, chat.Tool{}.SecretNames())
	require.Equal(t, []string{"A", "B_1", "C"}, chat.Tool{HTTP: &chat.HTTPTool{
		URL: "https://x/{{secrets.B_1}}", Headers: map[string]string{"X": "{{ secrets.A }} {{secrets.B_1}} {{args.Z}}"},
		Probe: &chat.HTTPProbe{URL: "https://x/{{secrets.C}}"},
	}}.SecretNames())
}

func TestFoldTakesBackOnlyTheStep(t *testing.T) {
	t.Parallel()
	step := func(text string) []chat.Chunk {
		return []chat.Chunk{
			{Type: chat.ChunkStartStep},
			{Type: chat.ChunkTextStart, ID: "t"},
			{Type: chat.ChunkTextDelta, ID: "t", Delta: text},
			{Type: chat.ChunkTextEnd, ID: "t"},
		}
	}
	chunks := append(step("kept"), step("taken back")...)
	chunks = append(chunks, chat.Chunk{Type: chat.ChunkReset})
	require.Equal(t, "kept", chat.Text(fold(chunks...)))
	chunks = append(chunks, step("again")[1:]...)
	require.Equal(t, "kept\n\nagain", chat.Text(fold(chunks...)))
}

func TestLaterDataReplacesEarlier(t *testing.T) {
	t.Parallel()
	first, err := chat.DataChunk(chat.ChunkSuggestions, "s", chat.Suggestions{Items: []string{"a"}})
	require.NoError(t, err)
	second, err := chat.DataChunk(chat.ChunkSuggestions, "s", chat.Suggestions{Items: []string{"b"}})
	require.NoError(t, err)
	parts := fold(first, second)
	require.Len(t, parts, 1)
	require.JSONEq(t, `{"items":["b"]}`, string(parts[0].Data))
}

func TestErrorsHaveTwoAudiences(t *testing.T) {
	t.Parallel()
	cause := errors.New("pq: secret detail")
	err := fmt.Errorf("claim: %w", chat.Errorf(chat.CodeInvalid, "%d is too many.", 7).At("body.count").Because(cause))
	require.Equal(t, chat.CodeInvalid, chat.CodeOf(err))
	require.ErrorIs(t, err, cause)
	coded, ok := errors.AsType[*chat.Error](err)
	require.True(t, ok)
	require.Equal(t, "7 is too many.", coded.Message, "what the person sees has no cause in it")
	require.Equal(t, "body.count", coded.Field)
	require.Equal(t, chat.CodeInternal, chat.CodeOf(cause))
	require.Empty(t, chat.CodeOf(nil))
}

func FuzzCleanText(f *testing.F) {
	f.Add("plain")
	f.Add("nul \x00 and \xff")
	f.Fuzz(func(t *testing.T, text string) {
		clean := chat.CleanText(text)
		if !utf8.ValidString(clean) || strings.ContainsRune(clean, 0) {
			t.Fatalf("%q cannot be stored", clean)
		}
		if utf8.ValidString(text) && !strings.ContainsRune(text, 0) && clean != text {
			t.Fatalf("%q became %q", text, clean)
		}
	})
}

// FuzzParts: whatever JSON a message's parts hold, reading, folding and writing
// them again neither fails nor changes them.
func FuzzParts(f *testing.F) {
	f.Add([]byte(`[{"type":"text","text":"hello","state":"streaming","id":"p1"}]`), "p1", "more")
	f.Add([]byte(`[{"type":"step-start"},{"type":"data-x","data":{"a":[1,null]}}]`), "", "")
	f.Fuzz(func(t *testing.T, raw []byte, id, text string) {
		var parts []chat.Part
		if json.Unmarshal(raw, &parts) != nil {
			return
		}
		before := chat.Text(parts)
		stored, err := json.Marshal(chat.Closed(parts))
		require.NoError(t, err)
		var again []chat.Part
		require.NoError(t, json.Unmarshal(stored, &again))
		require.Equal(t, before, chat.Text(again))
		for _, chunkType := range []chat.ChunkType{chat.ChunkTextStart, chat.ChunkTextDelta, chat.ChunkTextEnd, chat.ChunkReset, chat.ChunkSuggestions} {
			again = chat.Fold(again, chat.Chunk{Type: chunkType, ID: id, Delta: text})
		}
	})
}
