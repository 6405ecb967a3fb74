package chat_test

import (
	"encoding/json"
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/chat"
)

// TestFoldIsTheBrowsersRule: the widget's own tests read the same file, so that a
// stream and the history that it becomes look alike.
func TestFoldIsTheBrowsersRule(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile("testdata/fold.json")
	require.NoError(t, err)
	var cases []struct {
		Name   string
		Chunks []chat.Chunk
		Parts  json.RawMessage
	}
	require.NoError(t, json.Unmarshal(raw, &cases))
	require.NotEmpty(t, cases)
	for _, c := range cases {
		t.Run(c.Name, func(t *testing.T) {
			t.Parallel()
			parts, err := json.Marshal(fold(c.Chunks...))
			require.NoError(t, err)
			require.JSONEq(t, string(c.Parts), string(parts))
		})
	}
}
