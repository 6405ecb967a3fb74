package simulator

import (
	"fmt"
	"hash/fnv"
	"regexp"
	"slices"
	"strings"
)

// What an answer says about itself: in full where somebody may not know yet,
// and in two words after that.
const (
	fullNotice = "\n\n_I am Parley's built-in simulated model: I quote what I was told and understand little. " +
		"For real answers, start Parley with `OPENAI_API_KEY` set, or give your own provider in the dashboard._"
	shortNotice = "\n\n_Simulated answer._"
)

var (
	greeting   = regexp.MustCompile(`(?i)^\W*(hi|hello|hey|howdy|greetings|good (morning|afternoon|evening|day)|hallo|hola|bonjour|ciao|salut|moin|servus)(\s+(there|all|everyone|team|you))?\W*$`)
	thanking   = regexp.MustCompile(`(?i)^\W*(ok(ay)?\W+|great\W+|perfect\W+)?(thanks|thank you|thx|cheers|merci|danke|gracias)\b.{0,30}$`)
	leaving    = regexp.MustCompile(`(?i)^\W*(good)?bye\b.{0,20}$`)
	asksHelp   = regexp.MustCompile(`(?i)(what can (you|i)|how can you help|what do you (do|know)|^\W*help\W*$)`)
	asksWho    = regexp.MustCompile(`(?i)(who|what) are you|are you (a |an )?(real|human|person|robot|bot|ai\b|model|simulat)|what('s| is) your name|which model`)
	asksPast   = regexp.MustCompile(`(?i)(what (did|have|was) (i|my)\b.*(ask|say|said|question|first|before|earlier|last)|do you remember|what (did|were) we\b)`)
	asksOwn    = regexp.MustCompile(`(?i)(what('s| is) my name|who am i|(remember|know) my name)`)
	tellsOwn   = regexp.MustCompile(`(?i)\b(?:my name is|i am called|call me|i'm called)\s+(\p{L}[\p{L}'’-]*)`)
	asksTitle  = regexp.MustCompile(`(?is)\b(title|name|headline)\b.{0,60}\b(conversation|chat)\b|\b(conversation|chat)\b.{0,60}\btitle\b|\b(write|give|generate|suggest|make|create)\b.{0,40}\btitle\b`)
	refersBack = regexp.MustCompile(`(?i)\b(it|that|those|them|they|there|this|more|else)\b|^\W*and\b`)
	transcript = regexp.MustCompile(`(?im)^\s*(?:user|visitor|customer|human)\s*:\s*(.+)$`)
)

// reply is what the simulated model says by itself.
func (p *prompt) reply() string {
	if p.schema != nil {
		return p.document()
	}
	if p.wantsTitle() {
		return p.title()
	}
	return p.words()
}

// words are what there is to say, in whatever form.
func (p *prompt) words() string {
	if p.afterTools() {
		return found(p.turns[len(p.turns)-1].text) + p.notice()
	}
	return p.speech()
}

// speech answers the user's last message.
func (p *prompt) speech() string {
	question := strings.TrimSpace(p.lastUserText())
	switch {
	case greeting.MatchString(question):
		return p.welcome() + p.notice()
	case thanking.MatchString(question):
		return "You are welcome! Is there anything else you would like to know?" + p.notice()
	case leaving.MatchString(question):
		return "Goodbye, and thank you for stopping by!" + p.notice()
	case asksOwn.MatchString(question):
		return p.visitorsName() + p.notice()
	case asksPast.MatchString(question):
		return p.recollection() + p.notice()
	case asksWho.MatchString(question):
		return p.introduction() + fullNotice
	case asksHelp.MatchString(question):
		return p.introduction() + " " + p.offer(nil) + fullNotice
	}
	return p.informed(question)
}

// notice tells that the answer is simulated: at length in the first one.
func (p *prompt) notice() string {
	for _, turn := range p.turns {
		if turn.role == "assistant" {
			return shortNotice
		}
	}
	return fullNotice
}

func (p *prompt) introduction() string {
	name, employer := personaOf(p.instructions), companyOf(p.instructions)
	switch {
	case name != "" && employer != "":
		return fmt.Sprintf("I am **%s**, the assistant of **%s**.", name, employer)
	case name != "":
		return fmt.Sprintf("I am **%s**, your assistant.", name)
	case employer != "":
		return fmt.Sprintf("I am the assistant of **%s**.", employer)
	}
	return "I am your assistant here."
}

