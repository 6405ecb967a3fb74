package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/parley-chat/parley/secret"
)

const secretKeyFile = "secret.key"

// ownSecretKey returns the key of this machine's private installation, made on
// first use and readable by its owner alone.
func ownSecretKey(home string) (string, error) {
	path := filepath.Join(home, secretKeyFile)
	raw, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return newSecretKey(path)
	}
	if err != nil {
		return "", err
	}
	key := strings.TrimSpace(string(raw))
	if _, err := secret.ParseKey(key); err != nil {
		return "", fmt.Errorf("%s: %w; restore it from a backup, because nothing else reads what it encrypted", path, err)
	}
	return key, nil
}

func newSecretKey(path string) (string, error) {
	key := secret.NewKey()
	return key, writePrivate(path, []byte(key+"\n"))
}

// writePrivate writes a file that only its owner can read, all of it or nothing.
func writePrivate(path string, content []byte) error {
	temporary := path + ".new"
	if err := os.WriteFile(temporary, content, 0o600); err != nil { //nolint:gosec // where to is the operator's choice
		return err
	}
	return os.Rename(temporary, path)
}
