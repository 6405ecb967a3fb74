package sample_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/internal/sample"
)

func TestPercentile(t *testing.T) {
	t.Parallel()
	var samples []time.Duration
	for i := 100; i > 0; i-- {
		samples = append(samples, time.Duration(i))
	}
	require.EqualValues(t, 50, sample.Percentile(samples, 50))
	require.EqualValues(t, 95, sample.Percentile(samples, 95))
	require.EqualValues(t, 99, sample.Percentile(samples, 99))
	require.EqualValues(t, 7, sample.Percentile([]time.Duration{7}, 99))
	require.Zero(t, sample.Percentile(nil, 50))
}
