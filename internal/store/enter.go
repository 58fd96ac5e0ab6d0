package store

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"time"

	"naru/internal/fault"
	"naru/internal/gate"
	"naru/internal/person"
)

// lane is the one lane of this version; admissions are recorded with it.
const lane = "web"

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
	l, err := s.line(campaignID)
	if err != nil {
		return Entry{}, err
	}
	ticket, err := l.keys.OpenTicket(ticketToken)
	if err != nil {
		return Entry{}, err
	}
	a := &enterAct{ticket: ticket, browser: browser}
	_, _ = rand.Read(a.fresh[:]) // never fails: see crypto/rand
	if err := s.gate.do(ctx, a); err != nil {
		return Entry{}, err
	}
	if a.booked {
		return s.enterBooked(ctx, l, a)
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
	if err := s.gate.do(ctx, reopenAct{a.ticket}); err != nil {
		return Entry{}, err
	}
	if err := s.gate.do(ctx, a); err != nil {
		return Entry{}, err
	}
	return entryOf(l, a)
}

func (s *Store) hasBooked(ctx context.Context, id person.ID, disease string) (bool, error) {
	bucket, err := id.Bucket()
	if err != nil {
		return false, err
	}
	live, err := s.readReservations(ctx, bucket, id, `AND disease = ?3 AND state = 'booked' ORDER BY hold_id, dose`, disease)
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
	browser  [32]byte
	fresh    [16]byte // the session id if a new one is opened
	decision gate.EnterDecision
	person   string
	booked   bool
}

func (a *enterAct) run(t *tx) error {
	a.decision, a.person, a.booked = gate.EnterDecision{}, "", false
	l, err := t.line(a.ticket.Campaign)
	if err != nil {
		return err
	}
	if l == nil || l.epoch != a.ticket.Epoch {
		a.decision.Refusal = fault.New(fault.NotFound, "campaign.unknown")
		return nil
	}
	row, err := t.admission(a.ticket)
	if err != nil {
		return err
	}
	if row.state == admissionDone {
		return a.enterDone(t, row)
	}
	facts, err := t.enterFacts(l, a, row)
	if err != nil {
		return err
	}
	a.decision = gate.Enter(facts)
	return a.carryOut(t, l, row, facts)
}

// enterDone answers a ticket whose holder has booked. Only the browser that
// booked is told so; any other gets a session in which to prove first, so that
// knowing somebody's name and number does not tell whether they have booked.
func (a *enterAct) enterDone(t *tx, row *admissionRow) error {
	a.booked, a.person = true, row.person
	if row.admission.Browser == a.browser {
		return nil
	}
	if !row.challenge.Live(t.now) {
		row.challenge = gate.Challenge{Session: a.fresh, Expires: t.now.Add(gate.UnprovenFor)}
		if err := t.saveAdmission(row, row.place); err != nil {
			return err
		}
	}
	a.decision = gate.EnterDecision{Outcome: gate.OutChallenge, Rule: "G25", Session: row.challenge.Session, Expires: row.challenge.Expires}
	return nil
}

// carryOut writes what was decided; a refusal that is not a turn writes nothing.
func (a *enterAct) carryOut(t *tx, l *lineRow, row *admissionRow, f gate.EnterFacts) error {
	d := a.decision
	switch d.Outcome {
	case gate.OutTurn:
		row.turnAt = t.now
		if row.state != admissionTurn {
			row.state = admissionTurn
			t.seats[l.id].turns++
		}
		return t.saveAdmission(row, f.Place)
	case gate.OutOpen, gate.OutReenter:
		return a.open(t, l, row, f)
	case gate.OutChallenge:
		if d.Session == ([16]byte{}) {
			a.decision.Session = a.fresh
			row.challenge = gate.Challenge{Session: a.fresh, Expires: d.Expires}
			return t.saveAdmission(row, f.Place)
		}
	case gate.OutResume:
		a.person = row.person
	}
	return nil
}

