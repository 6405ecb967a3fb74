package embedded

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestParseMajor(t *testing.T) {
	t.Parallel()
	for version, want := range map[string]int{
		"postgres (PostgreSQL) 15.20 (Debian 15.20-0+deb12u1)": 15,
		"postgres (PostgreSQL) 17.2\n":                         17,
		"postgres (PostgreSQL) 18devel":                        18,
	} {
		got, err := parseMajor(version)
		require.NoError(t, err)
		assert.Equal(t, want, got, version)
	}
	for _, version := range []string{"", "psql 15", "postgres (PostgreSQL) "} {
		_, err := parseMajor(version)
		assert.Error(t, err, version)
	}
}

func TestOnlyAPGVectorThatIsNewEnoughCounts(t *testing.T) {
	t.Parallel()
	for control, want := range map[string]bool{
		"comment = 'vector'\ndefault_version = '0.8.0'\n": true,
		"default_version='0.10.2'":                        true,
		"default_version = '1.0.0'":                       true,
		"default_version = '0.6.0'":                       false,
		"module_pathname = '$libdir/vector'":              false,
		"":                                                false,
	} {
		assert.Equal(t, want, newEnough(control), control)
	}
}

func TestTheNewestServerWithPGVectorIsChosen(t *testing.T) {
	t.Parallel()
	chosen, err := best([]Installation{
		{BinDir: "a", Major: 14, PGVector: true}, {BinDir: "b", Major: 15, PGVector: true},
		{BinDir: "c", Major: 16, PGVector: true}, {BinDir: "d", Major: 17},
	})
	require.NoError(t, err)
	assert.Equal(t, "c", chosen.BinDir)

	_, err = best([]Installation{{BinDir: "a", Major: 14, PGVector: true}})
	assert.ErrorIs(t, err, ErrNotInstalled)
}
