package front

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"regexp"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

const board = `{"serving":1}`

// echo tells everything that a server has understood, so that two readings of
// the same bytes cannot look alike.
func echo(w http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodGet && r.URL.Path == "/board/a" && r.URL.RawQuery == "" {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Etag", `"1"`)
		if r.Header.Get("If-None-Match") == `"1"` {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		_, _ = io.WriteString(w, board)
		return
	}
	body, err := io.ReadAll(r.Body)
	_, _ = fmt.Fprintf(w, "%s %s host=%s body=%q err=%v match=%q\n", r.Method, r.URL, r.Host, body, err != nil, r.Header.Get("If-None-Match"))
}

// quick is what echo says to a board, as net/http writes it.
func quick(path, _, match, _ []byte) []byte {
	if string(path) != "/board/a" {
		return nil
	}
	if string(match) == `"1"` {
		return []byte("HTTP/1.1 304 Not Modified\r\nEtag: \"1\"\r\nDate: now\r\n\r\n")
	}
	return fmt.Appendf(nil, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nEtag: \"1\"\r\nDate: now\r\nContent-Length: %d\r\n\r\n%s", len(board), board)
}

// served starts a server with or without a front and returns its address.
func served(t testing.TB, a Answer) (addr string, s *http.Server) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	s = bounded()
	if a != nil {
		l, err = Listen(l, s, a)
		must(t, err)
	}
	ended := make(chan error, 1)
	go func() { ended <- s.Serve(l) }()
	t.Cleanup(func() {
		must(t, s.Close())
		<-ended
	})
	return l.Addr().String(), s
}

