package main

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/parley-chat/parley/llm/simulator"
	"github.com/parley-chat/parley/workflows"
)

// nodes is how many processes serve at once.
const nodes = 2

// question is what a visitor asks, what the model makes of it, and how the
// visitor behaves. Everything about it follows from the seed and its number.
type question struct {
	Number int
	Text   string
	Answer simulator.Fault
	// Trouble is what the provider does first.
	Trouble trouble
	Before  []simulator.Fault

	Node   int // where it is asked
	Leaves []leave
	Act    act
	ActAt  int64 // after so many events
	// More is said while the answer runs, and MoreAnswer answered to it.
	More       string
	MoreAnswer simulator.Fault
}

// leave is a reader that hangs up and comes back to some node.
type leave struct {
	After int64 // so many events
	Away  time.Duration
	Node  int
}

// act is what a visitor does to a running answer.
type act string

const (
	listen act = "listen"
	stop   act = "stop"
	steer  act = "steer"
)

// trouble is a fault of the provider.
type trouble string

const (
	noTrouble trouble = "none"
	limited   trouble = "429 with Retry-After"
	broken    trouble = "500"
	cut       trouble = "stream cut"
	stalled   trouble = "stall past the heartbeat"
	givenUp   trouble = "answer given up"
)

// troubles are dealt out evenly, beside as many questions without any.
var troubles = []trouble{limited, broken, cut, stalled, givenUp}

// ask plans a question.
func ask(seed uint64, number int) question {
	r := rand.New(rand.NewPCG(seed, uint64(number))) //nolint:gosec // the same for the same seed is what it is for
	q := question{Number: number, Text: fmt.Sprintf("question-%05d;", number), Node: r.IntN(nodes), Act: listen, Trouble: noTrouble}
	q.Answer = spoken(r, q.Text, "a")
	if r.IntN(2) == 0 {
		q.Trouble = troubles[r.IntN(len(troubles))]
		q.suffer(r)
	}
	for range r.IntN(4) {
		q.Leaves = append(q.Leaves, leave{
			After: 1 + r.Int64N(int64(len(q.Answer.Deltas)/2)), Away: upTo(r, 500*time.Millisecond), Node: r.IntN(nodes),
		})
	}
	slices.SortFunc(q.Leaves, func(a, b leave) int { return int(a.After - b.After) })
	switch r.IntN(5) {
	case 0:
		q.Act = stop
	case 1:
		q.Act, q.More = steer, fmt.Sprintf("and-more-%05d;", number)
		q.MoreAnswer = spoken(r, q.More, "b")
	}
	q.ActAt = 1 + r.Int64N(int64(len(q.Answer.Deltas)/2))
	return q
}

// spoken is an answer whose deltas are all different, and awkward to cut.
func spoken(r *rand.Rand, text, mark string) simulator.Fault {
	deltas := make([]string, 20+r.IntN(60))
	for i := range deltas {
		deltas[i] = fmt.Sprintf("%s%d-é😀\"\\\n ", mark, i)
	}
	pace := &simulator.Pace{FirstTokenMS: 50 + r.Int64N(350), IntervalMS: 20 + r.Int64N(50)}
	return simulator.Fault{Match: simulator.Match{Text: text}, Deltas: deltas, Pace: pace}
}

// suffer plans what the provider does to the question before it answers.
func (q *question) suffer(r *rand.Rand) {
	first := q.Answer
	first.Match.Endpoint, first.Times = simulator.EndpointResponses, 1+r.IntN(2)
	within := 3 + r.IntN(len(first.Deltas))
	switch q.Trouble {
	case limited:
		first.Status, first.RetryAfter, first.Code = 429, "1", "rate_limit_exceeded"
	case broken:
		first.Status = 500
	case cut:
		first.CutAfter, first.Times = within, 1
	case givenUp:
		first.ErrorAfter, first.Times = within, 1
		first.Deltas = slices.Repeat([]string{"This is taken back. "}, len(first.Deltas))
	case stalled:
		q.Answer.StallAfter = within
		q.Answer.StallMS = (workflows.HeartbeatTimeout + 500*time.Millisecond + upTo(r, 2*time.Second)).Milliseconds()
		return
	case noTrouble:
		return
	}
	q.Before = []simulator.Fault{first}
}

func upTo(r *rand.Rand, limit time.Duration) time.Duration {
	return time.Duration(r.Int64N(int64(limit)))
}

// said is the text of an answer that was given to its end.
func said(answer simulator.Fault) string { return strings.Join(answer.Deltas, "") }

// blow is a process that is hurt.
type blow struct {
	Gap    time.Duration // of peace before it
	Kind   kind
	Node   int
	Moment moment
	Delay  time.Duration // after the moment
	Down   time.Duration // until the process is started again, or goes on
}

// kind is what is hurt, and how.
type kind string

const (
	killNode     kind = "node killed"
	pauseNode    kind = "node paused"
	killTemporal kind = "Temporal killed"
	killPostgres kind = "Postgres killed"
)

var kinds = []kind{killNode, pauseNode, killTemporal, killPostgres}

// moment is what the process is doing when it is hurt.
type moment string

const (
	whenever moment = "whenever"
	asking   moment = "while it is asked" // between the commit of a question and the start of its turn
	speaking moment = "while it speaks"   // in mid-token
)

// hanging is how far beyond the heartbeat timeout a process is paused, at the
// least.
const hanging = 500 * time.Millisecond

// blows deals out blows without end. Each kind comes once in every round, in an
// order that follows from the seed.
func blows(seed uint64, peace time.Duration) func(yield func(blow) bool) {
	r := rand.New(rand.NewPCG(seed, 1<<32)) //nolint:gosec // the same for the same seed is what it is for
	return func(yield func(blow) bool) {
		for {
			round := []blow{
				{Kind: killNode, Moment: speaking}, {Kind: killNode, Moment: asking}, {Kind: killNode, Moment: whenever},
				{Kind: pauseNode, Moment: speaking}, {Kind: killTemporal, Moment: whenever}, {Kind: killPostgres, Moment: whenever},
			}
			r.Shuffle(len(round), func(i, j int) { round[i], round[j] = round[j], round[i] })
			for _, b := range round {
				if !yield(b.aimed(r, peace)) {
					return
				}
			}
		}
	}
}

func (b blow) aimed(r *rand.Rand, peace time.Duration) blow {
	b.Node, b.Gap, b.Delay, b.Down = r.IntN(nodes), peace/2+upTo(r, peace), upTo(r, 30*time.Millisecond), upTo(r, 3*time.Second)
	if b.Kind == pauseNode {
		b.Down += workflows.HeartbeatTimeout + hanging
	}
	return b
}
