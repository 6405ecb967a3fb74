package simulator

import (
	"cmp"
	"math"
	"regexp"
	"slices"
	"strings"
)

// fact is something that the instructions tell and a customer may ask about.
type fact struct {
	topic string // the heading it stands under; may be empty
	text  string
	stems map[string]bool
}

var (
	bullet = regexp.MustCompile(`^\s*(?:[-*•–]|\d+[.)])\s+`)
	// sentenceEnd is where a sentence ends; a digit or a lower-case letter after
	// the space means that it goes on.
	sentenceEnd = regexp.MustCompile(`([.!?])\s+([^a-z0-9\s])`)
	// directive is how a sentence begins that tells the assistant what to do,
	// which is nothing to tell a customer.
	directive = regexp.MustCompile(`(?i)^(you are|you're|you will|you should|you must|you can|your (name|job|task|role|goal)|act as|` +
		`always|never|be |do not|don't|if (you|the|a|asked|someone|they)|when (you|the|a|asked|someone)|answer|respond|reply|keep|use |` +
		`avoid|speak|write|stay|refuse|ask |offer|greet|only (answer|use|talk)|make sure|remember|help (the|our|visitors|customers|people)|` +
		`tell (the|them|visitors|customers)|mention|provide|try to|end |start|begin|format|please|say |suggest)`)
	company = regexp.MustCompile(`(?:assistant|agent|help|support|concierge|guide|bot|voice|expert|representative)\s+(?:of|for|at|from)\s+(?:the\s+)?` +
		`((?:\p{Lu}[\p{L}\p{N}&'’.-]*\s?)+)`)
	persona = regexp.MustCompile(`(?i:you are|you're|your name is|call yourself)\s+(\p{Lu}[\p{L}'’-]*)`)
)

// Some headings stand over nothing that a customer may ask about: over manners,
// whose lines are no facts, and over the instructions as such.
var (
	manners  = regexp.MustCompile(`(?i)\b(rules?|tone|style|guidelines?|behaviou?r|manners|voice|personality|format)\b`)
	preamble = regexp.MustCompile(`(?i)\b(instructions?|facts?|knowledge|information|context)\b`)
)

// readFacts finds the facts in the instructions.
func readFacts(instructions string) []fact {
	var facts []fact
	topic := ""
	for line := range strings.Lines(instructions) {
		trimmed := strings.TrimSpace(line)
		if trimmed == "" {
			continue
		}
		if heading, ok := heading(trimmed); ok {
			topic = heading
			if preamble.MatchString(heading) {
				topic = ""
			}
			continue
		}
		if manners.MatchString(topic) {
			continue
		}
		text := strings.TrimSpace(bullet.ReplaceAllString(line, ""))
		for _, sentence := range sentences(text) {
			if isFact(sentence) {
				facts = append(facts, fact{topic: topic, text: sentence, stems: stems(topic + " " + sentence)})
			}
		}
	}
	return facts
}

// heading reads "## Shipping" and "Shipping:".
func heading(line string) (string, bool) {
	if strings.HasPrefix(line, "#") {
		return strings.TrimSpace(strings.TrimLeft(line, "#")), true
	}
	text := strings.Trim(line, "* ")
	if label, ok := strings.CutSuffix(text, ":"); ok && len(words(label)) <= 6 {
		return label, true
	}
	return "", false
}

func sentences(text string) []string {
	return strings.Split(sentenceEnd.ReplaceAllString(text, "$1\n$2"), "\n")
}

func isFact(sentence string) bool {
	return len(words(sentence)) >= 3 && !directive.MatchString(sentence)
}

// relevant picks the facts that share the most telling words with a question:
// at most three, in the order of the instructions.
func relevant(facts []fact, question string) []fact {
	asked := stems(question)
	scores := make([]float64, len(facts))
	best := 0.0
	for i, fact := range facts {
		for s := range asked {
			if fact.stems[s] {
				scores[i] += rarity(facts, s)
			}
		}
		best = max(best, scores[i])
	}
	if best == 0 {
		return nil
	}
	order := make([]int, len(facts))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(scores[b], scores[a]) })
	var chosen []int
	for _, i := range order {
		if len(chosen) < 3 && scores[i] >= 0.6*best {
			chosen = append(chosen, i)
		}
	}
	slices.Sort(chosen)
	picked := make([]fact, len(chosen))
	for i, position := range chosen {
		picked[i] = facts[position]
	}
	return picked
}

// rarity is how much a subject tells the facts apart.
func rarity(facts []fact, stem string) float64 {
	holding := 0
	for _, fact := range facts {
		if fact.stems[stem] {
			holding++
		}
	}
	return math.Log(1 + float64(len(facts))/float64(max(holding, 1)))
}

// topics lists the headings under which nothing has just been told.
func topics(facts, told []fact) []string {
	var names []string
	for _, known := range facts {
		name := known.topic
		isTold := slices.ContainsFunc(told, func(f fact) bool { return f.topic == name })
		if name != "" && !isTold && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

// companyOf finds who the assistant works for; "" if the instructions do not say.
func companyOf(instructions string) string {
	if match := company.FindStringSubmatch(instructions); match != nil {
		return strings.TrimRight(strings.TrimSpace(match[1]), ".,'’-")
	}
	return ""
}

// personaOf finds the assistant's name; "" if the instructions give none.
func personaOf(instructions string) string {
	match := persona.FindStringSubmatch(instructions)
	if len(match) == 0 || fillers[strings.ToLower(match[1])] {
		return ""
	}
	return match[1]
}
