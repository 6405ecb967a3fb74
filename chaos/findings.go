package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/parley-chat/parley/db"
	"github.com/parley-chat/parley/internal/bills"
	"github.com/parley-chat/parley/internal/sample"
	"github.com/parley-chat/parley/llm/simulator"
)

// findings are what a run has shown.
type findings struct {
	Seed  uint64
	Took  time.Duration
	Turns map[string]int // by how they ended
	Blows map[string]int // by what was hurt, and when
	// Troubles counts what the provider did.
	Troubles map[string]int
	// Waits are the answers that blows have interrupted.
	Waits []interruption
	// Reconnects, Statuses and Resets count what the readers went through.
	Reconnects, Statuses, Resets int
	// Asked counts the answers that the model was asked for, Resumed how often one
	// was read on.
	Asked, Resumed int
	// Books counts the calls in the books by what is known of their cost.
	Books map[string]int
	// Wrong has a sentence for each thing that must not be.
	Wrong []string
	// Evidence is the folder with the processes' logs, the model's ledger and the
	// books, if something is wrong.
	Evidence string
}

func (r *run) sumUp(ledger []simulator.Entry, calls []db.Usage, wrong []string) *findings {
	f := &findings{
		Seed: r.options.Seed, Took: time.Since(r.began).Round(time.Second), Wrong: wrong,
		Turns: map[string]int{}, Blows: map[string]int{}, Troubles: map[string]int{},
	}
	for _, hit := range r.vandal.hits {
		f.Blows[strings.TrimSuffix(string(hit.Kind)+" "+string(hit.Moment), " whenever")]++
	}
	for _, e := range r.exchanges {
		f.Wrong = append(f.Wrong, e.wrong...)
		f.Troubles[string(e.Trouble)]++
		for _, a := range e.answers {
			f.Turns[string(a.seen.Ended.Type)]++
			f.Reconnects += a.reconnects
			f.Statuses += a.statuses
			f.Resets += a.seen.Resets
		}
	}
	for _, entry := range ledger {
		switch {
		case entry.Endpoint == simulator.EndpointRetrieve:
			f.Resumed++
		case entry.State != simulator.StateRejected:
			f.Asked++
		}
	}
	f.Books = map[string]int{}
	for _, call := range calls {
		f.Books[call.Source]++
	}
	f.Wrong = append(f.Wrong, bills.Check(ledger, calls)...)
	f.measure(r, ledger)
	return f
}

// measure finds, for each blow, the answers that it has interrupted: those about
// which the model was spoken to again before the next word came.
func (f *findings) measure(r *run, ledger []simulator.Entry) {
	requests := requestsByText(ledger)
	for _, hit := range r.vandal.hits {
		for _, e := range r.exchanges {
			if e.Trouble == stalled || e.Trouble == limited {
				continue // the provider itself kept the reader waiting
			}
			for _, a := range e.answers {
				next, goes := a.nextWord(hit.When)
				again := slices.ContainsFunc(append(requests[e.Text], requests[e.More]...), func(at time.Time) bool {
					return at.After(hit.When) && at.Before(next)
				})
				if goes && (again || hit.Kind == killPostgres) {
					f.Waits = append(f.Waits, interruption{hit.Kind, next.Sub(hit.When), r.vandal.alone(hit, next)})
				}
			}
		}
	}
}

// interruption is what a blow did to an answer.
type interruption struct {
	Kind kind
	Wait time.Duration // from the blow to the next visible word
	// Alone: everything else was whole all the time.
	Alone bool
}

// alone reports whether nothing but what a blow has hit was hurt until a time.
func (v *vandal) alone(hit *struck, until time.Time) bool {
	return !slices.ContainsFunc(v.hits, func(other *struck) bool {
		return other != hit && other.When.Before(until) && other.Healed.After(hit.When)
	})
}

// requestsByText gives when the model was spoken to about each question.
func requestsByText(ledger []simulator.Entry) map[string][]time.Time {
	texts, requests := map[string]string{}, map[string][]time.Time{}
	for _, entry := range ledger {
		if entry.Endpoint != simulator.EndpointRetrieve {
			texts[entry.ResponseID] = entry.Text
		}
		text := texts[entry.ResponseID]
		requests[text] = append(requests[text], entry.StartedAt)
	}
	return requests
}

// nextWord gives when an answer that was under way at a time next said something
// to its reader.
func (a *answer) nextWord(when time.Time) (time.Time, bool) {
	if len(a.heard) == 0 || a.heard[0].After(when) {
		return time.Time{}, false
	}
	i := slices.IndexFunc(a.heard, func(at time.Time) bool { return at.After(when) })
	if i < 0 {
		return time.Time{}, false
	}
	return a.heard[i], true
}

// String is the summary of the run.
func (f *findings) String() string {
	var text strings.Builder
	fmt.Fprintf(&text, "seed %d, %s\n", f.Seed, f.Took)
	fmt.Fprintf(&text, "turns: %s\n", counts(f.Turns))
	fmt.Fprintf(&text, "blows: %s\n", counts(f.Blows))
	fmt.Fprintf(&text, "provider: %s\n", counts(f.Troubles))
	fmt.Fprintf(&text, "model: %d answers asked for, %d times read on\n", f.Asked, f.Resumed)
	fmt.Fprintf(&text, "books: %s\n", counts(f.Books))
	fmt.Fprintf(&text, "readers: %d reconnects, %d times told what goes on, %d answers taken back\n", f.Reconnects, f.Statuses, f.Resets)
	for _, kind := range kinds {
		f.describe(&text, kind, "nothing else hurt", func(i interruption) bool { return i.Alone })
		f.describe(&text, kind, "other parts hurt, too", func(i interruption) bool { return !i.Alone })
	}
	fmt.Fprintf(&text, "wrong: %d\n", len(f.Wrong))
	for _, wrong := range f.Wrong {
		fmt.Fprintf(&text, "  %s\n", wrong)
	}
	if f.Evidence != "" {
		fmt.Fprintf(&text, "evidence: %s\n", f.Evidence)
	}
	return text.String()
}

// describe writes a line about the answers that a kind of blow has interrupted.
func (f *findings) describe(text *strings.Builder, kind kind, which string, counts func(interruption) bool) {
	var waits []time.Duration
	for _, i := range f.Waits {
		if i.Kind == kind && counts(i) {
			waits = append(waits, i.Wait)
		}
	}
	if len(waits) > 0 {
		fmt.Fprintf(text, "%s, %s: next word after %s (p50), %s (p95), %s (longest), of %d answers\n", kind, which,
			seconds(sample.Percentile(waits, 50)), seconds(sample.Percentile(waits, 95)), seconds(slices.Max(waits)), len(waits))
	}
}

func counts(of map[string]int) string {
	parts := make([]string, 0, len(of))
	for _, name := range slices.Sorted(maps.Keys(of)) {
		parts = append(parts, fmt.Sprintf("%d %s", of[name], name))
	}
	return strings.Join(parts, ", ")
}

func seconds(d time.Duration) string { return fmt.Sprintf("%.1f s", d.Seconds()) }
