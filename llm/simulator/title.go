package simulator

import (
	"maps"
	"slices"
	"strings"
)

// wantsTitle reports whether the request is for a conversation's title and not
// for the next thing to say in it. A persona that mentions titles somewhere is
// no such request, so only the beginning of the instructions counts.
func (p *prompt) wantsTitle() bool {
	beginning := p.instructions[:min(len(p.instructions), 240)]
	return asksTitle.MatchString(beginning) || len(p.turns) > 0 && asksTitle.MatchString(shorten(p.lastUserText(), 240)) && p.isCommand()
}

// isCommand reports whether the last message speaks about the conversation
// instead of continuing it: it begins with what to do.
func (p *prompt) isCommand() bool {
	first := words(p.lastUserText())
	return len(first) > 0 && slices.Contains([]string{"write", "give", "generate", "suggest", "make", "create", "title", "name", "summarize", "summarise"}, first[0])
}

// title names the conversation after its first question.
func (p *prompt) title() string {
	question := p.firstQuestion()
	var kept []string
	for word := range strings.FieldsSeq(question) {
		bare := strings.Trim(word, ".,;:!?\"'“”()[]*_`")
		if bare == "" || fillers[strings.ToLower(bare)] {
			continue
		}
		if kept = append(kept, bare); len(kept) == 6 {
			break
		}
	}
	if len(kept) == 0 {
		return "New conversation"
	}
	return sentenceCase(shorten(strings.Join(kept, " "), 60))
}

// firstQuestion finds the first thing a user asked, in the messages or in a
// transcript inside of them.
func (p *prompt) firstQuestion() string {
	for _, turn := range p.turns {
		if turn.role != "user" {
			continue
		}
		for _, match := range transcript.FindAllStringSubmatch(turn.text, -1) {
			if !greeting.MatchString(match[1]) {
				return match[1]
			}
		}
		if !greeting.MatchString(turn.text) {
			return turn.text
		}
	}
	return ""
}

// suggestions are follow-up questions: about what the instructions tell and
// nobody has asked for yet, or else about what was talked about.
func (p *prompt) suggestions() []string {
	var questions []string
	patterns := []string{"What about %?", "Tell me more about %", "What should I know about %?"}
	for _, subject := range append(p.untold(), p.subjects()...) {
		question := strings.Replace(patterns[len(questions)%len(patterns)], "%", subject, 1)
		questions = append(questions, shorten(question, 60))
	}
	questions = append(questions, "What else can you help with?", "Can you give me an example?", "How do I get started?")
	return questions[:3]
}

// untold lists the topics of the instructions that the user has not asked about.
func (p *prompt) untold() []string {
	asked := make(map[string]bool)
	for _, turn := range p.turns {
		if turn.role == "user" {
			maps.Copy(asked, stems(turn.text))
		}
	}
	var names []string
	for _, name := range topics(readFacts(p.instructions), nil) {
		known := false
		for s := range stems(name) {
			known = known || asked[s]
		}
		if !known {
			names = append(names, strings.ToLower(name))
		}
	}
	return names
}

// subjects are telling words of the user's last message.
func (p *prompt) subjects() []string {
	var found []string
	for _, word := range words(p.lastUserText()) {
		if len(word) >= 5 && stem(word) != "" && !slices.Contains(found, word) {
			found = append(found, word)
		}
	}
	return found
}
