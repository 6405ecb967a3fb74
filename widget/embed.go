// Package widget carries the built chat widget and the demo customer page inside
// the Go binary, so that one file serves everything.
package widget

import (
	"embed"
	"io/fs"
)

//go:embed all:dist
var built embed.FS

//go:embed demo
var demo embed.FS

// FS holds what `npm run build` wrote: widget.js, the loader whose name never
// changes, and assets/, whose names change with their content. Before the first
// build it holds nothing that a browser could load.
var FS = sub(built, "dist")

// DemoFS holds the demo customer site. Its *.html files are html/template
// sources that expect APIURL, AgentID and PublishableKey; agent.json is the
// configuration (chat.AgentConfig and a name) of the assistant that belongs to it.
var DemoFS = sub(demo, "demo")

func sub(tree embed.FS, dir string) fs.FS {
	inner, err := fs.Sub(tree, dir)
	if err != nil {
		panic(err) // only an invalid path fails, and both are literals
	}
	return inner
}
