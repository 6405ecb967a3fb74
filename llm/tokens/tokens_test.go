package tokens_test

import (
	"math/rand/v2"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/chat"
	"github.com/parley-chat/parley/llm"
	"github.com/parley-chat/parley/llm/tokens"
)

func user(text string) llm.Message { return llm.Message{Role: chat.RoleUser, Text: text} }

func assistant(text string) llm.Message { return llm.Message{Role: chat.RoleAssistant, Text: text} }

func TestWindow(t *testing.T) {
	t.Parallel()
	for model, want := range map[string]int{
		"gpt-4o-mini-2024-07-18": 128_000,
		"gpt-4-0613":             8_192,
		"gpt-4.1-nano":           1_047_576,
		"gpt-5.6-sol":            400_000,
		"o4-mini":                200_000,
		"openai/gpt-oss-20b":     131_072,
		"llama3.2:3b":            16_384,
	} {
		require.Equal(t, want, tokens.Window(model), model)
	}
}

func TestBudgetLeavesRoomForTheAnswer(t *testing.T) {
	t.Parallel()
	require.Equal(t, 128_000-32_000, tokens.Budget("gpt-4o", 0))
	require.Equal(t, 128_000-500, tokens.Budget("gpt-4o", 500))
	require.Equal(t, 2_048, tokens.Budget("gpt-4", 1_000_000), "some room for the question stays")
}

func TestCount(t *testing.T) {
	t.Parallel()
	require.Equal(t, 2, tokens.Count("gpt-4o", "hello world"))
	require.Equal(t, 2, tokens.Count("anything", "hello world"))
	require.Zero(t, tokens.Count("gpt-4o", ""))
	thai := "สวัสดีชาวโลก"
	require.Less(t, tokens.Count("gpt-4o", thai), tokens.Count("gpt-4-0613", thai), "the older families have their own tokenizer")
}

func TestCountSharesTokenizers(t *testing.T) {
	t.Parallel()
	text := strings.Repeat("the quick brown fox, ", 50)
	want := tokens.Count("gpt-4o", text)
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			if got := tokens.Count("gpt-4o", text); got != want {
				t.Errorf("counted %d and %d", got, want)
			}
		})
	}
	group.Wait()
}

func TestTrim(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("word ", 100) // 101 tokens
	for _, test := range []struct {
		name     string
		budget   int
		messages []llm.Message
		want     []llm.Message
	}{
		{"nothing to do", 10_000, []llm.Message{user("a"), assistant("b"), user("c")}, []llm.Message{user("a"), assistant("b"), user("c")}},
		{"bytes exceed, tokens do not", 130, []llm.Message{user(long), assistant("b"), user("c")}, []llm.Message{user(long), assistant("b"), user("c")}},
		{"an answer goes with its question", 100, []llm.Message{user(long), assistant("b"), user("c")}, []llm.Message{user("c")}},
		{"the oldest pair goes first", 60, []llm.Message{user(long), assistant(long), user("a"), assistant("b"), user("c")}, []llm.Message{user("a"), assistant("b"), user("c")}},
		{"the last question stays though it does not fit", 10, []llm.Message{user("a"), assistant("b"), user(long)}, []llm.Message{user(long)}},
		{"the last question stays behind a long answer", 60, []llm.Message{user("a"), user("c"), assistant(long), assistant("e")}, []llm.Message{user("c")}},
		{"no question at all", 60, []llm.Message{assistant(long), assistant("b")}, nil},
		{"no messages", 1, nil, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got := tokens.Trim("gpt-4o", test.budget, "be kind", test.messages)
			require.Equal(t, append([]llm.Message{}, test.want...), append([]llm.Message{}, got...))
		})
	}
}

// A thousand random conversations: what is kept fits, is as much as fits, keeps
// the order and the last question.
func TestTrimProperties(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	for range 1000 {
		messages := conversation(random)
		instructions := strings.Repeat("rule ", random.IntN(40))
		budget := random.IntN(400)
		before := append([]llm.Message{}, messages...)
		kept := tokens.Trim("gpt-4o", budget, instructions, messages)
		require.Equal(t, before, messages, "the messages given must stay as they are")
		requireTrimmed(t, budget, instructions, messages, kept)
	}
}

func requireTrimmed(t *testing.T, budget int, instructions string, messages, kept []llm.Message) {
	t.Helper()
	last := -1
	for i, message := range messages {
		if message.Role == chat.RoleUser {
			last = i
		}
	}
	rest := messages[len(messages)-len(kept):]
	if len(kept) > 0 && last >= 0 && last < len(messages)-len(kept) {
		require.Equal(t, messages[last], kept[0], "the last question comes first when what followed it is cut")
		kept, rest = kept[1:], rest[1:]
	} else if last >= 0 {
		require.Contains(t, kept, messages[last])
	}
	require.Equal(t, rest, kept, "the newest are kept, in order")
	size := cost(append([]llm.Message{user(instructions)}, kept...))
	if last >= 0 && last < len(messages)-len(kept) {
		size += cost(messages[last : last+1])
	}
	if len(kept) > 1 {
		require.LessOrEqual(t, size, budget)
	}
	dropped := len(messages) - len(kept) - 1
	if dropped >= 0 && dropped != last && messages[dropped].Role == chat.RoleUser && len(kept) > 0 && kept[0].Role == chat.RoleUser {
		require.Greater(t, size+cost(messages[dropped:dropped+1]), budget, "one more would have fitted")
	}
}

func cost(messages []llm.Message) int {
	total := 0
	for _, message := range messages {
		total += tokens.Count("gpt-4o", message.Text) + 4
	}
	return total
}

func conversation(random *rand.Rand) []llm.Message {
	messages := make([]llm.Message, random.IntN(12))
	for i := range messages {
		messages[i] = user(strings.Repeat("tell me more ", random.IntN(30)))
		if random.IntN(2) == 0 {
			messages[i].Role = chat.RoleAssistant
		}
	}
	return messages
}

func BenchmarkTrimShortConversation(b *testing.B) {
	messages := []llm.Message{user("hello"), assistant("hi"), user("what do you sell?")}
	for b.Loop() {
		tokens.Trim("gpt-4o", 96_000, "be kind", messages)
	}
}

func BenchmarkCount(b *testing.B) {
	text := strings.Repeat("A conversation has many words, of several lengths. ", 40)
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		tokens.Count("gpt-4o", text)
	}
}
