package history

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/anishathalye/porcupine"
)

// SlotRules say what the service promises of slots.
type SlotRules struct {
	// Capacity of each slot.
	Capacity func(Slot) int
	// FreedLate says that a place that was given back may be taken until the
	// sweeper has been: so it is while faults are injected, because giving back
	// is the second of two steps (rule B7). Otherwise it is free at once (B9).
	FreedLate bool
}

// Slots is the model of slots: at most the capacity held at once (rule B13), a
// hold counts once however often it is told (B11), "full" only when every place
// is held or may be (B4), and a count between the places surely and possibly
// taken.
//
// A place is possibly taken from when its hold may have ended, or from when a
// hold was asked for and no answer came. Such a place excuses a "full" and
// never excuses one place too many. That a place is never given back at all is
// not seen here; the counts of the database show it.
func Slots(rules SlotRules) Model {
	return Model{
		name:  "slot",
		parts: func(s story) []part { return slotParts(s, rules) },
		quick: oversold,
		rank:  func(op porcupine.Operation) int { return -int(op.Input.(slotStep).kind) },
		spec: porcupine.Model{
			Init: func() any { return slotState{} },
			Step: func(state, input, output any) (bool, any) {
				next, ok := state.(slotState).step(input.(slotStep))
				return ok, next
			},
			Equal:         func(a, b any) bool { return a.(slotState).equal(b.(slotState)) },
			DescribeState: func(state any) string { return state.(slotState).String() },
		},
	}
}

// slotStep is one thing that happens to a slot. A place is taken once, and
// either given back or loosened once.
type slotStep struct {
	kind     slotKind
	place    int  // whose place: the number of its hold, or of the lost attempt
	racing   bool // it may be loosened before it is taken
	capacity int
	taken    int // of a count
}

// slotKind is ordered: of several at once the search tries the last kinds first.
type slotKind int

const (
	takes   slotKind = iota // the place is taken
	gives                   // the place is free again
	loosens                 // from here on the place may be free again
	haunts                  // from here on the place may be taken: no answer came
	isFull
	counts
)

// String says what it means to the slot.
func (e slotStep) String() string {
	return [...]string{"taken", "free again", "perhaps free from here", "perhaps taken from here", "full", "counted"}[e.kind]
}

// slotState is how many places are surely taken, and how many more possibly.
// Which ones they are matters only for those that race.
type slotState struct {
	sure, maybe int
	taken       []int // racing places that were taken and not loosened
	loosened    []int // and that were loosened and not taken
}

func (s slotState) step(e slotStep) (slotState, bool) {
	switch e.kind {
	case takes:
		return s.take(e)
	case gives:
		s.sure--
	case loosens:
		return s.loosen(e), true
	case haunts:
		s.maybe++
	case isFull:
		return s, s.sure+s.maybe >= e.capacity
	case counts:
		return s, s.sure <= e.taken && e.taken <= min(e.capacity, s.sure+s.maybe)
	}
	return s, true
}

func (s slotState) take(e slotStep) (slotState, bool) {
	switch {
	case s.sure >= e.capacity:
		return s, false
	case has(s.loosened, e.place):
		s.loosened = without(s.loosened, e.place)
		s.maybe++
		return s, true
	case e.racing:
		s.taken = with(s.taken, e.place)
	}
	s.sure++
	return s, true
}

func (s slotState) loosen(e slotStep) slotState {
	if e.racing && !has(s.taken, e.place) {
		s.loosened = with(s.loosened, e.place)
		return s
	}
	s.taken = without(s.taken, e.place)
	s.sure--
	s.maybe++
	return s
}

func (s slotState) equal(other slotState) bool {
	return s.sure == other.sure && s.maybe == other.maybe &&
		slices.Equal(s.taken, other.taken) && slices.Equal(s.loosened, other.loosened)
}

func (s slotState) String() string {
	return fmt.Sprintf("%d taken, %d more possibly", s.sure, s.maybe)
}

// oversold finds more places surely taken at once than there are. It decides
// that at a glance, for any number of holds, where the search would try all
// their orders first.
func oversold(p part) (why string, ops []int) {
	moves, capacity := surelyTaken(p)
	for _, m := range moves {
		if m.in {
			ops = append(ops, m.op)
		} else {
			ops = slices.DeleteFunc(ops, func(op int) bool { return op == m.op })
		}
		if len(ops) > capacity {
			return fmt.Sprintf("%d places are taken at once, of %d", len(ops), capacity), ops
		}
	}
	return "", nil
}

// move says that an operation's place is surely taken from here on, or not any more.
type move struct {
	at int64
	op int
	in bool
}

// surelyTaken lists the moves of a slot in order: a place is surely taken from
// the answer on, until anything asks to give it back.
func surelyTaken(p part) (moves []move, capacity int) {
	until := map[int]int64{}
	for _, op := range p.ops {
		if e := op.Input.(slotStep); e.kind == gives || e.kind == loosens {
			until[e.place] = op.Call
		}
	}
	for i, op := range p.ops {
		e := op.Input.(slotStep)
		capacity = e.capacity
		end, ends := until[e.place]
		if e.kind == takes && (!ends || op.Return < end) {
			moves = append(moves, move{op.Return, i, true})
			if ends {
				moves = append(moves, move{end, i, false})
			}
		}
	}
	slices.SortFunc(moves, func(a, b move) int { return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.op, b.op)) })
	return moves, capacity
}
