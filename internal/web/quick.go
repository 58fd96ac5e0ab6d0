package web

import (
	"bytes"
	"fmt"
	"net/http"
	"strings"
	"sync"
)

// finished are the answers to GET /board/{campaign} as they go over the wire,
// good for one second: they carry the time.
type finished struct {
	etag        string
	second      int64
	whole, same []byte // 200 and 304
}

// finishedBoards are the finished answers by campaign; there are as many as campaigns.
type finishedBoards struct {
	mu sync.Mutex
	of map[string]*finished
}

// QuickBoard gives the finished bytes of the answer to a GET of a board, as
// quickBoard would write it; nil when the path is no board's, or the name is
// not this server's. It suits internal/front: safe for concurrent use, in
// memory only.
func (s *Server) QuickBoard(path, host, match []byte) []byte {
	id, found := bytes.CutPrefix(path, []byte(boardPrefix))
	if !found || s.opts.Development && !s.answersTo(string(host)) {
		return nil
	}
	campaign := string(id)
	v, err := s.opts.Store.View(campaign)
	if err != nil {
		return nil
	}
	now := s.opts.Now()
	s.finished.mu.Lock()
	f := s.finished.of[campaign]
	s.finished.mu.Unlock()
	if f == nil || f.etag != v.ETag || f.second != now.Unix() {
		date := now.UTC().Format(http.TimeFormat)
		wire := func(match string) []byte {
			var w wireWriter
			s.writeBoard(&w, match, v)
			return w.finish(date)
		}
		f = &finished{etag: v.ETag, second: now.Unix(), whole: wire(""), same: wire(v.ETag)}
		s.finished.mu.Lock()
		s.finished.of[campaign] = f
		s.finished.mu.Unlock()
	}
	if len(match) > 0 && matches(string(match), v.ETag) {
		return f.same
	}
	return f.whole
}

// wireWriter writes an answer as net/http would send it.
type wireWriter struct {
	header http.Header
	status int
	body   []byte
}

// Header is what goes before the body.
func (w *wireWriter) Header() http.Header {
	if w.header == nil {
		w.header = http.Header{}
	}
	return w.header
}

// WriteHeader sets the status.
func (w *wireWriter) WriteHeader(status int) { w.status = status }

// Write takes the body.
func (w *wireWriter) Write(b []byte) (int, error) {
	w.body = append(w.body, b...)
	return len(b), nil
}

// finish puts the parts together. A 304 has no body and no length (RFC 9110
// §15.4.5).
func (w *wireWriter) finish(date string) []byte {
	if w.status == 0 {
		w.status = http.StatusOK
		w.header.Set("Content-Length", fmt.Sprint(len(w.body)))
	}
	w.header.Set("Date", date)
	var b strings.Builder
	fmt.Fprintf(&b, "HTTP/1.1 %d %s\r\n", w.status, http.StatusText(w.status))
	_ = w.header.Write(&b) // a builder takes everything
	b.WriteString("\r\n")
	return append([]byte(b.String()), w.body...)
}
