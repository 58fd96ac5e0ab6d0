package web

import (
	"bytes"
	"net/http"
	"strings"
	"sync"
)

// leftPages are the answers, as they go over the wire, that the handlers of pages
// which are the same for everybody gave in this second (docs/adr/0018, 0033).
type leftPages struct {
	mu     sync.Mutex
	second int64
	of     [2]map[string][]byte // by the address as asked: plain, and with gzip
}

// maxLeft bounds what is kept in one second; there are as many as shared pages.
const maxLeft = 256

// leave keeps what was just sent for those who ask for the same within this
// second. Their answers have no event line of their own (rule W15).
func (s *Server) leave(h http.Header, r *http.Request, page static) {
	if r.Method != http.MethodGet || strings.ContainsAny(r.RequestURI, "?%") || !strings.HasPrefix(r.RequestURI, "/") {
		return
	}
	which, body := 0, page.raw
	if takesGzip(r) {
		which, body = 1, page.small
	}
	now, l := s.opts.Now(), &s.left
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.second != now.Unix() {
		l.second, l.of = now.Unix(), [2]map[string][]byte{{}, {}}
	}
	if l.of[which][r.RequestURI] != nil || len(l.of[0])+len(l.of[1]) >= maxLeft {
		return
	}
	w := wireWriter{header: h.Clone(), status: http.StatusOK, body: body}
	l.of[which][r.RequestURI] = w.finish(now.UTC().Format(http.TimeFormat))
}

// Quick gives the finished bytes of the answer to a plain GET that everybody asks:
// a board, or a page that is the same for all and was sent in this very second. It
// is nil for all else, and under a name that is not this server's. It suits
// internal/front: safe for concurrent use, in memory only, and it makes no page.
func (s *Server) Quick(path, host, match, encoding []byte) []byte {
	if bytes.HasPrefix(path, []byte(boardPrefix)) {
		return s.QuickBoard(path, host, match)
	}
	l, which := &s.left, 0
	if bytes.Contains(encoding, []byte("gzip")) {
		which = 1
	}
	now := s.opts.Now().Unix()
	l.mu.Lock()
	answer := l.of[which][string(path)]
	fresh := l.second == now
	l.mu.Unlock()
	if !fresh || answer == nil || s.opts.Development && !s.answersTo(string(host)) {
		return nil
	}
	return answer
}
