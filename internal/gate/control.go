package gate

import (
	"math"
	"time"
)

// The constants of admission control: chosen, and played together under overload in
// docs/results/overload.md; none was tuned by itself.
const (
	overIssue    = 1.3              // admissions per session that ends, once the limit is known
	climbFor     = 20 * time.Second // from nothing to the most, while nothing is pressed
	yield        = 0.8              // of the rate is left after a second of pressure
	pressedAbove = 0.2              // part of the requests that had to wait
	believedFor  = time.Minute      // how long the limit that pressure showed is believed
	leastPart    = 50               // the rate never falls below this part of the most
	leastFlow    = 10               // sessions that must have ended before their rate says something
)

// Flow is what the leader sees of a line, over the last FlowFor.
type Flow struct {
	Pressure float64 // part of the requests of the last second that had to wait for their turn, the highest of all nodes, 0 to 1
	Ended    int     // sessions that ended by a booking or by their holder
	Called   int     // places called
	Came     int     // of those called, how many took a session or a turn
}

// FlowFor is how far back a Flow looks.
const FlowFor = 30 * time.Second

// Control is the rate of admission as it stands; the zero Control has not begun.
type Control struct {
	Rate    float64       // places a second
	pressed time.Duration // since the last pressure; only meaningful when known
	known   bool
}

// Next is the rate after a step (rule G51). Most is what the operator allows. While no
// request waits the rate climbs; when requests wait it falls, and for a minute it
// stays within 1.3 times what the service has shown that it can finish.
func (c Control) Next(f Flow, most float64, elapsed time.Duration) Control {
	if !(most > 0) {
		return Control{}
	}
	elapsed = min(max(elapsed, 0), MaxElapsed)
	if c.Rate <= 0 {
		c.Rate = most // until something else is seen, the operator knows best
	}
	c.pressed += elapsed
	if f.Pressure > pressedAbove {
		c.Rate *= math.Pow(yield, elapsed.Seconds())
		c.pressed, c.known = 0, true
	} else {
		c.Rate += most * elapsed.Seconds() / climbFor.Seconds()
	}
	if c.known && c.pressed < believedFor && f.Ended >= leastFlow {
		c.Rate = min(c.Rate, overIssue*float64(f.Ended)/FlowFor.Seconds()/f.ShowRate())
	}
	c.Rate = min(max(c.Rate, most/leastPart), most)
	return c
}

// ShowRate is how many of those who are called come: never told below 1/1.3, so
// that at most 1.3 times the free seats are called. With few called it is 1.
func (f Flow) ShowRate() float64 {
	if f.Called < leastFlow {
		return 1
	}
	return min(1, max(1/overIssue, float64(f.Came)/float64(f.Called)))
}