func bounded() *http.Server {
	return &http.Server{
		Handler: http.HandlerFunc(echo), ReadHeaderTimeout: time.Second, ReadTimeout: 2 * time.Second,
		WriteTimeout: 5 * time.Second, IdleTimeout: 3 * time.Second, MaxHeaderBytes: 16 << 10, ErrorLog: log.New(io.Discard, "", 0),
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// talk sends parts one by one, says that no more will come, and returns all
// that came back. The times in it are left out.
func talk(t testing.TB, addr string, parts ...string) string {
	t.Helper()
	c, err := net.Dial("tcp", addr)
	must(t, err)
	defer func() { _ = c.Close() }()
	must(t, c.SetDeadline(time.Now().Add(10*time.Second)))
	for i, p := range parts {
		if i > 0 {
			pause()
		}
		if _, err := io.WriteString(c, p); err != nil {
			break // it has heard enough
		}
	}
	_ = c.(*net.TCPConn).CloseWrite()
	var got bytes.Buffer
	_, err = io.Copy(&got, c)
	if err != nil && !strings.Contains(err.Error(), "reset") {
		t.Fatalf("%q: %v", parts, err)
	}
	return date.ReplaceAllString(got.String(), "Date: now")
}

var date = regexp.MustCompile(`Date: [^\r]*`)

const plain = "GET /board/a HTTP/1.1\r\nHost: a.test\r\n\r\n"

// shapes are requests that a front could take for a board, or a board that it
// could take for something else.
func shapes() []string {
	long := strings.Repeat("x", 20<<10)
	with := func(field string) string { return "GET /board/a HTTP/1.1\r\nHost: a.test\r\n" + field + "\r\n\r\n" }
	form := "POST /form HTTP/1.1\r\nHost: a.test\r\nContent-Length: 5\r\n\r\nhello"
	return []string{
		plain, plain + plain, plain + plain + plain, form, form + plain, plain + form + plain, "",
		with(`If-None-Match: "1"`), with(`If-None-Match: W/"1"`), with("If-None-Match: \"1\"\r\nIf-None-Match: \"2\""), with("If-None-Match:"),
		with("Connection: keep-alive"), with("Connection: close"), with("Connection: close, te"), with("Connection: Upgrade\r\nUpgrade: h2c"),
		with("Host: b.test"), with("Cookie: a=\xff"), with("Cookie: a=\x00"), with("Cookie: a=\x7f"), with("X: a\rb"), with("X : a"), with(": a"),
		with("X: a\r\n folded: b"), with("X: a\r\n\tb"), with("X\tY: a"), with(" X: a"), with("X"), with("X: " + long), with("X: " + long[:3000]),
		with("Expect: 100-continue"), with("Expect: nothing"), with("X-HTTP-Method-Override: DELETE"), with("Range: bytes=0-1"),
		with("Content-Length: 0"), with("Content-Length: 5") + "hello", with("Content-Length: 5") + "hello" + plain, with("Content-Length: 5\r\nContent-Length: 5") + "hello",
		with("Content-Length: 5\r\nContent-Length: 6") + "hello!", with("Content-Length: 5, 5") + "hello", with("Content-Length: +5") + "hello",
		with("Content-Length: 0x5") + "hello", with("Content-Length: -1"), with("Content-Length: 99999999999999999999"), with("Content-Length:"),
		with("Content-Length: 05") + "hello" + plain, with("Content-Length: 5 ") + "hello" + plain, with("content-length:5") + "hello" + plain,
		with("Transfer-Encoding: chunked") + "0\r\n\r\n" + plain, with("Transfer-Encoding: chunked\r\nContent-Length: 5") + "0\r\n\r\n" + plain,
		with("Transfer-Encoding: xchunked") + "0\r\n\r\n" + plain, with("Transfer-Encoding : chunked") + "0\r\n\r\n" + plain,
		with("Transfer-Encoding:\x0bchunked") + "0\r\n\r\n" + plain, with("Transfer_Encoding: chunked") + "0\r\n\r\n" + plain,
		"POST /form HTTP/1.1\r\nHost: a.test\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n" + plain,
		fmt.Sprintf("POST /form HTTP/1.1\r\nHost: a.test\r\nContent-Length: %d\r\n\r\n", len(plain)) + plain + plain, // a board as a form's body
		"GET /board/a HTTP/1.1\nHost: a.test\n\n", "GET /board/a HTTP/1.1\r\nHost: a.test\n\r\n", "GET /board/a HTTP/1.1\r\nHost: a.test\r\n\n",
		"\r\n" + plain, "\n" + plain, " " + plain, "X" + plain, "GE" + plain, plain + "\r\n", plain + "\r\n" + plain, plain + "X", plain + "GE",
		"GET /board/a HTTP/1.0\r\nHost: a.test\r\n\r\n", "GET /board/a HTTP/1.0\r\nHost: a.test\r\nConnection: keep-alive\r\n\r\n" + plain,
		"GET /board/a HTTP/1.2\r\nHost: a.test\r\n\r\n", "GET /board/a HTTP/2.0\r\nHost: a.test\r\n\r\n", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "GET /board/a\r\n\r\n",
		"GET /board/a HTTP/1.1\r\n\r\n", "GET /board/a HTTP/1.1\r\nHost:\r\n\r\n", "GET /board/a HTTP/1.1\r\nHost: a b\r\n\r\n", "GET /board/a HTTP/1.1\r\nHost: a@b/c\r\n\r\n",
		"GET  /board/a HTTP/1.1\r\nHost: a.test\r\n\r\n", "GET /board/a  HTTP/1.1\r\nHost: a.test\r\n\r\n", "GET\t/board/a HTTP/1.1\r\nHost: a.test\r\n\r\n",
		"get /board/a HTTP/1.1\r\nHost: a.test\r\n\r\n", "HEAD /board/a HTTP/1.1\r\nHost: a.test\r\n\r\n", "PUT /board/a HTTP/1.1\r\nHost: a.test\r\n\r\n",
		"OPTIONS * HTTP/1.1\r\nHost: a.test\r\n\r\n", "CONNECT a.test:80 HTTP/1.1\r\nHost: a.test\r\n\r\n", "GET http://a.test/board/a HTTP/1.1\r\nHost: b.test\r\n\r\n",
		"GET //board/a HTTP/1.1\r\nHost: a.test\r\n\r\n", "GET /board/a/ HTTP/1.1\r\nHost: a.test\r\n\r\n", "GET /board/../board/a HTTP/1.1\r\nHost: a.test\r\n\r\n",
		"GET /board/%61 HTTP/1.1\r\nHost: a.test\r\n\r\n", "GET /BOARD/a HTTP/1.1\r\nHost: a.test\r\n\r\n", "GET /board/a? HTTP/1.1\r\nHost: a.test\r\n\r\n",
		"GET /board/a?x=1 HTTP/1.1\r\nHost: a.test\r\n\r\n", "GET /board/a#x HTTP/1.1\r\nHost: a.test\r\n\r\n", "GET /board/a;x HTTP/1.1\r\nHost: a.test\r\n\r\n",
		"GET /other HTTP/1.1\r\nHost: a.test\r\n\r\n" + plain, plain[:len(plain)-2], plain[:20],
	}
}

// With the front everything is answered as without it: bytes that a front could
// take otherwise than the server behind it are where smuggling begins.
func TestAnswersAsTheServerAlone(t *testing.T) {
	t.Parallel()
	alone, _ := served(t, nil)
	front, _ := served(t, quick)
	for _, shape := range shapes() {
		t.Run(fmt.Sprintf("%.60q", shape), func(t *testing.T) {
			t.Parallel()
			compare(t, alone, front, shape)
			for _, at := range []int{1, 3, len(shape) / 2, len(shape) - 2, len(shape) - 1, len(plain), len(plain) + 1, len(plain) + 3} {
				if at > 0 && at < len(shape) {
					compare(t, alone, front, shape[:at], shape[at:])
				}
			}
		})
	}
}

// refusal is what net/http says to what is no request.
const refusal = "HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n400 Bad Request"

// compare allows two differences. What was said before a refusal may be lost
// with the connection, on either side. And two or three bytes that are no
// request, after an answer, end a connection with net/http alone without a word.
func compare(t testing.TB, alone, front string, parts ...string) {
	t.Helper()
	want, got := talk(t, alone, parts...), talk(t, front, parts...)
	if want != got && want+refusal != got && (!strings.HasSuffix(want, refusal) || !strings.HasPrefix(want, got)) {
		t.Errorf("%q:\nalone  %q\nfront  %q", parts, want, got)
	}
}

// One connection is answered here and by the server in turns, and each request
// sees its own bytes only.
func TestTurnsOnOneConnection(t *testing.T) {
	t.Parallel()
	alone, _ := served(t, nil)
	var calls atomic.Int32
	counted := func(path, host, match, encoding []byte) []byte {
		calls.Add(1)
		return quick(path, host, match, encoding)
	}
	front, _ := served(t, counted)
	form := fmt.Sprintf("POST /form HTTP/1.1\r\nHost: a.test\r\nContent-Length: %d\r\n\r\n", len(plain)+3)
	other := "GET /other HTTP/1.1\r\nHost: a.test\r\n\r\n"
	asked := []string{plain, other, plain, form + plain + "xyz", plain, other, other, plain, "HEAD" + plain[3:], plain}
	want, got := turns(t, alone, asked...), turns(t, front, asked...)
	for i := range asked {
		if got[i] != want[i] {
			t.Errorf("%q: %q, want %q", asked[i], got[i], want[i])
		}
	}
	if n, want := int(calls.Load()), 8; n != want && runtime.GOOS == "linux" { // all but the form and HEAD are asked here first
		t.Errorf("the front was asked %d times, want %d: connections do not come back", n, want)
	}
}

// turns asks one after another on one connection.
func turns(t testing.TB, addr string, asked ...string) (said []string) {
	t.Helper()
	c, err := net.Dial("tcp", addr)
	must(t, err)
	defer func() { _ = c.Close() }()
	must(t, c.SetDeadline(time.Now().Add(10*time.Second)))
	in := bufio.NewReader(c)
	for _, a := range asked {
		_, err := io.WriteString(c, a)
		must(t, err)
		method, _, _ := strings.Cut(a, " ")
		answer, err := http.ReadResponse(in, &http.Request{Method: method})
		must(t, err)
		body, err := io.ReadAll(answer.Body)
		must(t, err)
		said = append(said, answer.Status+" "+string(body))
	}
	return said
}

func TestBoardsThatNobodyReads(t *testing.T) {
	t.Parallel()
	big := append([]byte("HTTP/1.1 200 OK\r\nContent-Length: 4000000\r\n\r\n"), bytes.Repeat([]byte("x"), 4_000_000)...)
	addr, _ := served(t, func(_, _, _, _ []byte) []byte { return big })
	c, err := net.Dial("tcp", addr)
	must(t, err)
	defer func() { _ = c.Close() }()
	for range 2 { // the second one is answered after the rest of the first
		_, err = io.WriteString(c, plain)
		must(t, err)
		pause()
		got := make([]byte, len(big))
		if _, err := io.ReadFull(c, got); err != nil || !bytes.Equal(got, big) {
			t.Fatalf("the answer is not whole: %v", err)
		}
	}
}

// The server's bounds hold in front of it.
func TestSilenceEnds(t *testing.T) {
	t.Parallel()
	addr, _ := served(t, quick)
	for name, c := range map[string]struct {
		said   string
		within [2]time.Duration
	}{
		"nothing was ever asked": {"", [2]time.Duration{500 * time.Millisecond, 4 * time.Second}},
		"half a request":         {plain[:20], [2]time.Duration{500 * time.Millisecond, 4 * time.Second}},
		"after an answer":        {plain, [2]time.Duration{2 * time.Second, 7 * time.Second}},
		"after a page":           {"GET /other HTTP/1.1\r\nHost: a.test\r\n\r\n", [2]time.Duration{3500 * time.Millisecond, 9 * time.Second}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			began := time.Now()
			conn, err := net.Dial("tcp", addr)
			must(t, err)
			defer func() { _ = conn.Close() }()
			_, err = io.WriteString(conn, c.said)
			must(t, err)
			must(t, conn.SetDeadline(time.Now().Add(20*time.Second)))
			_, err = io.Copy(io.Discard, conn)
			if took := time.Since(began); err != nil || took < c.within[0] || took > c.within[1] {
				t.Errorf("the connection ended after %v (%v), want %v", took, err, c.within)
			}
		})
	}
}

// Shutdown ends what is idle and lets work in hand finish.
func TestShutdown(t *testing.T) {
	t.Parallel()
	begun, finish := make(chan struct{}), make(chan struct{})
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	s := bounded()
	s.Handler = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		close(begun)
		<-finish
		_, _ = io.WriteString(w, "done")
	})
	l, err = Listen(l, s, quick)
	must(t, err)
	ended := make(chan error, 1)
	go func() { ended <- s.Serve(l) }()
	idle, busy := dialed(t, l), dialed(t, l)
	_, err = io.WriteString(idle, plain)
	must(t, err)
	_, err = idle.Read(make([]byte, 1000))
	must(t, err)
	_, err = io.WriteString(busy, "GET /other HTTP/1.1\r\nHost: a.test\r\n\r\n")
	must(t, err)
	<-begun
	down := make(chan error, 1)
	go func() { down <- s.Shutdown(context.Background()) }()
	if n, err := idle.Read(make([]byte, 1)); err == nil {
		t.Errorf("an idle connection got %d bytes", n)
	}
	close(finish)
	got, _ := io.ReadAll(busy)
	if !strings.HasSuffix(string(got), "done") {
		t.Errorf("work in hand got %q", got)
	}
	must(t, <-down)
	if err := <-ended; err != http.ErrServerClosed { //nolint:errorlint // it is this one
		t.Errorf("Serve ended with %v", err)
	}
	if _, err := net.Dial("tcp", l.Addr().String()); err == nil {
		t.Error("it still listens")
	}
}

