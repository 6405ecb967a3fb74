package recording

import (
	"bytes"
	"encoding/json"
	"fmt"

	"github.com/parley-chat/parley/chat"
)

// Fold makes the answer of the model events once more, and says in which part
// it differs from the stored message. Suggestions are left out: they come when
// the log has ended.
func (b *Bundle) Fold() error {
	var parts []chat.Part
	for _, event := range b.Events {
		var chunk chat.Chunk
		if err := json.Unmarshal(event.Chunk, &chunk); err != nil {
			return fmt.Errorf("model event %d: %w", event.Seq, err)
		}
		parts = chat.Fold(parts, chunk)
	}
	told, stored := withoutSuggestions(chat.Closed(parts)), withoutSuggestions(b.Answer.Parts)
	for i := range max(len(told), len(stored)) {
		if i >= len(told) || i >= len(stored) {
			return fmt.Errorf("the model events make %d parts, and the stored message has %d", len(told), len(stored))
		}
		if !samePart(told[i], stored[i]) {
			return fmt.Errorf("part %d (%s) of the stored message is not what the model events make of it", i+1, stored[i].Type)
		}
	}
	return nil
}

func withoutSuggestions(parts []chat.Part) (rest []chat.Part) {
	for _, part := range parts {
		if part.Type != chat.PartSuggestions {
			rest = append(rest, part)
		}
	}
	return rest
}

// samePart compares data by what it says: the database has its own way to space
// and order JSON. A tool's call whose outcome came after the turn's end may show it.
func samePart(told, stored chat.Part) bool {
	late := told.State == chat.ToolPartError && stored.CallOver()
	return told.Type == stored.Type && told.Text == stored.Text && told.ID == stored.ID && sameJSON(told.Data, stored.Data) &&
		told.ToolCallID == stored.ToolCallID && told.ToolName == stored.ToolName && sameJSON(told.Input, stored.Input) &&
		(late || told.State == stored.State && told.ErrorText == stored.ErrorText && sameJSON(told.Output, stored.Output))
}

func sameJSON(a, b json.RawMessage) bool {
	first, errA := canonical(a)
	second, errB := canonical(b)
	return errA == nil && errB == nil && bytes.Equal(first, second)
}

func canonical(raw json.RawMessage) ([]byte, error) {
	if len(raw) == 0 {
		return nil, nil
	}
	var value any
	if err := json.Unmarshal(raw, &value); err != nil {
		return nil, err
	}
	return json.Marshal(value)
}
