package drill

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// wire sends bytes as they are: what a client library would mend or refuse is
// what is tried here. One connection a knock.
type wire struct{ address string }

// knock is one request. Everything is sent as it is.
type knock struct {
	method, target string
	host           string   // "": the server's own
	headers        []string // whole lines
	cookies        string
	body           string // of a form; sent with POST, PUT and PATCH
}

// answer is what came back.
type answer struct {
	status int // 0: the connection was closed without an answer
	header http.Header
	body   []byte
	took   time.Duration
}

// word is the status as it is counted.
func (a answer) word() string {
	if a.status == 0 {
		return "closed"
	}
	return strconv.Itoa(a.status)
}

// mostAnswer bounds one body that is read.
const mostAnswer = 4 << 20

// text is the request as it goes over the wire.
func (k knock) text(address string) string {
	var b strings.Builder
	host := k.host
	if host == "" {
		host = address
	}
	b.WriteString(k.method + " " + k.target + " HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\nAccept: text/html\r\n")
	if k.cookies != "" {
		b.WriteString("Cookie: " + k.cookies + "\r\n")
	}
	for _, h := range k.headers {
		b.WriteString(h + "\r\n")
	}
	if takesBody(k.method) {
		b.WriteString("Content-Type: application/x-www-form-urlencoded\r\nContent-Length: " + strconv.Itoa(len(k.body)) + "\r\n")
	}
	b.WriteString("\r\n")
	if takesBody(k.method) {
		b.WriteString(k.body)
	}
	return b.String()
}

func takesBody(method string) bool {
	return method == http.MethodPost || method == http.MethodPut || method == http.MethodPatch
}

// do sends one request and reads its answer.
func (w *wire) do(ctx context.Context, k knock) answer {
	began := time.Now()
	all := w.raw(ctx, k.text(w.address), k.method, patience)
	if len(all) == 0 {
		return answer{took: time.Since(began)}
	}
	all[0].took = time.Since(began)
	return all[0]
}

// raw sends text and reads every answer that comes within a time, until the
// server closes or falls silent.
func (w *wire) raw(ctx context.Context, text, method string, within time.Duration) []answer {
	conn, err := w.dial(ctx)
	if err != nil {
		return nil
	}
	defer func() { _ = conn.Close() }() // read to its end or of no use
	_ = conn.SetDeadline(time.Now().Add(within))
	if _, err := io.WriteString(conn, text); err != nil {
		return nil
	}
	var all []answer
	in := bufio.NewReader(conn)
	for {
		r, err := http.ReadResponse(in, &http.Request{Method: method})
		if err != nil {
			return all
		}
		a := answer{status: r.StatusCode, header: r.Header}
		a.body, err = body(r)
		all = append(all, a)
		if err != nil || r.Close {
			return all
		}
	}
}

func (w *wire) dial(ctx context.Context) (net.Conn, error) {
	d := net.Dialer{Timeout: 5 * time.Second}
	return d.DialContext(ctx, "tcp4", w.address)
}

// cut sends the first part of a request and loses the network: with a reset, as a
// machine that is gone answers.
func (w *wire) cut(ctx context.Context, text string, after int) error {
	conn, err := w.dial(ctx)
	if err != nil {
		return err
	}
	_, err = io.WriteString(conn, text[:min(after, len(text))])
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0) // without it the end is polite
	}
	_ = conn.Close() // that is the trick
	return err
}

func body(r *http.Response) ([]byte, error) {
	text, err := io.ReadAll(io.LimitReader(r.Body, mostAnswer))
	if err != nil || r.Header.Get("Content-Encoding") != "gzip" {
		return text, err
	}
	z, err := gzip.NewReader(bytes.NewReader(text))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(io.LimitReader(z, mostAnswer))
}
