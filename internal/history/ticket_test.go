package history_test

import (
	"testing"
	"time"

	"naru/internal/history"
)

func join(claim string) history.Join { return history.Join{Campaign: "july", Claim: claim} }

func lobby(id string) history.Joined { return history.Joined{Ticket: id} }

func late(id string, n uint64) history.Joined {
	return history.Joined{Ticket: id, Late: true, Number: n}
}

func enter(claim, ticket, browser string) history.Enter {
	return history.Enter{Campaign: "july", Claim: claim, Ticket: ticket, Browser: browser}
}

func reseat(claim string) history.Reseat { return history.Reseat{Campaign: "july", Claim: claim} }

func session(id string) history.Session { return history.Session{ID: id} }

var (
	called    = history.Waiting{Called: true}
	notCalled = history.Waiting{}
)

func TestTicketIsTheSameForEver(t *testing.T) { ticketIsTheSameForEver.check(t) } // rules G1, G10

var ticketIsTheSameForEver = policy{
	allow(history.Tickets(history.TicketRules{}),
		story{"joined from two browsers", func(s *script) {
			s.told(join("ann"), lobby("t1"))
			s.told(join("ann"), lobby("t1"))
			s.told(join("ben"), lobby("t2"))
		}},
		story{"joined twice at once", func(s *script) {
			a, b := s.Begin(1, join("ann")), s.Begin(2, join("ann"))
			a.End(late("t1", 7))
			b.End(late("t1", 7))
		}},
		story{"the first answer lost", func(s *script) {
			s.lost(join("ann"))
			s.told(join("ann"), late("t1", 0))
			s.told(join("ann"), late("t1", 0))
		}},
		story{"another campaign", func(s *script) {
			s.told(join("ann"), late("t1", 3))
			s.told(history.Join{Campaign: "august", Claim: "ben"}, late("t2", 3))
		}}),
	deny(history.Tickets(history.TicketRules{}),
		story{"another ticket", func(s *script) {
			s.told(join("ann"), lobby("t1"))
			s.told(join("ann"), lobby("t2"))
		}},
		story{"another ticket, at once", func(s *script) {
			a, b := s.Begin(1, join("ann")), s.Begin(2, join("ann"))
			a.End(lobby("t1"))
			b.End(lobby("t2"))
		}},
		story{"the same ticket, late all at once", func(s *script) {
			s.told(join("ann"), lobby("t1"))
			s.told(join("ann"), late("t1", 0))
		}},
		story{"another late number", func(s *script) {
			s.told(join("ann"), late("t1", 3))
			s.told(join("ann"), late("t1", 4))
		}},
		story{"one ticket of two claims", func(s *script) {
			s.told(join("ann"), lobby("t1"))
			s.told(join("ben"), lobby("t1"))
		}},
		story{"one late number of two claims", func(s *script) {
			s.told(join("ann"), late("t1", 3))
			s.told(join("ben"), late("t2", 3))
		}},
		story{"another claim's ticket opens a session", func(s *script) {
			s.told(join("ann"), lobby("t1"))
			s.told(enter("ann", "t2", "b"), session("s1"))
		}}),
}

func TestTicketIsCalledOnce(t *testing.T) { ticketIsCalledOnce.check(t) } // rules G17, G23

var ticketIsCalledOnce = policy{
	allow(history.Tickets(history.TicketRules{}),
		story{"waited, called, let in", func(s *script) {
			s.told(join("ann"), lobby("t1"))
			s.told(enter("ann", "t1", "b"), notCalled)
			s.told(enter("ann", "t1", "b"), called)
			s.told(enter("ann", "t1", "b"), session("s1"))
		}},
		story{"let in, and waits for a seat after the session ended", func(s *script) {
			s.told(enter("ann", "t1", "b"), history.Session{ID: "s1", Ends: 100})
			s.at(100)
			s.told(enter("ann", "t1", "b"), called)
			s.told(enter("ann", "t1", "b"), session("s2"))
		}},
		story{"two browsers hear of it in another order", func(s *script) {
			a := s.Begin(1, enter("ann", "t1", "b"))
			s.told(enter("ann", "t1", "c"), called)
			a.End(notCalled)
		}}),
	deny(history.Tickets(history.TicketRules{}),
		story{"called, and then not", func(s *script) {
			s.told(enter("ann", "t1", "b"), called)
			s.told(enter("ann", "t1", "b"), notCalled)
		}},
		story{"let in, and sent back after the session ended", func(s *script) {
			s.told(enter("ann", "t1", "b"), history.Session{ID: "s1", Ends: 100})
			s.at(100)
			s.told(enter("ann", "t1", "b"), notCalled)
		}},
		story{"booked, and sent back", func(s *script) {
			s.told(enter("ann", "t1", "b"), history.Booked{})
			s.told(enter("ann", "t1", "b"), notCalled)
		}}),
}

