package store

import (
	"context"
	"crypto/rand"
	"time"

	"naru/internal/booking"
	"naru/internal/fault"
	"naru/internal/gate"
	"naru/internal/person"
)

// Entry is what a request to enter led to.
type Entry struct {
	Session string // the token; "" when booked
	Booked  bool   // the person has booked: nothing more to do here
}

// Enter exchanges a ticket whose turn it is for a session bound to a browser.
// The turn and the session are decided and written in one transaction (R9,
// R10); repeating it leads to the same session. A place that is not called yet
// is a fault of code Wait: nothing is lost by asking.
func (s *Store) Enter(ctx context.Context, campaignID, ticketToken string, browser [32]byte) (Entry, error) {
	return s.enterBy(ctx, campaignID, gate.Web, ticketToken, browser)
}

func (s *Store) enterBy(ctx context.Context, campaignID string, lane gate.Lane, ticketToken string, browser [32]byte) (Entry, error) {
	l, err := s.line(campaignID)
	if err != nil {
		return Entry{}, err
	}
	ticket, err := l.keys.OpenTicket(ticketToken)
	if err != nil {
		return Entry{}, err
	}
	s.finished.waitFor(ctx, ticket.ID)
	a := &enterAct{ticket: ticket, lane: lane, browser: browser}
	_, _ = rand.Read(a.fresh[:]) // never fails: see crypto/rand
	if err := s.atGate(ctx, a); err != nil {
		return Entry{}, err
	}
	if a.booked {
		return s.enterBooked(ctx, l, a)
	}
	if a.early != "" {
		return s.enterEarly(ctx, l, a)
	}
	return entryOf(l, a)
}

// enterBooked answers a ticket whose holder has booked: there is nothing more to
// do, unless the reservation was cancelled since; then the place is good again.
func (s *Store) enterBooked(ctx context.Context, l *line, a *enterAct) (Entry, error) {
	booked, err := s.hasBooked(ctx, person.ID(a.person), l.published.Campaign.Disease)
	if err != nil {
		return Entry{}, err
	}
	if booked && a.decision.Outcome == gate.OutChallenge { // not the browser that booked: prove first, then be told
		return entryOf(l, a)
	}
	if booked {
		return Entry{Booked: true}, nil
	}
	if err := s.atGate(ctx, reopenAct{a.ticket}); err != nil {
		return Entry{}, err
	}
	if err := s.atGate(ctx, a); err != nil {
		return Entry{}, err
	}
	return entryOf(l, a)
}

func (s *Store) hasBooked(ctx context.Context, id person.ID, disease string) (bool, error) {
	bucket, err := id.Bucket()
	if err != nil {
		return false, err
	}
	live, err := s.readReservations(ctx, bucket, id, func(r *reservationRow) bool {
		return r.disease == disease && r.state == string(booking.Booked)
	})
	return len(live) > 0, err
}

func entryOf(l *line, a *enterAct) (Entry, error) {
	if a.decision.Refusal != nil {
		return Entry{}, a.decision.Refusal
	}
	ses := a.session()
	if a.booked {
		ses.Proven, ses.Person = false, ""
	}
	return Entry{Session: l.keys.SealSession(ses)}, nil
}

type enterAct struct {
	ticket   gate.Ticket
	lane     gate.Lane
	browser  [32]byte
	fresh    [16]byte // the session id if a new one is opened
	decision gate.EnterDecision
	person   string
	early    string // the person who proved from this browser before the opening
	booked   bool
}

// Wants names what the act reads.
func (a *enterAct) Wants(h *gateHouse) {
	h.earlies.Want(keyOf(a.ticket.Campaign, a.ticket.ID))
	h.wantLine(a.ticket.Campaign)
	h.lanes.Want(campaignKey(a.ticket.Campaign))
	if a.lane != gate.Web {
		h.lanePlaces.Want(keyOf(a.ticket.Campaign, a.ticket.ID))
	}
	h.admissions.Want(keyOf(a.ticket.Campaign, a.ticket.ID))
}

// Run decides in the transaction (G20 to G28).
func (a *enterAct) Run(h *gateHouse) error {
	a.decision, a.person, a.early, a.booked = gate.EnterDecision{}, "", "", false
	l, err := h.line(a.ticket.Campaign)
	if err != nil {
		return err
	}
	if l == nil || uint32(l.epoch) != a.ticket.Epoch { //nolint:gosec // from 1
		a.decision.Refusal = fault.New(fault.NotFound, "campaign.unknown")
		return nil
	}
	row, err := h.admission(a.ticket.Campaign, a.ticket.ID)
	if err != nil {
		return err
	}
	if row.state == admissionDone {
		a.enterDone(h, row)
		return nil
	}
	seats, facts, err := a.facts(h, l, row)
	if err != nil {
		return err
	}
	if seats == nil {
		a.decision.Refusal = fault.New(fault.NotFound, "gate.no_lane")
		return nil
	}
	a.decision = gate.Enter(facts)
	if r := a.decision.Refusal; r != nil && r.Message == "gate.paused" && !l.paused {
		a.decision.Refusal = fault.New(fault.Wait, "gate.quota_used")
	}
	if err := a.findEarly(h); err != nil {
		return err
	}
	return a.carryOut(h, l, row, seats, facts)
}

