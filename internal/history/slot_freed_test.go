package history_test

import (
	"testing"

	"naru/internal/history"
)

func TestSlotPlacesGivenBack(t *testing.T) { slotPlacesGivenBack.check(t) } // rules B2, B9, B13

var slotPlacesGivenBack = policy{
	allow(places(1),
		story{"released", func(s *script) {
			fill(s)
			s.told(release("ann", "h1"), released)
			s.told(hold("ben", "k2"), held("h2"))
		}},
		story{"cancelled", func(s *script) {
			book(s)
			s.told(cancel("ann", "x1", "n-h1"), cancelled)
			s.told(hold("ben", "k2"), held("h2"))
		}},
		story{"another time chosen", func(s *script) {
			fill(s)
			s.told(hold("ann", "k2", noon), held("h2"))
			s.told(hold("ben", "k3"), held("h3"))
		}},
		story{"the same time chosen again, on another key", func(s *script) {
			fill(s)
			s.told(hold("ann", "k2"), held("h2"))
			s.told(hold("ben", "k3"), full)
		}},
		story{"taken while it is being released", func(s *script) {
			fill(s)
			r := s.Begin(1, release("ann", "h1"))
			s.told(hold("ben", "k2"), held("h2"))
			s.told(hold("cho", "k3"), full)
			r.End(released)
		}},
		story{"released, and the answer lost: free or not", func(s *script) {
			fill(s)
			s.lost(release("ann", "h1"))
			s.told(hold("ben", "k2"), full)
			s.told(hold("ben", "k3"), held("h3"))
		}},
		story{"another time chosen, the answer lost, then told: free or not", func(s *script) {
			fill(s)
			s.lost(hold("ann", "k2", noon))
			s.told(hold("ann", "k2", noon), held("h2"))
			s.told(hold("ben", "k3"), full)
			s.told(hold("ben", "k4"), held("h4"))
		}},
		story{"another time chosen, while it is being released and not free yet", func(s *script) {
			fill(s)
			k, r := s.Begin(1, hold("ann", "k2", noon)), s.Begin(2, release("ann", "h1"))
			k.End(held("h2"))
			s.told(hold("ben", "k3"), full)
			r.End(released)
		}},
		story{"booked, whatever is pressed afterwards", func(s *script) {
			book(s)
			s.told(release("ann", "h1"), refused)
			s.told(hold("ann", "k2", noon), refused)
			s.told(hold("ben", "k3"), full)
		}}),
	deny(places(1),
		story{"released, and full all the same", func(s *script) {
			fill(s)
			s.told(release("ann", "h1"), released)
			s.told(hold("ben", "k2"), full)
		}},
		story{"cancelled, and full all the same", func(s *script) {
			book(s)
			s.told(cancel("ann", "x1", "n-h1"), cancelled)
			s.told(hold("ben", "k2"), full)
		}},
		story{"another time chosen, and full all the same", func(s *script) {
			fill(s)
			s.told(hold("ann", "k2", noon), held("h2"))
			s.told(hold("ben", "k3"), full)
		}},
		story{"freed by a refused release", func(s *script) {
			book(s)
			s.told(release("ann", "h1"), refused)
			s.told(hold("ben", "k2"), held("h2"))
		}},
		story{"freed by a choice that was refused", func(s *script) {
			s.told(hold("ann", "k1", noon), held("h1"))
			s.told(confirm("ann", "c1", "h1"), booked("h1"))
			x, k := s.Begin(1, cancel("ann", "x1", "n-h1")), s.Begin(2, hold("ann", "k2", noon))
			x.End(cancelled)
			s.told(hold("ann", "k3"), held("h3"))
			k.End(refused)
			s.told(hold("ben", "k4"), held("h4"))
		}},
		story{"freed by a cancelling that was refused", func(s *script) {
			fill(s)
			x := s.Begin(1, cancel("ann", "x1", "n-h1"))
			s.told(confirm("ann", "c1", "h1"), booked("h1"))
			x.End(refused)
			s.told(hold("ben", "k2"), held("h2"))
		}},
		story{"freed by somebody else's cancelling", func(s *script) {
			book(s)
			s.told(cancel("ben", "x1", "n-h1"), cancelled)
			s.told(hold("ben", "k2"), held("h2"))
		}},
		story{"freed twice", func(s *script) {
			fill(s)
			s.told(release("ann", "h1"), released)
			s.told(hold("ben", "k2"), held("h2"))
			s.told(release("ann", "h1"), released)
			s.told(hold("cho", "k3"), held("h3"))
		}}),
	allow(lateFreed(1), story{"given back, and the sweeper has not been", func(s *script) {
		fill(s)
		s.told(release("ann", "h1"), released)
		s.told(hold("ben", "k2"), full)
		s.told(hold("ben", "k3"), held("h3"))
	}}),
	deny(lateFreed(1), story{"given back late, and taken twice", func(s *script) {
		fill(s)
		s.told(release("ann", "h1"), released)
		s.told(hold("ben", "k2"), held("h2"))
		s.told(hold("cho", "k3"), held("h3"))
	}}),
}

