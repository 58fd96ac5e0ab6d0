package history_test

import (
	"strconv"
	"testing"

	"naru/internal/history"
)

func places(n int) history.Model {
	return history.Slots(history.SlotRules{Capacity: func(history.Slot) int { return n }})
}

func lateFreed(n int) history.Model {
	return history.Slots(history.SlotRules{Capacity: func(history.Slot) int { return n }, FreedLate: true})
}

func taken(n int) history.Counted { return history.Counted{Taken: n} }

func TestSlotHoldsAtMostItsCapacity(t *testing.T) { slotHoldsAtMostItsCapacity.check(t) } // rule B13

var slotHoldsAtMostItsCapacity = policy{
	allow(places(2),
		story{"as many as there are places", func(s *script) {
			s.told(hold("ann", "k1"), held("h1"))
			s.told(hold("ben", "k2"), held("h2"))
			s.told(hold("cho", "k3"), full)
			s.told(count, taken(2))
		}},
		story{"another slot has places of its own", func(s *script) {
			s.told(hold("ann", "k1"), held("h1"))
			s.told(hold("ben", "k2"), held("h2"))
			s.told(hold("cho", "k3", noon), held("h3"))
		}},
		story{"full while two others are on their way", func(s *script) {
			a, b := s.Begin(1, hold("ann", "k1")), s.Begin(2, hold("ben", "k2"))
			s.told(hold("cho", "k3"), full)
			a.End(held("h1"))
			b.End(held("h2"))
		}},
		story{"a count in the middle of three at once", func(s *script) {
			a, b := s.Begin(1, hold("ann", "k1")), s.Begin(2, hold("ben", "k2"))
			s.told(count, taken(1))
			a.End(held("h1"))
			b.End(held("h2"))
		}},
		story{"what failed took nothing", func(s *script) {
			s.Begin(1, hold("ann", "k1")).Failed()
			s.told(hold("ben", "k2"), held("h2"))
			s.told(hold("cho", "k3"), held("h3"))
		}}),
	deny(places(2),
		story{"three in two places", func(s *script) {
			for n, who := range []string{"ann", "ben", "cho"} {
				s.told(hold(who, "k"), held(strconv.Itoa(n)))
			}
		}},
		story{"three in two places, all at once", func(s *script) {
			a, b, c := s.Begin(1, hold("ann", "k")), s.Begin(2, hold("ben", "k")), s.Begin(3, hold("cho", "k"))
			a.End(held("h1"))
			b.End(held("h2"))
			c.End(held("h3"))
		}},
		story{"full with a place left", func(s *script) {
			s.told(hold("ann", "k1"), held("h1"))
			s.told(hold("ben", "k2"), full)
		}},
		story{"a count of one too few", func(s *script) {
			s.told(hold("ann", "k1"), held("h1"))
			s.told(count, taken(0))
		}},
		story{"a count of one too many", func(s *script) {
			s.told(hold("ann", "k1"), held("h1"))
			s.told(count, taken(2))
		}},
		story{"a count above the capacity, whatever was lost", func(s *script) {
			for n := range 5 {
				s.lost(hold("ann", strconv.Itoa(n)))
			}
			s.told(count, taken(3))
		}},
		story{"two answers that need different orders", func(s *script) {
			a := s.Begin(1, hold("ann", "k1"))
			s.told(hold("ben", "k2"), held("h2"))
			s.told(count, taken(2)) // so ann's came first
			s.told(count, taken(1)) // and here it had not
			a.End(held("h1"))
		}}),
	deny(places(1),
		story{"full because of one on the way, and then its place goes to another", func(s *script) {
			a := s.Begin(1, hold("ann", "k1"))
			s.told(hold("ben", "k2"), full)
			s.told(hold("cho", "k3"), held("h3"))
			s.told(release("cho", "h3"), released)
			a.End(held("h1"))
		}},
		story{"told twice, and given to another after it was told first", func(s *script) {
			a := s.Begin(1, hold("ann", "k1"))
			s.told(hold("ann", "k1"), held("h1"))
			s.told(hold("ben", "k2"), held("h2"))
			s.told(release("ben", "h2"), released)
			a.End(held("h1"))
		}},
		story{"a count of one too few while another choice is on its way", func(s *script) {
			a, b := s.Begin(1, hold("ann", "k1")), s.Begin(2, hold("ann", "k2", noon))
			s.told(hold("ben", "k3"), held("h3"))
			s.told(count, taken(0))
			a.End(held("h1"))
			b.End(held("h2"))
		}}),
}

