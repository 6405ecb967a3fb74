package main

import (
	"bytes"
	"errors"
	"fmt"
	"html/template"
	"io/fs"
	"net/http"
	"path"
	"strings"

	"github.com/parley-chat/parley/widget"
)

// demoPage is what the templates of the demo customer's site are filled with.
type demoPage struct{ APIURL, AgentID, PublishableKey string }

// demoSite serves the site of a customer that does not exist. It has an origin
// of its own, and everything it knows of Parley is its snippet.
func demoSite(cfg config) (http.Handler, error) {
	d, err := readDemo(cfg.Home)
	if err != nil {
		return nil, err
	}
	if d.AgentID.IsZero() {
		return nil, fmt.Errorf("PARLEY_DEMO_LISTEN is set, but %s has no %s: `parley up` makes one", cfg.Home, demoFile)
	}
	pages, err := renderDemo(demoPage{
		APIURL: cfg.PublicURL, AgentID: d.AgentID.String(), PublishableKey: d.PublishableKey,
	})
	if err != nil {
		return nil, fmt.Errorf("the demo site: %w", err)
	}
	files := http.FileServerFS(widget.DemoFS)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		page, ok := pages[pageName(r.URL.Path)]
		if !ok {
			files.ServeHTTP(w, r)
			return
		}
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Header().Set("Cache-Control", "no-cache")
		_, _ = w.Write(page) // a reader who has left needs no page
	}), nil
}

// pageName turns "/" and "/shop/" into the page that answers for them.
func pageName(requested string) string {
	name := strings.TrimPrefix(path.Clean(requested), "/")
	if path.Ext(name) == "" {
		name = path.Join(name, "index.html")
	}
	return name
}

func renderDemo(data demoPage) (map[string][]byte, error) {
	pages := map[string][]byte{}
	err := fs.WalkDir(widget.DemoFS, ".", func(name string, _ fs.DirEntry, err error) error {
		if err != nil || path.Ext(name) != ".html" {
			return err
		}
		tmpl, err := template.ParseFS(widget.DemoFS, name)
		if err != nil {
			return err
		}
		var page bytes.Buffer
		if err := tmpl.Execute(&page, data); err != nil {
			return err
		}
		pages[name] = page.Bytes()
		return nil
	})
	if err == nil && pages["index.html"] == nil {
		err = errors.New("it has no index.html")
	}
	return pages, err
}
