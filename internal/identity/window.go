package identity

import "time"

// window is how long an observation counts, in slots of a second.
const window = 30

// slot is what was observed in one second.
type slot struct {
	second                           int64
	answered, slow, failed, timedOut int // slow ones are among the answered
}

// tally adds up the slots of the last window.
type tally struct{ calls, slow, bad int }

func (m *Meter) slotAt(now time.Time) *slot {
	second := now.Unix()
	s := &m.slots[((second%window)+window)%window]
	if s.second != second {
		*s = slot{second: second}
	}
	return s
}

// tally counts the window, and every call that has been waiting for longer than
// an answer should take: a provider that hangs is seen before its deadline.
func (m *Meter) tally(now time.Time) tally {
	var t tally
	for _, s := range m.slots {
		if age := now.Unix() - s.second; age < 0 || age >= window {
			continue
		}
		t.calls += s.answered + s.failed + s.timedOut
		t.slow += s.slow + s.timedOut
		t.bad += s.failed + s.timedOut
	}
	for _, since := range m.flying {
		if now.Sub(since) >= m.of.Slow {
			t.calls++
			t.slow++
		}
	}
	return t
}
