package front

import (
	"strings"
	"testing"
)

// What is answered in front is one plain request; each case spoils one.
func TestAsk(t *testing.T) {
	t.Parallel()
	answered := Answer(func(path, host, match, _ []byte) []byte {
		return []byte(string(path) + " " + string(host) + " " + string(match))
	})
	if got := answered.ask([]byte("GET /x HTTP/1.1\r\nAccept: */*\r\nhost:\t a.test:80 \r\nif-none-match: \"1\"\r\nConnection: Keep-Alive\r\n\r\n")); string(got) != `/x a.test:80 "1"` {
		t.Errorf("a plain request is read as %q", got)
	}
	for name, field := range map[string]string{
		"a bare line feed": "A: b\nC: d", "a bare return": "A: b\rc", "a zero": "A: \x00", "not ASCII": "A: \xc3\xa9", "delete": "A: \x7f",
		"a folded line": "A: b\r\n c", "no colon": "A", "no name": ": b", "a space in a name": "A : b", "an underscore": "A_B: c",
		"two hosts": "Host: b.test", "two matches": "If-None-Match: 1\r\nIf-None-Match: 2", "no match": "If-None-Match:", "a body": "Content-Length: 1",
		"a length of nothing": "Content-Length: 0", "two lengths": "Content-Length: 0\r\nContent-Length: 0", "a length with a sign": "Content-Length: +1",
		"chunks": "Transfer-Encoding: chunked", "an expectation": "Expect: 100-continue", "an upgrade": "Upgrade: h2c", "a trailer": "Trailer: A",
		"an end": "Connection: close", "a list": "Connection: keep-alive, te",
	} {
		if got := answered.ask([]byte("GET /x HTTP/1.1\r\nHost: a.test\r\n" + field + "\r\n\r\n")); got != nil {
			t.Errorf("%s: answered %q", name, got)
		}
	}
	for _, whole := range []string{
		"", "\r\n\r\n", plain + "x", plain + plain, plain[:len(plain)-1], strings.ReplaceAll(plain, "\r", ""), strings.ToLower(plain),
		strings.Replace(plain, "1.1", "1.0", 1), strings.Replace(plain, "Host: a.test", "A: b", 1), strings.Replace(plain, "a.test", "a/b", 1),
		strings.Replace(plain, " /", "  /", 1), strings.Replace(plain, "/a", "/a?b", 1), strings.Replace(plain, "/board", "http://a.test/board", 1),
		strings.Replace(plain, "GET", "HEAD", 1), strings.Replace(plain, "GET", "POST", 1), strings.Replace(plain, "GET", "DELETE", 1),
	} {
		if got := answered.ask([]byte(whole)); got != nil {
			t.Errorf("%q: answered %q", whole, got)
		}
	}
}

// The end of a request is known only where nobody could see another one.
func TestLeft(t *testing.T) {
	t.Parallel()
	const form = "POST /x HTTP/1.1\r\nHost: a.test\r\nContent-Length: 5\r\n\r\n"
	for asked, want := range map[string]int{
		plain: 0, plain + "x": -1, plain[:20]: -1, form: 5, form + "he": 3, form + "hello": 0, form + "hello!": -1,
		strings.Replace(form, "5", "1048577", 1): -1, strings.Replace(form, "5", "5\r\nTransfer-Encoding: chunked", 1): -1,
		strings.Replace(form, "5", "5\r\nContent-Length: 5", 1): -1, strings.Replace(form, "POST", "PUT", 1): -1,
	} {
		if got := left([]byte(asked)); got != want {
			t.Errorf("%q: %d bytes left, want %d", asked, got, want)
		}
	}
}