func (a *enterAct) open(t *tx, l *lineRow, row *admissionRow, f gate.EnterFacts) error {
	a.decision.Session = a.fresh
	if row.state == admissionTurn {
		t.seats[l.id].turns--
	}
	row.state, row.turnAt = admissionLive, t.now
	row.admission = gate.Admission{Session: a.fresh, Browser: a.browser, Expires: a.decision.Expires, Entries: a.decision.Entries}
	row.person = ""
	t.seats[l.id].Live++
	t.seats[l.id].Unproven++
	if err := t.saveAdmission(row, f.Place); err != nil {
		return err
	}
	_, err := t.exec(`INSERT INTO admitted (campaign, ticket_id, lane, place, serving, entry, at)
	    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)`,
		l.id, a.ticket.ID[:], lane, f.Place, l.serving, row.admission.Entries, t.now.Unix())
	return err
}

func (a *enterAct) session() gate.Session {
	return gate.Session{
		Campaign: a.ticket.Campaign, Epoch: a.ticket.Epoch, ID: a.decision.Session, Ticket: a.ticket.ID,
		Browser: a.browser, Proven: a.person != "", Person: a.person, Expires: a.decision.Expires,
	}
}

// proveAtGate gives a proven person the session at the gate: the first proof wins
// and gets the new id (rules G25, G26). done says that the ticket has booked: the
// session is for reading.
func (s *Store) proveAtGate(ctx context.Context, ses gate.Session, p person.ID, newID [16]byte, lives time.Duration, before *personSession) (expires time.Time, done bool, err error) {
	a := &proveAct{ses: ses, person: string(p), newID: newID, lives: lives}
	if before != nil && before.ticket != ses.Ticket {
		a.others = []gate.Held{{Ticket: before.ticket, Session: before.session}}
	}
	if err := s.gate.do(ctx, a); err != nil {
		return time.Time{}, false, err
	}
	if a.decision.Refusal != nil {
		return time.Time{}, false, a.decision.Refusal
	}
	return a.decision.Expires, a.done, nil
}

type proveAct struct {
	ses      gate.Session
	person   string
	newID    [16]byte
	lives    time.Duration // the campaign's session
	others   []gate.Held
	done     bool // the ticket has booked: the session is for reading
	decision gate.ProveDecision
}

func (a *proveAct) run(t *tx) error {
	row, err := t.admission(gate.Ticket{Campaign: a.ses.Campaign, Epoch: a.ses.Epoch, ID: a.ses.Ticket})
	if err != nil {
		return err
	}
	a.done = row.state == admissionDone
	if row.admission.Proven && row.admission.Session == a.newID { // the same proof again: the same answer
		a.decision = gate.ProveDecision{Expires: row.admission.Expires}
		return nil
	}
	if row.state == admissionDone {
		return a.proveDone(t, row)
	}
	a.decision = gate.Prove(gate.ProveFacts{
		Now: t.now, For: a.lives, Session: a.ses.ID, Person: a.person, Admission: row.admission, Holder: row.person, Others: a.others,
	})
	if a.decision.Refusal != nil {
		return nil
	}
	row.admission = gate.Admission{
		Session: a.newID, Browser: a.ses.Browser, Proven: true,
		Expires: a.decision.Expires, Entries: row.admission.Entries,
	}
	row.person, row.provenAt, row.state = a.person, t.now, admissionLive
	if err := t.saveAdmission(row, row.place); err != nil {
		return err
	}
	return a.endOthers(t)
}

// proveDone is for the owner of a reservation on another device: a session to
// read it, without a seat.
func (a *proveAct) proveDone(t *tx, row *admissionRow) error {
	if a.ses.ID != row.challenge.Session || !row.challenge.Live(t.now) || a.person != row.person {
		a.decision = gate.ProveDecision{Rule: "G25", Refusal: fault.New(fault.Conflict, "gate.session_ended")}
		return nil
	}
	a.decision = gate.ProveDecision{Rule: "G26", Expires: t.now.Add(a.lives)}
	row.admission.Session, row.admission.Browser, row.admission.Proven = a.newID, a.ses.Browser, true
	row.admission.Expires, row.challenge, row.provenAt = a.decision.Expires, gate.Challenge{}, t.now
	return t.saveAdmission(row, row.place)
}

