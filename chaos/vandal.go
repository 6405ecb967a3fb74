package main

import (
	"context"
	"strings"
	"sync"
	"time"

	"github.com/parley-chat/parley/internal/stack"
)

// struck is a blow that has hit.
type struck struct {
	blow
	When, Healed time.Time
}

// vandal hurts the processes of a run, one after the other, and heals them.
type vandal struct {
	run *run

	mu   sync.Mutex
	hurt map[*stack.Process]bool
	hits []*struck
	lost []error // processes that could not be started again
}

// rage goes on until over is closed, and returns when everything runs again.
func (v *vandal) rage(ctx context.Context, over <-chan struct{}) {
	var healing sync.WaitGroup
	defer healing.Wait()
	for b := range blows(v.run.options.Seed, v.run.options.Peace) {
		if !strings.Contains(string(b.Kind), v.run.options.Only) {
			continue
		}
		if !wait(ctx, b.Gap, over) {
			return
		}
		victim := v.run.victim(b)
		if !v.take(victim) {
			continue
		}
		if !v.await(ctx, b, over) {
			return
		}
		hit := v.strike(b, victim)
		healing.Go(func() { v.heal(ctx, hit, victim) })
	}
}

// take claims a process that is whole.
func (v *vandal) take(victim *stack.Process) bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.hurt[victim] {
		return false
	}
	v.hurt[victim] = true
	return true
}

// await waits for the moment of the blow, but not for ever: perhaps nobody asks
// this node any more.
func (v *vandal) await(ctx context.Context, b blow, over <-chan struct{}) bool {
	if b.Moment != whenever {
		timer := time.NewTimer(5 * time.Second)
		defer timer.Stop()
		select {
		case <-v.run.moments.next(b.Node, b.Moment):
		case <-timer.C:
		case <-over:
			return false
		}
	}
	return wait(ctx, b.Delay, over)
}

func (v *vandal) strike(b blow, victim *stack.Process) *struck {
	hit := &struck{blow: b, When: time.Now()}
	if b.Kind == pauseNode {
		victim.Pause()
	} else {
		victim.Kill()
	}
	v.run.say("%-16s %s", b.Kind, b.Moment)
	v.mu.Lock()
	defer v.mu.Unlock()
	v.hits = append(v.hits, hit)
	return hit
}

func (v *vandal) heal(ctx context.Context, hit *struck, victim *stack.Process) {
	wait(ctx, hit.Down, nil)
	var err error
	if hit.Kind == pauseNode {
		victim.Resume()
	} else {
		err = victim.Start(ctx)
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	v.hurt[victim], hit.Healed = false, time.Now()
	if err != nil {
		v.lost = append(v.lost, err)
	}
}

// victim is the process that a blow is for.
func (r *run) victim(b blow) *stack.Process {
	switch b.Kind {
	case killTemporal:
		return r.stack.Temporal
	case killPostgres:
		return r.stack.Postgres
	default:
		return r.nodes[b.Node].Process
	}
}

// wait lets time go by, and reports whether all of it did before the context
// ended or over was closed.
func wait(ctx context.Context, d time.Duration, over <-chan struct{}) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-over:
	case <-ctx.Done():
	}
	return false
}
