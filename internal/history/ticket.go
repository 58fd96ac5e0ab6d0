package history

import (
	"cmp"
	"slices"

	"github.com/anishathalye/porcupine"
)

// TicketRules say what a run allows.
type TicketRules struct {
	Shared func(campaign string, number uint64) bool // whether a recovery shares the late number; nil: none is
}

// Tickets is the model of claims, each in one campaign: from the first answer
// on the ticket is the same for ever (rule G1); whoever was called is never
// told again that they were not (G17, G23); a browser that enters again has the
// same session until it may have ended, or a Reseat came between (G28). Tickets
// and sessions belong to one claim, late numbers to one in the campaign (G10), but for
// those that a recovery shares (G48).
//
// An act without an answer binds nobody: what it did, the next answer shows.
func Tickets(rules TicketRules) Model {
	return Model{
		name: "ticket", whole: rules.claimsShare, parts: ticketParts,
		spec: porcupine.Model{
			Init: func() any { return ticketState{} },
			Step: func(state, input, output any) (bool, any) {
				next, ok := state.(ticketState).step(input, output)
				return ok, next
			},
			Equal:         func(a, b any) bool { return a.(ticketState).equal(b.(ticketState)) },
			DescribeState: func(state any) string { return state.(ticketState).String() },
		},
	}
}

// What happens to a claim beside what was answered.
type (
	// reseats is a step of the stretch in which sessions may change: +1 opens it, -1 ends it.
	reseats struct{ step int }
	// sessionOver is the end of a session's time.
	sessionOver struct{ session string }
)

func ticketParts(s story) []part {
	t := &ticketTeller{story: s}
	for _, r := range s.records {
		t.tell(r)
	}
	return t.parts()
}

type ticketTeller struct {
	story
	groups
}

func (t *ticketTeller) tell(r Record) {
	switch act := r.Act.(type) {
	case Join:
		t.answered(act.Campaign, act.Claim, r)
	case Enter:
		t.answered(act.Campaign, act.Claim, r)
		t.tellEnd(act, r)
	case Reseat:
		at := place(act.Campaign, act.Claim)
		t.add(at, instant(reseats{+1}, r.span().from, r.line()))
		if r.Outcome == Answered {
			end := instant(reseats{-1}, r.span().till, line{})
			end.Metadata = nil // one line for both
			t.add(at, end)
		}
	}
}

func (t *ticketTeller) answered(campaign, claim string, r Record) {
	if r.Outcome == Answered {
		t.add(place(campaign, claim), r.op(r.Act, r.span()))
	}
}

// tellEnd tells when a session may end by itself; of several times told the
// first counts.
func (t *ticketTeller) tellEnd(act Enter, r Record) {
	ses, ok := r.Answer.(Session)
	if !ok || ses.Ends == 0 {
		return
	}
	t.add(place(act.Campaign, act.Claim),
		instant(sessionOver{ses.ID}, t.clockAt(ses.Ends), clockLine(ses.Ends, "session "+ses.ID+" may end by itself")))
}

// place names one claim's place in a campaign's line.
func place(campaign, claim string) string { return claim + " in " + campaign }

// ticketState is how things stand with a claim.
type ticketState struct {
	ticket   Joined // the zero one: nobody was told yet
	called   bool
	seats    []seat   // sessions that have not ended, by browser
	over     []string // sessions whose time is over, in order
	reseated int      // acts under way that may change sessions
}

// seat is a browser's session.
type seat struct{ browser, session string }

func (s ticketState) equal(other ticketState) bool {
	return s.ticket == other.ticket && s.called == other.called && s.reseated == other.reseated &&
		slices.Equal(s.seats, other.seats) && slices.Equal(s.over, other.over)
}

// String is for the drawing.
func (s ticketState) String() string {
	if s.ticket == (Joined{}) {
		return "no ticket known"
	}
	if s.called {
		return s.ticket.String() + ", called"
	}
	return s.ticket.String()
}

func (s ticketState) step(input, output any) (ticketState, bool) {
	switch e := input.(type) {
	case reseats:
		s.reseated += e.step
		s.seats = nil
	case sessionOver:
		s.over = with(s.over, e.session)
		s.seats = slices.DeleteFunc(slices.Clone(s.seats), func(one seat) bool { return one.session == e.session })
	case Join:
		told := output.(Joined)
		known := s.ticket != (Joined{})
		if known && s.ticket != told {
			return s, false
		}
		s.ticket = told
	case Enter:
		if s.ticket != (Joined{}) && e.Ticket != "" && e.Ticket != s.ticket.Ticket {
			return s, false
		}
		return s.enter(e.Browser, output)
	}
	return s, true
}

func (s ticketState) enter(browser string, answer any) (ticketState, bool) {
	i := slices.IndexFunc(s.seats, func(one seat) bool { return one.browser == browser })
	switch a := answer.(type) {
	case Session:
		s.called = true
		if i >= 0 {
			return s, s.seats[i].session == a.ID
		}
		if s.reseated == 0 && !has(s.over, a.ID) {
			s.seats = append(slices.Clone(s.seats), seat{browser, a.ID})
			slices.SortFunc(s.seats, func(a, b seat) int { return cmp.Compare(a.browser, b.browser) })
		}
		return s, true
	case Waiting:
		kept := a.Called || !s.called
		s.called = s.called || a.Called
		return s, kept && i < 0
	}
	s.called = true // booked
	return s, true
}
