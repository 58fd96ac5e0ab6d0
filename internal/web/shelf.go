package web

import (
	"bytes"
	"fmt"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/a-h/templ"
)

// static is a finished page, plain and compressed.
type static struct{ raw, small []byte }

func finish(raw []byte) static {
	var b bytes.Buffer
	pack(&b, raw)
	return static{raw: bytes.Clone(raw), small: b.Bytes()}
}

// write sends the page; everything but length and encoding is set by the caller.
func (p static) write(w http.ResponseWriter, r *http.Request, status int) {
	h, body := w.Header(), p.raw
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Vary", "Accept-Encoding")
	if takesGzip(r) {
		h.Set("Content-Encoding", "gzip")
		body = p.small
	}
	h.Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	_, _ = w.Write(body) // the reader may be gone
}

// shelfLife is how long a page that is the same for everybody is kept; a crowd
// in front of the opening costs one rendering a second (R1).
const shelfLife = time.Second

// shelf keeps finished pages that are the same for everybody (rule W10).
type shelf struct {
	now   func() time.Time
	mu    sync.Mutex
	pages map[string]shelved
}

type shelved struct {
	page  static
	until time.Time
}

// maxShelf bounds the shelf; keys are made of known campaigns and languages.
const maxShelf = 256

func newShelf(now func() time.Time) *shelf { return &shelf{now: now, pages: map[string]shelved{}} }

// get is the page under the key, made anew when it is too old. One caller makes
// it, the others wait for that: making takes well under a millisecond.
func (s *shelf) get(key string, make func() (static, error)) (static, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.now()
	if kept, ok := s.pages[key]; ok && now.Before(kept.until) {
		return kept.page, nil
	}
	page, err := make()
	if err != nil {
		return static{}, err
	}
	if len(s.pages) >= maxShelf {
		clear(s.pages)
	}
	s.pages[key] = shelved{page, now.Add(shelfLife)}
	return page, nil
}

// cacheEverybody suits pages that are the same for everybody.
const cacheEverybody = "public, max-age=2, stale-while-revalidate=30"

// renderShared sends a page that is the same for everybody who reads the
// language, from the shelf when it is fresh.
func (s *Server) renderShared(w http.ResponseWriter, r *http.Request, name string, build func() (templ.Component, error)) error {
	page, err := s.shared.get(eventOf(r).lang+" "+name, func() (static, error) {
		c, err := build()
		if err != nil {
			return static{}, err
		}
		var b bytes.Buffer
		if err := c.Render(r.Context(), &b); err != nil {
			return static{}, fmt.Errorf("render page: %w", err)
		}
		return finish(b.Bytes()), nil
	})
	if err != nil {
		return err
	}
	h := w.Header()
	h.Set("Cache-Control", cacheEverybody)
	h.Set("Content-Language", eventOf(r).lang)
	page.write(w, r, http.StatusOK)
	s.leave(h, r, page)
	return nil
}
