package api

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"io/fs"
	"net/http"
	"path"
	"strings"
	"sync"
	"time"
)

const (
	cacheForever = "public, max-age=31536000, immutable" // the name changes with the content
	cacheBriefly = "public, max-age=300"                 // the name stays: customers' pages refer to it
	cacheChecked = "no-cache"                            // ask each time, and send it only if it has changed
)

// contentTypes are set by us: what the system's own tables say differs between
// machines, and nosniff makes browsers refuse a script of the wrong type.
var contentTypes = map[string]string{
	".html":        "text/html; charset=utf-8",
	".js":          "text/javascript; charset=utf-8",
	".css":         "text/css; charset=utf-8",
	".json":        "application/json",
	".map":         "application/json",
	".svg":         "image/svg+xml",
	".png":         "image/png",
	".jpg":         "image/jpeg",
	".webp":        "image/webp",
	".ico":         "image/x-icon",
	".woff2":       "font/woff2",
	".txt":         "text/plain; charset=utf-8",
	".webmanifest": "application/manifest+json",
}

// files serves a folder of built files, compressed where that pays.
type files struct {
	fs     fs.FS
	mu     sync.Mutex
	loaded map[string]*file
}

// file is one loaded file. The compressed form is made when it is first wanted.
type file struct {
	body   []byte
	tag    string
	zipped func() []byte
}

func (f *files) open(name string) (*file, bool) {
	if f.fs == nil || !fs.ValidPath(name) {
		return nil, false
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if known, ok := f.loaded[name]; ok {
		return known, true
	}
	body, err := fs.ReadFile(f.fs, name)
	if err != nil {
		return nil, false
	}
	sum := sha256.Sum256(body)
	if f.loaded == nil {
		f.loaded = map[string]*file{}
	}
	f.loaded[name] = &file{
		body: body, tag: hex.EncodeToString(sum[:8]),
		zipped: sync.OnceValue(func() []byte { return f.compressed(name, body) }),
	}
	return f.loaded[name], true
}

// compressed takes what the build has compressed, or does it; nil if it is no
// smaller, like an image.
func (f *files) compressed(name string, body []byte) []byte {
	if built, err := fs.ReadFile(f.fs, name+".gz"); err == nil {
		return built
	}
	var out bytes.Buffer
	zipper, err := gzip.NewWriterLevel(&out, gzip.BestCompression)
	if err != nil {
		return nil
	}
	if _, err := zipper.Write(body); err != nil || zipper.Close() != nil {
		return nil
	}
	if out.Len() > len(body)*9/10 {
		return nil
	}
	return out.Bytes()
}

// serve writes the file, or reports that there is none.
func (f *files) serve(w http.ResponseWriter, r *http.Request, name, cache string) bool {
	found, ok := f.open(name)
	if !ok || strings.HasPrefix(path.Base(name), ".") {
		return false
	}
	h := w.Header()
	h.Set("Cache-Control", cache)
	h.Set("Content-Type", contentTypes[path.Ext(name)])
	if h.Get("Content-Type") == "" {
		h.Set("Content-Type", "application/octet-stream")
	}
	h.Add("Vary", "Accept-Encoding")
	body, tag := found.body, found.tag
	if zipped := found.zipped(); zipped != nil && strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		body, tag = zipped, tag+"-gzip"
		h.Set("Content-Encoding", "gzip")
	}
	h.Set("ETag", `"`+tag+`"`)
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(body))
	return true
}
