package backup

import (
	"archive/tar"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// maxManifest bounds what is read before anything is known about a file.
const maxManifest = 1 << 20

// ErrDamaged says that a backup is not what its manifest says.
var ErrDamaged = errors.New("the backup is damaged")

// Reader reads a backup once, in the manifest's order.
type Reader struct {
	Manifest Manifest

	source source
}

// source gives the files of a backup by their names, in the order in which they
// were packed.
type source interface {
	open(name string) (io.Reader, error)
	io.Closer
}

// Open reads the manifest of the backup at path, a folder or a tar file. Close
// must be called.
func Open(path string) (*Reader, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("there is no backup: %w", err)
	}
	r := &Reader{}
	if r.source, err = openSource(path, info.IsDir()); err != nil {
		return nil, err
	}
	if err := r.readManifest(); err != nil {
		_ = r.Close()
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return r, nil
}

func openSource(path string, isDir bool) (source, error) {
	if isDir {
		return &folder{dir: os.DirFS(path)}, nil
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	return &tarball{archive: tar.NewReader(file), Closer: file}, nil
}

func (r *Reader) readManifest() error {
	content, err := r.source.open(manifestName)
	if err != nil {
		return fmt.Errorf("this is no backup of Parley, or not a whole one: %w", err)
	}
	text, err := io.ReadAll(io.LimitReader(content, maxManifest))
	if err != nil {
		return fmt.Errorf("%w: its manifest: %w", ErrDamaged, err)
	}
	if err := json.Unmarshal(text, &r.Manifest); err != nil {
		return fmt.Errorf("%w: its manifest: %w", ErrDamaged, err)
	}
	if r.Manifest.Format != Format {
		return fmt.Errorf("the backup has format %d, and this build reads %d: use the build that has made it (%s), or a newer one", r.Manifest.Format, Format, r.Manifest.Parley)
	}
	for _, file := range r.Manifest.Files {
		if !filepath.IsLocal(filepath.FromSlash(file.Name)) {
			return fmt.Errorf("%w: its manifest names %q", ErrDamaged, file.Name)
		}
	}
	return nil
}

// Each hands every file to take, which need not read all of it. It ends with
// ErrDamaged at the first that is not as long, or not the same, as the manifest
// says; take has read that one already, so nothing may be relied on before Each
// has returned.
func (r *Reader) Each(take func(name string, content io.Reader) error) error {
	for _, file := range r.Manifest.Files {
		content, err := r.source.open(file.Name)
		if err != nil {
			return fmt.Errorf("%w: %s: %w", ErrDamaged, file.Name, err)
		}
		sum := sha256.New()
		counted := &counter{from: io.TeeReader(content, sum)}
		taken := take(file.Name, counted)
		if _, err := io.Copy(io.Discard, counted); err != nil {
			return fmt.Errorf("%w: %s: %w", ErrDamaged, file.Name, err)
		}
		if counted.bytes != file.Bytes || hex.EncodeToString(sum.Sum(nil)) != file.SHA256 {
			return fmt.Errorf("%w: %s is not what was written", ErrDamaged, file.Name)
		}
		if taken != nil {
			return fmt.Errorf("%s: %w", file.Name, taken)
		}
	}
	return nil
}

// Close ends the reading.
func (r *Reader) Close() error { return r.source.Close() }

type counter struct {
	from  io.Reader
	bytes int64
}

func (c *counter) Read(into []byte) (int, error) {
	n, err := c.from.Read(into)
	c.bytes += int64(n)
	return n, err
}

// folder has one file open at a time.
type folder struct {
	dir  fs.FS
	last fs.File
}

func (f *folder) open(name string) (io.Reader, error) {
	if err := f.Close(); err != nil {
		return nil, err
	}
	opened, err := f.dir.Open(name)
	if err != nil {
		return nil, err
	}
	f.last = opened
	return opened, nil
}

func (f *folder) Close() error {
	if f.last == nil {
		return nil
	}
	last := f.last
	f.last = nil
	return last.Close()
}

type tarball struct {
	archive *tar.Reader
	io.Closer
}

func (t *tarball) open(name string) (io.Reader, error) {
	header, err := t.archive.Next()
	if errors.Is(err, io.EOF) {
		return nil, io.ErrUnexpectedEOF
	}
	if err != nil {
		return nil, err
	}
	if header.Name != name || header.Typeflag != tar.TypeReg {
		return nil, fmt.Errorf("found %q in its place", header.Name)
	}
	return t.archive, nil
}
