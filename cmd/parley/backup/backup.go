// Package backup knows what a backup looks like: a folder, or a tar file of that
// folder, with a manifest that names every file and its checksum. Nothing is
// handed on from a backup before its manifest has been read, and a reader learns
// of a file that is not what the manifest says.
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
	"slices"
	"strings"
	"time"
)

const (
	// Format is the layout that this build writes, and the newest that it reads.
	Format = 1
	// tarSuffix of a path asks for one file in place of a folder.
	tarSuffix     = ".tar"
	partialSuffix = ".partial"
	manifestName  = "manifest.json"
)

// Manifest says what a backup holds. It is written last, so that a folder with a
// manifest is whole.
type Manifest struct {
	Format int `json:"format"`
	// Taken is when the backup was begun. It holds everything that was committed
	// until then, and what was while it ran.
	Taken time.Time `json:"taken_at"`
	// Parley is the build that has made it.
	Parley string `json:"parley"`
	// Schema is the newest migration that the database had.
	Schema int64 `json:"schema"`
	// Postgres is the major version whose programs read the data.
	Postgres int `json:"postgres"`
	// SecretKey is the fingerprint of the key that opens what is sealed in it.
	SecretKey string `json:"secret_key_fingerprint"`
	Files     []File `json:"files"`
}

// File is one file of a backup. Its name has slashes, and no way out.
type File struct {
	Name   string `json:"name"`
	Bytes  int64  `json:"bytes"`
	SHA256 string `json:"sha256"`
}

// Has reports whether a file is part of the backup.
func (m Manifest) Has(name string) bool {
	return slices.ContainsFunc(m.Files, func(f File) bool { return f.Name == name })
}

// Bytes is the size of all files together.
func (m Manifest) Bytes() (sum int64) {
	for _, file := range m.Files {
		sum += file.Bytes
	}
	return sum
}

// Draft is a backup in the making.
type Draft struct {
	// Dir is where its files go. It is nobody else's to read.
	Dir  string
	path string
}

// New begins a backup that will be at path: a folder, or one file if the path
// ends in .tar. Discard must be called.
func New(path string) (*Draft, error) {
	if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s exists already: name a path that does not", path)
	}
	if _, err := os.Lstat(path + partialSuffix); !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s is what an interrupted backup has left, unless one is under way: remove it, or name another path", path+partialSuffix)
	}
	d := &Draft{Dir: path + partialSuffix, path: path}
	if err := os.Mkdir(d.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("the backup needs a folder to be in: %w", err)
	}
	return d, nil
}

// Commit writes the manifest, with what the folder holds, and gives the backup
// its path.
func (d *Draft) Commit(manifest Manifest) (Manifest, error) {
	var err error
	manifest.Format = Format
	if manifest.Files, err = list(os.DirFS(d.Dir)); err != nil {
		return manifest, err
	}
	text, err := json.MarshalIndent(manifest, "", "  ")
	if err != nil {
		return manifest, err
	}
	if err := os.WriteFile(filepath.Join(d.Dir, manifestName), append(text, '\n'), 0o600); err != nil {
		return manifest, err
	}
	if !strings.HasSuffix(d.path, tarSuffix) {
		return manifest, os.Rename(d.Dir, d.path)
	}
	return manifest, d.pack(manifest)
}

// Discard removes what Commit has not given its path.
func (d *Draft) Discard() error {
	return errors.Join(os.RemoveAll(d.Dir), os.RemoveAll(d.path+tarSuffix+partialSuffix))
}

// list gives all files with their checksums, in the order of their names.
func list(dir fs.FS) (files []File, err error) {
	err = fs.WalkDir(dir, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := dir.Open(name)
		if err != nil {
			return err
		}
		defer content.Close()
		sum := sha256.New()
		size, err := io.Copy(sum, content)
		files = append(files, File{Name: name, Bytes: size, SHA256: hex.EncodeToString(sum.Sum(nil))})
		return err
	})
	return files, err
}

// pack makes one file of the folder, the manifest first: who reads it in one go
// has to know beforehand what comes.
func (d *Draft) pack(manifest Manifest) error {
	partial := d.path + tarSuffix + partialSuffix
	file, err := os.OpenFile(partial, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600) // a killed run may have left one
	if err != nil {
		return err
	}
	defer file.Close()
	archive := tar.NewWriter(file)
	for _, name := range append([]string{manifestName}, manifest.names()...) {
		if err := d.add(archive, name, manifest.Taken); err != nil {
			return err
		}
	}
	if err := errors.Join(archive.Close(), file.Sync()); err != nil {
		return err
	}
	return os.Rename(partial, d.path)
}

func (m Manifest) names() (names []string) {
	for _, file := range m.Files {
		names = append(names, file.Name)
	}
	return names
}

func (d *Draft) add(archive *tar.Writer, name string, at time.Time) error {
	content, err := os.Open(filepath.Join(d.Dir, filepath.FromSlash(name)))
	if err != nil {
		return err
	}
	defer content.Close()
	info, err := content.Stat()
	if err != nil {
		return err
	}
	header := &tar.Header{Typeflag: tar.TypeReg, Name: name, Size: info.Size(), Mode: 0o600, ModTime: at}
	if err := archive.WriteHeader(header); err != nil {
		return err
	}
	_, err = io.Copy(archive, content)
	return err
}
