package web

import (
	"bufio"
	"bytes"
	"io"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"
)

// The finished bytes say what the server says to the same request by the long
// way, header by header (rule W11).
func TestQuickBoardSaysTheSame(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.lead(1)
	for _, https := range []bool{false, true} {
		h.opts.HTTPS = https
		h.clock.Add(time.Second) // what was finished before is old
		etag := h.visitor().get("/board/" + july).Header.Get("Etag")
		for _, match := range []string{"", etag, "W/" + etag, `"x", ` + etag, "*", `"x"`, "nonsense"} {
			for _, host := range []string{"localhost", "127.0.0.1:8080", "[::1]:1"} {
				quick := h.QuickBoard([]byte("/board/"+july), []byte(host), []byte(match))
				got, err := http.ReadResponse(bufio.NewReader(bytes.NewReader(quick)), nil)
				must(t, err)
				want := overTheWire(t, h, host, match)
				body, err := io.ReadAll(got.Body)
				must(t, err)
				if got.Header.Get("Date") != h.clock.Now().UTC().Format(http.TimeFormat) {
					t.Errorf("Date %q at %v", got.Header.Get("Date"), h.clock.Now())
				}
				got.Header.Del("Date")
				want.Header.Del("Date")
				if got.Status != want.Status || string(body) != want.body || !maps.EqualFunc(got.Header, want.Header, same) {
					t.Errorf("%q, %q:\nquick %s %v %s\nlong  %s %v %s", host, match, got.Status, got.Header, body, want.Status, want.Header, want.body)
				}
			}
		}
	}
}

func same(a, b []string) bool { return len(a) == 1 && len(b) == 1 && a[0] == b[0] }

// overTheWire asks a real http.Server without the front.
func overTheWire(t *testing.T, h *house, host, match string) reply {
	t.Helper()
	s := httptest.NewServer(h)
	defer s.Close()
	c, err := net.Dial("tcp", s.Listener.Addr().String())
	must(t, err)
	defer func() { _ = c.Close() }()
	asked := "GET /board/" + july + " HTTP/1.1\r\nHost: " + host + "\r\n"
	if match != "" {
		asked += "If-None-Match: " + match + "\r\n"
	}
	_, err = io.WriteString(c, asked+"\r\n")
	must(t, err)
	answer, err := http.ReadResponse(bufio.NewReader(c), nil)
	must(t, err)
	body, err := io.ReadAll(answer.Body)
	must(t, err)
	return reply{answer, string(body)}
}

// What is no board, or comes under another name, goes the long way (rule W23).
func TestQuickBoardLeavesTheRest(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.lead(1)
	for _, c := range [][2]string{
		{"/board/" + july, "evil.test"},
		{"/board/" + july, ""},
		{"/board/nowhere", "localhost"},
		{"/board/", "localhost"},
		{"/board/" + july + "/", "localhost"},
		{"/en/board/" + july, "localhost"},
		{"/", "localhost"},
		{"/c/" + july, "localhost"},
	} {
		if got := h.QuickBoard([]byte(c[0]), []byte(c[1]), nil); got != nil {
			t.Errorf("%s under %q: %s", c[0], c[1], got)
		}
	}
}

// The finished bytes follow the board and the time.
func TestQuickBoardIsNew(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.lead(1)
	ask := func() string { return string(h.QuickBoard([]byte("/board/"+july), []byte("localhost"), nil)) }
	before := ask()
	if ask() != before {
		t.Error("the same board at the same time has two forms")
	}
	h.clock.Add(time.Second)
	later := ask()
	if later == before {
		t.Error("the time stands still")
	}
	h.lead(1)
	h.to(time.Minute)
	if closed := ask(); !bytes.Contains([]byte(closed), []byte(`"phase":"`)) || bytes.Contains([]byte(closed), []byte(`"phase":"lobby"`)) {
		t.Errorf("the board stands still: %s", closed)
	}
}

// The board is asked for again by everybody all the time: what an answer costs
// on the wire is kept small.
func TestTheBoardIsLean(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.lead(1)
	board, err := h.store.View(july)
	must(t, err)
	whole := h.QuickBoard([]byte("/board/"+july), []byte("localhost"), nil)
	not := h.QuickBoard([]byte("/board/"+july), []byte("localhost"), []byte(board.ETag))
	const headers, unchanged = 260, 160
	if n := len(whole) - len(board.BoardJSON); n > headers || len(not) > unchanged {
		t.Errorf("headers of %d bytes and a 304 of %d, want %d and %d at most", n, len(not), headers, unchanged)
	}
}

func BenchmarkQuickBoard(b *testing.B) {
	h := newHouse(b)
	h.lead(1)
	path, host := []byte("/board/"+july), []byte("127.0.0.1:8080")
	for b.Loop() {
		h.QuickBoard(path, host, nil)
	}
}