// facts are what decides a request to enter, all from its transaction.
// There are no seats where the ticket has no number in the lane.
func (a *enterAct) facts(h *gateHouse, l *lineRow, row *admissionRow) (*laneRow, gate.EnterFacts, error) {
	f := gate.EnterFacts{
		Now: h.Now, Phase: l.at(), OpensAt: unix(l.opens), Paused: l.stands(), Serving: l.served(),
		Browser: a.browser, Admission: row.facts(),
	}
	seats, now, err := h.seatsNow(l, a.lane)
	if err != nil || seats == nil {
		return nil, f, err
	}
	f.Seats, f.TurnsWaiting = now, int(seats.turns)
	f.Opened, f.Again = uint64(seats.opened), uint64(seats.again) //nolint:gosec // counts
	if has, err := a.place(h, l, seats, &f); err != nil || !has {
		return nil, f, err
	}
	if row.lane == seats.lane && row.freshTurn(h.Now) {
		f.TurnsWaiting--
	}
	if seats.turns == 0 || now.Free() == 0 {
		return seats, f, nil
	}
	first := f.ManyAgain() && f.Admission.Entries == 0
	if f.TurnsAhead, err = h.turnsAhead(a.key(), f.Place, a.ticket.ID, first); err == nil && f.ManyAgain() {
		f.FirstTurns, err = h.turnsAhead(a.key(), gate.MaxPlace, a.ticket.ID, true)
	}
	return seats, f, err
}

func (a *enterAct) key() laneKey { return laneKey{a.ticket.Campaign, a.lane} }

// place is where the ticket stands in the order of its lane, and how far that has come.
func (a *enterAct) place(h *gateHouse, l *lineRow, lane *laneRow, f *gate.EnterFacts) (has bool, err error) {
	if a.lane == gate.Web {
		if l.seed != nil {
			f.Place = a.ticket.Place([32]byte(l.seed), l.size())
		}
		return true, nil
	}
	f.Serving = uint64(lane.serving) //nolint:gosec // only grows from 0
	f.Place, has, err = h.laneNumber(keyOf(l.campaign, a.ticket.ID), a.lane)
	return has, err
}

// enterDone answers a ticket whose holder has booked. Only the browser that
// booked is told so; any other gets a session in which to prove first, so that
// knowing somebody's name and number does not tell whether they have booked.
func (a *enterAct) enterDone(h *gateHouse, row *admissionRow) {
	a.booked, a.person = true, row.person
	if row.facts().Browser == a.browser {
		return
	}
	if !row.challenge().Live(h.Now) {
		row.setChallenge(gate.Challenge{Session: a.fresh, Expires: h.Now.Add(gate.UnprovenFor)})
		h.admissions.Change(row)
	}
	c := row.challenge()
	a.decision = gate.EnterDecision{Outcome: gate.OutChallenge, Rule: "G25", Session: c.Session, Expires: c.Expires}
}

// carryOut writes what was decided; a refusal that is not a turn writes nothing.
func (a *enterAct) carryOut(h *gateHouse, l *lineRow, row *admissionRow, seats *laneRow, f gate.EnterFacts) error {
	d, before := a.decision, row.state
	switch d.Outcome {
	case gate.OutTurn:
		row.turnAt = h.Now.Unix()
		if row.state != admissionTurn || row.lane != seats.lane {
			row.state = admissionTurn
			seats.turns++
			h.lanes.Change(seats)
			h.turned(a.key(), turn{a.ticket.ID, f.Place, row.entries == 0}, true)
		}
		return h.save(row, a.lane, f.Place, before)
	case gate.OutOpen, gate.OutReenter:
		return a.open(h, l, row, seats, f)
	case gate.OutChallenge:
		if d.Session == ([16]byte{}) {
			a.decision.Session = a.fresh
			row.setChallenge(gate.Challenge{Session: a.fresh, Expires: d.Expires})
			h.admissions.Change(row) // there is a live session, so there is a row
		}
	case gate.OutResume:
		a.person = row.person
	}
	return nil
}

