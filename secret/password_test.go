package secret

import (
	"testing"

	"github.com/alexedwards/argon2id"
	"github.com/stretchr/testify/require"
)

// The comparison for an unknown user must do the same work, not fail early.
func TestAbsentHashCostsWhatARealOneDoes(t *testing.T) {
	t.Parallel()
	parameters, _, _, err := argon2id.DecodeHash(absent)
	require.NoError(t, err)
	require.Equal(t, cost, parameters)
}
