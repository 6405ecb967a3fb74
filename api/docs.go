package api

import (
	"embed"
	"encoding/json"
	"io/fs"
	"net/http"

	"github.com/go-chi/chi/v5"
	swaggerui "github.com/swaggest/swgui/v5/static"

	"github.com/parley-chat/parley/chat"
)

//go:embed docs
var docsPage embed.FS

// routeDocs serves the document, and a page to read it with that loads nothing
// from anywhere else.
func (s *Server) routeDocs() {
	asJSON, err := json.Marshal(s.api.OpenAPI())
	if err != nil {
		panic(err) // the document is made from types: a test would have failed
	}
	asYAML, err := s.api.OpenAPI().YAML()
	if err != nil {
		panic(err)
	}
	document := &files{fs: memory{"openapi.json": asJSON, "openapi.yaml": asYAML}}
	get(s.router, "/openapi.json", func(w http.ResponseWriter, r *http.Request) {
		document.serve(w, r, "openapi.json", cacheChecked)
	})
	get(s.router, "/openapi.yaml", func(w http.ResponseWriter, r *http.Request) {
		document.serve(w, r, "openapi.yaml", cacheChecked)
	})
	own, err := fs.Sub(docsPage, "docs")
	if err != nil {
		panic(err) // the name is a literal
	}
	page, library := &files{fs: own}, &files{fs: unzipped{swaggerui.FS}}
	get(s.router, "/docs", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Security-Policy", docsPolicy)
		page.serve(w, r, "index.html", cacheChecked)
	})
	get(s.router, "/docs/*", func(w http.ResponseWriter, r *http.Request) {
		name := chi.URLParam(r, "*")
		if !page.serve(w, r, name, cacheChecked) && !library.serve(w, r, name, cacheChecked) {
			writeProblem(w, r, chat.NewError(chat.CodeNotFound, "There is nothing at this address."))
		}
	})
}
