package telemetry_test

import (
	"encoding/json"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/prometheus/common/model"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/telemetry"
)

// counted are the metrics of a node and their labels.
func counted(t *testing.T) map[string][]string {
	t.Helper()
	metrics, err := telemetry.NewMetrics()
	require.NoError(t, err)
	found := telemetry.Counted(metrics)
	require.Contains(t, found, "parley_turns_running")
	return found
}

var (
	ours      = regexp.MustCompile(`parley_[a-z_]+[a-z]`)
	labelled  = regexp.MustCompile("`(parley_[a-z_]+)(?:\\{([a-z_,]+)\\})?`")
	selector  = regexp.MustCompile(`([a-z_]+)\{([^}]*)\}`)
	matcher   = regexp.MustCompile(`([a-z_]+)(?:=~|!=|=)"`)
	grouped   = regexp.MustCompile(`by \(([^)]*)\)`)
	histogram = regexp.MustCompile(`_(bucket|sum|count)$`)
)

// An operator finds every metric in the handbook with its labels, and there is
// nothing in the handbook that a node does not count.
func TestTheHandbookNamesEveryMetric(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile("../docs/operations.md")
	require.NoError(t, err)
	known, told := counted(t), map[string][]string{}
	for _, match := range labelled.FindAllStringSubmatch(string(raw), -1) {
		labels := strings.FieldsFunc(match[2], func(r rune) bool { return r == ',' })
		slices.Sort(labels)
		if before, found := told[match[1]]; !found || len(before) < len(labels) {
			told[match[1]] = labels
		}
	}
	for name, labels := range known {
		if strings.HasPrefix(name, "parley_") {
			assert.Contains(t, told, name)
			assert.ElementsMatch(t, labels, told[name], name)
		}
	}
	for _, name := range ours.FindAllString(string(raw), -1) {
		assert.Contains(t, known, histogram.ReplaceAllString(name, ""))
	}
}

// queries are what a dashboard asks Prometheus for.
func queries(t *testing.T, path string) (all []string) {
	t.Helper()
	raw, err := os.ReadFile(path)
	require.NoError(t, err)
	var dashboard struct {
		Panels []struct {
			Title, Type string
			Targets     []struct{ Expr string }
		}
	}
	require.NoError(t, json.Unmarshal(raw, &dashboard))
	for _, panel := range dashboard.Panels {
		if panel.Type != "row" {
			assert.NotEmpty(t, panel.Targets, panel.Title)
		}
		for _, target := range panel.Targets {
			all = append(all, target.Expr)
		}
	}
	require.NotEmpty(t, all)
	return all
}

// A panel that asks for what nobody counts stays empty, and an empty panel looks
// like a quiet night.
func TestTheDashboardAsksForWhatIsCounted(t *testing.T) {
	t.Parallel()
	known := counted(t)
	w := observed(t, nil)
	w.ask(t, "Hello?")
	for name, series := range w.scrape(t) { // with those of the libraries
		for _, sample := range series {
			known[name] = append(known[name], labelsOf(sample)...)
		}
	}
	for _, query := range queries(t, "../docs/grafana/parley.json") {
		names := selector.FindAllStringSubmatch(query, -1)
		require.NotEmpty(t, names, query)
		allowed := []string{"job", "instance", "le"} // Prometheus' own
		for _, match := range names {
			labels, found := known[match[1]]
			if !found {
				labels, found = known[histogram.ReplaceAllString(match[1], "")]
			}
			assert.True(t, found, "%s is not counted: %s", match[1], query)
			allowed = append(allowed, labels...)
			for _, label := range matcher.FindAllStringSubmatch(match[2], -1) {
				assert.Contains(t, allowed, label[1], query)
			}
		}
		for _, match := range grouped.FindAllStringSubmatch(query, -1) {
			assert.Subset(t, allowed, strings.Split(match[1], ", "), query)
		}
	}
}

func labelsOf(sample *model.Sample) (labels []string) {
	for label := range sample.Metric {
		labels = append(labels, string(label))
	}
	return labels
}
