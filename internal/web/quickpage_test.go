package web

import (
	"bufio"
	"bytes"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"
)

// What is answered in front is, header by header and byte for byte, what the
// server says to the same request without it (rule W11).
func TestQuickPageSaysTheSame(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.lead(1)
	for _, https := range []bool{false, true} {
		h.opts.HTTPS = https
		h.clock.Add(time.Second)
		alone := httptest.NewServer(h)
		for _, path := range []string{"/", "/en/", "/en", "/c/" + july, "/en/c/" + july} {
			for _, encoding := range []string{"", "gzip", "gzip, deflate, br", "br", "x-gzip;q=0.5"} {
				want := askedOf(t, alone.Listener.Addr().String(), path, encoding)
				quick := h.Quick([]byte(path), []byte("localhost"), []byte("*"), []byte(encoding))
				got, err := http.ReadResponse(bufio.NewReader(bytes.NewReader(quick)), nil)
				if err != nil {
					t.Fatalf("%s with %q is not answered: %v", path, encoding, err)
				}
				body, err := io.ReadAll(got.Body)
				must(t, err)
				if got.Header.Get("Date") != h.clock.Now().UTC().Format(http.TimeFormat) {
					t.Errorf("Date %q at %v", got.Header.Get("Date"), h.clock.Now())
				}
				got.Header.Del("Date")
				want.Header.Del("Date")
				if got.Status != want.Status || string(body) != want.body || !maps.EqualFunc(got.Header, want.Header, slices.Equal) || got.ContentLength != want.ContentLength {
					t.Errorf("%s with %q:\nquick %s %v\nlong  %s %v", path, encoding, got.Status, got.Header, want.Status, want.Header)
				}
			}
		}
		alone.Close()
	}
}

// askedOf asks a real http.Server.
func askedOf(t *testing.T, address, path, encoding string) reply {
	t.Helper()
	r, err := http.NewRequest(http.MethodGet, "http://"+address+path, nil) //nolint:noctx // this machine
	must(t, err)
	if encoding != "" {
		r.Header.Set("Accept-Encoding", encoding)
	}
	answer, err := (&http.Transport{DisableCompression: true, DisableKeepAlives: false}).RoundTrip(r)
	must(t, err)
	defer func() { _ = answer.Body.Close() }()
	body, err := io.ReadAll(answer.Body)
	must(t, err)
	return reply{answer, string(body)}
}

// Whatever is not the same for everybody, is of another second, or comes under
// another name goes the long way; of the rest one answer in a second has its
// event line (rule W15).
func TestQuickPageLeavesTheRest(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.lead(1)
	v := h.visitor()
	v.join(1)
	for _, path := range []string{"/", "/?x=1", "/c/" + july, "/c/%63ovid19-2021-07-12", "/c/" + july + "/wait", "/notice", "/nowhere", "/c/nowhere", "/lookup", "/staff"} {
		v.get(path)
	}
	v.do(httptest.NewRequest(http.MethodHead, "/en/", nil))
	quick := func(path, host string) bool { return h.Quick([]byte(path), []byte(host), nil, nil) != nil }
	for path, want := range map[string]bool{
		"/": true, "/c/" + july: true, "/board/" + july: true,
		"/?x=1": false, "/c/%63ovid19-2021-07-12": false, "/c/" + july + "/": false, "/c/" + july + "/wait": false,
		"/notice": false, "/nowhere": false, "/c/nowhere": false, "/lookup": false, "/staff": false, "/en/": false, "/board/nowhere": false,
	} {
		if quick(path, "localhost") != want {
			t.Errorf("%s: answered %v, want %v", path, !want, want)
		}
		if quick(path, "evil.test") {
			t.Errorf("%s is answered under another name", path)
		}
	}
	if h.Quick([]byte("/"), []byte("localhost"), nil, []byte("gzip")) != nil {
		t.Error("nobody was sent the front page compressed")
	}
	h.clock.Add(time.Second)
	if quick("/", "localhost") {
		t.Error("a page of the second before is sent")
	}
	h.log.Reset()
	v.get("/")
	for range 5 {
		quick("/", "localhost")
	}
	if n := strings.Count(h.log.String(), `"route":"GET /{$}"`); n != 1 {
		t.Errorf("%d event lines for the front page in a second", n)
	}
}
