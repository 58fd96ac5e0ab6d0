package store

import (
	"time"

	"naru/internal/gate"
)

// The states of an admission.
const (
	admissionTurn   = "turn"   // called and here, no seat yet
	admissionLive   = "live"   // has a session
	admissionLapsed = "lapsed" // the session ended; may come again
	admissionDone   = "done"   // booked
)

// admissionRow is a ticket that entered; a new one has state "".
type admissionRow struct {
	ticket    gate.Ticket
	place     uint64
	state     string
	turnAt    time.Time
	provenAt  time.Time
	person    string
	admission gate.Admission
	challenge gate.Challenge
}

// admission reads a ticket's admission, an empty row when it never entered.
func (t *tx) admission(ticket gate.Ticket) (*admissionRow, error) {
	r := &admissionRow{ticket: ticket}
	var turnAt, provenAt, expires, challengeEnds int64
	var session, browser, challenger []byte
	found, err := t.row(`SELECT place, state, turn_at, session_id, proven, proven_at, person_id, browser, expires_at,
	    challenger_id, challenger_expires, entries FROM admission WHERE bucket = ?1 AND campaign = ?2 AND ticket_id = ?3`,
		[]any{ticketBucket(ticket.ID), ticket.Campaign, ticket.ID[:]},
		&r.place, &r.state, &turnAt, &session, &r.admission.Proven, &provenAt, &r.person, &browser, &expires,
		&challenger, &challengeEnds, &r.admission.Entries)
	if err != nil || !found {
		return r, err
	}
	r.turnAt, r.provenAt, r.admission.Expires = unix(turnAt), unix(provenAt), unix(expires)
	copy(r.admission.Session[:], session)
	copy(r.admission.Browser[:], browser)
	copy(r.challenge.Session[:], challenger)
	r.challenge.Expires = unix(challengeEnds)
	r.admission.Challenge = r.challenge
	return r, nil
}

func (t *tx) saveAdmission(r *admissionRow, place uint64) error {
	_, err := t.exec(`INSERT INTO admission (bucket, campaign, ticket_id, place, state, turn_at, session_id, proven, proven_at,
	    person_id, browser, expires_at, challenger_id, challenger_expires, entries)
	    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)
	    ON CONFLICT (bucket, campaign, ticket_id) DO UPDATE SET state = excluded.state, turn_at = excluded.turn_at,
	    session_id = excluded.session_id, proven = excluded.proven, proven_at = excluded.proven_at,
	    person_id = excluded.person_id, browser = excluded.browser, expires_at = excluded.expires_at,
	    challenger_id = excluded.challenger_id, challenger_expires = excluded.challenger_expires, entries = excluded.entries`,
		ticketBucket(r.ticket.ID), r.ticket.Campaign, r.ticket.ID[:], place, r.state, r.turnAt.Unix(),
		r.admission.Session[:], r.admission.Proven, stamp(r.provenAt), r.person, r.admission.Browser[:],
		stamp(r.admission.Expires), r.challenge.Session[:], stamp(r.challenge.Expires), r.admission.Entries)
	return err
}

// stamp is a time as stored; the zero time is 0.
func stamp(at time.Time) int64 {
	if at.IsZero() {
		return 0
	}
	return at.Unix()
}

// seats are the sessions of one line. The leader counts them at each of its
// steps; between two steps only what is opened is added, so the count is never
// too low and the cap holds, and what ended is free at the next step.
type seats struct {
	gate.Seats
	turns int // fresh first-line turns
}

func (t *tx) seatsOf(l *lineRow) (*seats, error) {
	if s, ok := t.seats[l.id]; ok {
		s.Cap, s.UnprovenCap = l.cap, gate.UnprovenBudget(l.cap)
		return s, nil
	}
	s := &seats{Seats: gate.Seats{Cap: l.cap, UnprovenCap: gate.UnprovenBudget(l.cap)}}
	if _, err := t.row(`SELECT count(*), count(*) FILTER (WHERE proven = 0) FROM admission
	    WHERE campaign = ?1 AND state = 'live' AND expires_at > ?2`,
		[]any{l.id, t.now.Unix()}, &s.Live, &s.Unproven); err != nil {
		return nil, err
	}
	if _, err := t.row(`SELECT count(*) FROM admission
	    WHERE campaign = ?1 AND state = 'turn' AND turn_at >= ?2 AND entries <= ?3`,
		[]any{l.id, t.now.Add(-gate.TurnFresh).Unix(), gate.MaxReentries}, &s.turns); err != nil {
		return nil, err
	}
	if t.seats == nil {
		t.seats = map[string]*seats{}
	}
	t.seats[l.id] = s
	return s, nil
}

// enterFacts reads what decides a request to enter, in its transaction.
func (t *tx) enterFacts(l *lineRow, a *enterAct, row *admissionRow) (gate.EnterFacts, error) {
	s, err := t.seatsOf(l)
	if err != nil {
		return gate.EnterFacts{}, err
	}
	f := gate.EnterFacts{
		Now: t.now, Phase: l.phase, OpensAt: l.opens, Paused: l.paused, Serving: l.serving,
		Seats: s.Seats, TurnsWaiting: s.turns, Browser: a.browser, Admission: row.admission,
	}
	if l.seed != nil {
		f.Place = a.ticket.Place([32]byte(l.seed), l.lobbySize)
	}
	if row.state == admissionTurn && row.turnAt.After(t.now.Add(-gate.TurnFresh)) && !row.admission.SlowLine() {
		f.TurnsWaiting--
	}
	if s.turns > 0 && s.Free() > 0 {
		_, err = t.row(`SELECT count(*) FROM admission WHERE campaign = ?1 AND state = 'turn' AND place < ?2
		    AND turn_at >= ?3 AND entries <= ?4 AND ticket_id <> ?5`,
			[]any{l.id, f.Place, t.now.Add(-gate.TurnFresh).Unix(), gate.MaxReentries, a.ticket.ID[:]}, &f.TurnsAhead)
	}
	return f, err
}
