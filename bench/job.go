package main

import (
	"time"

	"github.com/parley-chat/parley/internal/visitor"
)

// job is what the load generator is told to do. It travels as JSON: the load has
// a process of its own, whose work nobody counts as Parley's.
type job struct {
	Target string // URL of a node, or of the model
	// Direct asks the model itself, for comparison.
	Direct  bool
	Page    visitor.Page
	Clients int
	// Turns is how many questions each client asks, one after the other. If it is
	// 0, they ask for as long as For says.
	Turns int
	For   time.Duration
	// Spread is the time over which the clients arrive.
	Spread time.Duration
	// Tokens is the length of every answer.
	Tokens int
	// Question is what they ask; "" is a question for anybody.
	Question string
	// Flood has the clients ask again soon when they are refused, each in one
	// conversation. A refusal is not an answer that is wrong.
	Flood bool
	// Reconnects is how often a client leaves in the middle of an answer and comes
	// back.
	Reconnects int
}

// result is what the load generator has seen.
type result struct {
	FirstToken []time.Duration // from the question to the first word
	Reconnect  []time.Duration // from the request to the first event
	Turns      int             // answers that were complete and right, byte by byte
	Took       time.Duration   // from the first question to the last answer
	Refused    int             // questions of a flood that were not taken
	// Wrong says, for each of the other answers, what was wrong with it.
	Wrong []string
}
