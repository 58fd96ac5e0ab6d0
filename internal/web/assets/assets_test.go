package assets

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"
)

func set(t *testing.T, css string) *Set {
	t.Helper()
	s, err := read(fstest.MapFS{
		"naru.css": {Data: []byte(css)},
		"wait.js":  {Data: []byte("// words\nimport { a } from './place.js';\nimport x from './none.js';\n")},
		"place.js": {Data: []byte("export const a = 1;\n")},
		"note.txt": {Data: []byte("not sent to anybody")},
	}, false)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestAddressesNameTheContent(t *testing.T) {
	t.Parallel()
	one, same, other := set(t, "a{}"), set(t, "a{}"), set(t, "b{}")
	if one.URL("naru.css") != same.URL("naru.css") || one.URL("naru.css") == other.URL("naru.css") {
		t.Errorf("addresses %q, %q, %q", one.URL("naru.css"), same.URL("naru.css"), other.URL("naru.css"))
	}
	if one.URL("none.css") != "" || one.URL("note.txt") != "" {
		t.Error("there is an address for what is not served")
	}
	if got := one.Imports("wait.js"); len(got) != 1 || got[0] != one.URL("place.js") {
		t.Errorf("wait.js imports %q", got)
	}
}

func TestServe(t *testing.T) {
	t.Parallel()
	css := strings.Repeat("a{color:red}", 100)
	s := set(t, css)
	for name, c := range map[string]struct {
		version, file, accept, encoding string
		found                           bool
	}{
		"as it is":           {s.version, "naru.css", "", "", true},
		"compressed":         {s.version, "naru.css", "br, gzip", "gzip", true},
		"another version":    {"x", "naru.css", "gzip", "", false},
		"no such file":       {s.version, "x.css", "gzip", "", false},
		"a path that climbs": {s.version, "../naru.css", "gzip", "", false},
	} {
		r, w := httptest.NewRequest(http.MethodGet, "/", nil), httptest.NewRecorder()
		r.Header.Set("Accept-Encoding", c.accept)
		if found := s.Serve(w, r, c.version, c.file); found != c.found || !found && w.Body.Len() > 0 {
			t.Errorf("%s: found %v with %d bytes", name, found, w.Body.Len())
			continue
		}
		if !c.found {
			continue
		}
		h, body := w.Header(), w.Body.Bytes()
		if h.Get("Content-Encoding") != c.encoding || !strings.Contains(h.Get("Cache-Control"), "immutable") || h.Get("Content-Type") != "text/css; charset=utf-8" {
			t.Errorf("%s: headers %v", name, h)
		}
		if c.encoding == "gzip" {
			z, err := gzip.NewReader(bytes.NewReader(body))
			if err != nil {
				t.Fatal(err)
			}
			if body, err = io.ReadAll(z); err != nil {
				t.Fatal(err)
			}
		}
		if string(body) != css {
			t.Errorf("%s: other bytes came", name)
		}
	}
}

func TestTheProgramHasItsAssets(t *testing.T) {
	t.Parallel()
	s, err := New()
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"naru.css", "wait.js"} {
		if s.URL(name) == "" || s.Size(name) == 0 {
			t.Errorf("%s is not in the program", name)
		}
	}
}
