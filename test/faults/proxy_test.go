//go:build linux

package faults

import (
	"bytes"
	"fmt"
	"net"
	"net/url"
	"sync"
	"testing"
)

// proxy is the line between a node and its database. What it drops is gone as
// on a network that fails: nothing is said to either side, and a connection that
// lost bytes never works again, so it is ended when the line is healed.
type proxy struct {
	t        *testing.T
	listener net.Listener

	mu    sync.Mutex
	to    string
	drops map[direction]bool
	deaf  int // so many links more hear nothing once they sent a COMMIT
	links map[*link]bool
}

type direction int

const (
	toServer direction = iota
	toClient
)

// link is one connection through the proxy.
type link struct {
	client, server net.Conn
	lossy          bool
	deaf           bool // it sent a COMMIT and hears nothing any more
}

// newProxy is a line to the host of a database's URL.
func newProxy(t *testing.T, database string) *proxy {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	p := &proxy{t: t, listener: l, drops: map[direction]bool{}, links: map[*link]bool{}}
	p.lead(database)
	go p.accept()
	t.Cleanup(func() { _ = l.Close(); p.cut() })
	return p
}

// lead has new connections go to the host of this URL.
func (p *proxy) lead(database string) {
	u, err := url.Parse(database)
	must(p.t, err)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.to = u.Host
}

// url is the database's URL by way of the proxy.
func (p *proxy) url(database string) string {
	u, err := url.Parse(database)
	must(p.t, err)
	u.Host = p.listener.Addr().String()
	return u.String()
}

func (p *proxy) accept() {
	for {
		client, err := p.listener.Accept()
		if err != nil {
			return
		}
		p.mu.Lock()
		to := p.to
		p.mu.Unlock()
		server, err := net.Dial("tcp", to)
		if err != nil {
			_ = client.Close()
			continue
		}
		l := &link{client: client, server: server}
		p.mu.Lock()
		p.links[l] = true
		p.mu.Unlock()
		go p.carry(l, toServer, client, server)
		go p.carry(l, toClient, server, client)
	}
}

func (p *proxy) carry(l *link, way direction, from, to net.Conn) {
	defer p.end(l)
	buffer := make([]byte, 64<<10)
	for {
		n, err := from.Read(buffer)
		if err != nil {
			return
		}
		if p.loses(l, way, buffer[:n]) {
			continue
		}
		if _, err := to.Write(buffer[:n]); err != nil {
			return
		}
	}
}

func (p *proxy) loses(l *link, way direction, what []byte) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if way == toServer && p.deaf > 0 && !l.deaf && bytes.Contains(what, []byte("COMMIT")) {
		p.deaf--
		l.deaf = true
	}
	lost := p.drops[way] || l.deaf && way == toClient
	l.lossy = l.lossy || lost
	return lost
}

// loseCommits lets the next COMMITs on so many connections through, and nothing
// of what the server says to them.
func (p *proxy) loseCommits(links int) { p.mu.Lock(); defer p.mu.Unlock(); p.deaf = links }

func (p *proxy) commitsToLose() int { p.mu.Lock(); defer p.mu.Unlock(); return p.deaf }

func (p *proxy) end(l *link) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.drops[toServer] && !p.drops[toClient] || !l.lossy { // an end is lost as well
		_, _ = l.client.Close(), l.server.Close()
		delete(p.links, l)
	}
}

// drop loses everything that goes these ways from now on.
func (p *proxy) drop(ways ...direction) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, w := range ways {
		p.drops[w] = true
	}
}

// heal carries everything again; what lost bytes is ended.
func (p *proxy) heal() {
	p.mu.Lock()
	defer p.mu.Unlock()
	clear(p.drops)
	p.deaf = 0
	for l := range p.links {
		if l.lossy {
			_, _ = l.client.Close(), l.server.Close()
			delete(p.links, l)
		}
	}
}

// cut ends every connection.
func (p *proxy) cut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for l := range p.links {
		_, _ = l.client.Close(), l.server.Close()
		delete(p.links, l)
	}
}

// bothHosts is one URL with the hosts of two.
func bothHosts(t *testing.T, first, second string) string {
	t.Helper()
	one, err := url.Parse(first)
	must(t, err)
	other, err := url.Parse(second)
	must(t, err)
	return fmt.Sprintf("%s://%s@%s,%s%s?%s", one.Scheme, one.User, one.Host, other.Host, one.Path, one.RawQuery)
}
