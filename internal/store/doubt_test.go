package store_test

import (
	"testing"
	"time"

	"naru/internal/gate"
)

// A clock that jumps to the opening opens nothing: phases stand still, the
// board says so, and a clock that is right again goes on (rule G14).
func TestClockThatStepsOpensNothing(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	must(t, h.Close())
	start := h.clock.Now()
	var stepped time.Duration
	h.watch = func() time.Duration { return h.clock.Now().Sub(start) - stepped }
	h.open()
	h.lead(2)
	phase := func() (gate.Phase, bool) {
		v, err := h.View(campaignID)
		must(t, err)
		return v.Board.Phase, v.Board.Paused
	}
	jump := opening.Sub(h.clock.Now())
	h.clock.Add(jump)
	stepped += jump // the clock moved, the stopwatch did not
	h.lead(6)
	if p, paused := phase(); p != gate.LobbyOpen || !paused {
		t.Fatalf("after the clock stepped the phase is %s, paused %v", p, paused)
	}
	h.clock.Add(-jump)
	stepped -= jump
	h.lead(2)
	if p, paused := phase(); p != gate.LobbyOpen || paused {
		t.Fatalf("after the clock is right again the phase is %s, paused %v", p, paused)
	}
	h.clock.Add(jump) // now the time really passes
	h.lead(6)
	if p, _ := phase(); p != gate.Open {
		t.Fatalf("at the opening the phase is %s", p)
	}
}
