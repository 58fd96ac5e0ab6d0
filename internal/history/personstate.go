package history

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// personState is one way in which things may stand with a person.
type personState struct {
	has    reservation
	told   []told   // what came of each key, by key
	sent   []sent   // what may still happen, by deed
	unseen int      // holdings that may still happen, whose keys are never used again
	seen   []string // holds that were told, in order
	over   []string // holds whose time is over, in order
}

// reservation is what a person has.
type reservation struct {
	stage  stage
	key    string // under which it was held; "": one that is never used again
	hold   string // "": nobody was told yet
	number string // "": nobody was told yet
	mayEnd bool   // it is pending and its time is over
}

type stage int

const (
	none stage = iota
	pending
	booked
)

// told is what came of a key.
type told struct {
	deed
	hold   string // of a holding; "": nobody was told yet
	number string // of a confirming; "": nobody was told yet
	empty  bool   // of a holding: it holds nothing
}

func (s personState) equal(other personState) bool {
	return s.has == other.has && s.unseen == other.unseen && slices.Equal(s.told, other.told) &&
		slices.Equal(s.sent, other.sent) && slices.Equal(s.seen, other.seen) && slices.Equal(s.over, other.over)
}

// String is for the drawing.
func (s personState) String() string {
	var b strings.Builder
	b.WriteString([]string{"nothing", "holds", "booked"}[s.has.stage])
	b.WriteString(named(" ", s.has.hold) + named(", number ", s.has.number))
	if n := len(s.sent) + s.unseen; n > 0 {
		fmt.Fprintf(&b, ", %d may still happen", n)
	}
	return b.String()
}

// find is what came of a key. Acts without a key are never found.
func (s personState) find(key string) (told, bool) {
	i, found := slices.BinarySearchFunc(s.told, key, byKey)
	if !found || key == "" {
		return told{}, false
	}
	return s.told[i], true
}

// tell notes what came of a key, in place of what was noted before.
func (s personState) tell(t told) personState {
	if t.key == "" {
		return s
	}
	i, found := slices.BinarySearchFunc(s.told, t.key, byKey)
	s.told = slices.Clone(s.told)
	if found {
		s.told[i] = t
	} else {
		s.told = slices.Insert(s.told, i, t)
	}
	s.sent = slices.DeleteFunc(slices.Clone(s.sent), func(e sent) bool { return e.key == t.key })
	return s
}

func byKey(t told, key string) int { return cmp.Compare(t.key, key) }

// send notes that a deed may happen from now on.
func (s personState) send(e sent) personState {
	if _, done := s.find(e.key); done {
		return s
	}
	if e.kind == holding && !e.again {
		s.unseen++
		return s
	}
	if i, found := slices.BinarySearchFunc(s.sent, e.key, byDeed(e.deed)); !found {
		s.sent = slices.Insert(slices.Clone(s.sent), i, e)
	}
	return s
}

// byDeed compares with a deed; the key is in it.
func byDeed(d deed) func(sent, string) int {
	return func(e sent, _ string) int {
		return cmp.Or(cmp.Compare(e.key, d.key), cmp.Compare(e.kind, d.kind), cmp.Compare(e.object, d.object))
	}
}

// waits tells whether the deed of a key may still happen, and which it is.
func (s personState) waits(key string) (deed, bool) {
	i := slices.IndexFunc(s.sent, func(e sent) bool { return e.key == key && key != "" })
	if i < 0 {
		return deed{}, false
	}
	return s.sent[i].deed, true
}

// timeOver notes that a hold may end by itself from now on.
func (s personState) timeOver(hold string) personState {
	s.over = with(s.over, hold)
	s.has.mayEnd = s.has.mayEnd || s.has.stage == pending && s.has.hold == hold
	return s
}

// isHold tells whether what the person has may be this hold.
func (s personState) isHold(hold string) bool {
	if s.has.hold != "" {
		return s.has.hold == hold
	}
	return s.has.stage != none && !has(s.seen, hold)
}

// learn notes the hold and the number of what the person has. It is no when
// they were told otherwise before.
func (s personState) learn(hold, number string) (personState, bool) {
	if hold != "" && !s.isHold(hold) || !agree(s.has.number, number) {
		return s, false
	}
	if hold != "" && s.has.hold == "" {
		s = s.see(hold)
	}
	s.has.number = cmp.Or(s.has.number, number)
	return s, true
}

// see notes which hold it is that a lost deed led to: now the deed is done.
func (s personState) see(hold string) personState {
	s.has.hold, s.seen = hold, with(s.seen, hold)
	if d, waits := s.waits(s.has.key); waits {
		return s.tell(told{deed: d, hold: hold})
	}
	s.unseen--
	return s
}

// agree tells whether two numbers may be the same; an unknown one may be any.
func agree(a, b string) bool { return a == b || a == "" || b == "" }
