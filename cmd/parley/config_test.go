package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/llm/simulator"
)

func TestWhichModelAnswers(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		config config
		want   model
	}{
		"OpenAI by its key": {
			config{OpenAIKey: "sk-x", SimulatorURL: "http://s"}, model{Key: "sk-x", Name: defaultModel},
		},
		"a compatible server, which may want no key": {
			config{OpenAIBaseURL: "http://llm/v1", Model: "qwen"}, model{BaseURL: "http://llm/v1", Name: "qwen"},
		},
		"the simulator, and only where nothing else is set": {
			config{SimulatorURL: "http://s", Model: "ignored"},
			model{BaseURL: "http://s", Key: simulatorKey, Name: simulator.DefaultModel, Simulated: true},
		},
	} {
		got, err := test.config.model()
		require.NoError(t, err, name)
		assert.Equal(t, test.want, got, name)
	}
	_, err := config{}.model()
	assert.ErrorContains(t, err, "set OPENAI_API_KEY")
}

func TestLocalURL(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]string{
		"127.0.0.1:8080":   "http://localhost:8080",
		"0.0.0.0:8080":     "http://localhost:8080",
		":8080":            "http://localhost:8080",
		"[::]:8080":        "http://localhost:8080",
		"192.0.2.7:80":     "http://192.0.2.7:80",
		"chat.example:443": "http://chat.example:443",
	} {
		got, err := localURL(address)
		require.NoError(t, err, address)
		assert.Equal(t, want, got)
	}
	_, err := localURL("8080")
	assert.ErrorContains(t, err, `"8080" is not an address like 127.0.0.1:8080`)
}

func TestTheSecretKeyIsMadeOnceAndPrivate(t *testing.T) {
	t.Parallel()
	home := t.TempDir()
	first, err := ownSecretKey(home)
	require.NoError(t, err)
	again, err := ownSecretKey(home)
	require.NoError(t, err)
	assert.Equal(t, first, again)
	info, err := os.Stat(filepath.Join(home, secretKeyFile))
	require.NoError(t, err)
	assert.Equal(t, os.FileMode(0o600), info.Mode().Perm())

	found := doctor{cfg: config{Home: home}}.secretKey(t.Context())
	assert.Equal(t, fine, found.verdict, found.detail)
	require.NoError(t, os.Chmod(filepath.Join(home, secretKeyFile), 0o644))
	found = doctor{cfg: config{Home: home}}.secretKey(t.Context())
	assert.Equal(t, broken, found.verdict)
	assert.Contains(t, found.detail, "chmod 600")
}

func TestADamagedSecretKeyIsNotReplaced(t *testing.T) {
	t.Parallel()
	home := t.TempDir()
	path := filepath.Join(home, secretKeyFile)
	require.NoError(t, os.WriteFile(path, []byte("half a k"), 0o600))

	_, err := ownSecretKey(home)

	require.ErrorContains(t, err, "restore it from a backup")
	raw, err := os.ReadFile(path)
	require.NoError(t, err)
	assert.Equal(t, "half a k", string(raw))
}