func TestSlotCountsAHoldOnce(t *testing.T) { slotCountsAHoldOnce.check(t) } // rule B11

var slotCountsAHoldOnce = policy{
	allow(places(2),
		story{"the same key twice", func(s *script) {
			s.told(hold("ann", "k1"), held("h1"))
			s.told(hold("ann", "k1"), held("h1"))
			s.told(hold("ben", "k2"), held("h2"))
		}},
		story{"the answer lost, then told", func(s *script) {
			s.lost(hold("ann", "k1"))
			s.told(hold("ann", "k1"), held("h1"))
			s.told(hold("ben", "k2"), held("h2"))
			s.told(hold("cho", "k3"), full)
		}},
		story{"the answer lost, and the place seen before it was told", func(s *script) {
			s.lost(hold("ann", "k1"))
			s.told(hold("ben", "k2"), held("h2"))
			s.told(hold("cho", "k3"), full)
			s.told(hold("ann", "k1"), held("h1"))
		}},
		story{"the answer lost, and the second step sent twice", func(s *script) {
			s.told(hold("ben", "k2"), held("h2"))
			s.lost(hold("ann", "k1"))
			s.told(hold("ann", "k1"), held("h1"))
			s.told(release("ann", "h1"), released)
			s.told(hold("cho", "k3"), full)
		}},
		story{"full when told first, and again when there is a place", func(s *script) {
			s.told(hold("ann", "k1"), held("h1"))
			s.told(hold("ben", "k2"), held("h2"))
			s.told(hold("cho", "k3"), full)
			s.told(release("ann", "h1"), released)
			s.told(hold("cho", "k3"), full)
		}}),
	deny(places(2),
		story{"full because one hold counts twice", func(s *script) {
			s.told(hold("ann", "k1"), held("h1"))
			s.told(hold("ann", "k1"), held("h1"))
			s.told(hold("ben", "k2"), full)
		}},
		story{"full because a hold that was lost and then told counts twice", func(s *script) {
			s.lost(hold("ann", "k1"))
			s.told(hold("ann", "k1"), held("h1"))
			s.told(hold("ben", "k2"), full)
		}}),
}

func TestSlotPlacesNobodyWasToldOf(t *testing.T) { slotPlacesNobodyWasToldOf.check(t) }

// A lost answer excuses a "full", and never one place too many.
var slotPlacesNobodyWasToldOf = policy{
	allow(places(1),
		story{"a lost hold took the place", func(s *script) {
			s.lost(hold("ann", "k1"))
			s.told(hold("ben", "k2"), full)
		}},
		story{"a lost hold took nothing", func(s *script) {
			s.lost(hold("ann", "k1"))
			s.told(hold("ben", "k2"), held("h2"))
		}},
		story{"a lost hold took its second dose", func(s *script) {
			s.lost(hold("ann", "k1", morning, autumn))
			s.told(hold("ben", "k2", autumn), full)
		}},
		story{"found by reading", func(s *script) {
			s.lost(hold("ann", "k1"))
			s.told(current("ann"), bothDoses)
			s.told(hold("ben", "k2"), full)
		}},
		story{"both doses hold places", func(s *script) {
			s.told(hold("ann", "k1", morning, autumn), bothDoses)
			s.told(hold("ben", "k2"), full)
			s.told(hold("cho", "k3", autumn), full)
		}},
		story{"no second dose free says nothing of the first slot", func(s *script) {
			s.told(hold("ann", "k1", morning, autumn), history.Full{Second: true})
			s.told(hold("ben", "k2"), held("h2"))
		}}),
	deny(places(1),
		story{"a lost hold is told after the place went to another", func(s *script) {
			s.lost(hold("ann", "k1"))
			s.told(hold("ben", "k2"), held("h2"))
			s.told(hold("ann", "k1"), held("h1"))
		}},
		story{"full before a lost hold was sent", func(s *script) {
			s.told(hold("ben", "k2"), full)
			s.lost(hold("ann", "k1"))
		}},
		story{"a hold found by reading and confirmed, and its place given away", func(s *script) {
			s.lost(hold("ann", "k1"))
			s.told(current("ann"), bothDoses)
			s.told(confirm("ann", "c1", "h1"), booked("h1"))
			s.told(hold("ben", "k2"), held("h2"))
		}},
		story{"the place of a second dose given twice", func(s *script) {
			s.told(hold("ann", "k1", morning, autumn), bothDoses)
			s.told(hold("ben", "k2", autumn), held("h2"))
		}}),
}

// bothDoses holds a place for each of two doses.
var bothDoses = history.Held{Hold: "h1", Slots: []history.Slot{morning, autumn}}
