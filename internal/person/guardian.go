package person

import (
	"slices"
	"time"

	"naru/internal/fault"
)

// Relation is what a guardian is to the person they book for.
type Relation string

// The relations, as pages list them.
const (
	Child    Relation = "child" // of the person: a daughter or son books
	Parent   Relation = "parent"
	Spouse   Relation = "spouse"
	Relative Relation = "relative" // any other
	Carer    Relation = "carer"    // who looks after the person without being family
)

// Relations lists them.
var Relations = []Relation{Child, Parent, Spouse, Relative, Carer}

// ParseRelation takes one of Relations. Code Invalid, Field "relation".
func ParseRelation(text string) (Relation, error) {
	if r := Relation(text); slices.Contains(Relations, r) {
		return r, nil
	}
	return "", fault.New(fault.Invalid, "guardian.relation_missing").With("Field", "relation")
}

// MaxSubjects is for how many people one guardian may book in a campaign (rule B81).
const MaxSubjects = 5

// MayGuard refuses a guardian one more person (rule B81): subjects are those they
// have in the campaign already, known says that this one is among them. Code TooMany.
func MayGuard(subjects int, known bool) error {
	if !known && subjects >= MaxSubjects {
		return fault.New(fault.TooMany, "guardian.too_many").With("Most", MaxSubjects)
	}
	return nil
}

// SubjectFacts are what decides whether a guardian may open a session for a person,
// read in the transaction that opens it.
type SubjectFacts struct {
	Now      time.Time
	Booked   bool      // the person has a booked reservation for the disease
	ByAsker  bool      // it was made by this guardian and not taken over
	Here     bool      // a session of the person is open
	HereSelf bool      // it is not this guardian's
	Until    time.Time // the end of that session
}

// MayStandIn decides whether a guardian may act for a person now (rule B82): never
// beside a booking of the person's own, nor over a session in which somebody else is
// booking for them. Code Conflict.
func MayStandIn(f SubjectFacts) error {
	switch {
	case f.Booked && !f.ByAsker:
		return fault.New(fault.Conflict, "guardian.subject_booked")
	case f.Here && f.HereSelf && f.Now.Before(f.Until):
		return fault.New(fault.Conflict, "guardian.subject_here")
	}
	return nil
}
