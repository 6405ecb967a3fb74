// Command chaos runs a whole installation, two nodes with their Postgres, their
// Temporal and a simulated model, has many visitors ask at once, and kills and
// freezes one process after the other while the model misbehaves. When the dust
// has settled it looks at every turn, from outside and inside, whether an answer
// was lost, repeated or made up. What is done follows from a seed; when exactly it
// happens does not, as with any processes.
package main

import (
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"time"
)

func main() {
	ctx, cancel := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	whole, err := command(ctx)
	cancel()
	if err != nil {
		fmt.Fprintln(os.Stderr, "chaos:", err)
	}
	if err != nil || !whole {
		os.Exit(1)
	}
}

// command reports whether everything that must hold did.
func command(ctx context.Context) (bool, error) {
	o := options{Out: os.Stderr}
	flag.StringVar(&o.Parley, "parley", "bin/parley", "`path` of the binary to hurt")
	flag.StringVar(&o.Temporal, "temporal", "bin/parley-temporal", "`path` of the Temporal service")
	flag.Uint64Var(&o.Seed, "seed", rand.Uint64(), "`number` that everything follows from; another one each time") //nolint:gosec // any will do
	flag.IntVar(&o.Turns, "turns", 300, "`number` of questions")
	flag.IntVar(&o.Askers, "askers", 24, "`number` of visitors who ask at the same time")
	flag.DurationVar(&o.For, "for", 0, "go on for at least this `long`, however many questions that takes")
	flag.DurationVar(&o.Peace, "peace", 4*time.Second, "mean `time` between two blows")
	flag.StringVar(&o.Only, "only", "", "only blows with these `words` in their name, like 'node killed'")
	flag.DurationVar(&o.Limit, "limit", time.Hour, "`time` after which whatever is unanswered is lost")
	flag.Parse()
	if !slices.ContainsFunc(kinds, func(k kind) bool { return strings.Contains(string(k), o.Only) }) {
		return false, fmt.Errorf("-only %q: there are %q", o.Only, kinds)
	}
	fmt.Fprintf(o.Out, "chaos: seed %d\n", o.Seed)
	found, err := wreak(ctx, o)
	if err != nil {
		return false, err
	}
	fmt.Fprint(os.Stdout, found)
	return len(found.Wrong) == 0, nil
}
