package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"runtime"
	"strings"
	"time"
)

// row is one line of the table.
type row struct{ what, target, ours, direct string }

const method = `
Paced is a model with 200 ms to the first token and 100 tokens 10 ms apart; the
clients arrive over 1.2 s. Fast is a model that gives 50 tokens at once. The
model is Parley's simulator, on the same machine as everything else, and so is
the load, in a process of its own.

Added is the difference to calling the model directly, at the same percentile,
in the same run; the last column is that direct call. Time to first token runs
from sending the question to the first word. Every answer is compared with what
the model said, byte by byte; a wrong one would stand in its row.

CPU is user and system time of the processes from the first question to the last
answer, divided by the complete turns. The node is ` + "`parley serve`" + `, API and worker
in one; Temporal is the whole service with Temporal Web. Peak RSS is the node's,
as the kernel counts it. A reconnecting client was away for 300 ms; the time runs
from its request to the first event of the rest. A noisy neighbour is another
tenant on the same node, which may have 8 turns under way and has 60 visitors
who ask again 100 ms after they are refused; the quiet tenant has 20 visitors and
the paced model, and its ratio is one of two measurements right after each other.
Fairness is the node's limit of eager starts for a tenant and Temporal's fair
task queue, both of which a second installation does without. The engine alone is
a workflow with one activity, both of which do nothing. The widget is weighed as it
goes over the wire to a browser.
`

// byHand begins what people have written below the figures.
const byHand = "\n## What limits it\n"

// write replaces the report in the file and keeps what is written below it.
func write(path, report string) error {
	old, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if _, kept, found := strings.Cut(string(old), byHand); found {
		report += byHand + kept
	}
	return os.WriteFile(path, []byte(report), 0o644) //nolint:gosec // a document, for everybody to read
}

func render(facts []string, rows []row, quick bool) string {
	var text strings.Builder
	text.WriteString("# Benchmarks\n\nWritten by `make bench-docs`; `make bench` prints the same for the machine it runs on.\n\n")
	if quick {
		text.WriteString("This was a quick run: its figures are rough.\n\n")
	}
	for _, fact := range facts {
		text.WriteString("- " + fact + "\n")
	}
	text.WriteString("\n| what | target | Parley | the model, called directly |\n| --- | --- | --- | --- |\n")
	for _, r := range rows {
		fmt.Fprintf(&text, "| %s | %s | %s | %s |\n", r.what, r.target, r.ours, r.direct)
	}
	text.WriteString(method)
	return text.String()
}

// ms writes a duration in milliseconds.
func ms(d time.Duration) string { return fmt.Sprintf("%.1f ms", float64(d)/float64(time.Millisecond)) }

func machineCores() string { return fmt.Sprintf("%d cores", runtime.NumCPU()) }
