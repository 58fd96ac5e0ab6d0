package gate

import (
	"testing"
	"time"
)

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

// Half of those who come never prove: once they are overdue, those who do are called
// at the whole rate again, and never more than two and a half times.
func TestAdmissionsOfTheOverdueAreReturned(t *testing.T) {
	t.Parallel()
	at := Serving{Phase: Open, End: 1 << 20, Rate: 10, Elapsed: time.Second, Cap: 10_000, ProofShare: 1}
	for _, c := range []struct {
		overdue int
		want    uint64
	}{{0, 10}, {5, 15}, {10, 20}, {15, 25}, {1000, 25}, {-5, 10}} {
		at.Overdue = c.overdue
		if next, _ := NextServing(at); next != c.want {
			t.Errorf("%d overdue: %d are called, not %d", c.overdue, next, c.want)
		}
	}
}

func TestStartWithinFollowsWhatIsUsual(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		mean   time.Duration
		people int
		want   time.Duration
	}{
		{0, 0, time.Minute},
		{5 * time.Second, 9, time.Minute},
		{0, 10, 10 * time.Second},
		{time.Second, 10, 10 * time.Second},
		{20 * time.Second, 10, time.Minute},
		{2 * time.Minute, 10, 150 * time.Second},
	} {
		if got := StartWithin(c.mean, c.people); got != c.want {
			t.Errorf("%v by %d: %v", c.mean, c.people, got)
		}
	}
	if Idle(10, 100) != 10 || Idle(1001, 100) != 1000 || Idle(5, 0) != 0 {
		t.Error("more sessions are left uncounted than ten times the seats, or fewer")
	}
}