func dialed(t *testing.T, l net.Listener) net.Conn {
	t.Helper()
	c, err := net.Dial("tcp", l.Addr().String())
	must(t, err)
	t.Cleanup(func() { _ = c.Close() })
	must(t, c.SetDeadline(time.Now().Add(10*time.Second)))
	return c
}

// The server still learns that whoever asked has gone.
func TestTheServerLearnsOfTheEnd(t *testing.T) {
	t.Parallel()
	left := make(chan struct{})
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	s := bounded()
	s.Handler = http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		<-r.Context().Done()
		close(left)
	})
	l, err = Listen(l, s, quick)
	must(t, err)
	go func() { _ = s.Serve(l) }()
	defer func() { _ = s.Close() }()
	c := dialed(t, l)
	_, err = io.WriteString(c, "GET /other HTTP/1.1\r\nHost: a.test\r\n\r\n")
	must(t, err)
	pause()
	must(t, c.Close())
	select {
	case <-left:
	case <-time.After(5 * time.Second):
		t.Error("the handler waits for nobody")
	}
}

func FuzzAsTheServerAlone(f *testing.F) {
	for _, shape := range shapes() {
		f.Add([]byte(shape), uint16(0))
		f.Add([]byte(shape), uint16(len(shape)/2)) //nolint:gosec // short
	}
	alone, _ := served(f, nil)
	front, _ := served(f, quick)
	f.Fuzz(func(t *testing.T, asked []byte, cut uint16) {
		if n := int(cut); n > 0 && n < len(asked) {
			compare(t, alone, front, string(asked[:n]), string(asked[n:]))
		} else {
			compare(t, alone, front, string(asked))
		}
	})
}

// pause lets what was sent arrive by itself.
func pause() { <-time.After(3 * time.Millisecond) }
