package drill

import (
	"compress/gzip"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"
)

func TestClient(t *testing.T) {
	t.Parallel()
	stuck := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/packed":
			w.Header().Set("Content-Encoding", "gzip")
			z := gzip.NewWriter(w)
			_, _ = io.WriteString(z, "<main>"+r.Header.Get("Cookie")+r.URL.RawQuery)
			_ = z.Close()
		case "/origin":
			w.Header().Set(nodeHeader, "node7")
			_, _ = io.WriteString(w, r.Header.Get("Origin")+" "+r.RequestURI)
		case "/taken":
			w.Header().Set(proxyHeader, "node3")
			w.WriteHeader(http.StatusBadGateway)
		case "/form":
			http.SetCookie(w, &http.Cookie{Name: "a", Value: r.FormValue("name")})
			http.Redirect(w, r, "/packed", http.StatusSeeOther)
		case "/stuck":
			<-stuck
		case "/broken":
			panic(http.ErrAbortHandler)
		}
	}))
	defer server.Close()
	defer close(stuck)
	c, err := newClient(server.URL)
	must(t, err)
	defer c.close()

	r := c.do(t.Context(), "", post("/origin?q#here"))
	if want := server.URL + " /origin?q"; r.err != nil || string(r.body) != want || r.node != "node7" || r.proxyFor != "" {
		t.Errorf("as browsers do, the origin and no fragment: %q of %q, %v", r.body, r.node, r.err)
	}
	if r = c.do(t.Context(), "", get("/taken")); r.proxyFor != "node3" || r.node != "" {
		t.Errorf("an answer of the proxy's: %+v", r)
	}
	r = c.do(t.Context(), "a=1", get("/packed?q=2"))
	if r.err != nil || string(r.body) != "<main>a=1q=2" {
		t.Errorf("page: %q, %v", r.body, r.err)
	}
	r.release()
	r = c.do(t.Context(), "", post("/form", "name", "모의 가"))
	if r.err != nil || r.status != 303 || r.location != "/packed" || len(r.cookies) != 1 {
		t.Errorf("form: %+v; a citizen follows by itself", r)
	}
	r.release()
	lost := get("/stuck")
	lost.cut = 5 * time.Millisecond
	if r = c.do(t.Context(), "", lost); !errors.Is(r.err, errCut) {
		t.Errorf("lost network: %v", r.err)
	}
	if r = c.do(t.Context(), "", post("/broken")); r.err == nil || errors.Is(r.err, errCut) {
		t.Errorf("a server that hangs up: %v", r.err)
	}
}

// What the server does to a connection is told apart from what a citizen does.
func TestLostConnectionsAreToldApart(t *testing.T) {
	t.Parallel()
	for what, c := range map[string]struct {
		err     error
		trouble bool
		of      func(*tally) int64
	}{
		"cut by the citizen":   {errCut, true, func(t *tally) int64 { return t.cuts.Load() }},
		"the server is killed": {io.EOF, true, func(t *tally) int64 { return t.refusedConnections.Load() }},
		"the server is there":  {io.EOF, false, func(t *tally) int64 { return t.broken.Load() }},
	} {
		crowd := &Crowd{tally: newTally(1)}
		if c.trouble {
			crowd.troubles.begin("node1")
		}
		who := &citizen{crowd: crowd, rnd: random()}
		q := get("/x")
		if s := who.retry(q, c.err); s.end != "" || s.after <= 0 || who.next != q {
			t.Errorf("%s: %+v; people try the same again", what, s)
		}
		if sum := crowd.tally.cuts.Load() + crowd.tally.broken.Load() + crowd.tally.refusedConnections.Load(); c.of(crowd.tally) != 1 || sum != 1 {
			t.Errorf("%s was counted elsewhere", what)
		}
	}
}
