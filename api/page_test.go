package api_test

import (
	"net/http"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/parley-chat/parley/api"
)

func get(path string, header ...string) call {
	c := call{Method: "GET", Path: path, Header: map[string]string{}}
	for i := 0; i+1 < len(header); i += 2 {
		c.Header[header[i]] = header[i+1]
	}
	return c
}

func TestBuiltFilesAreServed(t *testing.T) {
	t.Parallel()
	w := start(t)
	loader := w.do(t, get("/widget.js"))
	require.Equal(t, http.StatusOK, loader.Status)
	assert.Equal(t, "text/javascript; charset=utf-8", loader.Header.Get("Content-Type"))
	assert.Equal(t, "public, max-age=300", loader.Header.Get("Cache-Control"))
	assert.Equal(t, "cross-origin", loader.Header.Get("Cross-Origin-Resource-Policy"))
	plain := w.do(t, get("/widget.js", "Accept-Encoding", "identity"))
	zipped := w.do(t, get("/widget.js", "Accept-Encoding", "gzip"))
	assert.Equal(t, "gzip", zipped.Header.Get("Content-Encoding"))
	assert.Less(t, len(zipped.Text), 1000)
	assert.NotEqual(t, zipped.Header.Get("ETag"), plain.Header.Get("ETag"), "each form has its own tag")
	again := w.do(t, get("/widget.js", "If-None-Match", zipped.Header.Get("ETag"), "Accept-Encoding", "gzip"))
	assert.Equal(t, http.StatusNotModified, again.Status)

	asset := w.do(t, get("/widget/assets/panel-a1b2.js"))
	assert.Contains(t, asset.Header.Get("Cache-Control"), "immutable")
	assert.Equal(t, http.StatusNotFound, w.do(t, get("/widget/.gitkeep")).Status)
	assert.Equal(t, http.StatusNotFound, w.do(t, get("/widget/../widget.js%00")).Status)

	for _, path := range []string{"/dashboard/", "/dashboard/agents/7", "/dashboard/sign-in"} {
		page := w.do(t, get(path))
		assert.Equal(t, http.StatusOK, page.Status, path)
		assert.Contains(t, page.Text, "<title>Parley</title>")
		assert.Equal(t, "no-cache", page.Header.Get("Cache-Control"))
		assert.NotContains(t, page.Header.Get("Content-Security-Policy"), "unsafe")
		assert.Contains(t, page.Header.Get("Content-Security-Policy"), "frame-ancestors 'none'")
	}
	assert.Equal(t, http.StatusNotFound, w.do(t, get("/dashboard/assets/gone.js")).Status, "a missing file is no page")
	for _, path := range []string{"/", "/dashboard"} {
		home := w.do(t, get(path))
		assert.Equal(t, http.StatusFound, home.Status)
		assert.Equal(t, "/dashboard/", home.Header.Get("Location"))
	}
}

func TestMissingBuildSaysSo(t *testing.T) {
	t.Parallel()
	w := start(t, func(d *api.Deps) { d.Dashboard, d.Widget = fstest.MapFS{}, nil })
	for _, path := range []string{"/dashboard/", "/widget.js"} {
		got := w.do(t, get(path))
		assert.Equal(t, http.StatusNotFound, got.Status)
		assert.Contains(t, got.Text, "run make")
	}
}

func TestEveryAnswerIsGuarded(t *testing.T) {
	t.Parallel()
	w := start(t)
	for _, path := range []string{"/healthz", "/v1/me", "/dashboard/", "/docs", "/widget.js", "/nothing"} {
		h := w.do(t, get(path)).Header
		assert.Equal(t, "nosniff", h.Get("X-Content-Type-Options"), path)
		assert.Equal(t, "no-referrer", h.Get("Referrer-Policy"), path)
		assert.Contains(t, h.Get("Content-Security-Policy"), "frame-ancestors 'none'", path)
		assert.NotEmpty(t, h.Get("Strict-Transport-Security"), path)
	}
	assert.Equal(t, "no-store", w.do(t, get("/v1/me")).Header.Get("Cache-Control"))
	plain := start(t, func(d *api.Deps) { d.Config.PublicURL = "http://localhost:8080" })
	assert.Empty(t, plain.do(t, get("/healthz")).Header.Get("Strict-Transport-Security"))
}

// The page must work under its policy: nothing inline, nothing from elsewhere.
func TestDocsLoadNothingFromElsewhere(t *testing.T) {
	t.Parallel()
	w := start(t)
	page := w.do(t, get("/docs"))
	require.Equal(t, http.StatusOK, page.Status)
	assert.NotContains(t, page.Header.Get("Content-Security-Policy"), "unsafe")
	assert.NotContains(t, page.Text, "http://")
	assert.NotContains(t, page.Text, "https://")
	for _, reference := range strings.Split(page.Text, `"/`)[1:] {
		path, _, _ := strings.Cut(reference, `"`)
		file := w.do(t, get("/"+path))
		assert.Equal(t, http.StatusOK, file.Status, path)
		assert.NotEmpty(t, file.Text, path)
	}
	document := w.do(t, get("/openapi.json"))
	assert.Equal(t, "3.1.0", document.JSON["openapi"])
	yaml, err := api.OpenAPI()
	require.NoError(t, err)
	assert.YAMLEq(t, string(yaml), w.do(t, get("/openapi.yaml")).Text)
}
