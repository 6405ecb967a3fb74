package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/parley-chat/parley/internal/sample"
	"github.com/parley-chat/parley/internal/stack"
	"github.com/parley-chat/parley/llm/simulator"
)

const (
	// pairs is how often the quiet tenant is measured without and with the flood.
	pairs = 5
	// admitted is how many turns of the noisy tenant may be under way, and noise how
	// many of its visitors ask again and again.
	admitted, noise = 8, 60
	// floodFor is longer than the quiet tenant's visitors need.
	floodFor = 8 * time.Second
	flood    = "Flood!"
	// unbounded keeps all turns out of the task queue, however many a tenant has.
	unbounded = "1000000"
)

// flooded is how the model answers the noisy tenant: a second of talk.
var flooded = simulator.Fault{
	Match: simulator.Match{Text: flood}, Tokens: 50, Pace: &simulator.Pace{FirstTokenMS: 50, IntervalMS: 20},
}

// noisyNeighbour measures what a tenant notices of another one that asks far more
// than it may, with fairness between tenants and without.
func (b *bench) noisyNeighbour(ctx context.Context) error {
	without, err := b.apart(ctx, stack.Config{Unfair: true}, unbounded)
	if err != nil {
		return err
	}
	with, err := b.apart(ctx, stack.Config{}, b.options.eager)
	if err != nil {
		return err
	}
	for _, measured := range []struct {
		how, target string
		contrast
	}{
		{"with fairness and " + b.options.eager + " eager turns a tenant", "≤ 1.10", with},
		{"without", "", without},
	} {
		b.add(row{
			what:   fmt.Sprintf("noisy neighbour, %s: p95 time to first token of a tenant, while another floods / while none does, median of %d pairs", measured.how, len(measured.ratios)),
			target: measured.target, ours: measured.String(),
		}, measured.seen)
	}
	return nil
}

// apart measures in an installation of its own, whose nodes start so many turns
// of a tenant eagerly.
func (b *bench) apart(ctx context.Context, config stack.Config, eager string) (c contrast, err error) {
	other := &bench{options: b.options, eager: eager}
	if err := other.start(ctx, config); err != nil {
		return c, err
	}
	defer func() { err = errors.Join(err, other.stack.Close()) }()
	if err := other.warmUp(ctx); err != nil {
		return c, err
	}
	return other.neighbours(ctx)
}

// contrast is what several pairs of measurements have given.
type contrast struct {
	ratios  []float64
	quiet   []time.Duration // p95 without the flood
	refused int
	taken   int // turns of the flood
	seen    result
}

func (c *contrast) String() string {
	sorted, calm := slices.Sorted(slices.Values(c.ratios)), slices.Sorted(slices.Values(c.quiet))
	return fmt.Sprintf("%.2f (%.2f to %.2f; alone %s; of the flood %d turns taken, %d refused)",
		sorted[len(sorted)/2], sorted[0], sorted[len(sorted)-1], ms(calm[len(calm)/2]), c.taken, c.refused)
}

func (b *bench) neighbours(ctx context.Context) (c contrast, err error) {
	noisy, err := b.site.Neighbour(ctx, admitted)
	if err != nil {
		return c, err
	}
	for _, how := range []simulator.Fault{paced, flooded} {
		if err := b.stack.Speak(ctx, how); err != nil {
			return c, err
		}
	}
	ask := job{Target: b.node.URL, Page: b.page, Clients: 8, Turns: 6, Spread: 1200 * time.Millisecond, Tokens: paced.Tokens}
	shout := job{Target: b.node.URL, Page: pageOf(noisy), Clients: noise, For: floodFor, Tokens: flooded.Tokens, Question: flood, Flood: true}
	for range max(2, b.less(pairs)) {
		alone, err := generate(ctx, ask, idle)
		if err != nil {
			return c, err
		}
		var beside result
		var failed error
		shouted, err := generate(ctx, shout, func() func() {
			done := make(chan struct{})
			go func() {
				defer close(done)
				beside, failed = generate(ctx, ask, idle)
			}()
			return func() { <-done }
		})
		if err := errors.Join(err, failed); err != nil {
			return c, err
		}
		c.take(alone, beside, shouted)
	}
	return c, nil
}

func (c *contrast) take(alone, beside, shouted result) {
	quiet := sample.Percentile(alone.FirstToken, 95)
	c.quiet = append(c.quiet, quiet)
	c.ratios = append(c.ratios, float64(sample.Percentile(beside.FirstToken, 95))/float64(quiet))
	c.refused += shouted.Refused
	c.taken += shouted.Turns
	for _, r := range []result{alone, beside, shouted} {
		c.seen.Turns += r.Turns
		c.seen.Wrong = append(c.seen.Wrong, r.Wrong...)
	}
}
