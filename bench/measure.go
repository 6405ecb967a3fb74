package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/parley-chat/parley/internal/sample"
	"github.com/parley-chat/parley/internal/stack"
	"github.com/parley-chat/parley/internal/visitor"
	"github.com/parley-chat/parley/llm/simulator"
)

// The two models of the measurements.
var (
	paced = simulator.Fault{Tokens: 100, Pace: &simulator.Pace{FirstTokenMS: 200, IntervalMS: 10}}
	fast  = simulator.Fault{Tokens: 50, Pace: &simulator.Pace{}}
	// slow is what a thousand streams listen to.
	slow = simulator.Fault{Tokens: 100, Pace: &simulator.Pace{FirstTokenMS: 200, IntervalMS: 100}}
	// slower is what twice as many listen to.
	slower = simulator.Fault{Tokens: 80, Pace: &simulator.Pace{FirstTokenMS: 200, IntervalMS: 500}}
)

// bench is one run.
type bench struct {
	options options
	stack   *stack.Stack
	site    *stack.Site
	node    *stack.Node
	page    visitor.Page
	eager   string // the node's PARLEY_MAX_EAGER; "" is its default
	rows    []row
}

// measure runs everything and gives the report.
func measure(ctx context.Context, o options) (report string, err error) {
	facts := machine(o.temporal)
	b := &bench{options: o}
	if err := b.start(ctx, stack.Config{}); err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, b.stack.Close()) }()
	if err := b.warmUp(ctx); err != nil {
		return "", fmt.Errorf("warming up: %w", err)
	}
	for _, part := range []struct {
		name string
		run  func(context.Context) error
	}{
		{"first token, 1 client", func(ctx context.Context) error { return b.firstToken(ctx, 1, 25) }},
		{"first token, 20 clients", func(ctx context.Context) error { return b.firstToken(ctx, 20, 12) }},
		{"first token, 100 clients", func(ctx context.Context) error { return b.firstToken(ctx, 100, 8) }},
		{"turns a second", b.throughput},
		{"the engine alone", b.engine},
		{"a thousand streams", b.thousandStreams},
		{"two thousand streams", b.twoThousandStreams},
		{"reconnecting", b.reconnecting},
		{"the widget's size", b.widget},
		{"noisy neighbour", b.noisyNeighbour},
	} {
		if !strings.Contains(part.name, o.only) {
			continue
		}
		fmt.Fprintln(os.Stderr, "bench:", part.name)
		if err := part.run(ctx); err != nil {
			return "", fmt.Errorf("%s: %w", part.name, err)
		}
	}
	return render(facts, b.rows, o.quick), nil
}

func (b *bench) start(ctx context.Context, config stack.Config) (err error) {
	fmt.Fprintln(os.Stderr, "bench: starting Postgres, Temporal, a model and a node")
	config.Parley, config.Temporal, config.Namespaces = b.options.parley, b.options.temporal, []string{"parley"}
	b.stack, err = stack.Start(ctx, config)
	if err != nil {
		return err
	}
	b.site, err = b.stack.Site(ctx, "parley", stack.Unlimited())
	if err != nil {
		return errors.Join(err, b.stack.Close())
	}
	b.page = pageOf(b.site)
	b.node = b.site.Node(map[string]string{"PARLEY_MAX_EAGER": cmp.Or(b.eager, "0")})
	if err := b.node.Start(ctx); err != nil {
		return errors.Join(err, b.stack.Close())
	}
	return nil
}

func pageOf(s *stack.Site) visitor.Page {
	return visitor.Page{Agent: s.Agent, Key: s.Key, Origin: s.Origin}
}

// both has the same job done by the model alone and by Parley.
func (b *bench) both(ctx context.Context, how simulator.Fault, j job, during func() func()) (direct, ours result, err error) {
	if err := b.stack.Speak(ctx, how); err != nil {
		return direct, ours, err
	}
	j.Tokens = how.Tokens
	j.Target, j.Direct = b.stack.SimulatorURL, true
	if direct, err = generate(ctx, j, idle); err != nil {
		return direct, ours, err
	}
	j.Target, j.Direct, j.Page = b.node.URL, false, b.page
	ours, err = generate(ctx, j, during)
	return direct, ours, err
}

func idle() func() { return func() {} }

// less makes a quick run quick.
func (b *bench) less(count int) int {
	if b.options.quick {
		return max(1, count/4)
	}
	return count
}

func (b *bench) warmUp(ctx context.Context) error {
	_, _, err := b.both(ctx, fast, job{Clients: 20, Turns: b.less(40)}, idle)
	return err
}

func (b *bench) firstToken(ctx context.Context, clients, turns int) error {
	j := job{Clients: clients, Turns: max(2, b.less(turns)), Spread: 1200 * time.Millisecond}
	direct, ours, err := b.both(ctx, paced, j, idle)
	if err != nil {
		return err
	}
	targets := map[int]string{1: "≤ 10 ms", 20: "≤ 12 ms", 100: "≤ 30 ms"}
	alone, here := sample.Percentile(direct.FirstToken, 50), sample.Percentile(ours.FirstToken, 50)
	b.add(row{
		what: fmt.Sprintf("added time to first token, paced, %d %s, p50", clients, plural(clients, "client")), target: targets[clients],
		ours:   fmt.Sprintf("%s (p95 %s)", ms(here-alone), ms(sample.Percentile(ours.FirstToken, 95)-sample.Percentile(direct.FirstToken, 95))),
		direct: ms(alone) + " to the first token",
	}, ours)
	return nil
}

func plural(count int, noun string) string {
	if count == 1 {
		return noun
	}
	return noun + "s"
}

// add takes a row in. Answers that were not what the model said, byte by byte,
// stand in it.
func (b *bench) add(r row, seen result) {
	if wrong := len(seen.Wrong); wrong > 0 {
		r.ours += fmt.Sprintf("; **%d of %d answers wrong**: %s", wrong, wrong+seen.Turns, seen.Wrong[0])
	}
	b.rows = append(b.rows, r)
}

func (b *bench) reconnecting(ctx context.Context) error {
	how := simulator.Fault{Tokens: 150, Pace: &simulator.Pace{FirstTokenMS: 100, IntervalMS: 50}}
	if err := b.stack.Speak(ctx, how); err != nil {
		return err
	}
	seen, err := generate(ctx, job{
		Target: b.node.URL, Page: b.page, Clients: b.less(50), Turns: 1, Reconnects: 8,
		Spread: 400 * time.Millisecond, Tokens: how.Tokens,
	}, idle)
	if err != nil {
		return err
	}
	b.add(row{
		what: "reconnect to first byte, p99", target: "≤ 150 ms",
		ours: fmt.Sprintf("%s (p50 %s, %d reconnects)", ms(sample.Percentile(seen.Reconnect, 99)), ms(sample.Percentile(seen.Reconnect, 50)), len(seen.Reconnect)),
	}, seen)
	return nil
}
