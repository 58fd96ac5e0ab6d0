package web

import (
	"net/http"
	"strings"

	"naru/internal/store"
)

var (
	boardCache = []string{"public, max-age=1, stale-while-revalidate=5"}
	boardKind  = []string{"application/json"}
)

// quickBoard answers GET /board/{campaign} before anything else is done for a
// request, and reports false when it is not one it can answer. Everybody who
// waits reads the board, so it writes finished bytes and no event line: a
// metric counts it. Errors go the long way and are logged (rule W11).
func (s *Server) quickBoard(w http.ResponseWriter, r *http.Request) bool {
	id, found := strings.CutPrefix(r.URL.Path, boardPrefix)
	if !found || r.Method != http.MethodGet && r.Method != http.MethodHead {
		return false
	}
	v, err := s.opts.Store.View(id)
	if err != nil {
		return false
	}
	s.writeBoard(w, r.Header.Get("If-None-Match"), v)
	return true
}

// writeBoard sends the board. It is no page, so it carries the headers of W6
// that mean something for a document of data only: each byte is sent millions
// of times a minute.
func (s *Server) writeBoard(w http.ResponseWriter, match string, v store.View) {
	h := w.Header()
	clear(h)
	h["Cache-Control"] = boardCache
	h["Etag"] = []string{v.ETag}
	if s.opts.HTTPS {
		h["Strict-Transport-Security"] = hsts
	}
	if matches(match, v.ETag) {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	h["Content-Type"] = boardKind
	h["X-Content-Type-Options"] = noSniff
	_, _ = w.Write(v.BoardJSON) // the reader may be gone
}

// matches compares weakly, as RFC 9110 §13.1.2 asks.
func matches(given, etag string) bool {
	if given == "" {
		return false
	}
	for _, tag := range strings.Split(given, ",") {
		tag = strings.TrimPrefix(strings.TrimSpace(tag), "W/")
		if tag == etag || tag == "*" {
			return true
		}
	}
	return false
}

// board is the long way: it is reached for unknown campaigns only.
func (s *Server) board(w http.ResponseWriter, r *http.Request) error {
	p, err := s.published(r)
	if err != nil {
		return err
	}
	v, err := s.opts.Store.View(string(p.Campaign.ID))
	if err != nil {
		return err
	}
	s.writeBoard(w, r.Header.Get("If-None-Match"), v)
	return nil
}
