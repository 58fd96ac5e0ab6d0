package store

import (
	"context"
	"time"

	"naru/internal/fault"
	"naru/internal/gate"
	"naru/internal/person"
)

// proveAtGate gives a proven person the session at the gate: the first proof wins
// and gets the new id (rules G25, G26). done says that the ticket has booked: the
// session is for reading. A session of the same person under another ticket ends.
func (s *Store) proveAtGate(ctx context.Context, ses gate.Session, p person.ID, newID [16]byte, lives time.Duration, before *sessionRow) (expires time.Time, done bool, err error) {
	a := &proveAct{ses: ses, person: string(p), newID: newID, lives: lives}
	if before != nil && gate.TicketID(before.ticket) != ses.Ticket {
		a.others = []gate.Held{{Ticket: gate.TicketID(before.ticket), Session: [16]byte(before.session)}}
	}
	if err := s.atGate(ctx, a); err != nil {
		return time.Time{}, false, err
	}
	if a.decision.Refusal != nil {
		return time.Time{}, false, a.decision.Refusal
	}
	for _, o := range a.others { // of another bucket: lost, it costs a seat until it ends by itself
		if err := s.Leave(ctx, gate.Session{Campaign: ses.Campaign, Ticket: o.Ticket, ID: o.Session}); err != nil {
			s.opts.Log.Warn("the seat of an older session is left to end by itself", "error", err)
		}
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

// Wants names what the act reads.
func (a *proveAct) Wants(h *gateHouse) { h.admissions.Want(keyOf(a.ses.Campaign, a.ses.Ticket)) }

// Run decides in the transaction.
func (a *proveAct) Run(h *gateHouse) error {
	a.decision = gate.ProveDecision{}
	row, err := h.admission(a.ses.Campaign, a.ses.Ticket)
	if err != nil {
		return err
	}
	a.done = row.state == admissionDone
	if row.proven && row.facts().Session == a.newID { // the same proof again: the same answer
		a.decision.Expires = unix(row.expires)
		return nil
	}
	if a.done {
		a.proveDone(h, row)
		return nil
	}
	a.decision = gate.Prove(gate.ProveFacts{
		Now: h.Now, For: a.lives, Session: a.ses.ID, Person: a.person, Admission: row.facts(), Holder: row.person, Others: a.others,
	})
	if a.decision.Refusal == nil {
		row.person, row.state = a.person, admissionLive
		a.give(h, row)
	}
	return nil
}

// give makes the new session the ticket's one.
func (a *proveAct) give(h *gateHouse, row *admissionRow) {
	row.session, row.browser, row.proven = a.newID[:], a.ses.Browser[:], true
	row.expires, row.provenAt = stamp(a.decision.Expires), h.Now.Unix()
	h.admissions.Change(row)
}

// proveDone is for the owner of a reservation on another device: a session to
// read it, without a seat.
func (a *proveAct) proveDone(h *gateHouse, row *admissionRow) {
	if c := row.challenge(); a.ses.ID != c.Session || !c.Live(h.Now) || a.person != row.person {
		a.decision = gate.ProveDecision{Rule: "G25", Refusal: fault.New(fault.Conflict, "gate.session_ended")}
		return
	}
	a.decision = gate.ProveDecision{Rule: "G26", Expires: h.Now.Add(a.lives)}
	row.setChallenge(gate.Challenge{})
	a.give(h, row)
}
