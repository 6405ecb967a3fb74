package recording

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	historypb "go.temporal.io/api/history/v1"

	"github.com/parley-chat/parley/chat"
)

// written makes a bundle; each change spoils one file before it is written.
func written(t *testing.T, change map[string]any) []byte {
	t.Helper()
	var out bytes.Buffer
	w := NewWriter(&out)
	for name, value := range map[string]any{
		FileTurn: Turn{Status: chat.TurnCompleted}, FileInput: Input{}, FileAgent: Agent{}, FileUsage: []json.RawMessage{},
		FileAnswer: Answer{State: chat.MessageComplete, Parts: []chat.Part{{Type: chat.PartText, ID: "p1", Text: "Hi.", State: chat.PartDone}}},
		FileManifest: Manifest{
			Format: Format, Version: Version, Events: Events{StateComplete, 3}, History: History{State: StateComplete, Count: 2},
		},
	} {
		if changed, ok := change[name]; ok {
			value = changed
		}
		if value != nil {
			require.NoError(t, w.JSON(name, value))
		}
	}
	events := [][]Event{{
		{1, time.Unix(1, 0), json.RawMessage(`{"type":"text-start","id":"p1"}`)},
		{2, time.Unix(2, 0), json.RawMessage(`{"type":"text-delta","id":"p1","delta":"Hi."}`)},
	}, {{3, time.Unix(3, 0), json.RawMessage(`{"type":"finish"}`)}}}
	if changed, ok := change[FileEvents].([][]Event); ok {
		events = changed
	}
	require.NoError(t, w.Events(func() (page []Event, err error) {
		if len(events) > 0 {
			page, events = events[0], events[1:]
		}
		return page, nil
	}))
	past := []*historypb.HistoryEvent{{EventId: 1}, {EventId: 2}, nil}
	require.NoError(t, w.History(func() (*historypb.HistoryEvent, error) {
		event := past[0]
		past = past[1:]
		return event, nil
	}))
	require.NoError(t, w.Close())
	return out.Bytes()
}

func opened(t *testing.T, bundle []byte) *zip.Reader {
	t.Helper()
	archive, err := zip.NewReader(bytes.NewReader(bundle), int64(len(bundle)))
	require.NoError(t, err)
	return archive
}

func TestWhatIsWrittenIsRead(t *testing.T) {
	t.Parallel()
	b, err := read(opened(t, written(t, nil)))
	require.NoError(t, err)
	require.Equal(t, chat.TurnCompleted, b.Turn.Status)
	require.Len(t, b.Events, 3)
	require.Len(t, b.History.GetEvents(), 2)
	require.NoError(t, b.Fold())
}

func TestDamageIsNoticed(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		file  string
		value any
		says  string
	}{
		"no turn":             {FileTurn, nil, "turn.json is missing"},
		"no manifest":         {FileManifest, nil, "manifest.json is missing"},
		"another format":      {FileManifest, Manifest{Format: "pdf", Version: 1}, `a bundle of "pdf"`},
		"events out of order": {FileEvents, [][]Event{{{Seq: 2, Chunk: json.RawMessage(`{}`)}}}, "event 2 stands where 1 should"},
		"events cut short":    {FileEvents, [][]Event{{{Seq: 1, Chunk: json.RawMessage(`{}`)}}}, "has 1 events, and the manifest says 3"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := read(opened(t, written(t, map[string]any{c.file: c.value})))
			require.ErrorContains(t, err, c.says)
		})
	}
}

func TestFoldSaysWhereItDiffers(t *testing.T) {
	t.Parallel()
	part := chat.Part{Type: chat.PartText, ID: "p1", Text: "Hi.", State: chat.PartDone}
	other, more := part, chat.Part{Type: chat.PartSuggestions, ID: "suggestions", Data: json.RawMessage(`{"items":[]}`)}
	other.Text = "Ho."
	for name, c := range map[string]struct {
		parts []chat.Part
		says  string
	}{
		"another text":      {[]chat.Part{other}, "part 1 (text)"},
		"a part more":       {[]chat.Part{part, part}, "make 1 parts, and the stored message has 2"},
		"nothing at all":    {nil, "the stored message has 0"},
		"later suggestions": {[]chat.Part{part, more}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b, err := read(opened(t, written(t, map[string]any{FileAnswer: Answer{Parts: c.parts}})))
			require.NoError(t, err)
			if c.says == "" {
				require.NoError(t, b.Fold())
			} else {
				require.ErrorContains(t, b.Fold(), c.says)
			}
		})
	}
}

// TestNothingLargerThanABundle: neither is one written, nor is one read that
// unpacks to more than its file lets expect.
func TestNothingLargerThanABundle(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	w := NewWriter(&out)
	w.left = 1000
	require.NoError(t, w.JSON("small.json", "x"))
	require.ErrorIs(t, w.JSON("large.json", strings.Repeat("x", 1000)), errTooLarge)

	r := &reader{opened(t, written(t, nil)), 300}
	_, err := r.file(FileManifest)
	require.NoError(t, err)
	_, err = r.file(FileEvents)
	require.ErrorIs(t, err, errTooLarge)
}