// endOthers takes the seat of the same person's session under another ticket.
func (a *proveAct) endOthers(t *tx) error {
	for _, o := range a.others {
		if _, err := t.exec(`UPDATE admission SET state = 'lapsed', expires_at = 0
		    WHERE bucket = ?1 AND campaign = ?2 AND ticket_id = ?3 AND session_id = ?4 AND state = 'live'`,
			ticketBucket(o.Ticket), a.ses.Campaign, o.Ticket[:], o.Session[:]); err != nil {
			return err
		}
	}
	return nil
}

// extendAtGate gives a proven session more time (rule G24).
func (s *Store) extendAtGate(ctx context.Context, ses gate.Session, session time.Duration) (time.Time, error) {
	a := &extendAct{ses: ses, session: session}
	if err := s.gate.do(ctx, a); err != nil {
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

func (a *extendAct) run(t *tx) error {
	a.expires, a.refusal = time.Time{}, nil
	row, err := t.admission(gate.Ticket{Campaign: a.ses.Campaign, ID: a.ses.Ticket})
	if err != nil {
		return err
	}
	if row.state != admissionLive || row.admission.Session != a.ses.ID {
		a.refusal = fault.New(fault.Conflict, "gate.session_ended")
		return nil
	}
	if a.expires, a.refusal = gate.Extend(row.provenAt, row.admission.Expires, t.now, a.session); a.refusal != nil {
		return nil
	}
	row.admission.Expires = a.expires
	return t.saveAdmission(row, row.place)
}

// reopenAct lets a ticket enter again whose reservation was cancelled.
type reopenAct struct{ ticket gate.Ticket }

func (a reopenAct) run(t *tx) error {
	_, err := t.exec(`UPDATE admission SET state = 'lapsed', expires_at = 0, entries = 0
	    WHERE bucket = ?1 AND campaign = ?2 AND ticket_id = ?3 AND state = 'done'`,
		ticketBucket(a.ticket.ID), a.ticket.Campaign, a.ticket.ID[:])
	return err
}

// Leave gives the seat back of somebody whom the rules refuse: others wait for
// it. The ticket keeps its place and may enter again.
func (s *Store) Leave(ctx context.Context, ses gate.Session) error {
	return s.gate.do(ctx, leaveAct{ses})
}

type leaveAct struct{ ses gate.Session }

func (a leaveAct) run(t *tx) error {
	_, err := t.exec(`UPDATE admission SET state = 'lapsed', expires_at = 0
	    WHERE bucket = ?1 AND campaign = ?2 AND ticket_id = ?3 AND session_id = ?4 AND state = 'live'`,
		ticketBucket(a.ses.Ticket), a.ses.Campaign, a.ses.Ticket[:], a.ses.ID[:])
	return err
}

// finishAtGate frees the seat of somebody who has booked. Lost, it costs only
// the seat until the session ends by itself.
func (s *Store) finishAtGate(ctx context.Context, ses gate.Session) error {
	return s.gate.do(ctx, finishAct{ses})
}

type finishAct struct{ ses gate.Session }

func (a finishAct) run(t *tx) error {
	_, err := t.exec(`UPDATE admission SET state = 'done', expires_at = 0
	    WHERE bucket = ?1 AND campaign = ?2 AND ticket_id = ?3 AND session_id = ?4`,
		ticketBucket(a.ses.Ticket), a.ses.Campaign, a.ses.Ticket[:], a.ses.ID[:])
	return err
}

// ticketBucket is the bucket of a ticket's admission.
func ticketBucket(id gate.TicketID) int16 {
	return int16(binary.BigEndian.Uint16(id[:]) % person.Buckets)
}