func (p *prompt) welcome() string {
	hello := "Hello"
	if name := p.givenName(); name != "" {
		hello += " " + name
	}
	return hello + "! " + p.introduction() + " " + p.offer(nil)
}

// offer names what else there is to ask about.
func (p *prompt) offer(told []fact) string {
	names := topics(readFacts(p.instructions), told)
	if len(names) > 3 {
		names = names[:3]
	}
	for i, name := range names {
		names[i] = "**" + strings.ToLower(name) + "**"
	}
	switch len(names) {
	case 0:
		return "What would you like to know?"
	case 1:
		return "You can ask me about " + names[0] + ", for example."
	}
	return "You can ask me about " + strings.Join(names[:len(names)-1], ", ") + " or " + names[len(names)-1] + ", for example."
}

// informed answers from the facts in the instructions.
func (p *prompt) informed(question string) string {
	facts := readFacts(p.instructions)
	told := relevant(facts, question)
	opening := pick(question, "Here is what I know:", "Certainly.", "Good question.", "Yes, I can help with that.")
	if told == nil && refersBack.MatchString(question) {
		told = relevant(facts, p.questionBefore())
		opening = "On what you asked before:"
	}
	if match := tellsOwn.FindStringSubmatch(question); match != nil {
		opening = "Nice to meet you, **" + sentenceCase(match[1]) + "**!"
		if told == nil {
			return opening + " " + p.offer(nil) + p.notice()
		}
	}
	if told == nil {
		return p.ignorance(question)
	}
	return opening + listed(told) + "\n\n" + p.offer(told) + p.notice()
}

// listed says facts in a sentence, or in a list if there are several.
func listed(facts []fact) string {
	if len(facts) == 1 {
		return " " + closed(facts[0].text)
	}
	oneTopic := !slices.ContainsFunc(facts, func(f fact) bool { return f.topic != facts[0].topic })
	var list strings.Builder
	list.WriteString("\n")
	for _, fact := range facts {
		list.WriteString("\n- ")
		if fact.topic != "" && !oneTopic {
			list.WriteString("**" + fact.topic + "**: ")
		}
		list.WriteString(closed(fact.text))
	}
	return list.String()
}

func closed(sentence string) string {
	if strings.HasSuffix(sentence, ".") || strings.HasSuffix(sentence, "!") || strings.HasSuffix(sentence, "?") {
		return sentence
	}
	return sentence + "."
}

// ignorance owns up to what the instructions do not say.
func (p *prompt) ignorance(question string) string {
	return fmt.Sprintf("You asked: “%s” I was told nothing that answers this, and I would rather not guess. %s",
		closed(shorten(question, 120)), p.offer(nil)) + fullNotice
}

// questionBefore is what the user asked before the last message.
func (p *prompt) questionBefore() string {
	for i := p.lastUserTurn() - 1; i >= 0; i-- {
		if p.turns[i].role == "user" && !greeting.MatchString(p.turns[i].text) {
			return p.turns[i].text
		}
	}
	return ""
}

// givenName is how the user has asked to be called.
func (p *prompt) givenName() string {
	for _, turn := range slices.Backward(p.turns) {
		if turn.role != "user" {
			continue
		}
		if match := tellsOwn.FindStringSubmatch(turn.text); match != nil {
			return sentenceCase(match[1])
		}
	}
	return ""
}

func (p *prompt) visitorsName() string {
	if name := p.givenName(); name != "" {
		return "Your name is **" + name + "**: you told me so earlier."
	}
	return "You have not told me your name yet."
}

// recollection lists what the user has asked so far.
func (p *prompt) recollection() string {
	var list strings.Builder
	count := 0
	for _, turn := range p.turns[:max(p.lastUserTurn(), 0)] {
		if turn.role == "user" {
			count++
			fmt.Fprintf(&list, "\n%d. %s", count, shorten(strings.Join(strings.Fields(turn.text), " "), 120))
		}
	}
	if count == 0 {
		return "This is the first thing you have asked me in this conversation."
	}
	return "So far you have written:\n" + list.String()
}

// pick chooses a phrase by the question, so that the same one gets the same.
func pick(question string, phrases ...string) string {
	hash := fnv.New32a()
	_, _ = hash.Write([]byte(question))
	return phrases[hash.Sum32()%uint32(len(phrases))]
}

func quote(text string) string {
	return "> " + strings.ReplaceAll(strings.TrimSpace(shorten(text, 1000)), "\n", "\n> ")
}
