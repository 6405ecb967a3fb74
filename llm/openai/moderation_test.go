package openai_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/llm"
	"github.com/parley-chat/parley/llm/openai"
	"github.com/parley-chat/parley/llm/simulator"
)

func TestModerate(t *testing.T) {
	t.Parallel()
	for _, api := range []openai.API{openai.APIResponses, openai.APIChat} {
		w := newWorld(t, api, simulator.Config{})
		bad, err := w.provider.Moderate(t.Context(), "judge", "Kill the idiot!")
		require.NoError(t, err)
		require.True(t, bad.Flagged)
		require.Equal(t, []string{"harassment", "violence"}, bad.Categories)
		require.Greater(t, bad.Scores["violence"], 0.9)
		good, err := w.provider.Moderate(t.Context(), "judge", "Hello!")
		require.NoError(t, err)
		require.False(t, good.Flagged)
		require.Empty(t, good.Categories)
		require.Equal(t, "judge", w.simulator.Ledger()[0].Model)

		w.simulator.AddFault(simulator.Fault{Status: http.StatusTooManyRequests, RetryAfter: "2"})
		_, err = w.provider.Moderate(t.Context(), "judge", "Hello!")
		failed := llm.AsError(err)
		require.NotNil(t, failed)
		require.Equal(t, llm.KindRateLimited, failed.Kind)
		require.True(t, failed.Retryable)
	}
}

// TestModerateIsNotTakenIn by what is no judgement, or never ends.
func TestModerateIsNotTakenIn(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]string{
		"nothing":        `{"results": []}`,
		"no JSON":        `<html>`,
		"an endless one": `{"results": [{"flagged": false, "x": "` + strings.Repeat("x", 1<<20) + `"}]}`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", "application/json")
				_, _ = io.WriteString(w, answer)
			}))
			t.Cleanup(server.Close)
			_, err := connect(t, openai.APIResponses, server.URL).Moderate(t.Context(), "judge", "Hello!")
			require.NotNil(t, llm.AsError(err))
		})
	}
}
