package db_test

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"
)

// What visitors have seen may not change: the log of a turn is added to, and in
// the end pruned by one query of the system's role, whose place is here.
func TestTurnEventsAreOnlyEverAppended(t *testing.T) {
	t.Parallel()
	exceptions := []string{"query/system/prune.sql", "dbtest/owner.go"} // the latter lets time pass for tests
	touches := regexp.MustCompile(`(?i)\b(update|delete\s+from|truncate(\s+table)?|merge\s+into)\s+(only\s+)?(public\.)?"?turn_events\b|\bturn_events\b[^;]*\bdo\s+update\b`)
	require.Regexp(t, touches, "DELETE FROM turn_events")
	require.Regexp(t, touches, "INSERT INTO turn_events VALUES (1) ON CONFLICT DO UPDATE")

	var files, found []string
	for _, pattern := range []string{"query/*/*.sql", "migrations/*.sql", "*.go", "*/*.go"} {
		matches, err := filepath.Glob(pattern)
		require.NoError(t, err)
		files = append(files, matches...)
	}
	require.Greater(t, len(files), 20)
	for _, path := range files {
		text, err := os.ReadFile(path)
		require.NoError(t, err)
		if touches.Match(text) && !regexp.MustCompile(`_test\.go$`).MatchString(path) {
			found = append(found, path)
		}
	}
	require.Equal(t, exceptions, found)
}
