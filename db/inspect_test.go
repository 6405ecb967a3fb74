package db_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/db"
	"github.com/parley-chat/parley/db/dbtest"
)

func TestPendingCountsWhatMigrateWouldApply(t *testing.T) {
	t.Parallel()
	url := dbtest.Empty(t)
	before, err := db.Pending(t.Context(), url)
	require.NoError(t, err)

	applied, err := db.Migrate(t.Context(), url)
	require.NoError(t, err)
	assert.Equal(t, applied, before, "asking must not have changed anything")

	after, err := db.Pending(t.Context(), url)
	require.NoError(t, err)
	assert.Zero(t, after)
}

func TestInspectTellsTheVersions(t *testing.T) {
	t.Parallel()
	server, err := db.Inspect(t.Context(), dbtest.Empty(t))
	require.NoError(t, err)
	assert.GreaterOrEqual(t, server.Major, 15)
	assert.NotEmpty(t, server.PGVector)
}
