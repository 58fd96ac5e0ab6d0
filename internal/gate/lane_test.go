package gate

import (
	"math"
	"strconv"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func shares() LaneShares {
	release := time.Unix(2_000_000_000, 0)
	return LaneShares{{Phone, 0.2, 0.1, release}, {Assisted, 0.05, 0.05, release.Add(time.Hour)}}
}

// The seats of all lanes are the cap, whatever it is; a lane with a share has one
// as long as there is one.
func TestLanesShareTheCap(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		limit := rapid.IntRange(0, 100_000).Draw(t, "cap")
		total := 0
		for _, l := range shares().Lanes() {
			n := shares().Seats(l, limit)
			if l != Web && limit > 2 && n < 1 {
				t.Fatalf("%s has no seat of %d", l, limit)
			}
			total += n
		}
		if total != limit {
			t.Fatalf("the lanes have %d seats of %d", total, limit)
		}
	})
	if n := LaneShares(nil).Seats(Phone, 100); n != 0 {
		t.Errorf("a lane that is not there has %d seats", n)
	}
	if got := shares().Of(Web); math.Abs(got-0.75) > 1e-9 {
		t.Errorf("the web has %v of the admissions", got)
	}
}

// About as many times are kept as were promised, and a smaller quota keeps a part
// of the same.
func TestKeptTimesFollowTheQuota(t *testing.T) {
	release := time.Unix(2_000_000_000, 0)
	large, small := LaneShares{{Phone, 0.2, 0.10, release}}, LaneShares{{Phone, 0.2, 0.03, release}}
	kept, fewer := 0, 0
	const clinics, times = 100, 100
	for i := range clinics {
		for j := range times {
			start := time.Unix(1_630_000_000+int64(j)*600, 0)
			one, _ := large.Keeper(strconv.Itoa(i), start)
			two, _ := small.Keeper(strconv.Itoa(i), start)
			if two == Phone && one != Phone {
				t.Fatal("a smaller quota keeps a time that a larger one does not")
			}
			if one == Phone {
				kept++
			}
			if two == Phone {
				fewer++
			}
		}
	}
	if kept < 850 || kept > 1150 || fewer < 220 || fewer > 380 {
		t.Errorf("of 10,000 times %d and %d are kept, not about 1,000 and 300", kept, fewer)
	}
}

func TestATimeIsKeptUntilItsRelease(t *testing.T) {
	release := time.Unix(2_000_000_000, 0)
	before, after := release.Add(-time.Second), release
	for _, c := range []struct {
		lane, keeper Lane
		now          time.Time
		may          bool
	}{
		{Web, "", before, true},
		{Web, Phone, before, false},
		{Web, Phone, after, true},
		{Phone, Phone, before, true},
		{Phone, Assisted, before, false},
		{Phone, "", before, true},
	} {
		if got := MayTake(c.lane, c.keeper, release, c.now); got != c.may {
			t.Errorf("%s takes a time of %q at %v: %v", c.lane, c.keeper, c.now.Sub(release), got)
		}
	}
}
