package api

import (
	"io/fs"
	"net/http"
	"path"
	"strings"

	"github.com/go-chi/chi/v5"

	"github.com/parley-chat/parley/chat"
)

var errNotBuilt = chat.NewError(chat.CodeNotFound, "This front end has not been built: run make.")

// routePages serves the built front ends.
func (s *Server) routePages(widget, dashboard fs.FS) {
	built := &files{fs: widget}
	get(s.router, "/widget.js", func(w http.ResponseWriter, r *http.Request) {
		serveWidget(built, w, r, "widget.js", cacheBriefly)
	})
	get(s.router, "/widget/*", func(w http.ResponseWriter, r *http.Request) {
		serveWidget(built, w, r, chi.URLParam(r, "*"), cacheOf(chi.URLParam(r, "*")))
	})
	app := &files{fs: dashboard}
	get(s.router, "/dashboard/*", func(w http.ResponseWriter, r *http.Request) { serveDashboard(app, w, r) })
	toDashboard := http.RedirectHandler("/dashboard/", http.StatusFound)
	get(s.router, "/dashboard", toDashboard.ServeHTTP)
	get(s.router, "/", toDashboard.ServeHTTP)
}

func get(router chi.Router, pattern string, handler http.HandlerFunc) {
	router.Get(pattern, handler)
	router.Head(pattern, handler)
}

// cacheOf: what lies in assets has a name that changes with its content.
func cacheOf(name string) string {
	if strings.HasPrefix(name, "assets/") {
		return cacheForever
	}
	return cacheChecked
}

// serveWidget lets every page load the widget's code; which pages may use it is
// decided when a session is opened.
func serveWidget(built *files, w http.ResponseWriter, r *http.Request, name, cache string) {
	h := w.Header()
	h.Set("Cross-Origin-Resource-Policy", "cross-origin")
	h.Set("Access-Control-Allow-Origin", "*")
	if path.Ext(name) == ".html" {
		h.Set("Content-Security-Policy", previewPolicy)
	}
	if !built.serve(w, r, name, cache) {
		writeProblem(w, r, errNotBuilt)
	}
}

// serveDashboard gives the application's one page for each of its addresses: it
// finds out itself what to show.
func serveDashboard(app *files, w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Security-Policy", dashboardPolicy)
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	name := chi.URLParam(r, "*")
	if path.Ext(name) != "" {
		if !app.serve(w, r, name, cacheOf(name)) {
			writeProblem(w, r, errNotBuilt)
		}
		return
	}
	if !app.serve(w, r, "index.html", cacheChecked) {
		writeProblem(w, r, errNotBuilt)
	}
}
