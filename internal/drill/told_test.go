package drill

import (
	"testing"
	"time"

	"naru/internal/gate"
)

// Six people are told a wait and one is not; what they were told is held against
// when their places were called.
func TestWaitsAreHeldAgainstWhatCame(t *testing.T) {
	t.Parallel()
	var w waits
	begin := time.Unix(0, 0)
	at := func(s int) time.Time { return begin.Add(time.Duration(s) * time.Second) }
	for s := range 100 {
		w.reach(at(s), uint64(10*s)) // place p is called at p/10 + 1
		w.reach(at(s), uint64(5*s))  // an older board says nothing
	}
	say := func(place uint64, low, high int, first bool) {
		w.note(told{at: at(0), place: place, low: time.Duration(low) * time.Second, high: time.Duration(high) * time.Second, known: true, first: first})
	}
	say(99, 10, 20, true) // called after 10 s
	say(199, 10, 30, true)
	say(299, 35, 50, true) // too late
	say(399, 10, 39, true) // too early
	say(399, 40, 44, false)
	say(5000, 10, 20, true) // never called
	w.note(told{at: at(0), place: 7})
	got := w.result()
	if got.People != 4 || got.Moments != 7 || *got.Inside != 0.5 || *got.Always != 0.6 || *got.Unknown != 0.143 || *got.Width != 0.725 {
		t.Errorf("%+v: inside %v, always %v, unknown %v, width %v", got, *got.Inside, *got.Always, *got.Unknown, *got.Width)
	}
	if s := got.Serving; len(s) != 100 || s[0] != 0 || s[99] != 990 {
		t.Errorf("served by second: %v", s)
	}
	if none := (&waits{}).result(); none.Inside != nil || none.Width != nil || none.Unknown != nil {
		t.Errorf("of nobody something is told: %+v", none)
	}
}

func TestCitizenListensAtEachQuarter(t *testing.T) {
	t.Parallel()
	c := &citizen{crowd: &Crowd{tally: newTally(1)}, placeKnown: true, place: 1000}
	b := gate.Board{Phase: gate.Open}
	for serving := uint64(0); serving <= 1100; serving += 10 {
		b.Serving = serving
		if serving == 400 {
			b.Rate = gate.Rate{Low: 60, High: 120}
		}
		c.listen(b)
	}
	var ahead []uint64
	for _, n := range c.crowd.tally.waits.told {
		ahead = append(ahead, n.place)
	}
	told := c.crowd.tally.waits.told
	if len(told) != 5 || told[0].known || told[1].known || !told[2].known || !told[2].first || told[3].first || told[4].first {
		t.Errorf("%d moments: %+v", len(ahead), told)
	}
}
