package drill

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// A connection serves many requests, one after another, and is not given to two.
func TestConnectionsAreUsedAgain(t *testing.T) {
	t.Parallel()
	var opened atomic.Int64
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/last":
			w.Header().Set("Connection", "close")
		case "/same":
			w.WriteHeader(http.StatusNotModified)
		}
		_, _ = io.WriteString(w, r.RequestURI)
	}))
	server.Config.ConnState = func(_ net.Conn, s http.ConnState) {
		if s == http.StateNew {
			opened.Add(1)
		}
	}
	server.Start()
	defer server.Close()
	c, err := newClient(server.URL)
	must(t, err)
	defer c.close()
	for _, path := range []string{"/a?b=c", "/same", "/가 나?x=%EA"} {
		if r := c.do(t.Context(), "", get(path)); r.err != nil || r.status == 200 && path[1] == 'a' && string(r.body) != path {
			t.Errorf("%s: %d %q %v", path, r.status, r.body, r.err)
		}
	}
	if n := opened.Load(); n != 1 {
		t.Errorf("%d connections for requests one after another", n)
	}
	for range 2 {
		if r := c.do(t.Context(), "", get("/last")); r.err != nil || !r.last {
			t.Errorf("the last answer: %+v", r)
		}
	}
	var all sync.WaitGroup
	for i := range 50 {
		all.Go(func() {
			path := fmt.Sprintf("/%d", i)
			if r := c.do(t.Context(), "", get(path)); string(r.body) != path {
				t.Errorf("%s got the answer %q, %v", path, r.body, r.err)
			}
		})
	}
	all.Wait()
	if r := c.do(t.Context(), "", get("/a b?c d")); r.err == nil {
		t.Errorf("an address with a space in its query was sent: %q", r.body)
	}
}

// What the server ended while nobody used it is not noticed by those who come
// next, whatever they send.
func TestEndedConnectionsAreNotUsed(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, r.Method) }))
	defer server.Close()
	c, err := newClient(server.URL)
	must(t, err)
	defer c.close()
	for _, q := range []request{get("/"), post("/", "a", "b"), get("/")} {
		if r := c.do(t.Context(), "", q); r.err != nil || string(r.body) != q.method {
			t.Errorf("%s: %q, %v", q.method, r.body, r.err)
		}
		server.CloseClientConnections()
	}
}

// A page that is asked for as its connection ends is asked for again; a form is
// not, for it may have arrived.
func TestOnlyPagesAreAskedForAgain(t *testing.T) {
	t.Parallel()
	var asked atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if asked.Add(1)%2 == 0 {
			panic(http.ErrAbortHandler)
		}
	}))
	defer server.Close()
	c, err := newClient(server.URL)
	must(t, err)
	defer c.close()
	for i, q := range []request{get("/"), get("/"), post("/")} { // first, second and again, fourth
		if r := c.do(t.Context(), "", q); (r.err != nil) != (q.method == "POST") {
			t.Errorf("request %d: %v", i, r.err)
		}
	}
	if n := asked.Load(); n != 4 {
		t.Errorf("the server was asked %d times, want 4", n)
	}
}

// The end of the run ends requests under way, and those that wait for a
// connection.
func TestTheEndEndsRequests(t *testing.T) {
	t.Parallel()
	begun, stuck := make(chan struct{}, 1), make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { begun <- struct{}{}; <-stuck }))
	defer server.Close()
	defer close(stuck)
	c, err := newClient(server.URL)
	must(t, err)
	c.room = make(chan struct{}, 1)
	ctx, cancel := context.WithCancel(t.Context())
	defer context.AfterFunc(ctx, c.close)()
	answers := make(chan reply)
	go func() { answers <- c.do(ctx, "", get("/")) }()
	<-begun
	late := get("/")
	late.cut = time.Millisecond
	if r := c.do(ctx, "", late); r.err != errCut { //nolint:errorlint // it is this very one
		t.Errorf("without a place the network was lost all the same: %v", r.err)
	}
	go func() { answers <- c.do(ctx, "", get("/")) }()
	cancel()
	for range 2 {
		if r := <-answers; r.err == nil {
			t.Errorf("an answer after the end: %+v", r)
		}
	}
	if r := c.do(ctx, "", get("/")); r.err == nil || len(c.open) != 0 {
		t.Errorf("a request after the end: %+v, %d connections", r, len(c.open))
	}
}

func BenchmarkClient(b *testing.B) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNotModified) }))
	defer server.Close()
	c, err := newClient(server.URL)
	must(b, err)
	defer c.close()
	b.RunParallel(func(p *testing.PB) {
		for p.Next() {
			if r := c.do(b.Context(), "a=b", get("/board/x")); r.err != nil {
				b.Error(r.err)
			}
		}
	})
}
