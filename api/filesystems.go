package api

import (
	"bytes"
	"compress/gzip"
	"io"
	"io/fs"
)

// memory is a file system of a few files by name, for fs.ReadFile alone.
type memory map[string][]byte

// Open implements fs.FS; only ReadFile is of use.
func (memory) Open(name string) (fs.File, error) {
	return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
}

// ReadFile implements fs.ReadFileFS.
func (m memory) ReadFile(name string) ([]byte, error) {
	body, ok := m[name]
	if !ok {
		return nil, &fs.PathError{Op: "read", Path: name, Err: fs.ErrNotExist}
	}
	return body, nil
}

// unzipped shows files that are there only as name.gz under their plain names as
// well, for clients that cannot read the compressed form.
type unzipped struct{ fs.FS }

// ReadFile implements fs.ReadFileFS.
func (u unzipped) ReadFile(name string) ([]byte, error) {
	if plain, err := fs.ReadFile(u.FS, name); err == nil {
		return plain, nil
	}
	zipped, err := fs.ReadFile(u.FS, name+".gz")
	if err != nil {
		return nil, err
	}
	reader, err := gzip.NewReader(bytes.NewReader(zipped))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(reader)
}
