package supervise

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
)

// ErrRunning says that another supervisor looks after the same folder.
var ErrRunning = errors.New("another Parley already runs in this folder")

// Lock keeps a second supervisor out of dir until release is called or the
// process ends, however it ends.
func Lock(dir string) (release func(), err error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	file, err := os.OpenFile(filepath.Join(dir, "lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		defer file.Close()
		if errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, ErrRunning
		}
		return nil, fmt.Errorf("lock %s: %w", dir, err)
	}
	return func() { _ = file.Close() }, nil
}

// Running reports whether a supervisor looks after dir.
func Running(dir string) bool {
	if _, err := os.Stat(dir); err != nil {
		return false
	}
	release, err := Lock(dir)
	if err != nil {
		return errors.Is(err, ErrRunning)
	}
	release()
	return false
}
