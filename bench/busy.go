package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/parley-chat/parley/internal/sample"
	"github.com/parley-chat/parley/llm/simulator"
)

// throughput measures how many fast answers everything together gives, and what
// each costs.
func (b *bench) throughput(ctx context.Context) error {
	var used accounts
	j := job{Clients: 20, For: time.Duration(b.less(16)) * time.Second}
	direct, ours, err := b.both(ctx, fast, j, func() func() {
		before := b.accounts()
		profiled := b.profile(ctx, j.For)
		return func() {
			used = b.accounts().since(before)
			profiled()
		}
	})
	if err != nil {
		return err
	}
	rate := func(seen result) float64 { return float64(seen.Turns) / seen.Took.Seconds() }
	b.add(row{
		what:   "complete turns a second, fast, 20 clients, everything on " + machineCores(),
		target: "≥ 120", ours: fmt.Sprintf("%.0f", rate(ours)), direct: fmt.Sprintf("%.0f a second", rate(direct)),
	}, ours)
	turns := time.Duration(max(1, ours.Turns))
	b.add(row{
		what: "CPU a turn, fast, 20 clients, without Postgres", target: "≤ 9 ms",
		ours: fmt.Sprintf("%s (node %s, Temporal %s; besides: Postgres %s, model %s)",
			ms((used.node+used.temporal)/turns), ms(used.node/turns), ms(used.temporal/turns), ms(used.postgres/turns), ms(used.model/turns)),
	}, result{})
	return nil
}

// accounts is the processor time that each part has used.
type accounts struct{ node, temporal, postgres, model time.Duration }

func (b *bench) accounts() accounts {
	return accounts{
		node: cpuOf(b.node.PID()), temporal: cpuOf(b.stack.Temporal.PID()),
		postgres: cpuOf(b.stack.Postgres.PID()), model: cpuOf(b.stack.Simulator.PID()),
	}
}

func (a accounts) since(before accounts) accounts {
	return accounts{
		a.node - before.node, a.temporal - before.temporal, a.postgres - before.postgres, a.model - before.model,
	}
}

// profile takes CPU profiles of the node and of Temporal, if they are wanted. It
// returns what waits for them.
func (b *bench) profile(ctx context.Context, length time.Duration) (wait func()) {
	if b.options.profiles == "" {
		return func() {}
	}
	done := make(chan error, 2)
	for name, address := range map[string]string{"node": b.node.Profiles, "temporal": b.stack.TemporalProfiles} {
		go func() { done <- b.saveProfile(ctx, name, address, length) }()
	}
	return func() {
		for range cap(done) {
			if err := <-done; err != nil {
				fmt.Fprintln(os.Stderr, "bench: no profile:", err)
			}
		}
	}
}

func (b *bench) saveProfile(ctx context.Context, name, address string, length time.Duration) error {
	url := fmt.Sprintf("http://%s/debug/pprof/profile?seconds=%d", address, int(length.Seconds()))
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	file, err := os.Create(filepath.Join(b.options.profiles, name+".pprof"))
	if err != nil {
		return err
	}
	defer file.Close()
	_, err = io.Copy(file, response.Body)
	return err
}

// thousandStreams opens a thousand streams at nearly the same time.
func (b *bench) thousandStreams(ctx context.Context) error {
	j := job{Clients: b.less(1000), Turns: 1, Spread: 2 * time.Second}
	direct, ours, peak, err := b.manyStreams(ctx, slow, j)
	if err != nil {
		return err
	}
	quantiles := func(seen result) string {
		return fmt.Sprintf("%.1f / %.1f s", sample.Percentile(seen.FirstToken, 50).Seconds(), sample.Percentile(seen.FirstToken, 95).Seconds())
	}
	streams := fmt.Sprintf("%d streams of 100 tokens 100 ms apart, opened within 2 s", j.Clients)
	b.add(row{what: streams + ": time to first token p50 / p95", target: "≤ 3 / 6 s", ours: quantiles(ours), direct: quantiles(direct)}, ours)
	b.add(row{
		what: "the same: all byte-exact; peak RSS of API and worker", target: "≤ 350 MB",
		ours: fmt.Sprintf("%d of %d exact; %d MB", ours.Turns, j.Clients, peak>>20),
	}, result{})
	return nil
}

// twoThousandStreams holds twice as many open, of a model that speaks slowly.
func (b *bench) twoThousandStreams(ctx context.Context) error {
	j := job{Clients: b.less(2000), Turns: 1, Spread: 8 * time.Second}
	_, ours, peak, err := b.manyStreams(ctx, slower, j)
	if err != nil {
		return err
	}
	b.add(row{
		what:   fmt.Sprintf("%d streams of 80 tokens half a second apart, all open at once: byte-exact; peak RSS of API and worker", j.Clients),
		target: "all exact", ours: fmt.Sprintf("%d of %d exact; %d MB", ours.Turns, j.Clients, peak>>20),
	}, ours)
	return nil
}

func (b *bench) manyStreams(ctx context.Context, how simulator.Fault, j job) (direct, ours result, peak int64, err error) {
	var peakErr error
	direct, ours, err = b.both(ctx, how, j, func() func() {
		peakErr = forgetPeak(b.node.PID())
		return func() {
			if peakErr == nil {
				peak, peakErr = peakMemory(b.node.PID())
			}
		}
	})
	return direct, ours, peak, errors.Join(err, peakErr)
}

// widget weighs what a browser fetches.
func (b *bench) widget(ctx context.Context) error {
	loader, err := b.fetch(ctx, "/widget.js")
	if err != nil {
		return err
	}
	panel, err := b.panel(ctx)
	if err != nil {
		return err
	}
	b.add(row{
		what: "widget gzipped: loader; all of it at first open", target: "≤ 3 KB; ≤ 45 KB",
		ours: fmt.Sprintf("%.1f KB; %.1f KB", float64(loader)/1000, float64(loader+panel)/1000),
	}, result{})
	return nil
}

// fetch counts the bytes of a file as they go over the wire to a browser.
func (b *bench) fetch(ctx context.Context, path string) (int, error) {
	body, err := b.get(ctx, path, "gzip")
	return len(body), err
}

// panel weighs what the loader fetches when the widget is opened: the script
// that it names.
func (b *bench) panel(ctx context.Context) (int, error) {
	plain, err := b.get(ctx, "/widget.js", "identity")
	if err != nil {
		return 0, err
	}
	_, rest, found := strings.Cut(string(plain), "assets/")
	name, _, ends := strings.Cut(rest, ".js")
	if !found || !ends {
		return 0, errors.New("the loader names no script: was the widget built?")
	}
	return b.fetch(ctx, "/widget/assets/"+name+".js")
}

func (b *bench) get(ctx context.Context, path, encoding string) ([]byte, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, b.node.URL+path, nil)
	if err != nil {
		return nil, err
	}
	request.Header.Set("Accept-Encoding", encoding)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s answers %s", path, response.Status)
	}
	return io.ReadAll(response.Body)
}
