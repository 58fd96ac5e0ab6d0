package gate

import (
	"math"
	"time"
)

// MaxElapsed bounds one step of the serving number: after a longer silence the
// line goes on at its rate, it does not catch up with a jump.
const MaxElapsed = 5 * time.Second

// Serving is what decides how far the serving number moves.
type Serving struct {
	Phase   Phase
	Paused  bool
	Serving uint64
	End     uint64        // the end of the line: L + late numbers given out
	Rate    float64       // places to call per second
	Carry   float64       // fraction of a place left over by the last step
	Elapsed time.Duration // since the last step
	Cap     int           // live sessions at most
	Live    int           // live sessions
	Turns   int           // first-line turns: called, here, waiting for a seat
	Awaited int           // tickets called in the last AwaitFor and not here yet
	Show    float64       // how many of those called come; 0 is not known: all
	Overdue int           // sessions that since the last step became overdue (StartWithin)

	ProofShare float64 // 0 to 1: what the identity providers can carry now of their normal proofs
}

// AwaitFor is how long a called place counts as coming: the longest interval
// at which the head of the line asks for the board, twice. Whoever comes later
// finds the place kept, but no seat is held free.
const AwaitFor = 6 * time.Second

// NextServing returns the next serving number and the carry for the step after
// it (rule G21): serving + min(rate·elapsed + carry + returned, cap − live − turns −
// awaited·show), never beyond the end, never back, and not at all when paused, not
// open or at cap 0.
//
// So the places called and not yet seated never exceed the free seats at the
// moment of the call, or 1.3 times them where people are known not to come. People who share a place (lobby only; one person a place
// on average) are the only excess: they wait as turns, Live never passes Cap.
func NextServing(s Serving) (serving uint64, carry float64) {
	s.Rate *= s.ProofShare
	if s.Phase != Open || s.Paused || s.Cap <= 0 || !(s.Rate > 0) {
		return s.Serving, 0
	}
	elapsed := min(max(s.Elapsed, 0), MaxElapsed)
	due := s.Rate*elapsed.Seconds() + min(max(s.Carry, 0), 1) + s.returned(elapsed)
	whole := math.Floor(min(due, MaxPlace))
	free := uint64(max(0, s.Cap-s.Live-s.Turns-s.expected()))
	line := s.End - min(s.End, s.Serving)
	step := min(uint64(whole), free, line)
	if step < uint64(whole) {
		return s.Serving + step, 0
	}
	return s.Serving + step, due - whole
}

// expected is how many of the awaited will come.
func (s Serving) expected() int {
	show := s.Show
	if !(show > 0) {
		show = 1
	}
	return int(math.Ceil(float64(s.Awaited) * min(1, max(1/overIssue, show))))
}

// returned are admissions that go to others because who had them does not begin to
// prove who they are: so claims that nobody proves take nothing from the rate of those who
// come to book (rule G55).
func (s Serving) returned(elapsed time.Duration) float64 {
	most := mostReturned * s.Rate * max(elapsed, time.Second).Seconds()
	return min(float64(max(0, s.Overdue)), most)
}

// mostReturned is how many admissions are returned at most for each that is due.
const mostReturned = 1.5

// Bounds of StartWithin, and how many people it takes to know what is usual.
const (
	startUnknown = time.Minute
	startLeast   = 10 * time.Second
	startMost    = 150 * time.Second
	startTimes   = 3
	startKnown   = 10
)

// StartWithin is after what time a session is overdue whose holder has not begun to
// prove who they are: three times what people needed for that lately, given as
// the mean of so many. The session lives on; nobody waits for it any longer
// (rule G55).
func StartWithin(mean time.Duration, people int) time.Duration {
	if people < startKnown || mean < 0 {
		return startUnknown
	}
	return min(max(startTimes*mean, startLeast), startMost)
}

// mostIdle bounds the sessions that are not counted, in seats.
const mostIdle = 10

// Idle is how many overdue sessions are not counted among the seats: they ask for
// nothing, and whoever begins a proof after all is counted again.
func Idle(overdue, seats int) int { return min(overdue, mostIdle*seats) }
