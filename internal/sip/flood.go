package sip

import (
	"net/netip"
	"sync"
	"time"
)

// How many messages are read (rule V26), a second and at most at once. A call is three
// of its messages. A listed carrier brings the calls of a country; all strangers
// together get what cannot crowd it out.
const (
	trunkRate, trunkBurst       = 4000, 8000
	strangerRate, strangerBurst = 10, 20
	strangersRate, strangersAll = 200, 400
	maxSources                  = 4096
	forgetAfter                 = time.Minute
)

// bucket is a token bucket.
type bucket struct {
	left float64
	seen time.Time
}

func (b *bucket) take(now time.Time, rate, burst float64) bool {
	b.left = min(burst, b.left+rate*max(0, now.Sub(b.seen).Seconds()))
	b.seen = now
	if b.left < 1 {
		return false
	}
	b.left--
	return true
}

// gauge bounds what is read from each source. Its memory is bounded too.
type gauge struct {
	trunks    Trunks
	now       func() time.Time
	mu        sync.Mutex
	strangers bucket
	sources   map[netip.Addr]*bucket
}

func newGauge(trunks Trunks, now func() time.Time) *gauge {
	return &gauge{trunks: trunks, now: now, strangers: bucket{strangersAll, now()}, sources: map[netip.Addr]*bucket{}}
}

// admit says whether a message from an address is read; one that is not is dropped
// without an answer, which would go to whoever the address was stolen from.
func (g *gauge) admit(from netip.Addr) bool {
	now, rate, burst := g.now(), float64(strangerRate), float64(strangerBurst)
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.trunks.of(from) != nil {
		rate, burst = trunkRate, trunkBurst
	} else {
		from = network(from)
		if !g.strangers.take(now, strangersRate, strangersAll) {
			return false
		}
	}
	b := g.sources[from]
	if b == nil {
		g.forget(now)
		if len(g.sources) >= maxSources {
			return false
		}
		b = &bucket{burst, now}
		g.sources[from] = b
	}
	return b.take(now, rate, burst)
}

// forget drops the sources that have been silent, once there are many.
func (g *gauge) forget(now time.Time) {
	if len(g.sources) < maxSources {
		return
	}
	for from, b := range g.sources {
		if now.Sub(b.seen) > forgetAfter {
			delete(g.sources, from)
		}
	}
}

// network is what one stranger can be told by: an IPv4 address, or the /64 that a line
// gets in IPv6.
func network(a netip.Addr) netip.Addr {
	if a.Is6() && !a.Is4In6() {
		if p, err := a.Prefix(64); err == nil {
			return p.Addr()
		}
	}
	return a.Unmap()
}
