package bench

import (
	"bufio"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
)

func TestReadAnswer(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		wire     string
		status   int
		location string
		bad      bool
	}{
		"an empty answer":       {"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", 200, "", false},
		"one that leads on":     {"HTTP/1.1 303 See Other\r\nLocation: /c/x/done\r\ncontent-length: 0\r\n\r\n", 303, "/c/x/done", false},
		"one with a body":       {"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc", 200, "", false},
		"one without a length":  {"HTTP/1.1 200 OK\r\n\r\n", 0, "", true},
		"a length that is none": {"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n", 0, "", true},
		"a body that is cut":    {"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc", 0, "", true},
		"no HTTP":               {"SSH-2.0-x\r\n\r\n", 0, "", true},
		"no status":             {"HTTP/1.1 abc\r\n\r\n", 0, "", true},
		"nothing":               {"", 0, "", true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			in := bufio.NewReader(strings.NewReader(c.wire + "next"))
			if c.bad {
				in = bufio.NewReader(strings.NewReader(c.wire))
			}
			a, err := readAnswer(in)
			if c.bad {
				if err == nil {
					t.Errorf("read %+v", a)
				}
				return
			}
			rest, _ := io.ReadAll(in)
			if err != nil || a.status != c.status || string(a.location) != c.location || string(rest) != "next" {
				t.Errorf("%d to %q (%v), and left %q", a.status, a.location, err, rest)
			}
		})
	}
}

func FuzzReadAnswer(f *testing.F) {
	for _, seed := range []string{"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\na", "HTTP/1.1 ", "\r\n", "HTTP/1.1 303 x\nLocation: \nContent-Length: -1\n\n"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, wire string) {
		a, err := readAnswer(bufio.NewReader(strings.NewReader(wire)))
		if err == nil && a.status < 0 {
			t.Errorf("%q gives %+v", wire, a)
		}
	})
}

// What the client writes is what net/http reads, and every answer is checked.
func TestSend(t *testing.T) {
	t.Parallel()
	seen := make(chan string, 100)
	s, err := serve(&http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c, _ := r.Cookie("a")
		seen <- fmt.Sprint(r.Method, r.URL.Path, r.Host, c.Value, r.FormValue("x"), r.Header.Get("Sec-Fetch-Site"))
		http.Redirect(w, r, "/done", http.StatusSeeOther)
	})})
	must(t, err)
	defer func() { must(t, s.stop()) }()
	requests := [][]byte{post(nil, s.addr, "/p", "a=b", []byte("x=y"))}
	_, err = send(s.addr, queue, requests, 10, func(_ int, a answer) error { return a.want("/done") })
	must(t, err)
	if len(seen) != 10 {
		t.Errorf("%d requests were sent", len(seen))
	}
	if got, want := <-seen, fmt.Sprint("POST", "/p", s.addr, "b", "y", "same-origin"); got != want {
		t.Errorf("the server read %q, want %q", got, want)
	}
	if _, err = send(s.addr, queue, requests, 10, func(_ int, a answer) error { return a.want("/elsewhere") }); err == nil {
		t.Error("answers that are not wanted are counted")
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
