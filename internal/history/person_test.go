package history_test

import (
	"testing"

	"naru/internal/history"
)

func TestPersonHasOneReservation(t *testing.T) { personHasOneReservation.check(t) } // rules B1, B2, B9

var personHasOneReservation = policy{
	allow(history.Persons(),
		story{"held, booked, cancelled, and again", func(s *script) {
			book(s)
			s.told(lookUp("ann"), booked("h1"))
			s.told(cancel("ann", "x1", "n-h1"), cancelled)
			s.told(lookUp("ann"), nothing)
			s.told(hold("ann", "k2"), held("h2"))
			s.told(confirm("ann", "c2", "h2"), booked("h2"))
		}},
		story{"another choice replaces the hold", func(s *script) {
			s.told(hold("ann", "k1"), held("h1"))
			s.told(hold("ann", "k2", noon), held("h2"))
			s.told(confirm("ann", "c1", "h1"), ended)
			s.told(confirm("ann", "c2", "h2"), booked("h2"))
		}},
		story{"another choice that finds no place loses the hold too", func(s *script) {
			s.told(hold("ann", "k1"), held("h1"))
			s.told(hold("ann", "k2", noon), full)
			s.told(current("ann"), nothing)
			s.told(confirm("ann", "c1", "h1"), ended)
		}},
		story{"between the two steps of another choice there is nothing", func(s *script) {
			s.told(hold("ann", "k1"), held("h1"))
			again := s.Begin(1, hold("ann", "k2", noon))
			s.told(current("ann"), nothing)
			again.End(held("h2"))
			s.told(current("ann"), held("h2"))
		}},
		story{"two choices at once, either is the last", func(s *script) {
			a, b := s.Begin(1, hold("ann", "k1")), s.Begin(2, hold("ann", "k2", noon))
			b.End(held("h2"))
			a.End(held("h1"))
			s.told(confirm("ann", "c2", "h2"), booked("h2"))
		}},
		story{"booked, and refused another", func(s *script) {
			book(s)
			s.told(hold("ann", "k2", noon), refused)
			s.told(current("ann"), booked("h1"))
		}},
		story{"given back", func(s *script) {
			s.told(hold("ann", "k1"), held("h1"))
			s.told(release("ann", "h1"), released)
			s.told(release("ann", "h1"), released)
			s.told(current("ann"), nothing)
		}},
		story{"another disease", func(s *script) {
			book(s)
			flu := hold("ann", "k1")
			flu.Disease = "influenza"
			s.told(flu, held("h2"))
		}}),
	deny(history.Persons(),
		story{"held while booked", func(s *script) {
			book(s)
			s.told(hold("ann", "k2", noon), held("h2"))
		}},
		story{"booked twice", func(s *script) {
			a, b := s.Begin(1, hold("ann", "k1")), s.Begin(2, hold("ann", "k2", noon))
			a.End(held("h1"))
			b.End(held("h2"))
			s.told(confirm("ann", "c1", "h1"), booked("h1"))
			s.told(confirm("ann", "c2", "h2"), booked("h2"))
		}},
		story{"booked twice, at once", func(s *script) {
			a, b := s.Begin(1, hold("ann", "k1")), s.Begin(2, hold("ann", "k2", noon))
			a.End(held("h1"))
			b.End(held("h2"))
			c, d := s.Begin(1, confirm("ann", "c1", "h1")), s.Begin(2, confirm("ann", "c2", "h2"))
			c.End(booked("h1"))
			d.End(booked("h2"))
		}},
		story{"the replaced hold is confirmed", func(s *script) {
			s.told(hold("ann", "k1"), held("h1"))
			s.told(hold("ann", "k2", noon), held("h2"))
			s.told(confirm("ann", "c1", "h1"), booked("h1"))
		}},
		story{"the hold survives a choice that found no place", func(s *script) {
			s.told(hold("ann", "k1"), held("h1"))
			s.told(hold("ann", "k2", noon), full)
			s.told(current("ann"), held("h1"))
		}},
		story{"refused, and there is nothing", func(s *script) {
			s.told(hold("ann", "k1"), refused)
		}},
		story{"full for somebody who has booked", func(s *script) {
			book(s)
			s.told(hold("ann", "k2"), full)
		}},
		story{"given back, and still there", func(s *script) {
			s.told(hold("ann", "k1"), held("h1"))
			s.told(release("ann", "h1"), released)
			s.told(current("ann"), held("h1"))
		}},
		story{"a booked one given back like a hold", func(s *script) {
			book(s)
			s.told(release("ann", "h1"), released)
		}},
		story{"a hold kept from being given back", func(s *script) {
			s.told(hold("ann", "k1"), held("h1"))
			s.told(release("ann", "h1"), refused)
		}},
		story{"a refused choice takes a hold away", func(s *script) {
			s.told(hold("ann", "k1"), held("h1"))
			x := s.Begin(1, hold("ann", "k2", noon))
			s.told(current("ann"), nothing)
			s.told(hold("ann", "k3"), held("h3"))
			s.told(confirm("ann", "c3", "h3"), booked("h3"))
			x.End(refused)
		}},
		story{"ended for somebody who has booked", func(s *script) {
			book(s)
			s.told(hold("ann", "k2"), ended)
		}},
		story{"one hold of two people", func(s *script) {
			s.told(hold("ann", "k1"), history.Held{Hold: "h1"})
			s.told(hold("ben", "k1"), history.Held{Hold: "h1"})
		}},
		story{"one number of two people", func(s *script) {
			s.told(hold("ann", "k1"), history.Held{Hold: "h1", Number: "n"})
			s.told(hold("ben", "k1"), history.Held{Hold: "h2", Number: "n"})
		}}),
}

