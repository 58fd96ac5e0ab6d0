package web

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
)

// sink takes an answer and forgets it.
type sink struct {
	header http.Header
	bytes  int
}

func (w *sink) Header() http.Header { return w.header }
func (w *sink) WriteHeader(int)     {}
func (w *sink) Write(b []byte) (int, error) {
	w.bytes += len(b)
	return len(b), nil
}

// BenchmarkSurge is what the pages cost that everybody asks for when it opens.
func BenchmarkSurge(b *testing.B) {
	h := newHouse(b)
	h.openGate()
	v := h.visitor()
	v.join(1)
	asks := func(path string, packed bool) func(int) *http.Request {
		r := onThisMachine(httptest.NewRequest(http.MethodGet, path, nil))
		if packed {
			r.Header.Set("Accept-Encoding", "gzip, deflate, br")
		}
		r.Header.Set("User-Agent", "Mozilla/5.0 (Linux; Android 11) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/91.0 Mobile Safari/537.36")
		r.Header.Set("Accept", "text/html")
		for name, value := range v.cookies {
			r.AddCookie(&http.Cookie{Name: name, Value: value})
		}
		return func(int) *http.Request { return r }
	}
	for _, c := range []struct {
		name string
		ask  func(int) *http.Request
	}{
		{"front", asks("/", true)},
		{"campaign", asks("/c/"+july, true)},
		{"wait", asks("/c/"+july+"/wait", true)},
		{"wait plain", asks("/c/"+july+"/wait", false)},
		{"board", asks("/board/"+july, false)},
		{"join", func(i int) *http.Request {
			return onThisMachine(posting("/c/"+july+"/join", "name", "가상사람", "born", "1965-03-09", "mobile", fmt.Sprintf("010-%08d", i), "consent", "yes"))
		}},
	} {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			w := &sink{}
			for i := 0; b.Loop(); i++ {
				w.header, w.bytes = http.Header{}, 0
				h.ServeHTTP(w, c.ask(i))
			}
			b.ReportMetric(float64(w.bytes), "B/page")
		})
	}
}
