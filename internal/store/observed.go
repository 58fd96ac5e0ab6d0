package store

import (
	"sync"
	"time"

	"naru/internal/gate"
)

// observed is what a node has seen of a line's serving number. Every node looks
// for itself, so all of them tell the same wait, and a new leader goes on telling
// it. Safe for concurrent use.
type observed struct {
	mu      sync.Mutex
	samples []gate.Sample
	stood   time.Duration // time that does not count: paused, or not read
	last    time.Time     // of the last look
	rate    gate.Rate
}

// Bounds of what is remembered of a line.
const (
	lookEvery   = time.Second
	looksKept   = 330             // a little more than gate.Measure takes
	unseenAfter = 5 * time.Second // after this long without a look nobody knows what was
)

// look takes in a reading of the line and returns the rate that can be told. While
// a line stands by order (paused, or out of vaccine), and while the
// store was away, the time stands: a wait is told for a line that goes on (G20, G40).
func (o *observed) look(r *lineRow, stands bool, now time.Time) gate.Rate {
	o.mu.Lock()
	defer o.mu.Unlock()
	if r.at() != gate.Open {
		o.samples, o.rate, o.stood = nil, gate.Rate{}, 0
		o.last = now
		return o.rate
	}
	since := now.Sub(o.last)
	if !stands && since < lookEvery && !o.last.IsZero() {
		return o.rate
	}
	if (stands || since > unseenAfter) && !o.last.IsZero() {
		o.stood += since
	}
	o.last = now
	if stands {
		return gate.Rate{}
	}
	at := now.Add(-o.stood)
	o.samples = append(o.samples, gate.Sample{At: at, Serving: r.served()})
	if len(o.samples) > looksKept {
		o.samples = o.samples[len(o.samples)-looksKept:]
	}
	o.rate = gate.Measure(o.samples, at)
	return o.rate
}
