package history_test

import (
	"fmt"
	"testing"

	"naru/internal/history"
)

func TestPersonWhoseAnswersWereLost(t *testing.T) { personWhoseAnswersWereLost.check(t) } // it may have happened, may yet happen, or never

var personWhoseAnswersWereLost = policy{
	allow(history.Persons(),
		story{"a hold that happened", func(s *script) {
			s.lost(hold("ann", "k1"))
			s.told(current("ann"), held("h1"))
			fill(s)
		}},
		story{"a hold that did not", func(s *script) {
			s.lost(hold("ann", "k1"))
			s.told(current("ann"), nothing)
			s.told(hold("ann", "k1"), full)
		}},
		story{"a hold that happens only later", func(s *script) {
			s.lost(hold("ann", "k1"))
			s.told(current("ann"), nothing)
			s.told(current("ann"), held("h1"))
		}},
		story{"a hold that was full, which nobody was told, and another since", func(s *script) {
			s.lost(hold("ann", "k1"))
			s.told(hold("ann", "k2"), held("h2"))
			s.told(hold("ann", "k1"), ended)
			s.told(current("ann"), held("h2"))
		}},
		story{"a hold that replaced another unseen", func(s *script) {
			fill(s)
			s.lost(hold("ann", "k2", noon))
			s.told(confirm("ann", "c1", "h1"), ended)
			s.told(hold("ann", "k2", noon), held("h2"))
		}},
		story{"a confirmation that happened", func(s *script) {
			fill(s)
			s.lost(confirm("ann", "c1", "h1"))
			s.told(lookUp("ann"), history.Booked{Number: "n-h1"})
			s.told(confirm("ann", "c1", "h1"), booked("h1"))
		}},
		story{"a confirmation that did not", func(s *script) {
			s.told(hold("ann", "k1"), heldUntil("h1", 100))
			s.lost(confirm("ann", "c1", "h1"))
			s.at(100)
			s.told(confirm("ann", "c1", "h1"), ended)
		}},
		story{"a cancelling that happened", func(s *script) {
			fill(s)
			s.told(confirm("ann", "c1", "h1"), booked("h1"))
			s.lost(cancel("ann", "x1", "n-h1"))
			s.told(lookUp("ann"), nothing)
			s.told(hold("ann", "k2"), held("h2"))
		}},
		story{"a release that happened", func(s *script) {
			fill(s)
			s.lost(release("ann", "h1"))
			s.told(current("ann"), nothing)
		}},
		story{"an operation nobody ended", func(s *script) {
			fill(s)
			s.Begin(1, release("ann", "h1"))
			s.told(current("ann"), nothing)
		}}),
	deny(history.Persons(),
		story{"a hold that happened before it was sent", func(s *script) {
			s.told(current("ann"), held("h1"))
			s.lost(hold("ann", "k1"))
		}},
		story{"a confirmation that happened and was undone", func(s *script) {
			fill(s)
			s.lost(confirm("ann", "c1", "h1"))
			s.told(lookUp("ann"), booked("h1"))
			s.told(lookUp("ann"), nothing)
		}},
		story{"a cancelling that happened twice", func(s *script) {
			fill(s)
			s.told(confirm("ann", "c1", "h1"), booked("h1"))
			s.lost(cancel("ann", "x1", "n-h1"))
			s.told(lookUp("ann"), nothing)
			s.told(lookUp("ann"), booked("h1"))
		}},
		story{"a hold that led to two, one after the other", func(s *script) {
			s.lost(hold("ann", "k1"))
			s.told(current("ann"), held("h1"))
			s.told(release("ann", "h1"), released)
			s.told(current("ann"), held("h2"))
		}},
		story{"a hold that brings back one that was given back", func(s *script) {
			fill(s)
			s.told(release("ann", "h1"), released)
			s.lost(hold("ann", "k2"))
			s.told(current("ann"), held("h1"))
		}},
		story{"a hold that led to two", func(s *script) {
			s.lost(hold("ann", "k1"))
			s.told(current("ann"), held("h1"))
			s.told(hold("ann", "k1"), held("h2"))
		}},
		story{"what failed has happened", func(s *script) {
			s.Begin(1, hold("ann", "k1")).Failed()
			s.told(current("ann"), held("h1"))
		}}),
}

func TestPersonWhoLostManyAnswers(t *testing.T) { personWhoLostManyAnswers.check(t) }

var personWhoLostManyAnswers = policy{
	allow(history.Persons(), story{"forty holds, each seen and none told", func(s *script) {
		for n := range 40 {
			s.lost(hold("ann", fmt.Sprint("k", n)))
		}
		for n := range 40 {
			s.told(current("ann"), held(fmt.Sprint("h", n)))
		}
		s.told(current("ann"), held("h39"))
	}}),
	deny(history.Persons(), story{"forty-one of them", func(s *script) {
		for n := range 40 {
			s.lost(hold("ann", fmt.Sprint("k", n)))
		}
		for n := range 41 {
			s.told(current("ann"), held(fmt.Sprint("h", n)))
		}
	}}),
}