func TestSlotPlacesOfHoldsThatEnd(t *testing.T) { slotPlacesOfHoldsThatEnd.check(t) } // rules B5, B7

var slotPlacesOfHoldsThatEnd = policy{
	allow(places(1),
		story{"swept after its time", func(s *script) {
			s.told(hold("ann", "k1"), heldUntil("h1", 100))
			s.at(100)
			s.told(hold("ben", "k2"), held("h2"))
		}},
		story{"not swept yet after its time", func(s *script) {
			s.told(hold("ann", "k1"), heldUntil("h1", 100))
			s.at(500)
			s.told(hold("ben", "k2"), full)
		}},
		story{"confirmed in time, so it never ends", func(s *script) {
			s.told(hold("ann", "k1"), heldUntil("h1", 100))
			s.told(confirm("ann", "c1", "h1"), booked("h1"))
			s.at(500)
			s.told(hold("ben", "k2"), full)
		}},
		story{"confirmed or swept: nobody was told", func(s *script) {
			s.told(hold("ann", "k1"), heldUntil("h1", 100))
			s.lost(confirm("ann", "c1", "h1"))
			s.at(500)
			s.told(hold("ben", "k2"), held("h2"))
		}}),
	deny(places(1),
		story{"taken from its holder before its time", func(s *script) {
			s.told(hold("ann", "k1"), heldUntil("h1", 100))
			s.at(99)
			s.told(hold("ben", "k2"), held("h2"))
		}},
		story{"swept, though it was confirmed", func(s *script) {
			s.told(hold("ann", "k1"), heldUntil("h1", 100))
			s.told(confirm("ann", "c1", "h1"), booked("h1"))
			s.at(500)
			s.told(hold("ben", "k2"), held("h2"))
		}},
		story{"swept, though a refused release shows the booking", func(s *script) {
			s.told(hold("ann", "k1"), heldUntil("h1", 100))
			s.lost(confirm("ann", "c1", "h1"))
			s.told(release("ann", "h1"), refused)
			s.at(500)
			s.told(hold("ben", "k2"), held("h2"))
		}},
		story{"swept, and then confirmed", func(s *script) {
			s.told(hold("ann", "k1"), heldUntil("h1", 100))
			s.at(500)
			s.told(hold("ben", "k2"), held("h2"))
			s.told(confirm("ann", "c1", "h1"), booked("h1"))
		}},
		story{"swept, though a later reading shows the booking", func(s *script) {
			s.told(hold("ann", "k1"), heldUntil("h1", 100))
			s.lost(confirm("ann", "c1", "h1"))
			s.at(500)
			s.told(hold("ben", "k2"), held("h2"))
			s.told(lookUp("ann"), history.Booked{Number: "n-h1"})
		}}),
}
