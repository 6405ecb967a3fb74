package simulator_test

import (
	"encoding/json"
	"net/http"
	"os"
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/llm/simulator"
)

// What the guide tells people to post is accepted.
func TestGuide(t *testing.T) {
	t.Parallel()
	c := start(t, simulator.Config{})
	guide, err := os.ReadFile("../../docs/guides/simulator.md")
	require.NoError(t, err)
	examples := regexp.MustCompile("(?s)```json (_\\w+)\n(.*?)```").FindAllStringSubmatch(string(guide), -1)
	require.Len(t, examples, 16)
	for _, example := range examples {
		status, answer := c.call(http.MethodPost, "/"+example[1], json.RawMessage(example[2]))
		require.Equal(t, http.StatusCreated, status, "%s\n%v", example[2], answer)
	}
}
