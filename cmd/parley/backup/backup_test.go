package backup_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/cmd/parley/backup"
)

var content = map[string]string{
	"secret.key":            "key\n",
	"postgres/base.tar.gz":  strings.Repeat("base ", 10_000),
	"postgres/pg_wal.empty": "",
}

// taken makes a backup of content at a path.
func taken(t *testing.T, path string) backup.Manifest {
	t.Helper()
	draft, err := backup.New(path)
	require.NoError(t, err)
	for name, text := range content {
		file := filepath.Join(draft.Dir, name)
		require.NoError(t, os.MkdirAll(filepath.Dir(file), 0o700))
		require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
	}
	manifest, err := draft.Commit(backup.Manifest{Taken: time.Unix(1_800_000_000, 0).UTC(), Postgres: 17, Schema: 5, SecretKey: "ab"})
	require.NoError(t, err)
	require.NoError(t, draft.Discard(), "a backup that has its path stays")
	return manifest
}

func readAll(path string) (backup.Manifest, map[string]string, error) {
	r, err := backup.Open(path)
	if err != nil {
		return backup.Manifest{}, nil, err
	}
	defer r.Close()
	found := map[string]string{}
	err = r.Each(func(name string, from io.Reader) error {
		raw, err := io.ReadAll(from)
		found[name] = string(raw)
		return err
	})
	return r.Manifest, found, err
}

func TestABackupIsReadAsItWasWritten(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"folder", "file.tar"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), name)
			written := taken(t, path)

			read, found, err := readAll(path)
			require.NoError(t, err)
			assert.Equal(t, content, found)
			assert.Equal(t, written, read)
			assert.True(t, read.Has("secret.key"))
			assert.False(t, read.Has("demo.json"))
			assert.EqualValues(t, 50_004, read.Bytes())
			requirePrivate(t, path)
			_, err = backup.New(path)
			assert.ErrorContains(t, err, "exists already")
		})
	}
}

// requirePrivate looks at all that a backup has made, and that it left nothing
// beside itself.
func requirePrivate(t *testing.T, path string) {
	t.Helper()
	require.NoError(t, filepath.WalkDir(path, func(path string, entry fs.DirEntry, err error) error {
		require.NoError(t, err)
		info, err := entry.Info()
		require.NoError(t, err)
		assert.Zero(t, info.Mode().Perm()&0o077, path)
		return nil
	}))
	beside, err := os.ReadDir(filepath.Dir(path))
	require.NoError(t, err)
	assert.Len(t, beside, 1)
}

func TestAnyDamageIsFound(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "file.tar")
	taken(t, path)
	whole, err := os.ReadFile(path)
	require.NoError(t, err)
	for name, damage := range map[string]func([]byte) []byte{
		"a bit in a file":     func(raw []byte) []byte { raw[bytes.Index(raw, []byte("base base"))+20_000] ^= 1; return raw },
		"cut in a file":       func(raw []byte) []byte { return raw[:30_000] },
		"cut before a file":   func(raw []byte) []byte { return raw[:2048] },
		"another name":        func(raw []byte) []byte { return rename(raw, "secret.key", "secret.kex") },
		"no manifest":         func([]byte) []byte { return []byte("PK something else") },
		"nothing":             func([]byte) []byte { return nil },
		"a manifest in parts": func(raw []byte) []byte { return raw[:700] },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			bent := filepath.Join(t.TempDir(), "bent.tar")
			require.NoError(t, os.WriteFile(bent, damage(bytes.Clone(whole)), 0o600))
			_, _, err := readAll(bent)
			require.Error(t, err)
			assert.True(t, errors.Is(err, backup.ErrDamaged) || strings.Contains(err.Error(), "this is no backup of Parley"), err)
		})
	}
}

// rename changes the last mention of a name: that of the file's own header.
func rename(raw []byte, from, to string) []byte {
	at := bytes.LastIndex(raw, []byte(from))
	copy(raw[at:], to)
	return raw
}

func TestAFolderThatIsNotWhole(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "folder")
	taken(t, path)
	require.NoError(t, os.Remove(filepath.Join(path, "secret.key")))
	_, _, err := readAll(path)
	require.ErrorIs(t, err, backup.ErrDamaged)
	require.ErrorContains(t, err, "secret.key")

	require.NoError(t, os.Remove(filepath.Join(path, "manifest.json")))
	_, _, err = readAll(path)
	require.ErrorContains(t, err, "no backup of Parley, or not a whole one")
	_, _, err = readAll(filepath.Join(path, "absent"))
	require.ErrorContains(t, err, "there is no backup")
}

func TestAManifestIsNotTrustedWithPaths(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*backup.Manifest){
		"its manifest names": func(m *backup.Manifest) { m.Files[0].Name = "../../etc/passwd" },
		"format 2":           func(m *backup.Manifest) { m.Format, m.Parley = 2, "v9" },
	} {
		path := filepath.Join(t.TempDir(), "folder")
		manifest := taken(t, path)
		change(&manifest)
		raw, err := json.Marshal(manifest)
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(filepath.Join(path, "manifest.json"), raw, 0o600))
		_, _, err = readAll(path)
		require.ErrorContains(t, err, name)
	}
}

func TestADraftThatFailsLeavesNothing(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	draft, err := backup.New(filepath.Join(dir, "file.tar"))
	require.NoError(t, err)
	_, err = backup.New(filepath.Join(dir, "file.tar"))
	require.ErrorContains(t, err, "unless one is under way")
	require.NoError(t, draft.Discard())
	left, err := os.ReadDir(dir)
	require.NoError(t, err)
	assert.Empty(t, left)
	_, err = backup.New(filepath.Join(dir, "absent", "file.tar"))
	require.ErrorContains(t, err, "a folder to be in")
}
