package gate

import "testing"

// Re-entries beyond a tenth of all sessions wait until nobody waits who comes for the
// first time; the first few and those below the tenth do not.
func TestReentriesAreATenth(t *testing.T) {
	t.Parallel()
	again := EnterFacts{
		Now: epoch0, Phase: Open, Place: 1, Serving: 10, Seats: Seats{Cap: 100, UnprovenCap: 75},
		Admission: Admission{Entries: 1},
	}
	for _, c := range []struct {
		opened, again uint64
		entries       int
		waiting       int
		want          Outcome
	}{
		{100, 10, 1, 1, OutReenter}, // the first few
		{1000, 99, 1, 1, OutReenter},
		{1000, 100, 1, 1, OutTurn}, // a tenth
		{1000, 100, 1, 0, OutReenter},
		{1000, 100, 0, 1, OutOpen}, // the first time
	} {
		f := again
		f.Opened, f.Again, f.Admission.Entries, f.FirstTurns = c.opened, c.again, c.entries, c.waiting
		if d := Enter(f); d.Outcome != c.want {
			t.Errorf("%+v: %s (%s)", c, d.Outcome, d.Rule)
		}
	}
}
