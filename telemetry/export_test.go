package telemetry

import (
	"context"
	"regexp"
	"slices"
	"strings"

	"github.com/prometheus/client_golang/prometheus"
)

var described = regexp.MustCompile(`fqName: "(\w+)".*variableLabels: \{([^}]*)\}`)

// Counted gives the labels of every metric that a node may show, by its name,
// also of those that nothing has moved yet.
func Counted(m *Metrics) map[string][]string {
	m.WatchPools(func() []Pool { return nil })
	m.WatchBacklog(func(context.Context) (Backlog, error) { return Backlog{}, nil })
	found, all := map[string][]string{}, make(chan *prometheus.Desc)
	go func() {
		defer close(all)
		m.registry.Describe(all)
	}()
	for desc := range all {
		match := described.FindStringSubmatch(desc.String())
		labels := strings.FieldsFunc(match[2], func(r rune) bool { return r == ',' })
		slices.Sort(labels)
		found[match[1]] = labels
	}
	return found
}
