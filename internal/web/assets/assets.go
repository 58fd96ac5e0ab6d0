// Package assets serves styles and scripts from memory.
//
// It promises addresses that name their content, so a browser may keep a file
// for ever and never mixes two versions; every file is compressed once, at the
// start. It never reads the disk after New and takes nothing from the network.
// Rule W8 in docs/rules/web.md.
package assets

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"path"
	"regexp"
	"slices"
	"strings"

	"naru/ui"
)

//go:embed all:dist
var bundle embed.FS

// Set is one version of all files. It does not change.
type Set struct {
	Bundled bool // false: the sources, as they are
	version string
	files   map[string]file
}

var kinds = map[string]string{
	".css":  "text/css; charset=utf-8",
	".js":   "text/javascript; charset=utf-8",
	".wasm": "application/wasm",
	".png":  "image/png",
}

type file struct {
	kind       string
	raw, small []byte   // raw is nil for what is large and was compressed when it was built
	br         []byte   // brotli; nil for what was not
	imports    []string // addresses of the modules it imports
}

// New takes the bundle that `make build` made, or the sources where there is
// none.
func New() (*Set, error) {
	dist, err := fs.Sub(bundle, "dist")
	if err != nil {
		return nil, fmt.Errorf("read the bundle: %w", err)
	}
	if _, err := fs.Stat(dist, "wait.js"); err == nil {
		return read(dist, true)
	}
	sources, err := fs.Sub(ui.Sources, "src")
	if err != nil {
		return nil, fmt.Errorf("read the sources: %w", err)
	}
	return read(sources, false)
}

func read(from fs.FS, bundled bool) (*Set, error) {
	names, err := fs.Glob(from, "*.*")
	if err != nil {
		return nil, fmt.Errorf("list assets: %w", err)
	}
	slices.Sort(names)
	s := &Set{Bundled: bundled, files: map[string]file{}}
	sum := sha256.New()
	for _, name := range names {
		if base, packed := strings.CutSuffix(name, ".br"); packed {
			if err := s.readPacked(from, base, sum); err != nil {
				return nil, err
			}
			continue
		}
		kind, ok := kinds[path.Ext(name)]
		if !ok {
			continue
		}
		raw, err := fs.ReadFile(from, name)
		if err != nil {
			return nil, fmt.Errorf("read asset: %w", err)
		}
		fmt.Fprintf(sum, "%s %d\n%s", name, len(raw), raw)
		s.files[name] = file{kind: kind, raw: raw, small: compress(raw)}
	}
	s.version = base64.RawURLEncoding.EncodeToString(sum.Sum(nil)[:9])
	s.findImports()
	return s, nil
}

// readPacked takes a file that was compressed when it was built, name.br and name.gz: to
// compress megabytes at each start would take seconds.
func (s *Set) readPacked(from fs.FS, name string, sum io.Writer) error {
	br, err := fs.ReadFile(from, name+".br")
	if err != nil {
		return fmt.Errorf("read asset: %w", err)
	}
	small, err := fs.ReadFile(from, name+".gz")
	if err != nil {
		return fmt.Errorf("read asset: %w", err)
	}
	fmt.Fprintf(sum, "%s %d\n%s", name, len(br), br)
	s.files[name] = file{kind: kinds[path.Ext(name)], small: small, br: br}
	return nil
}

func compress(raw []byte) []byte {
	var b bytes.Buffer
	w, _ := gzip.NewWriterLevel(&b, gzip.BestCompression) // the level is a valid one
	_, _ = w.Write(raw)                                   // a buffer takes everything
	_ = w.Close()
	return b.Bytes()
}

// URL is the address of a file; "" when there is no such file, so that a page
// never links to nothing.
func (s *Set) URL(name string) string {
	if _, ok := s.files[name]; !ok {
		return ""
	}
	return "/assets/" + s.version + "/" + name
}

// Version names the content of all files together.
func (s *Set) Version() string { return s.version }

// Raw is a file as it is; nil when there is no such file. Its address does not name
// its content: the caller says how long it may be kept.
func (s *Set) Raw(name string) []byte { return s.files[name].raw }

// Size is how many bytes of the file are sent to a browser: with brotli where there is
// that, else with gzip.
func (s *Set) Size(name string) int {
	if br := s.files[name].br; br != nil {
		return len(br)
	}
	return len(s.files[name].small)
}

// Serve answers for one file of one version, and reports false, having written
// nothing, when there is none.
func (s *Set) Serve(w http.ResponseWriter, r *http.Request, version, name string) bool {
	f, ok := s.files[name]
	if !ok || version != s.version {
		return false
	}
	h := w.Header()
	h.Set("Content-Type", f.kind)
	h.Set("Cache-Control", "public, max-age=31536000, immutable")
	h.Set("Vary", "Accept-Encoding")
	body, encoding := f.choose(r.Header.Get("Accept-Encoding"))
	if encoding != "" {
		h.Set("Content-Encoding", encoding)
	}
	h.Set("Content-Length", fmt.Sprint(len(body)))
	if r.Method != http.MethodHead {
		_, _ = w.Write(body) // the reader may be gone
	}
	return true
}

// choose is the body for a browser that takes these encodings.
func (f file) choose(takes string) (body []byte, encoding string) {
	switch {
	case f.br != nil && brotli.MatchString(takes):
		return f.br, "br"
	case strings.Contains(takes, "gzip"), f.raw == nil: // what needs a large file takes gzip
		return f.small, "gzip"
	}
	return f.raw, ""
}

var brotli = regexp.MustCompile(`\bbr\b`)

// Imports are the addresses of the modules that a script imports from its own
// folder, for the browser to fetch at the same time. A bundle has none.
func (s *Set) Imports(name string) []string { return s.files[name].imports }

var importForm = regexp.MustCompile(`(?m)^import [^'"]* from ['"]\./([a-z]+\.js)['"]`)

// findImports is done once, when all files have their addresses.
func (s *Set) findImports() {
	for name, f := range s.files {
		for _, m := range importForm.FindAllSubmatch(f.raw, -1) {
			if url := s.URL(string(m[1])); url != "" {
				f.imports = append(f.imports, url)
			}
		}
		s.files[name] = f
	}
}
