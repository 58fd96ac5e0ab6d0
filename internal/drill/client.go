package drill

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
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

// client sends requests to one server over a bounded set of connections.
type client struct {
	base      *url.URL
	transport *http.Transport
}

func newClient(base string) (*client, error) {
	u, err := loopback(base)
	if err != nil {
		return nil, err
	}
	return &client{base: u, transport: &http.Transport{
		Proxy:           nil, // loopback only
		DialContext:     (&net.Dialer{Timeout: 5 * time.Second}).DialContext,
		MaxConnsPerHost: connections, MaxIdleConnsPerHost: connections, MaxIdleConns: connections,
		IdleConnTimeout: spareFor, DisableCompression: true,
	}}, nil
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

func (c *client) close() { c.transport.CloseIdleConnections() }

// do sends a request with the device's cookies. It follows nothing and keeps no
// cookie: the citizen does.
func (c *client) do(ctx context.Context, cookies string, q request) reply {
	limit := patience
	if q.cut > 0 {
		limit = q.cut
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	r := c.send(ctx, cookies, q)
	if r.err != nil && q.cut > 0 && ctx.Err() != nil {
		r.err = errCut
	}
	return r
}

// send makes the request, once more if the connection it was to go over had just
// been given up and nothing of it was sent: browsers do the same.
func (c *client) send(ctx context.Context, cookies string, q request) reply {
	for first := true; ; first = false {
		var sent atomic.Bool
		trace := &httptrace.ClientTrace{WroteHeaders: func() { sent.Store(true) }}
		answer, err := c.transport.RoundTrip(c.build(httptrace.WithClientTrace(ctx, trace), cookies, q))
		switch {
		case err == nil:
			defer func() { _ = answer.Body.Close() }()
			return read(answer)
		case !first || sent.Load() || ctx.Err() != nil:
			return reply{err: err}
		}
	}
}

func (c *client) build(ctx context.Context, cookies string, q request) *http.Request {
	path, _, _ := strings.Cut(q.path, "#") // a place on the page is the reader's own
	path, query, _ := strings.Cut(path, "?")
	u := *c.base
	u.Path, u.RawQuery = path, query
	h := http.Header{"Accept": {"text/html"}, "Accept-Encoding": {"gzip"}, "User-Agent": {"naru-drill"}}
	r := (&http.Request{Method: q.method, URL: &u, Host: u.Host, Header: h, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1}).WithContext(ctx)
	if cookies != "" {
		h["Cookie"] = []string{cookies}
	}
	if q.etag != "" {
		h["If-None-Match"] = []string{q.etag}
	}
	if q.method == http.MethodPost {
		h["Content-Type"] = []string{"application/x-www-form-urlencoded"}
		h["Origin"] = []string{u.Scheme + "://" + u.Host} // a proxy that changed the name would be found out
		r.Body = http.NoBody                              // states its length, 0
		if q.body != "" {
			r.Body, r.ContentLength = io.NopCloser(strings.NewReader(q.body)), int64(len(q.body))
		}
	}
	return r
}

func read(answer *http.Response) reply {
	r := reply{
		status: answer.StatusCode, location: answer.Header.Get("Location"), etag: answer.Header.Get("Etag"),
		cookies: answer.Header["Set-Cookie"], node: answer.Header.Get(nodeHeader), proxyFor: answer.Header.Get(proxyHeader), buffer: buffers.Get().(*bytes.Buffer),
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