func (a *enterAct) open(h *gateHouse, l *lineRow, row *admissionRow, seats *laneRow, f gate.EnterFacts) error {
	before := row.state
	a.decision.Session = a.fresh
	if before == admissionTurn && row.lane == seats.lane {
		seats.turns--
		h.turned(a.key(), turn{ticket: a.ticket.ID}, false)
	}
	row.state, row.turnAt = admissionLive, h.Now.Unix()
	row.session, row.browser, row.proven = a.fresh[:], a.browser[:], false
	row.expires, row.entries = stamp(a.decision.Expires), int32(a.decision.Entries) //nolint:gosec // a few
	row.person, row.startedAt = "", 0
	seats.live++
	seats.unproven++
	seats.opened++
	if a.decision.Outcome == gate.OutReenter {
		seats.again++
	}
	h.lanes.Change(seats)
	if err := h.save(row, a.lane, f.Place, before); err != nil {
		return err
	}
	return h.admitted.Add(&admittedRow{
		key: keyOf(l.campaign, a.ticket.ID), entry: row.entries, lane: row.lane,
		place: row.place, serving: int64(f.Serving), at: h.Now.Unix(),
	})
}

func (a *enterAct) session() gate.Session {
	return gate.Session{
		Campaign: a.ticket.Campaign, Epoch: a.ticket.Epoch, ID: a.decision.Session, Ticket: a.ticket.ID,
		Browser: a.browser, Proven: a.person != "", Person: a.person, Expires: a.decision.Expires, Lane: a.lane,
	}
}

// extendAtGate gives a proven session more time (rule G24).
func (s *Store) extendAtGate(ctx context.Context, ses gate.Session, session time.Duration) (time.Time, error) {
	a := &extendAct{ses: ses, session: session}
	if err := s.atGate(ctx, a); err != nil {
		return time.Time{}, err
	}
	return a.expires, a.refusal
}

type extendAct struct {
	ses     gate.Session
	session time.Duration // the campaign's
	expires time.Time
	refusal error
}

// Wants names what the act reads.
func (a *extendAct) Wants(h *gateHouse) { h.admissions.Want(keyOf(a.ses.Campaign, a.ses.Ticket)) }

// Run decides in the transaction.
func (a *extendAct) Run(h *gateHouse) error {
	a.expires, a.refusal = time.Time{}, nil
	row, err := h.admission(a.ses.Campaign, a.ses.Ticket)
	if err != nil {
		return err
	}
	if row.state != admissionLive || row.facts().Session != a.ses.ID {
		a.refusal = fault.New(fault.Conflict, "gate.session_ended")
		return nil
	}
	a.expires, a.refusal = gate.Extend(unix(row.provenAt), unix(row.expires), h.Now, a.session)
	if a.refusal == nil {
		row.expires = stamp(a.expires)
		h.admissions.Change(row)
	}
	return nil
}

// reopenAct lets a ticket enter again whose reservation was cancelled.
type reopenAct struct{ ticket gate.Ticket }

// Wants names what the act reads.
func (a reopenAct) Wants(h *gateHouse) { h.admissions.Want(keyOf(a.ticket.Campaign, a.ticket.ID)) }

// Run changes a ticket that is done, no other.
func (a reopenAct) Run(h *gateHouse) error {
	row, err := h.admission(a.ticket.Campaign, a.ticket.ID)
	if err != nil || row.state != admissionDone {
		return err
	}
	row.state, row.expires, row.entries = admissionLapsed, 0, 0
	h.admissions.Change(row)
	return nil
}

// Leave gives the seat back of somebody whom the rules refuse: others wait for
// it. The ticket keeps its place and may enter again.
func (s *Store) Leave(ctx context.Context, ses gate.Session) error {
	return s.atGate(ctx, endSeatAct{ses, admissionLapsed})
}

// endSeatAct ends the session of a ticket, if it is still its session.
type endSeatAct struct {
	ses gate.Session
	to  string
}

// Wants names what the act reads.
func (a endSeatAct) Wants(h *gateHouse) {
	h.lanes.Want(campaignKey(a.ses.Campaign))
	h.admissions.Want(keyOf(a.ses.Campaign, a.ses.Ticket))
}

// Run changes the state and counts the end; the seat is counted free at the
// leader's next step.
func (a endSeatAct) Run(h *gateHouse) error {
	row, err := h.admission(a.ses.Campaign, a.ses.Ticket)
	if err != nil || row.state == "" || row.facts().Session != a.ses.ID {
		return err
	}
	if a.to == admissionLapsed && row.state != admissionLive {
		return nil
	}
	if row.state == admissionLive {
		rows, err := h.lanes.Rows(campaignKey(a.ses.Campaign))
		if err != nil {
			return err
		}
		if r := laneOf(rows, gate.Lane(row.lane)); r != nil {
			r.ended++
			h.lanes.Change(r)
		}
	}
	row.state, row.expires = a.to, 0
	h.admissions.Change(row)
	return nil
}
