package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"

	"github.com/parley-chat/parley/internal/stack"
	"github.com/parley-chat/parley/internal/visitor"
)

// options say how much is done, and how roughly.
type options struct {
	Parley, Temporal string // paths of the programs
	Seed             uint64
	// Turns is how many questions are asked, by Askers visitors at a time. With
	// For they go on for at least that long.
	Turns, Askers int
	For           time.Duration
	// Peace is the mean time between two blows.
	Peace time.Duration
	// Only has a part of the names of the kinds of blows that fall; "": all do.
	Only string
	// Limit ends a run that hangs: every question must be answered by then.
	Limit time.Duration
	Out   io.Writer // what happens, as it happens
}

// run is one run against one stack.
type run struct {
	options options
	stack   *stack.Stack
	site    *stack.Site
	nodes   []*stack.Node
	moments *moments
	vandal  *vandal
	began   time.Time

	mu        sync.Mutex
	exchanges []*exchange
}

// wreak runs everything and judges what is left when the dust has settled.
func wreak(ctx context.Context, o options) (found *findings, err error) {
	r := &run{options: o, moments: newMoments(), began: time.Now()}
	r.vandal = &vandal{run: r, hurt: map[*stack.Process]bool{}}
	if err := r.start(ctx); err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, r.stack.Close()) }()
	r.say("the dust rises")
	limited, cancel := context.WithTimeout(ctx, o.Limit)
	defer cancel()
	if err := r.rise(limited); err != nil {
		return nil, err
	}
	if err := errors.Join(r.vandal.lost...); err != nil {
		return nil, err
	}
	r.say("the dust settles")
	return r.judge(ctx)
}

func (r *run) start(ctx context.Context) (err error) {
	r.say("starting Postgres, Temporal, a model and %d nodes", nodes)
	r.stack, err = stack.Start(ctx, stack.Config{
		Parley: r.options.Parley, Temporal: r.options.Temporal, Throwaway: true, Namespaces: []string{"parley"},
		Simulator: map[string]string{"PARLEY_SIMULATOR_KEPT_RESPONSES": "1000000", "PARLEY_SIMULATOR_LEDGER_ENTRIES": "1000000"},
	})
	if err != nil {
		return err
	}
	if r.site, err = r.stack.Site(ctx, "parley", stack.Unlimited()); err != nil {
		return errors.Join(err, r.stack.Close())
	}
	for range nodes {
		n := r.site.Node(nil)
		r.nodes = append(r.nodes, n)
		if err := n.Start(ctx); err != nil {
			return errors.Join(err, r.stack.Close())
		}
	}
	return nil
}

// rise lets the visitors ask and the vandal rage until all is answered.
func (r *run) rise(ctx context.Context) error {
	visitors := make([]*visitor.Visitor, r.options.Askers)
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: r.options.Askers, DisableCompression: true}}
	page := visitor.Page{Agent: r.site.Agent, Key: r.site.Key, Origin: r.site.Origin}
	for i := range visitors {
		v, err := visitor.Open(ctx, client, r.nodes[i%nodes].URL, page)
		if err != nil {
			return err
		}
		visitors[i] = v
	}
	over := make(chan struct{})
	var raging, asking sync.WaitGroup
	raging.Go(func() { r.vandal.rage(ctx, over) })
	for _, v := range visitors {
		asking.Go(func() {
			for e := r.next(v); e != nil && ctx.Err() == nil; e = r.next(v) {
				e.live(ctx)
			}
		})
	}
	asking.Wait()
	close(over)
	raging.Wait()
	return nil
}

// next gives a visitor something to ask, or nil when enough has been asked.
func (r *run) next(v *visitor.Visitor) *exchange {
	r.mu.Lock()
	defer r.mu.Unlock()
	number := len(r.exchanges)
	if number >= r.options.Turns && time.Since(r.began) >= r.options.For {
		return nil
	}
	e := &exchange{question: ask(r.options.Seed, number), run: r, visitor: v}
	r.exchanges = append(r.exchanges, e)
	return e
}

func (r *run) say(format string, details ...any) {
	fmt.Fprintf(r.options.Out, "%6.1f s  %s\n", time.Since(r.began).Seconds(), fmt.Sprintf(format, details...))
}
