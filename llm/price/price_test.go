package price_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/llm"
	"github.com/parley-chat/parley/llm/price"
)

func TestMicros(t *testing.T) {
	t.Parallel()
	million := llm.Usage{InputTokens: 1_000_000, OutputTokens: 1_000_000}
	for _, test := range []struct {
		name  string
		model string
		usage llm.Usage
		want  int64
	}{
		{"a million of each", "gpt-4o", million, 12_500_000},
		{"a dated version costs what its family costs", "gpt-4.1-mini-2025-04-14", million, 2_000_000},
		{"cached input is cheaper", "gpt-4o", llm.Usage{InputTokens: 1_000_000, CachedTokens: 600_000}, 1_750_000},
		{"more cached than read is a provider's mistake", "gpt-4o", llm.Usage{InputTokens: 1000, CachedTokens: 2000}, 1250},
		{"reasoning is part of the output", "o3", llm.Usage{OutputTokens: 1000, ReasoningTokens: 900}, 8000},
		{"a fraction is rounded up", "gpt-5-nano", llm.Usage{InputTokens: 1}, 1},
		{"nothing costs nothing", "gpt-4o", llm.Usage{}, 0},
		{"the simulator is free", "parley-simulator", million, 0},
		{"an unknown model is dear", "who-knows", million, 70_000_000},
		{"a newer family is unknown", "gpt-5.9", million, 70_000_000},
	} {
		require.Equal(t, test.want, price.Micros(test.model, test.usage), test.name)
	}
}
