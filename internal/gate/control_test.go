package gate

import (
	"math"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// Whatever is seen, the rate stays between the least part and the most, and is a number.
func TestRateStaysWithinTheOperators(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var c Control
		most := rapid.Float64Range(0.1, 10_000).Draw(t, "most")
		for range rapid.IntRange(1, 200).Draw(t, "steps") {
			c = c.Next(Flow{
				Pressure: rapid.Float64Range(0, 1).Draw(t, "pressure"),
				Ended:    rapid.IntRange(0, 10_000).Draw(t, "ended"),
				Called:   rapid.IntRange(0, 10_000).Draw(t, "called"),
				Came:     rapid.IntRange(0, 10_000).Draw(t, "came"),
			}, most, time.Duration(rapid.IntRange(-1000, 10_000).Draw(t, "ms"))*time.Millisecond)
			if !(c.Rate >= most/leastPart-1e-9 && c.Rate <= most) || math.IsNaN(c.Rate) {
				t.Fatalf("rate %v of %v", c.Rate, most)
			}
		}
	})
	if c := (Control{Rate: 5}).Next(Flow{}, 0, time.Second); c.Rate != 0 {
		t.Errorf("a rate of %v where nothing is allowed", c.Rate)
	}
}

// While nothing is pressed the rate climbs to the most within climbFor.
func TestRateClimbsWhileNothingIsPressed(t *testing.T) {
	var c Control
	for range 60 {
		c = c.Next(Flow{Pressure: 1}, 100, time.Second)
	}
	if c.Rate > 3 {
		t.Errorf("after a minute of pressure the rate is %v", c.Rate)
	}
	for range 20 {
		c = c.Next(Flow{}, 100, time.Second)
	}
	if c.Rate != 100 {
		t.Errorf("after 20 s the rate is %v", c.Rate)
	}
}

// A service that finishes 40 sessions a second and is asked to take 200 settles
// near what it can do, instead of filling up.
func TestRateSettlesAtWhatIsFinished(t *testing.T) {
	const most, can = 200.0, 40.0
	var c Control
	inside, admitted, finished := 0.0, 0.0, 0.0
	for second := range 300 {
		pressure := 0.0
		if inside > can*10 { // ten seconds of work are waiting
			pressure = 1
		}
		done := min(can, inside)
		c = c.Next(Flow{Pressure: pressure, Ended: int(done * FlowFor.Seconds())}, most, time.Second)
		inside += c.Rate - done
		if second >= 100 {
			admitted, finished = admitted+c.Rate, finished+done
		}
	}
	if admitted > overIssue*finished || finished < 0.9*can*200 {
		t.Errorf("admitted %.0f, finished %.0f of %.0f", admitted, finished, can*200)
	}
	if inside > can*60 {
		t.Errorf("%.0f wait inside", inside)
	}
}

func TestShowRateIsBounded(t *testing.T) {
	for _, c := range []struct {
		called, came int
		want         float64
	}{{0, 0, 1}, {5, 0, 1}, {100, 100, 1}, {100, 120, 1}, {100, 90, 0.9}, {100, 10, 1 / overIssue}} {
		if got := (Flow{Called: c.called, Came: c.came}).ShowRate(); math.Abs(got-c.want) > 1e-9 {
			t.Errorf("%d of %d came: %v", c.came, c.called, got)
		}
	}
}

// At most 1.3 times the free seats are called while nobody comes.
func TestNoMoreThanThirteenTenthsAreCalled(t *testing.T) {
	const seats = 1000
	serving, carry := uint64(0), 0.0
	for range 10 {
		serving, carry = NextServing(Serving{
			Phase: Open, Serving: serving, End: 1 << 20, Rate: 1e6, Carry: carry, Elapsed: time.Second,
			Cap: seats, Awaited: int(serving), Show: 0.1, ProofShare: 1,
		})
	}
	if serving < seats || serving > seats*13/10+1 {
		t.Errorf("%d places were called for %d seats", serving, seats)
	}
}
