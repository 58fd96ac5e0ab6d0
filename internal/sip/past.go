package sip

import "time"

// How long an answered call is remembered, at least, and how many of them in each half
// of that: a call that is brought again within it is the same one (rule V24).
const (
	pastLife = 10 * time.Minute
	maxPast  = 200_000
)

// past is the calls that were answered lately, in two halves of which the older one is
// dropped whole.
type past struct {
	since       time.Time
	now, before map[string]struct{}
}

func (p *past) has(id string, now time.Time) bool {
	if now.Sub(p.since) > pastLife || len(p.now) >= maxPast {
		p.before, p.now, p.since = p.now, nil, now
	}
	_, young := p.now[id]
	_, old := p.before[id]
	return young || old
}

func (p *past) add(id string) {
	if p.now == nil {
		p.now = map[string]struct{}{}
	}
	p.now[id] = struct{}{}
}
