package simulator

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// words gives the words of a text in lower case.
func words(text string) []string {
	return strings.FieldsFunc(strings.ToLower(text), func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsNumber(r)
	})
}

// fillers carry no subject: a question is about its other words.
var fillers = set(`a about above after again all also am an and any anyone anything are as at be been before
being below between both but by can cannot could d did do does doing don done down during each ever few find
for from further get give given go going got had has have having he hello help her here hers hey hi him his
how i if in into is it its just know let like ll m many may me might more most much must my need no nor not
now of off ok okay on once one only or other our ours out over own please quite re really s same say see
shall she should show so some something such sure t tell than thank thanks that the their them then there
these they thing things this those through to too under until up us use used using ve very want was way we
were what when where which while who whom why will with within without would yes you your yours yourself
s re etc e g work works working one two make makes made take takes taking took try explain describe question answer assistant`)

// subjects are words that mean the same to a customer, under one name.
var subjects = synonyms(map[string]string{
	"price":    "cost costs price prices pricing priced fee fees charge charges pay payment expensive cheap",
	"hours":    "open opens opening close closes closing hour hours schedule",
	"shipping": "ship ships shipped shipping deliver delivers delivered delivery deliveries postage courier",
	"return":   "return returns returned returning refund refunds refunded exchange",
	"contact":  "contact email mail phone telephone call reach support",
	"location": "location locations located address addresses store stores shop shops visit",
	"cancel":   "cancel cancels cancelled canceled cancellation unsubscribe",
	"account":  "account accounts login password sign signin signup",
	"plan":     "plan plans subscription subscriptions tier tiers",
	"trial":    "trial trials free demo",
})

func set(list string) map[string]bool {
	members := make(map[string]bool)
	for word := range strings.FieldsSeq(list) {
		members[word] = true
	}
	return members
}

func synonyms(subjects map[string]string) map[string]string {
	of := make(map[string]string)
	for subject, list := range subjects {
		for word := range strings.FieldsSeq(list) {
			of[word] = subject
		}
	}
	return of
}

// endings are cut off, the longest first, so that forms of a word meet.
var endings = []string{"ations", "ation", "ings", "ing", "ies", "ed", "es", "ly", "s"}

// stem gives the form under which a word is compared; "" for a filler.
func stem(word string) string {
	if fillers[word] {
		return ""
	}
	if subject, ok := subjects[word]; ok {
		return subject
	}
	for _, ending := range endings {
		if short, ok := strings.CutSuffix(word, ending); ok && len(short) >= 3 {
			return short
		}
	}
	return word
}

// stems gives the different subjects of a text.
func stems(text string) map[string]bool {
	found := make(map[string]bool)
	for _, word := range words(text) {
		if s := stem(word); s != "" {
			found[s] = true
		}
	}
	return found
}

// sentenceCase makes the first letter a capital one.
func sentenceCase(text string) string {
	first, size := utf8.DecodeRuneInString(text)
	if first == utf8.RuneError {
		return text
	}
	return string(unicode.ToUpper(first)) + text[size:]
}

// shorten cuts a text at a word's end to at most so many characters.
func shorten(text string, limit int) string {
	runes := []rune(text)
	if len(runes) <= limit {
		return text
	}
	cut := string(runes[:limit])
	if space := strings.LastIndexByte(cut, ' '); space > 0 {
		cut = cut[:space]
	}
	return strings.TrimRight(cut, " ,;:.") + "…"
}
