package main

import (
	"fmt"
	"io"
	"sync"
	"time"
)

// progress tells somebody who waits what is going on, a line a step.
type progress struct {
	out   io.Writer
	ended string // what a step that has ended is: ready, done
	mu    sync.Mutex
}

func newProgress(out io.Writer, ended string) *progress { return &progress{out: out, ended: ended} }

// say prints one line or block. News arrive from other goroutines.
func (p *progress) say(text string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	fmt.Fprintln(p.out, text)
}

// step announces a part that takes its time, and returns what to call when it
// is done.
func (p *progress) step(name string) (done func()) {
	began := time.Now()
	announce := time.AfterFunc(longStep, func() { p.say(fmt.Sprintf("  %-18s under way…", name)) })
	return func() {
		announce.Stop()
		p.say(fmt.Sprintf("  %-18s %s in %.1f s", name, p.ended, time.Since(began).Seconds()))
	}
}

// percent makes a function that is told how far a step is, and now and then
// passes it on.
func (p *progress) percent(name string) func(int) {
	said, at := 0, time.Now()
	return func(now int) {
		if now < said+notSoOften || time.Since(at) < longStep {
			return
		}
		said, at = now, time.Now()
		p.say(fmt.Sprintf("  %-18s %d %%", name, now))
	}
}
