package gate

import (
	"hash/fnv"
	"math"
	"slices"
	"strconv"
	"time"
)

// Lane is a way into the campaign with an order, seats and times of its own, so
// that a full line on the web keeps nobody on the telephone waiting (rule G50).
type Lane string

// The lanes.
const (
	Web      Lane = "web"      // everybody, in the order of the draw
	Phone    Lane = "phone"    // callers, served by an agent of the call centre
	Assisted Lane = "assisted" // people at a counter who are helped in person
)

// Valid says whether there is such a lane.
func (l Lane) Valid() bool { return l == Web || l == Phone || l == Assisted }

// laneSigns are the lanes as one byte of a token.
var laneSigns = []Lane{Web, Phone, Assisted}

// sign is the lane's byte; it panics when there is no such lane.
func (l Lane) sign() byte {
	if l == "" {
		return 0
	}
	i := slices.Index(laneSigns, l)
	if i < 0 {
		panic("gate: no such lane: " + string(l))
	}
	return byte(i)
}

// LaneShare is what a lane other than the web is promised.
type LaneShare struct {
	Lane    Lane
	Share   float64   // of seats and admissions, above 0 and below 1
	Slots   float64   // of the clinics' times, kept for the lane until Release; 0: none
	Release time.Time // from then on its times are everybody's
}

// LaneShares are the lanes of a campaign beside the web; their shares add up to
// less than one.
type LaneShares []LaneShare

// Of is a lane's share of seats and admissions; the web has what no other lane was
// promised. A lane that the campaign does not have gets nothing.
func (all LaneShares) Of(l Lane) float64 {
	rest := 1.0
	for _, s := range all {
		if s.Lane == l {
			return s.Share
		}
		rest -= s.Share
	}
	if l == Web {
		return max(0, rest)
	}
	return 0
}

// Lanes lists the lanes there are, the web first.
func (all LaneShares) Lanes() []Lane {
	lanes := []Lane{Web}
	for _, s := range all {
		lanes = append(lanes, s.Lane)
	}
	return lanes
}

// Seats is how many of the cap a lane may use: a lane that was promised any has
// one at least while there is a cap for it, and the web has the rest. A share is
// never lent: a lane's next caller must find a seat however full the web is.
func (all LaneShares) Seats(l Lane, limit int) int {
	if limit <= 0 {
		return 0
	}
	rest := limit
	for _, s := range all {
		n := min(rest, max(1, int(math.Floor(s.Share*float64(limit)))))
		if s.Lane == l {
			return n
		}
		rest -= n
	}
	if l == Web {
		return rest
	}
	return 0
}

// Keeper is the lane for which a clinic's time is kept, and until when; "" when it
// is everybody's. Which times these are follows from clinic and time alone, so all
// nodes agree without asking, and a smaller quota keeps a part of the same.
func (all LaneShares) Keeper(clinic string, start time.Time) (Lane, time.Time) {
	h := fnv.New64a()
	_, _ = h.Write([]byte(clinic + "|" + strconv.FormatInt(start.Unix(), 10))) // never fails
	x := mix(h.Sum64())
	at := float64(x>>11) / (1 << 53)
	for _, s := range all {
		if at < s.Slots {
			return s.Lane, s.Release
		}
		at -= s.Slots
	}
	return "", time.Time{}
}

// mix spreads the bits of a sum whose low ones differ more than its high ones.
func mix(x uint64) uint64 {
	x ^= x >> 33
	x *= 0xff51afd7ed558ccd
	x ^= x >> 33
	x *= 0xc4ceb9fe1a85ec53
	return x ^ x>>33
}

// MayTake says whether somebody of a lane may take a time that is kept for keeper
// until release.
func MayTake(l, keeper Lane, release, now time.Time) bool {
	return keeper == "" || keeper == l || !now.Before(release)
}
