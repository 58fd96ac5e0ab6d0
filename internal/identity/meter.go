package identity

import (
	"time"

	"naru/internal/fault"
)

// Bounds of the breaker and the light (rules I2 to I5).
const (
	fewCalls   = 5                // fewer in the window say nothing of shares
	rowTrips   = 5                // failures in a row that open the breaker
	manyCalls  = 20               // from here on half of them failing opens it too
	coolFirst  = 5 * time.Second  // an open breaker lets the first probe through after this
	coolMost   = time.Minute      // and after at most this, doubled at each failed probe
	probesGood = 3                // probes in a row that must be answered to close it
	ProbeEvery = 5 * time.Second  // a closed one is probed this often, so that a light needs no people
	calm       = 10 * time.Second // how long a light must have been better to get better by one
)

// Meter is what one node has seen of one provider. The zero Meter is not
// usable; it is for one caller at a time.
type Meter struct {
	of     Provider
	slots  [window]slot
	flying map[Call]time.Time
	next   Call

	open    bool
	since   time.Time // opened, or the last probe failed
	cool    time.Duration
	closed  time.Time // last closed again
	row     int       // failures in a row
	good    int       // answered probes in a row
	probe   Call      // the one in flight, 0 if none
	probed  time.Time
	light   Light
	betters time.Time // since when the light should be better; zero: it should not
}

// Call is one call to a provider that has begun. 0 is none.
type Call uint64

// NewMeter begins with a smooth light and nothing observed.
func NewMeter(p Provider) *Meter {
	return &Meter{of: p, flying: map[Call]time.Time{}, cool: coolFirst}
}

// Begin lets a person's call through, or says why not: Unavailable
// "identity.down" while the breaker is open, "identity.busy" when InFlight calls
// are waiting (the bulkhead). What begins must End.
func (m *Meter) Begin(now time.Time) (Call, *fault.Error) {
	switch {
	case m.open:
		return 0, down()
	case len(m.flying) >= m.of.InFlight:
		return 0, busy()
	}
	return m.begin(now), nil
}

func (m *Meter) begin(now time.Time) Call {
	m.next++
	m.flying[m.next] = now
	return m.next
}

// BeginProbe lets a probe through when one is due: one at a time, every
// ProbeEvery while the breaker is closed, after its cooling time while it is open.
func (m *Meter) BeginProbe(now time.Time) (Call, bool) {
	wait := ProbeEvery
	from := m.probed
	if m.open {
		wait = m.cool
		if m.good > 0 {
			wait = time.Second
		} else {
			from = m.since
		}
	}
	ago := now.Sub(from)
	if m.probe != 0 || !from.IsZero() && ago >= 0 && ago < wait {
		return 0, false
	}
	m.probe, m.probed = m.begin(now), now
	return m.probe, true
}

// End notes what became of a call. A call that is not in flight is ignored.
func (m *Meter) End(c Call, now time.Time, o Outcome) {
	began, ok := m.flying[c]
	if !ok {
		return
	}
	delete(m.flying, c)
	probe := c == m.probe
	if probe {
		m.probe = 0
	}
	m.count(now, now.Sub(began), o)
	switch {
	case o == Abandoned:
	case m.open && probe:
		m.probedOpen(now, o)
	case !m.open:
		m.trip(now, o)
	}
}

func (m *Meter) count(now time.Time, took time.Duration, o Outcome) {
	s := m.slotAt(now)
	switch o {
	case Answered:
		s.answered++
		if took >= m.of.Slow {
			s.slow++
		}
	case Failed:
		s.failed++
	case TimedOut:
		s.timedOut++
	case Abandoned:
	}
}

// trip opens the breaker after failures in a row, or when half of many fail.
// One that opens again soon after it was closed cools for longer.
func (m *Meter) trip(now time.Time, o Outcome) {
	if o == Answered {
		m.row = 0
		return
	}
	m.row++
	t := m.tally(now)
	if m.row < rowTrips && (t.calls < manyCalls || 2*t.bad < t.calls) {
		return
	}
	if m.closed.IsZero() || now.Sub(m.closed) >= coolMost {
		m.cool = coolFirst
	} else {
		m.cool = min(2*m.cool, coolMost)
	}
	m.open, m.since, m.good = true, now, 0
}

// probedOpen is the half-open breaker: answered probes in a row close it, with
// nothing remembered of the failures; one that fails makes it cool for longer.
func (m *Meter) probedOpen(now time.Time, o Outcome) {
	if o != Answered {
		m.good, m.since, m.cool = 0, now, min(2*m.cool, coolMost)
		return
	}
	if m.good++; m.good >= probesGood {
		m.open, m.closed, m.row, m.slots = false, now, 0, [window]slot{}
	}
}

// Light is the light now. It gets worse at once and better by one step each time
// it should have been better for ten seconds, so that it does not flicker and a
// provider that comes back is not run over.
func (m *Meter) Light(now time.Time) Light {
	should := m.should(now)
	switch {
	case should > m.light:
		m.light, m.betters = should, time.Time{}
	case should == m.light:
		m.betters = time.Time{}
	case m.betters.IsZero() || now.Before(m.betters):
		m.betters = now
	case now.Sub(m.betters) >= calm:
		m.light--
		m.betters = now
	}
	return m.light
}

// should is the light by the window alone (rule I2).
func (m *Meter) should(now time.Time) Light {
	if m.open {
		return Down
	}
	t := m.tally(now)
	if t.calls < fewCalls {
		t = tally{calls: 1}
	}
	load := float64(len(m.flying)) / float64(max(1, m.of.InFlight))
	slow, bad := float64(t.slow)/float64(t.calls), float64(t.bad)/float64(t.calls)
	switch {
	case bad >= 0.2 || slow >= 0.5 || load >= 0.9:
		return Congested
	case bad >= 0.05 || slow >= 0.2 || load >= 0.6:
		return Slow
	}
	return Smooth
}
