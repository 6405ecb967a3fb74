// Package dashboard holds the built dashboard, the web application where a
// tenant's people build agents and read conversations.
package dashboard

import (
	"embed"
	"io/fs"
)

//go:embed all:dist
var dist embed.FS

// FS is the build as Vite wrote it: index.html and what it refers to, below
// /dashboard/. Without a build it holds no index.html.
var FS = mustSub(dist, "dist")

func mustSub(parent fs.FS, dir string) fs.FS {
	sub, err := fs.Sub(parent, dir)
	if err != nil {
		panic(err) // the name is a constant: only an edit of this file can break it
	}
	return sub
}
