package screen_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/chat"
	"github.com/parley-chat/parley/screen"
)

var every = []chat.RedactKind{chat.RedactEmail, chat.RedactPhone, chat.RedactCard, chat.RedactIBAN}

func TestPersonalDataIsReplacedByWhatItWas(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"Mail me at jo.doe+x@example.co.uk.":            "Mail me at [email removed].",
		"ünï@exämple.de, please":                        "[email removed], please",
		"a@b.com1 or <c@d.org>":                         "[email removed]1 or <[email removed]>",
		"Call +49 (0)30 1234-5678 now":                  "Call [phone number removed] now",
		"(555) 123-4567, 555-123-4567 or 030/12345678":  "[phone number removed], [phone number removed] or [phone number removed]",
		"اتصل بي ٠٥٠١٢٣٤٥٦٧ الآن":                       "اتصل بي [phone number removed] الآن",
		"00491701234567":                                "[phone number removed]",
		"4111 1111 1111 1111 2 times":                   "[card number removed] 2 times",
		"4111-1111-1111-1111 and 378282246310005":       "[card number removed] and [card number removed]",
		"４１１１１１１１１１１１１１１１":                              "[card number removed]",
		"My IBAN is de89 3704 0044 0532 0130 00 please": "My IBAN is [IBAN removed] please",
		"GB82WEST12345698765432":                        "[IBAN removed]",
		"NL91-ABNA-0417-1643-00":                        "[IBAN removed]",
	} {
		require.Equal(t, want, screen.Redact(text, every), text)
	}
}

// TestOtherNumbersStay: an order that is taken for a telephone cannot be looked up.
func TestOtherNumbersStay(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"Order 4711-2233-99, 20260131-0007", "on 01.02.2026 at 10:30", "from 01/02/2026 12 to 14", "4111 1111 1111 1112",
		"It costs 1,999.50 EUR", "10.0.0.127", "v1.2.3 @ home", "1234567890123456789012345",
		"2026-01-31T10:30:00Z", "AB12CD34EF56GH78IJ90", "",
	} {
		require.Equal(t, text, screen.Redact(text, every))
	}
	wrong := "DE88 3704 0044 0532 0130 00"
	require.Equal(t, wrong, screen.Redact(wrong, []chat.RedactKind{chat.RedactIBAN}))
	require.Equal(t, "a@b.com", screen.Redact("a@b.com", []chat.RedactKind{chat.RedactPhone}), "nothing but what was asked for")
}

func TestPhrases(t *testing.T) {
	t.Parallel()
	s := screen.New(nil, []chat.BlockedTopic{
		{Name: "money", Phrases: []string{"Tax advice", "invest*", "比特币", "crème brûlée"}}, {Name: "empty", Phrases: []string{" ", "*"}},
	})
	for _, text := range []string{
		"I want TAX, advice!", "ｔａｘ ａｄｖｉｃｅ", "tax\u00adation is fine but in\u200bvesting not", "我想买比特币吗", "CREME BRULEE", "Tax\nadvice",
	} {
		topic, found := s.Blocked(text)
		require.True(t, found, text)
		require.Equal(t, "money", topic)
	}
	for _, text := range []string{"taxi advice", "advice on tax", "reinvest", "syntax advice", "比特"} {
		_, found := s.Blocked(text)
		require.False(t, found, text)
	}
}

// TestNothingSlipsThroughInHalves: however a text is cut into pieces, what goes out
// before it has grown whole is what would have gone out of the whole text.
func TestNothingSlipsThroughInHalves(t *testing.T) {
	t.Parallel()
	topics := []chat.BlockedTopic{{Name: "x", Phrases: []string{"never ever say this"}}}
	for _, text := range []string{
		"Write to somebody@example.com or call +49 30 1234 5678, and pay DE89 3704 0044 0532 0130 00 by card 4111 1111 1111 1111, that is all there is to it, thank you very much for it.",
		"没有空格的文字也可以写信给某人某人某人，地址是 a.b@example.org 谢谢你们大家，祝你们今天愉快，再见再见再见再见再见再见再见再见再见再见再见再见再见再见再见再见再见。",
		strings.Repeat("4111 1111 1111 1111 ", 8),
	} {
		for size := 1; size < 12; size++ {
			s := screen.New(every, topics)
			require.Equal(t, s.Redact(text), streamed(t, s, pieces(text, size)), "%d at once", size)
		}
	}
	s := screen.New(nil, topics)
	for size := 1; size < 12; size++ {
		out := streamed(t, s, pieces("I will go on for a while and then I will never ever say this again.", size))
		require.Contains(t, out, "I will go on")
		require.NotContains(t, out, "never")
	}
}

func pieces(text string, size int) (cut []string) {
	runes := []rune(text)
	for len(runes) > 0 {
		n := min(size, len(runes))
		cut, runes = append(cut, string(runes[:n])), runes[n:]
	}
	return cut
}

// streamed is what goes out of a text that arrives in pieces, until something blocks.
func streamed(t *testing.T, s *screen.Screen, arriving []string) string {
	t.Helper()
	var out strings.Builder
	var waiting []string
	for _, piece := range arriving {
		waiting = append(waiting, piece)
		text, borders := joined(waiting)
		if _, blocked := s.Blocked(text); blocked {
			require.NotContains(t, out.String(), "never")
			return out.String()
		}
		n := s.Whole(text, borders)
		out.WriteString(s.Redact(strings.Join(waiting[:n], "")))
		waiting = waiting[n:]
		require.Less(t, utf8.RuneCountInString(strings.Join(waiting, "")), 400, "nothing is held for ever")
	}
	return out.String() + s.Redact(strings.Join(waiting, ""))
}

func joined(waiting []string) (text string, borders []int) {
	for _, piece := range waiting {
		text += piece
		borders = append(borders, len(text))
	}
	return text, borders
}

func TestSentences(t *testing.T) {
	t.Parallel()
	require.Equal(t, 0, screen.Sentences([]string{"It ", "is"}))
	require.Equal(t, 3, screen.Sentences([]string{"It ", "is", ". ", "And"}))
	require.Equal(t, 2, screen.Sentences([]string{"“It is.”", "今天。", "明"}))
	require.Equal(t, 100, screen.Sentences(pieces(strings.Repeat("abcd", 100), 4)), "one that does not end is cut")
	require.Equal(t, "né", screen.Tail("ruiné né", 2))
	require.Equal(t, "né", screen.Tail("né", 5))
}

func FuzzRedact(f *testing.F) {
	f.Add("a@b.com +49 30 12345678 DE89370400440532013000 4111111111111111")
	f.Fuzz(func(t *testing.T, text string) {
		clean := screen.Redact(text, every)
		if utf8.ValidString(text) && !utf8.ValidString(clean) {
			t.Fatal("a character was cut")
		}
	})
}
