package web

import (
	"net/http"
	"testing"

	"naru/internal/i18n"
)

// In development nothing is read under another name, not even the board (rule
// W23); a real service has names of its own.
func TestOnlyThisMachineInDevelopment(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.lead(1)
	for _, c := range []struct {
		host string
		ours bool
	}{
		{"localhost", true},
		{"localhost:8080", true},
		{"LOCALHOST:1", true},
		{"127.0.0.1", true},
		{"127.0.0.1:65535", true},
		{"[::1]", true},
		{"[::1]:8080", true},
		{"evil.test", false},
		{"evil.test:8080", false},
		{"localhost.evil.test:8080", false},
		{"127.0.0.1.evil.test:8080", false},
		{"192.0.2.1:8080", false},
		{"0.0.0.0:8080", false},
		{"[2001:db8::1]:8080", false},
		{"", false},
	} {
		for _, path := range []string{"/", "/inbox", "/board/" + july, "/livez", "/draw/" + july + "/draw.json"} {
			r := get(path)
			r.Host = c.host
			got := h.visitor().do(r)
			if c.ours {
				got.want(t, http.StatusOK)
				continue
			}
			if got.StatusCode != http.StatusMisdirectedRequest {
				t.Errorf("%s under %q: status %d", path, c.host, got.StatusCode)
			}
		}
	}
	r := get("/en/inbox")
	r.Host = "evil.test"
	h.visitor().do(r).want(t, http.StatusMisdirectedRequest, "<h1>", "Open it again with localhost or 127.0.0.1")
}

func TestARealServiceHasItsOwnName(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	words, err := i18n.New()
	must(t, err)
	h.Server, err = New(Options{Store: h.store, Agency: h.opts.Agency, Catalogue: words, Now: h.clock.Now})
	must(t, err)
	r := get("/")
	r.Host = "booking.test"
	h.visitor().do(r).want(t, http.StatusOK)
}
