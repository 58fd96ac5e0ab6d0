package staff

import (
	"slices"
	"time"

	"naru/internal/fault"
)

// Callback is a call that was promised: who is to be called, when, and what about.
type Callback struct {
	ID         string
	Name       string
	Phone      string // canonical digits of the agency's phone rule
	About      About
	Due        time.Time
	PromisedBy ID
	PromisedAt time.Time
	State      CallbackState
	TakenBy    ID        // who calls now, or called last
	TakenAt    time.Time // zero: nobody yet
	Tries      int       // calls that reached nobody
}

// About is what a call is to be about: one word, because the list is read by many.
type About string

// What calls are about.
const (
	AboutBook   About = "book"
	AboutChange About = "change"
	AboutHelp   About = "help"
)

// Abouts lists them as pages show them.
var Abouts = []About{AboutBook, AboutChange, AboutHelp}

// CallbackState is where a promised call stands.
type CallbackState string

// The states. Open and taken ones are on the list.
const (
	CallOpen  CallbackState = "open"
	CallTaken CallbackState = "taken"
	CallDone  CallbackState = "done"
	CallGone  CallbackState = "gone" // nobody was reached, CallTries times
)

// Bounds of promised calls.
const (
	CallAhead = 14 * 24 * time.Hour // a call is promised for within this time
	CallHeld  = 15 * time.Minute    // who took a call and did nothing for so long does not call any more
	CallTries = 3                   // so often nobody answers before it is given up
	CallAgain = 30 * time.Minute    // after a try that reached nobody
)

// ParseAbout takes one of Abouts. Code Invalid, Field "about".
func ParseAbout(text string) (About, error) {
	if a := About(text); slices.Contains(Abouts, a) {
		return a, nil
	}
	return "", fault.New(fault.Invalid, "call.about_missing").With("Field", "about")
}

// MayPromise refuses a time that is past or too far ahead (rule S23). Code Invalid,
// Field "due".
func MayPromise(due, now time.Time) error {
	if due.Before(now) || due.After(now.Add(CallAhead)) {
		return fault.New(fault.Invalid, "call.due_bad").With("Field", "due").With("Days", int(CallAhead/(24*time.Hour)))
	}
	return nil
}

// Overdue says that the promised time has passed.
func (c Callback) Overdue(now time.Time) bool { return now.After(c.Due) }

// Taken gives the call to one agent (rule S24). Code Conflict while another has it,
// or when it is over.
func (c Callback) Taken(by ID, now time.Time) (Callback, error) {
	switch {
	case c.State == CallDone || c.State == CallGone:
		return c, fault.New(fault.Conflict, "call.callback_over")
	case c.State == CallTaken && c.TakenBy != by && now.Before(c.TakenAt.Add(CallHeld)):
		return c, fault.New(fault.Conflict, "call.callback_taken")
	}
	c.State, c.TakenBy, c.TakenAt = CallTaken, by, now
	return c, nil
}

// Ended notes what came of a call that its agent has taken: reached, or not; then it
// is due again, and given up after CallTries. Code Conflict when it is not theirs.
func (c Callback) Ended(by ID, reached bool, now time.Time) (Callback, error) {
	if c.State != CallTaken || c.TakenBy != by {
		return c, fault.New(fault.Conflict, "call.callback_not_yours")
	}
	if reached {
		c.State = CallDone
		return c, nil
	}
	c.State, c.Due = CallOpen, now.Add(CallAgain)
	if c.Tries++; c.Tries >= CallTries {
		c.State = CallGone
	}
	return c, nil
}
