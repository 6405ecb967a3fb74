package main

import (
	"archive/zip"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/turn/recording"
)

const recordedTurn = "../../workflows/testdata/turns/answered.turn"

// replayOffline runs the command with nothing to connect to.
func replayOffline(t *testing.T, bundles ...string) (code int, out string) {
	t.Helper()
	text, err := parley(map[string]string{"PARLEY_HOME": t.TempDir()}, append([]string{"replay"}, bundles...)...).CombinedOutput()
	if failed, ok := errors.AsType[*exec.ExitError](err); ok {
		return failed.ExitCode(), string(text)
	}
	require.NoError(t, err)
	return 0, string(text)
}

// altered copies a bundle with one file changed; without a file of that name, or
// any at all, it is damaged.
func altered(t *testing.T, name string, change func(string) string) string {
	t.Helper()
	from, err := zip.OpenReader(recordedTurn)
	require.NoError(t, err)
	defer func() { _ = from.Close() }()
	path := filepath.Join(t.TempDir(), "altered.turn")
	file, err := os.Create(path)
	require.NoError(t, err)
	to := zip.NewWriter(file)
	for _, old := range from.File {
		source, err := old.Open()
		require.NoError(t, err)
		content, err := io.ReadAll(source)
		require.NoError(t, err)
		text := string(content)
		if old.Name == name {
			changed := change(text)
			require.NotEqual(t, text, changed, "the change changes nothing")
			text = changed
		}
		target, err := to.Create(old.Name)
		require.NoError(t, err)
		_, err = io.WriteString(target, text)
		require.NoError(t, err)
	}
	require.NoError(t, to.Close())
	require.NoError(t, file.Close())
	return path
}

func replacing(old, with string) func(string) string {
	return func(text string) string { return strings.ReplaceAll(text, old, with) }
}

func TestReplayOfBundles(t *testing.T) {
	t.Parallel()
	garbage := filepath.Join(t.TempDir(), "garbage.turn")
	require.NoError(t, os.WriteFile(garbage, []byte("PK\x03\x04 and no more"), 0o600))
	for name, c := range map[string]struct {
		bundles []string
		code    int
		says    string
	}{
		"one that matches":     {[]string{recordedTurn}, 0, "ok    " + recordedTurn + " (completed: 11 history events"},
		"another activity":     {[]string{altered(t, recording.FileHistory, replacing(`"ModelStep"`, `"AskModel"`))}, exitDiverged, "diverges at event 5 (ActivityTaskScheduled AskModel): this build wants ScheduleActivityTask ModelStep"},
		"another input":        {[]string{altered(t, recording.FileHistory, replacing(`"step":1`, `"step":2`))}, exitDiverged, "diverges at event 5"},
		"a character too many": {[]string{altered(t, recording.FileAnswer, replacing(`"text": "`, `"text": "x`))}, exitDiverged, "stored message is not what the model events make of it"},
		"no history":           {[]string{altered(t, recording.FileManifest, replacing(`"history": {`+"\n    "+`"state": "complete"`, `"history": {"state": "gone"`))}, exitUnproven, "gone"},
		"a newer version":      {[]string{altered(t, recording.FileManifest, replacing(`"version": 1`, `"version": 2`))}, 1, "this build reads parley.turn up to 1"},
		"something else":       {[]string{garbage}, 1, "not a whole bundle"},
		"one of two diverges":  {[]string{recordedTurn, altered(t, recording.FileHistory, replacing(`"ModelStep"`, `"AskModel"`))}, exitDiverged, "1 of 2"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			code, out := replayOffline(t, c.bundles...)
			assert.Equal(t, c.code, code, out)
			assert.Contains(t, out, c.says)
		})
	}
}
