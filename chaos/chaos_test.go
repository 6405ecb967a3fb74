package main

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/chat"
	"github.com/parley-chat/parley/internal/stack"
	"github.com/parley-chat/parley/llm/simulator"
)

// TestShortRun is `make chaos` in small: few turns, but each process is hurt, each
// fault of the provider happens, and each turn is looked at.
func TestShortRun(t *testing.T) {
	parley, temporal, err := stack.Programs("..", t.TempDir())
	require.NoError(t, err)
	o := options{
		Parley: parley, Temporal: temporal, Seed: 1, Turns: 24, Askers: 8,
		Peace: 1500 * time.Millisecond, Limit: 4 * time.Minute, Out: t.Output(),
	}
	ctx, cancel := context.WithTimeout(context.Background(), 8*time.Minute)
	defer cancel()
	found, err := wreak(ctx, o)
	require.NoError(t, err)
	t.Logf("\n%s", found)
	if found.Evidence != "" {
		t.Cleanup(func() { _ = os.RemoveAll(found.Evidence) })
		showLogs(t, found.Evidence)
	}
	require.Empty(t, found.Wrong)
	require.GreaterOrEqual(t, found.Asked, o.Turns)
}

// showLogs prints what the nodes said last.
func showLogs(t *testing.T, dir string) {
	t.Helper()
	logs, err := filepath.Glob(filepath.Join(dir, "parley-node-*.log"))
	require.NoError(t, err)
	for _, log := range logs {
		content, err := os.ReadFile(log)
		require.NoError(t, err)
		t.Logf("%s:\n%s", filepath.Base(log), content[max(0, len(content)-8000):])
	}
}

// TestSeedDecides: what a seed did once it does again, and another does something
// else.
func TestSeedDecides(t *testing.T) {
	t.Parallel()
	asked, askedAgain := ask(7, 3), ask(7, 3)
	require.Equal(t, asked, askedAgain)
	require.NotEqual(t, asked.Answer, ask(8, 3).Answer)
	first, again := someBlows(7), someBlows(7)
	require.Equal(t, first, again)
	require.NotEqual(t, first, someBlows(8))
}

func someBlows(seed uint64) []blow {
	var dealt []blow
	for b := range blows(seed, time.Second) {
		if dealt = append(dealt, b); len(dealt) == 12 {
			break
		}
	}
	return dealt
}

// TestEveryKindOfHarmIsDealt: no seed leaves a kind of blow out, and the faults of
// the provider and what visitors do are all met among a hundred questions.
func TestEveryKindOfHarmIsDealt(t *testing.T) {
	t.Parallel()
	for _, half := range [][]blow{someBlows(9)[:6], someBlows(9)[6:]} {
		for _, wanted := range kinds {
			require.True(t, slices.ContainsFunc(half, func(b blow) bool { return b.Kind == wanted }), wanted)
		}
	}
	met, acts := map[trouble]bool{}, map[act]bool{}
	for number := range 100 {
		q := ask(9, number)
		met[q.Trouble], acts[q.Act] = true, true
	}
	require.Len(t, met, len(troubles)+1)
	require.Len(t, acts, 3)
}

// TestJudgeFindsWhatIsWrong: a harness that cannot find fault proves nothing.
func TestJudgeFindsWhatIsWrong(t *testing.T) {
	t.Parallel()
	saying := func(ended chat.ChunkType, text string) *exchange {
		a := &answer{}
		a.seen.Parts, a.seen.Ended = []chat.Part{chat.TextPart(text)}, chat.Chunk{Type: ended}
		q := question{Text: "question;", Answer: simulator.Fault{Deltas: []string{"one ", "two"}}, Act: listen, Trouble: noTrouble}
		return &exchange{question: q, answers: []*answer{a}}
	}
	stopping := func(e *exchange) *exchange { e.Act = stop; return e }
	takenBack := func(e *exchange) *exchange { e.answers[0].seen.Resets = 1; return e }
	for name, c := range map[string]struct {
		exchange *exchange
		wrong    string // "" if nothing is
	}{
		"whole":             {saying(chat.ChunkFinish, "one two"), ""},
		"cut short":         {saying(chat.ChunkFinish, "one "), "completed with"},
		"doubled":           {saying(chat.ChunkFinish, "one one two"), "completed with"},
		"failed":            {saying(chat.ChunkError, "one "), "failed"},
		"stopped":           {stopping(saying(chat.ChunkAbort, "one ")), ""},
		"stopped unasked":   {saying(chat.ChunkAbort, "one "), "nobody wanted"},
		"stopped elsewhere": {stopping(saying(chat.ChunkAbort, "two")), "not how"},
		"taken back":        {takenBack(saying(chat.ChunkFinish, "one two")), "taken back"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			wrong := strings.Join(c.exchange.judgeText(0), "\n")
			if c.wrong == "" {
				require.Empty(t, wrong)
			}
			require.Contains(t, wrong, c.wrong)
		})
	}
}
