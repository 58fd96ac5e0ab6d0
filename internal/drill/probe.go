package drill

import (
	"context"
	"strings"
	"time"
)

// probe is a try to get in by a back door. It must be refused.
type probe struct {
	request
	cookies func(*citizen) string
	early   bool // only a try while the gate is closed
}

func noCookies(*citizen) string { return "" }

// tryDeepLinks opens the pages behind the gate by their addresses (2021-07-14).
func (c *citizen) tryDeepLinks() {
	for _, q := range []request{
		get(c.at("/book")), get(c.at("/times")), get(c.at("/region")), get(c.at("/confirm")), get(c.at("/done")),
		post(c.at("/hold"), "key", "0123456789abcdef0123", "clinic", "D00001", "start", "2021-07-26T00:00:00Z"),
		post(c.at("/confirm"), "key", "0123456789abcdef0123", "hold", "00000000000000000000000000000000"),
	} {
		c.probes = append(c.probes, probe{request: q, cookies: noCookies})
	}
}

// tryForging shows an altered ticket, and the real one before its time.
func (c *citizen) tryForging() {
	altered := func(c *citizen) string { return c.jar.copyWith(ticketCookie, alter).header() }
	c.probes = append(c.probes,
		probe{request: get(c.at("/wait")), cookies: altered},
		probe{request: post(c.at("/enter")), cookies: altered},
		probe{request: post(c.at("/enter")), cookies: func(c *citizen) string { return c.jar.header() }, early: true},
	)
}

// alter changes one character of a ticket's payload.
func alter(token string) string {
	if len(token) < 12 {
		return token
	}
	b := []byte(token)
	if b[10] = 'A'; token[10] == 'A' {
		b[10] = 'B'
	}
	return string(b)
}

// probe makes the next try and goes on as if nothing had been.
func (c *citizen) probe(ctx context.Context) step {
	p := c.probes[0]
	c.probes = c.probes[1:]
	if p.early && !time.Now().Before(c.crowd.plan.Opens.Add(-time.Second)) {
		return step{}
	}
	t := c.crowd.tally
	t.probes.Add(1)
	r := c.once(ctx, p.cookies(c), p.request)
	defer r.release()
	opened := p.early && !time.Now().Before(c.crowd.plan.Opens) // the answer took that long
	if r.err == nil && wentThrough(r) && !opened {
		t.slips(p.method+" "+c.pageOf(p.path), r.status)
	}
	return step{after: c.between(0.05, 0.3)}
}

// wentThrough says that a try was not refused: it was answered with a page of
// the step, or a session.
func wentThrough(r reply) bool {
	for _, line := range r.cookies {
		if strings.HasPrefix(line, sessionCookie) {
			return true
		}
	}
	return r.status < 300
}
