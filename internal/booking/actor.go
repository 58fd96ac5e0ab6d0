package booking

import (
	"strings"
	"time"

	"naru/internal/fault"
)

// ActorKind says who presses the buttons for a person.
type ActorKind string

// The kinds of actors; the zero kind is the person.
const (
	ByAgent    ActorKind = "agent"    // of the call centre, at the person's own word
	ByGuardian ActorKind = "guardian" // a relative or carer (대리예약)
)

// Actor is who acts in a session for the person; the zero Actor is the person.
type Actor struct {
	Kind ActorKind
	How  string // how an agent was satisfied of the person, or a guardian's relation: one word
	ID   string // random: of the member of staff, or of the guardian as a person
}

// Self says that the person acts.
func (a Actor) Self() bool { return a == Actor{} }

// String is the actor as it is stored beside a session; "" for the person.
func (a Actor) String() string {
	if a.Self() {
		return ""
	}
	return string(a.Kind) + " " + a.How + " " + a.ID
}

// ParseActor reads what String wrote. Code Internal for anything else: the text is
// ours.
func ParseActor(text string) (Actor, error) {
	if text == "" {
		return Actor{}, nil
	}
	parts := strings.Split(text, " ")
	if len(parts) != 3 || parts[2] == "" || parts[0] != string(ByAgent) && parts[0] != string(ByGuardian) {
		return Actor{}, fault.New(fault.Internal, "problem.internal")
	}
	return Actor{ActorKind(parts[0]), parts[1], parts[2]}, nil
}

// BookedBy is who made a reservation for its person, and since when it is the
// person's own.
type BookedBy struct {
	Actor
	At      time.Time
	TakenAt time.Time // the person has taken it over; zero: not yet
}

// MayTouch refuses somebody who would change or cancel a reservation (rule B83).
// The person may, and an agent at the person's word; a guardian may only what they
// booked themself and the person has not taken over. Code Forbidden.
func (b BookedBy) MayTouch(by Actor) error {
	switch {
	case by.Kind != ByGuardian:
		return nil
	case b.Kind != ByGuardian || b.ID != by.ID:
		return fault.New(fault.Forbidden, "guardian.not_yours")
	case !b.TakenAt.IsZero():
		return fault.New(fault.Forbidden, "guardian.taken_over")
	}
	return nil
}
