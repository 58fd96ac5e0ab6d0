package history

import (
	"github.com/anishathalye/porcupine"
)

// Persons is the model of people, each with one disease: one live reservation
// (rule B1); another choice gives the earlier hold back, also when it then
// finds no place (B2); a hold is confirmed while it has not ended (B5); what
// was acknowledged is seen by every later read until it is cancelled (B9, B14);
// one key has one answer (B11). Hold ids and numbers belong to one person.
//
// A hold whose time is not over has not ended by itself; one whose time is over
// may have, at any moment since, or not yet.
func Persons() Model {
	spec := porcupine.NondeterministicModel{
		Init: func() []any { return []any{personState{}} },
		Step: func(state, input, output any) []any {
			var all []any
			for _, next := range state.(personState).step(input, output) {
				all = append(all, next)
			}
			return all
		},
		Equal:         func(a, b any) bool { return a.(personState).equal(b.(personState)) },
		DescribeState: func(state any) string { return state.(personState).String() },
	}
	return Model{name: "person", whole: personsShare, parts: personParts, spec: spec.ToModel()}
}

// deed is an act as a person's history knows it. Two deeds under one key must
// be the same deed.
type deed struct {
	kind   deedKind
	key    string // "" where the act has none
	object string // the slot, hold or number
}

type deedKind int

const (
	holding deedKind = iota
	confirming
	releasing
	cancelling
	reading   // what the person has
	lookingUp // what the person has booked
)

// String is for the drawing.
func (d deed) String() string {
	words := [...]string{"hold ", "confirm ", "give back ", "cancel ", "read", "look up"}
	return words[d.kind] + d.object
}

// What happens to a person beside the deeds that were answered.
type (
	// letsGo is the first of the two steps of holding: what was held before is
	// given back. Nothing else of the act need have happened yet.
	letsGo struct{ key string }
	// sent is a deed without an answer: from here on it may happen, once, or not.
	sent struct {
		deed
		again bool // its key is used again, so what came of it matters
	}
	// over is the end of a hold's time: from here on it may end by itself.
	over struct{ hold string }
)

// deedOf is whose act it is and what; no for acts that are no person's.
func deedOf(a Act) (who name, d deed, ok bool) {
	switch a := a.(type) {
	case Hold:
		return name{a.Person, a.Disease, ""}, deed{holding, a.Key, a.Slot.String()}, true
	case Confirm:
		return name{a.Person, a.Disease, ""}, deed{confirming, a.Key, a.Hold}, true
	case Release:
		return name{a.Person, a.Disease, ""}, deed{releasing, "", a.Hold}, true
	case Cancel:
		return name{a.Person, a.Disease, ""}, deed{cancelling, a.Key, a.Number}, true
	case Current:
		return name{a.Person, a.Disease, ""}, deed{reading, "", ""}, true
	case LookUp:
		return name{a.Person, a.Disease, ""}, deed{lookingUp, "", ""}, true
	}
	return name{}, deed{}, false
}

func personParts(s story) []part {
	t := &personTeller{uses: map[name]int{}}
	for _, r := range s.records {
		if who, d, ok := deedOf(r.Act); ok {
			t.uses[name{who.person, who.disease, d.key}]++
		}
	}
	for _, r := range s.records {
		t.tell(r)
	}
	l := newLedger(s)
	for _, who := range l.people {
		for _, h := range who.holds {
			if h.ends != 0 {
				t.add(who.String(), instant(over{h.id}, s.clockAt(h.ends), clockLine(h.ends, "hold "+h.id+" may end by itself")))
			}
		}
	}
	return t.parts()
}

type personTeller struct {
	groups
	uses map[name]int // of a key
}

func (t *personTeller) tell(r Record) {
	who, d, ok := deedOf(r.Act)
	switch {
	case !ok:
	case r.Outcome == Answered:
		if d.kind == holding && !is[Refused](r.Answer) {
			first := r.op(letsGo{d.key}, r.span())
			first.Metadata = nil // one line for both steps
			t.add(who.String(), first)
		}
		t.add(who.String(), r.op(d, r.span()))
	case d.kind < reading: // a reading without an answer says nothing
		again := d.key != "" && t.uses[name{who.person, who.disease, d.key}] > 1
		t.add(who.String(), instant(sent{d, again}, r.Begun.position(), r.line()))
	}
}

// String names the person and the disease.
func (n name) String() string { return n.person + ", " + n.disease }
