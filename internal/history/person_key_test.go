package history_test

import (
	"testing"

	"naru/internal/history"
)

func TestPersonHoldsEndByThemselves(t *testing.T) { personHoldsEndByThemselves.check(t) } // rules B5, B7

var personHoldsEndByThemselves = policy{
	allow(history.Persons(),
		story{"ended after its time", func(s *script) {
			fillUntil(s, 100)
			s.at(100)
			s.told(current("ann"), nothing)
			s.told(confirm("ann", "c1", "h1"), ended)
			s.told(hold("ann", "k1"), ended)
		}},
		story{"confirmed in the last moment", func(s *script) {
			fillUntil(s, 100)
			c := s.Begin(1, confirm("ann", "c1", "h1"))
			s.at(100)
			c.End(booked("h1"))
		}},
		story{"its time told once", func(s *script) {
			fillUntil(s, 100)
			s.told(current("ann"), held("h1"))
			s.at(100)
			s.told(current("ann"), nothing)
		}},
		story{"told again after its time, before the sweeper came", func(s *script) {
			fillUntil(s, 100)
			s.at(100)
			s.told(current("ann"), nothing)
			s.told(hold("ann", "k1"), heldUntil("h1", 100))
		}}),
	deny(history.Persons(),
		story{"ended before its time", func(s *script) {
			fillUntil(s, 100)
			s.at(99)
			s.told(confirm("ann", "c1", "h1"), ended)
		}},
		story{"ended before the time to which it was extended", func(s *script) {
			fillUntil(s, 100)
			s.told(hold("ann", "k1"), heldUntil("h1", 300))
			s.at(200)
			s.told(confirm("ann", "c1", "h1"), ended)
		}},
		story{"gone before its time", func(s *script) { fillUntil(s, 100); s.told(current("ann"), nothing) }},
		story{"booked after it was said to have ended", func(s *script) {
			fillUntil(s, 100)
			s.at(100)
			s.told(confirm("ann", "c1", "h1"), ended)
			s.told(confirm("ann", "c1", "h1"), booked("h1"))
		}}),
}

func TestPersonGetsOneAnswerToOneKey(t *testing.T) { personGetsOneAnswerToOneKey.check(t) } // rule B11

var personGetsOneAnswerToOneKey = policy{
	allow(history.Persons(),
		story{"the same hold, and the booking once it is made", func(s *script) {
			fill(s)
			fill(s)
			s.told(confirm("ann", "c1", "h1"), booked("h1"))
			s.told(hold("ann", "k1"), booked("h1"))
		}},
		story{"the same confirmation after a cancelling", func(s *script) {
			book(s)
			s.told(cancel("ann", "x1", "n-h1"), cancelled)
			s.told(confirm("ann", "c1", "h1"), booked("h1"))
			s.told(cancel("ann", "x1", "n-h1"), cancelled)
			s.told(lookUp("ann"), nothing)
			s.told(hold("ann", "k1"), ended)
		}},
		story{"full, then ended: it never held", func(s *script) {
			s.told(hold("ann", "k1"), full)
			s.told(hold("ann", "k1"), ended)
		}},
		story{"a refusal is not kept", func(s *script) {
			book(s)
			s.told(hold("ann", "k2"), refused)
			s.told(cancel("ann", "x1", "n-h1"), cancelled)
			s.told(hold("ann", "k2"), held("h2"))
		}},
		story{"the key of a replaced hold", func(s *script) {
			fill(s)
			s.told(hold("ann", "k2", noon), held("h2"))
			s.told(hold("ann", "k1"), ended)
			s.told(current("ann"), held("h2"))
		}}),
	deny(history.Persons(),
		story{"two holds", func(s *script) { fill(s); s.told(hold("ann", "k1"), held("h2")) }},
		story{"held, then full", func(s *script) { fill(s); s.told(hold("ann", "k1"), full) }},
		story{"full, then held", func(s *script) { s.told(hold("ann", "k1"), full); fill(s) }},
		story{"one hold under two keys", func(s *script) { fill(s); s.told(hold("ann", "k2"), held("h1")) }},
		story{"two numbers for one confirmation", func(s *script) {
			book(s)
			s.told(confirm("ann", "c1", "h1"), history.Booked{Number: "n-other"})
		}},
		story{"another number for one confirmation, after a cancelling", func(s *script) {
			book(s)
			s.told(cancel("ann", "x1", "n-h1"), cancelled)
			s.told(confirm("ann", "c1", "h1"), history.Booked{Number: "n-other"})
		}},
		story{"booked, then only held", func(s *script) { book(s); fill(s) }},
		story{"held, then booked without a confirmation", func(s *script) { fill(s); s.told(hold("ann", "k1"), booked("h1")) }},
		story{"held, then ended before its time", func(s *script) { fill(s); s.told(hold("ann", "k1"), ended) }},
		story{"carried out again", func(s *script) {
			fill(s)
			s.lost(hold("ann", "k1"))
			s.told(release("ann", "h1"), released)
			s.told(current("ann"), held("h2"))
		}},
		story{"booked, then ended", func(s *script) { book(s); s.told(confirm("ann", "c1", "h1"), ended) }},
		story{"cancelled, then refused", func(s *script) {
			book(s)
			s.told(cancel("ann", "x1", "n-h1"), cancelled)
			s.told(cancel("ann", "x1", "n-h1"), refused)
		}},
		story{"one key for two times", func(s *script) { fill(s); s.told(hold("ann", "k1", noon), held("h1")) }},
		story{"one key for holding and confirming", func(s *script) {
			fill(s)
			s.told(confirm("ann", "k1", "h1"), booked("h1"))
		}},
		story{"a replaced hold told as if it were there", func(s *script) {
			fill(s)
			s.told(hold("ann", "k2", noon), held("h2"))
			s.told(hold("ann", "k1"), held("h1"))
		}},
		story{"a cancelled booking told to its hold's key", func(s *script) {
			book(s)
			s.told(cancel("ann", "x1", "n-h1"), cancelled)
			s.told(hold("ann", "k1"), booked("h1"))
		}}),
}