func TestTicketEnteredAgainIsTheSameSession(t *testing.T) {
	ticketEnteredAgainIsTheSameSession.check(t)
} // rules G25, G28

var ticketEnteredAgainIsTheSameSession = policy{
	allow(history.Tickets(history.TicketRules{}),
		story{"twice at once", func(s *script) {
			a, b := s.Begin(1, enter("ann", "t1", "b")), s.Begin(2, enter("ann", "t1", "b"))
			a.End(session("s1"))
			b.End(session("s1"))
		}},
		story{"another after its end", func(s *script) {
			s.told(enter("ann", "t1", "b"), history.Session{ID: "s1", Ends: 100})
			s.at(100)
			s.told(enter("ann", "t1", "b"), session("s2"))
		}},
		story{"another after a proof", func(s *script) {
			s.told(enter("ann", "t1", "b"), session("s1"))
			s.told(reseat("ann"), history.Reseated{})
			s.told(enter("ann", "t1", "b"), session("s2"))
			s.told(enter("ann", "t1", "b"), session("s2"))
		}},
		story{"while a proof is under way, either", func(s *script) {
			s.told(enter("ann", "t1", "b"), session("s1"))
			p := s.Begin(1, reseat("ann"))
			s.told(enter("ann", "t1", "b"), session("s1"))
			s.told(enter("ann", "t1", "b"), session("s2"))
			p.End(history.Reseated{})
			s.told(enter("ann", "t1", "b"), session("s2"))
		}},
		story{"after a proof without an answer, any", func(s *script) {
			s.told(enter("ann", "t1", "b"), session("s1"))
			s.lost(reseat("ann"))
			s.told(enter("ann", "t1", "b"), session("s1"))
			s.told(enter("ann", "t1", "b"), session("s2"))
		}},
		story{"each browser its own, after the proof", func(s *script) {
			s.told(enter("ann", "t1", "b"), session("s1"))
			s.told(enter("ann", "t1", "c"), session("s2"))
			s.told(enter("ann", "t1", "b"), session("s1"))
		}}),
	deny(history.Tickets(history.TicketRules{}),
		story{"another before its end", func(s *script) {
			s.told(enter("ann", "t1", "b"), history.Session{ID: "s1", Ends: 100})
			s.at(99)
			s.told(enter("ann", "t1", "b"), session("s2"))
		}},
		story{"another, twice at once", func(s *script) {
			a, b := s.Begin(1, enter("ann", "t1", "b")), s.Begin(2, enter("ann", "t1", "b"))
			a.End(session("s1"))
			b.End(session("s2"))
		}},
		story{"another after the proof was done", func(s *script) {
			s.told(reseat("ann"), history.Reseated{})
			s.told(enter("ann", "t1", "b"), session("s1"))
			s.told(enter("ann", "t1", "b"), session("s2"))
		}},
		story{"a live session, and told to wait", func(s *script) {
			s.told(enter("ann", "t1", "b"), session("s1"))
			s.told(enter("ann", "t1", "b"), called)
		}},
		story{"one session of two claims", func(s *script) {
			s.told(enter("ann", "t1", "b"), session("s1"))
			s.told(enter("ben", "t2", "b"), session("s1"))
		}}),
}

// Two claims share a late number only where a recovery shares it (rule G48).
func TestLateNumberIsSharedByARecoveryAlone(t *testing.T) {
	t.Parallel()
	rules := history.TicketRules{Shared: func(_ string, number uint64) bool { return number == 7 }}
	for number, fine := range map[uint64]bool{7: true, 8: false} {
		s := newScript()
		s.told(join("ann"), late("t1", number))
		s.told(join("ben"), late("t2", number))
		if _, err := history.Check(s.Recorder, history.Tickets(rules), time.Minute); (err == nil) != fine {
			t.Errorf("number %d: %v", number, err)
		}
	}
}
