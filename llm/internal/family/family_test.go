package family_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/llm/internal/family"
)

func TestFind(t *testing.T) {
	t.Parallel()
	table := map[string]string{"gpt-5": "five", "gpt-5-mini": "mini", "gpt-4o": "omni"}
	for model, want := range map[string]string{
		"gpt-5":                         "five",
		"GPT-5":                         "five",
		"gpt-5-2025-08-07":              "five",
		"gpt-5-mini-2025-08-07":         "mini",
		"gpt-5.9":                       "",
		"gpt-50":                        "",
		"gpt":                           "",
		"":                              "",
		"openai/gpt-4o":                 "omni",
		"ft:gpt-4o-2024-08-06:acme::id": "omni",
		"llama-gpt-5":                   "",
	} {
		found, ok := family.Find(table, model)
		require.Equal(t, want, found, model)
		require.Equal(t, want != "", ok, model)
	}
}
