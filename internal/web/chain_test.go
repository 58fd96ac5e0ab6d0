package web

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// A request that states its length twice is answered once, and the connection
// ends: what was hidden in it is never read (rule W24).
func TestBodyWithoutLengthIsRefused(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.lead(1)
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	const hidden = "GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n"
	for name, head := range map[string]string{
		"both":           "Content-Length: 60\r\nTransfer-Encoding: chunked\r\n",
		"chunked":        "Transfer-Encoding: chunked\r\n",
		"both, the tab":  "Content-Length: 5\r\nTransfer-Encoding:\tchunked\r\n",
		"both, one fold": "Content-Length: 5\r\nTransfer-Encoding:\r\n chunked\r\n",
	} {
		for _, path := range []string{"/c/" + july + "/enter", "/board/" + july, "/nowhere"} {
			conn, err := net.Dial("tcp", server.Listener.Addr().String())
			must(t, err)
			_, err = io.WriteString(conn, "POST "+path+" HTTP/1.1\r\nHost: localhost\r\n"+head+"\r\n0\r\n\r\n"+hidden)
			must(t, err)
			answers := bufio.NewReader(conn)
			first, err := http.ReadResponse(answers, nil)
			must(t, err)
			page, err := io.ReadAll(first.Body)
			must(t, err)
			if first.StatusCode != http.StatusLengthRequired || !first.Close || !strings.Contains(string(page), "<h1>") {
				t.Errorf("%s to %s: status %d, close %v", name, path, first.StatusCode, first.Close)
			}
			if more, err := http.ReadResponse(answers, nil); err == nil {
				t.Errorf("%s to %s: the hidden request was answered %d", name, path, more.StatusCode)
			}
			_ = conn.Close() // done with it
		}
	}
}

// An address of two slashes is another site's in a link (rule W25).
func TestLanguageSwitchStaysHere(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for _, path := range []string{"//evil.test/c", "/en//evil.test/c", "/en//evil.test", "///evil.test", "/en/c/..//evil.test"} {
		r := get("/")
		r.URL.Path = path
		got := h.visitor().do(r)
		got.want(t, http.StatusNotFound, "<h1>")
		if strings.Contains(got.body, `href="//`) {
			t.Errorf("%s: the page links to another site", path)
		}
	}
}
