package history

import (
	"fmt"
	"time"
)

// Act is what a client asks for: one of the types of this file.
type Act interface {
	fmt.Stringer
	takes(Answer) bool // whether it is an answer to this act
}

// Slot is one time at one clinic.
type Slot struct {
	Clinic string
	Start  time.Time
}

// String names the slot; two values of one slot have one name.
func (s Slot) String() string { return s.Clinic + " " + s.Start.UTC().Format(time.RFC3339) }

// Hold asks for a place for a person. Answers: Held, Full, Ended (this key's
// hold has ended), Refused (the person has booked), Booked (this key's hold was
// confirmed meanwhile).
type Hold struct {
	Person, Disease, Key string
	Slot                 Slot
	Seconds              []Slot // where the service may place the second dose; empty: one dose
}

// Confirm asks for a hold to become a reservation. Answers: Booked, Ended,
// Refused (booked already, under another key).
type Confirm struct{ Person, Disease, Key, Hold string }

// Release gives a hold back. Answers: Released, also for a hold that has ended,
// and Refused (it was booked).
type Release struct{ Person, Disease, Hold string }

// Cancel gives a reservation up. Answers: Cancelled, Refused (not booked).
type Cancel struct{ Person, Disease, Key, Number string }

// Current reads what the person has. Answers: Nothing, Held, Booked.
type Current struct{ Person, Disease string }

// LookUp reads what the person has booked. Answers: Nothing, Booked.
type LookUp struct{ Person, Disease string }

// Count reads a slot's number of places taken, from where it is decided, not
// from a snapshot for display. Answer: Counted.
type Count struct{ Slot Slot }

// Join asks for a claim's ticket. Answer: Joined.
type Join struct{ Campaign, Claim string }

// Enter asks for a session with a ticket. Answers: Session, Waiting, Booked.
type Enter struct{ Campaign, Claim, Ticket, Browser string }

// Reseat stands for every act that may end or renew a claim's sessions: a
// proof, leaving, a confirmation. Between two of them a session stays the same.
// Answer: Reseated, whatever came of the act; failed acts need no record.
type Reseat struct{ Campaign, Claim string }

func (Hold) takes(a Answer) bool {
	switch a.(type) {
	case Held, Full, Ended, Refused, Booked:
		return true
	}
	return false
}

func (Confirm) takes(a Answer) bool {
	switch a.(type) {
	case Booked, Ended, Refused:
		return true
	}
	return false
}

func (Release) takes(a Answer) bool {
	switch a.(type) {
	case Released, Refused:
		return true
	}
	return false
}

func (Cancel) takes(a Answer) bool {
	switch a.(type) {
	case Cancelled, Refused:
		return true
	}
	return false
}

func (Current) takes(a Answer) bool {
	switch a.(type) {
	case Nothing, Held, Booked:
		return true
	}
	return false
}

func (LookUp) takes(a Answer) bool {
	switch a.(type) {
	case Nothing, Booked:
		return true
	}
	return false
}

func (Enter) takes(a Answer) bool {
	switch a.(type) {
	case Session, Waiting, Booked:
		return true
	}
	return false
}

func (Count) takes(a Answer) bool  { _, ok := a.(Counted); return ok }
func (Join) takes(a Answer) bool   { _, ok := a.(Joined); return ok }
func (Reseat) takes(a Answer) bool { _, ok := a.(Reseated); return ok }

func (h Hold) String() string { return fmt.Sprintf("%s holds %v, key %s", h.Person, h.Slot, h.Key) }
func (c Confirm) String() string {
	return fmt.Sprintf("%s confirms %s, key %s", c.Person, c.Hold, c.Key)
}
func (r Release) String() string { return fmt.Sprintf("%s gives back %s", r.Person, r.Hold) }
func (c Cancel) String() string {
	return fmt.Sprintf("%s cancels %s, key %s", c.Person, c.Number, c.Key)
}
func (c Current) String() string { return c.Person + " reads what they have" }
func (l LookUp) String() string  { return l.Person + " looks up what they booked" }
func (c Count) String() string   { return fmt.Sprintf("count %v", c.Slot) }
func (j Join) String() string    { return fmt.Sprintf("%s joins %s", j.Claim, j.Campaign) }
func (e Enter) String() string {
	return fmt.Sprintf("%s enters %s with %s, browser %s", e.Claim, e.Campaign, e.Ticket, e.Browser)
}

func (r Reseat) String() string {
	return fmt.Sprintf("%s may change session in %s", r.Claim, r.Campaign)
}