func TestPersonKeepsWhatWasAcknowledged(t *testing.T) { personKeepsWhatWasAcknowledged.check(t) } // rules B9, B14

var personKeepsWhatWasAcknowledged = policy{
	allow(history.Persons(),
		story{"seen by everybody who reads afterwards", func(s *script) {
			bookUntil(s, 100)
			s.at(500)
			s.told(current("ann"), booked("h1"))
			s.told(lookUp("ann"), booked("h1"))
		}},
		story{"not seen yet while it is being confirmed", func(s *script) {
			s.told(hold("ann", "k1"), held("h1"))
			c := s.Begin(1, confirm("ann", "c1", "h1"))
			s.told(lookUp("ann"), nothing)
			c.End(booked("h1"))
		}},
		story{"seen or not while it is being cancelled, in this order", func(s *script) {
			bookUntil(s, 100)
			c := s.Begin(1, cancel("ann", "x1", "n-h1"))
			s.told(lookUp("ann"), booked("h1"))
			s.told(lookUp("ann"), nothing)
			c.End(cancelled)
		}},
		story{"a cancelling refused, because there is nothing", func(s *script) {
			bookUntil(s, 100)
			s.told(cancel("ann", "x1", "n-h1"), cancelled)
			s.told(cancel("ann", "x2", "n-h1"), refused)
		}},
		story{"a second confirmation under another key is refused", func(s *script) {
			bookUntil(s, 100)
			s.told(confirm("ann", "c2", "h1"), refused)
		}}),
	deny(history.Persons(),
		story{"lost after it was acknowledged", func(s *script) { bookUntil(s, 100); s.told(lookUp("ann"), nothing) }},
		story{"lost for one reading, then there", func(s *script) {
			bookUntil(s, 100)
			s.told(current("ann"), nothing)
			s.told(current("ann"), booked("h1"))
		}},
		story{"ended by itself after it was acknowledged", func(s *script) {
			bookUntil(s, 100)
			s.at(500)
			s.told(current("ann"), nothing)
		}},
		story{"only a hold after it was acknowledged", func(s *script) { bookUntil(s, 100); s.told(current("ann"), held("h1")) }},
		story{"another number than the one that was told", func(s *script) {
			bookUntil(s, 100)
			s.told(lookUp("ann"), history.Booked{Number: "n-other"})
		}},
		story{"another hold than the one that was told", func(s *script) {
			s.told(hold("ann", "k1"), held("h1"))
			s.told(current("ann"), held("h2"))
		}},
		story{"another hold confirmed than the one that was asked", func(s *script) {
			s.told(hold("ann", "k1"), history.Held{Hold: "h1"})
			s.told(confirm("ann", "c1", "h1"), history.Booked{Hold: "h2"})
		}},
		story{"cancelled under another number", func(s *script) {
			bookUntil(s, 100)
			s.told(cancel("ann", "x1", "n-other"), cancelled)
		}},
		story{"there again after it was cancelled", func(s *script) {
			bookUntil(s, 100)
			s.told(cancel("ann", "x1", "n-h1"), cancelled)
			s.told(lookUp("ann"), booked("h1"))
		}},
		story{"cancelled before it is booked", func(s *script) {
			s.told(hold("ann", "k1"), held("h1"))
			s.told(cancel("ann", "x1", "n-h1"), cancelled)
		}},
		story{"a cancelling refused, and it is booked", func(s *script) {
			bookUntil(s, 100)
			s.told(cancel("ann", "x1", "n-h1"), refused)
		}},
		story{"a confirmation refused, and it is only held", func(s *script) {
			s.told(hold("ann", "k1"), held("h1"))
			s.told(confirm("ann", "c1", "h1"), refused)
		}},
		story{"booked without a hold", func(s *script) { s.told(confirm("ann", "c1", "h1"), booked("h1")) }}),
}
