package drill

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"
)

// connections bounds what the crowd keeps open at once: more would only measure
// the kernel. Waiting for one counts as latency.
const connections = 2000

// spareFor is how long an unused connection is kept: less than a server waits
// for the first request on a new one, or a request could meet its closing.
const spareFor = 3 * time.Second

// patience is how long somebody waits for an answer.
const patience = 30 * time.Second

// errCut is the end of a request whose network was lost on purpose.
var errCut = errors.New("the citizen lost the network")

// request is one request of one device.
type request struct {
	method, path, body string
	etag               string        // of the board seen last
	cut                time.Duration // the network is lost after this; 0: never
	twice              bool          // pressed twice
}

func get(path string) request { return request{method: http.MethodGet, path: path} }

func post(path string, fields ...string) request {
	form := url.Values{}
	for i := 0; i+1 < len(fields); i += 2 {
		form.Set(fields[i], fields[i+1])
	}
	return request{method: http.MethodPost, path: path, body: form.Encode()}
}

// reply is what came back. The body is valid until release.
type reply struct {
	status   int
	location string
	etag     string
	cookies  []string
	node     string // that answered, as the proxy says; "" without a proxy
	proxyFor string // the node for which the proxy answers itself; "": it is naru's answer
	body     []byte
	last     bool  // the server ends the connection
	err      error // no answer: errCut, or what the network said
	buffer   *bytes.Buffer
}

func (r *reply) release() {
	if r.buffer != nil {
		buffers.Put(r.buffer)
		r.buffer, r.body = nil, nil
	}
}

var (
	buffers  = sync.Pool{New: func() any { return new(bytes.Buffer) }}
	unpacker = sync.Pool{New: func() any { return new(gzip.Reader) }}
)

// client sends requests to one server over a bounded set of connections. A
// request is written and its answer read where it is made, without goroutines
// and timers of its own: the crowd shares the machine with the server.
type client struct {
	base *url.URL
	room chan struct{} // as many as there may be connections

	mu    sync.Mutex
	spare []*line // the last used at the end
	open  map[*line]struct{}
	over  bool
}

func newClient(base string) (*client, error) {
	u, err := loopback(base)
	if err != nil {
		return nil, err
	}
	return &client{base: u, room: make(chan struct{}, connections), open: map[*line]struct{}{}}, nil
}

// loopback refuses every address that leaves this machine.
func loopback(base string) (*url.URL, error) {
	u, err := url.Parse(base)
	if err != nil || u.Scheme != "http" || u.Host == "" || strings.Trim(u.Path, "/") != "" {
		return nil, errors.New("target: give the address of a server on this machine, for example http://127.0.0.1:8080")
	}
	if ip := net.ParseIP(u.Hostname()); u.Hostname() != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return nil, errors.New("target: a drill is played against a loopback address only")
	}
	return &url.URL{Scheme: u.Scheme, Host: u.Host}, nil
}

// do sends a request with the device's cookies. It follows nothing and keeps no
// cookie: the citizen does.
func (c *client) do(ctx context.Context, cookies string, q request) reply {
	limit := patience
	if q.cut > 0 {
		limit = q.cut
	}
	until := time.Now().Add(limit)
	r := c.send(ctx, until, cookies, q)
	if r.err != nil && q.cut > 0 && !time.Now().Before(until) {
		r.err = errCut
	}
	return r
}

// send makes the request, once more if the connection had just been given up and
// it may be repeated: browsers do the same.
func (c *client) send(ctx context.Context, until time.Time, cookies string, q request) reply {
	if err := c.enter(ctx, until); err != nil {
		return reply{err: err}
	}
	defer func() { <-c.room }()
	asked := buffers.Get().(*bytes.Buffer)
	defer buffers.Put(asked)
	asked.Reset()
	if err := c.write(asked, cookies, q); err != nil {
		return reply{err: err}
	}
	for fresh := false; ; fresh = true {
		l, used, err := c.take(until, fresh)
		if err != nil {
			return reply{err: err}
		}
		r, silent := l.ask(until, asked.Bytes())
		c.give(l, r.err == nil && !r.last)
		if !silent || !used || q.method != http.MethodGet || ctx.Err() != nil {
			return r
		}
	}
}

// enter waits for a place among the connections.
func (c *client) enter(ctx context.Context, until time.Time) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	select {
	case c.room <- struct{}{}:
		return nil
	default:
	}
	late := time.NewTimer(time.Until(until))
	defer late.Stop()
	select {
	case c.room <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	case <-late.C:
		return os.ErrDeadlineExceeded
	}
}

// write writes the request as it goes over the wire.
func (c *client) write(b *bytes.Buffer, cookies string, q request) error {
	target, _, _ := strings.Cut(q.path, "#") // a place on the page is the reader's own
	if !plainTarget(target) {
		path, query, _ := strings.Cut(target, "?")
		if target = (&url.URL{Path: path, RawQuery: query}).RequestURI(); !plainTarget(strings.ReplaceAll(target, "%", "")) {
			return errors.New("an address that cannot be asked for")
		}
	}
	field := func(name, value string) {
		b.WriteString(name)
		b.WriteString(": ")
		b.WriteString(value)
		b.WriteString("\r\n")
	}
	b.WriteString(q.method + " " + target + " HTTP/1.1\r\n")
	field("Host", c.base.Host)
	b.WriteString("User-Agent: naru-drill\r\nAccept: text/html\r\nAccept-Encoding: gzip\r\n")
	if cookies != "" {
		field("Cookie", cookies)
	}
	if q.etag != "" {
		field("If-None-Match", q.etag)
	}
	if q.method == http.MethodPost {
		field("Content-Type", "application/x-www-form-urlencoded")
		field("Origin", c.base.Scheme+"://"+c.base.Host) // a proxy that changed the name would be found out
		field("Content-Length", strconv.Itoa(len(q.body)))
	}
	b.WriteString("\r\n")
	b.WriteString(q.body)
	return nil
}

// plainTarget tells whether an address is written as it goes over the wire.
func plainTarget(target string) bool {
	for _, c := range []byte(target) {
		if (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && strings.IndexByte("/-._~?=&+,:;@!$*()'", c) < 0 {
			return false
		}
	}
	return strings.HasPrefix(target, "/")
}

func read(answer *http.Response) reply {
	r := reply{
		status: answer.StatusCode, location: answer.Header.Get("Location"), etag: answer.Header.Get("Etag"),
		cookies: answer.Header["Set-Cookie"], node: answer.Header.Get(nodeHeader), proxyFor: answer.Header.Get(proxyHeader), last: answer.Close, buffer: buffers.Get().(*bytes.Buffer),
	}
	r.buffer.Reset()
	var body io.Reader = answer.Body
	if answer.Header.Get("Content-Encoding") == "gzip" {
		z := unpacker.Get().(*gzip.Reader)
		defer unpacker.Put(z)
		if err := z.Reset(body); err != nil {
			r.release()
			return reply{err: err}
		}
		body = z
	}
	if _, err := r.buffer.ReadFrom(body); err != nil {
		r.release()
		return reply{err: err}
	}
	r.body = r.buffer.Bytes()
	return r
}
