// Package sample sums up what was measured again and again.
package sample

import (
	"slices"
	"time"
)

// Percentile gives the smallest sample that p percent of the samples do not
// exceed, and 0 if there are none.
func Percentile(samples []time.Duration, p int) time.Duration {
	if len(samples) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(samples))
	return sorted[max(0, (len(sorted)*p+99)/100-1)]
}
