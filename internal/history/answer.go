package history

import "fmt"

// Answer is what a client was told: one of the types of this file.
type Answer interface {
	fmt.Stringer
	answer()
}

// Held says that the person holds places. Number may be empty where the service
// does not tell it before the booking.
type Held struct {
	Hold   string
	Number string
	Slots  []Slot // all its places; nil: the slot that was asked for
	// Ends is when the hold may end by itself, on the recorder's clock. 0 is not
	// told; a hold of which it is never told does not end by itself. Where the
	// service's clock may run ahead of the recorder's, take so much off.
	Ends int64
}

// Full says that there is no place left: in the slot that was asked for, or,
// with Second, in every slot for the second dose.
type Full struct{ Second bool }

// Ended says that the hold has ended.
type Ended struct{}

// Refused says that the state of the person forbids the act; which, the act says.
type Refused struct{}

// Booked says that the person has a reservation. Hold may be empty.
type Booked struct{ Hold, Number string }

// Released says that the hold is given back.
type Released struct{}

// Cancelled says that the reservation is given up.
type Cancelled struct{}

// Nothing says that the person has none.
type Nothing struct{}

// Counted is the number of places taken in a slot.
type Counted struct{ Taken int }

// Joined is a claim's ticket. Number counts only with Late.
type Joined struct {
	Ticket string
	Late   bool
	Number uint64
}

// Session is a live session. Ends is when it may end by itself, on the
// recorder's clock; 0: never.
type Session struct {
	ID   string
	Ends int64
}

// Waiting says that there is no session yet. Called tells whether the ticket's
// place was reached.
type Waiting struct{ Called bool }

// Reseated ends a Reseat.
type Reseated struct{}

func (Held) answer()      {}
func (Full) answer()      {}
func (Ended) answer()     {}
func (Refused) answer()   {}
func (Booked) answer()    {}
func (Released) answer()  {}
func (Cancelled) answer() {}
func (Nothing) answer()   {}
func (Counted) answer()   {}
func (Joined) answer()    {}
func (Session) answer()   {}
func (Waiting) answer()   {}
func (Reseated) answer()  {}

func (h Held) String() string { return "held " + h.Hold + named(", number ", h.Number) }
func (f Full) String() string {
	if f.Second {
		return "no second dose free"
	}
	return "full"
}
func (Ended) String() string     { return "the hold has ended" }
func (Refused) String() string   { return "refused" }
func (b Booked) String() string  { return "booked" + named(" ", b.Number) + named(", hold ", b.Hold) }
func (Released) String() string  { return "given back" }
func (Cancelled) String() string { return "cancelled" }
func (Nothing) String() string   { return "nothing" }
func (c Counted) String() string { return fmt.Sprintf("%d taken", c.Taken) }
func (j Joined) String() string {
	if j.Late {
		return fmt.Sprintf("ticket %s, late number %d", j.Ticket, j.Number)
	}
	return "ticket " + j.Ticket + " of the lobby"
}
func (s Session) String() string { return "session " + s.ID }
func (w Waiting) String() string {
	if w.Called {
		return "called, wait for a seat"
	}
	return "not called yet"
}
func (Reseated) String() string { return "done" }

func named(label, name string) string {
	if name == "" {
		return ""
	}
	return label + name
}
