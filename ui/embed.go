// Package ui holds the sources of the pages' styles and scripts, so that a
// program built without bundling them still serves them.
//
// It promises plain CSS and ES modules that browsers run as they are. It never
// holds anything that is not sent to browsers.
package ui

import "embed"

// Sources are the files below src/. What needs npm runs only bundled.
//
//go:embed src
var Sources embed.FS
