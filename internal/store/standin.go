package store

import (
	"context"
	"crypto/rand"
	"errors"

	"naru/internal/booking"
	"naru/internal/gate"
	"naru/internal/person"
)

// standIn opens a session for the person of a claim in which somebody else presses the
// buttons: an agent who is satisfied of the caller, or a guardian who has proved
// themself. The person is found by the claim, or made.
func (s *Store) standIn(ctx context.Context, ses gate.Session, c person.Claim, by booking.Actor) (string, error) {
	l, err := s.line(ses.Campaign)
	if err != nil {
		return "", err
	}
	id, err := s.meet(ctx, c)
	if err != nil {
		return "", err
	}
	a := &standInAct{by: by, disease: l.published.Campaign.Disease}
	a.campaign, a.ticket, a.lives, a.person, a.actor = ses.Campaign, ses.Ticket, l.published.sessionLife(), id, by.String()
	_, _ = rand.Read(a.session[:]) // never fails: see crypto/rand
	if err := s.inBooking(ctx, a); err != nil || a.refusal != nil {
		return "", errors.Join(err, a.refusal)
	}
	return s.give(ctx, l, ses, &a.sessionAct)
}

// meet finds the person of a claim, or makes one on somebody's word.
func (s *Store) meet(ctx context.Context, c person.Claim) (person.ID, error) {
	a := &meetAct{proofAct{claims: s.people.OfClaimAll(person.ForPerson, c)}}
	a.fresh = s.sealPerson(person.NewID(a.claims[0].Bucket(), s.now()), c)
	if err := s.inBooking(ctx, a); err != nil {
		return "", err
	}
	return a.person, nil
}

// meetAct is what a proof does, without one.
type meetAct struct{ proofAct }

// Wants names what the act reads.
func (a *meetAct) Wants(h *bookingHouse) { h.wantClaims(a.claims) }

// Run finds or makes the person.
func (a *meetAct) Run(h *bookingHouse) error { return a.findPerson(h) }

// standInAct takes the person's one session in the campaign for somebody else.
type standInAct struct {
	by      booking.Actor
	disease string
	refusal error
	sessionAct
}

// Wants names what the act reads.
func (a *standInAct) Wants(h *bookingHouse) {
	a.sessionAct.Wants(h)
	if bucket, err := a.person.Bucket(); err == nil {
		h.reservations.Want(personKey{bucket, a.person})
		h.bookedBy.Want(personKey{bucket, a.person})
	}
}

// Run asks whether a guardian may (rule B82). An agent may as the person may: it is
// at their word.
func (a *standInAct) Run(h *bookingHouse) error {
	a.before, a.refusal = nil, nil
	if a.by.Kind == booking.ByGuardian {
		f, err := a.facts(h)
		if err != nil {
			return err
		}
		if a.refusal = person.MayStandIn(f); a.refusal != nil {
			return nil
		}
	}
	return a.takeSession(h, false)
}

// facts are what the person has and who is booking for them now.
func (a *standInAct) facts(h *bookingHouse) (person.SubjectFacts, error) {
	f := person.SubjectFacts{Now: h.Now}
	bucket, err := a.person.Bucket()
	if err != nil {
		return f, err
	}
	ses, found, err := h.sessions.One(sessionKey{bucket, a.person, a.campaign})
	if err != nil {
		return f, err
	}
	if found {
		f.Here, f.HereSelf, f.Until = true, !a.mine(ses.actor), unix(ses.expires)
	}
	rows, err := h.reservations.Rows(personKey{bucket, a.person})
	if err != nil {
		return f, err
	}
	for _, r := range gather(rows, liveFor(a.disease)) {
		switch r.State {
		case booking.Booked:
			if err := a.booked(h, bucket, r.Number, &f); err != nil {
				return f, err
			}
		case booking.Pending: // held in the person's session, however long that lives
			f.Here, f.HereSelf = true, f.HereSelf || !found
			if r.Expires.After(f.Until) {
				f.Until = r.Expires
			}
		}
	}
	return f, nil
}

func (a *standInAct) booked(h *bookingHouse, bucket int16, n booking.Number, f *person.SubjectFacts) error {
	f.Booked = true
	all, err := h.bookedBy.Rows(personKey{bucket, a.person})
	for _, r := range all {
		f.ByAsker = f.ByAsker || r.number == string(n) && r.takenAt == 0 && r.bookedBy().ID == a.by.ID
	}
	return err
}

// mine says that a session is the same guardian's.
func (a *standInAct) mine(actor string) bool {
	by, err := booking.ParseActor(actor)
	return err == nil && by.Kind == a.by.Kind && by.ID == a.by.ID
}

// BookedBy says who made a reservation of the person, for those whom the person has
// let look; the zero value when it was the person alone.
func (s *Store) bookedBy(ctx context.Context, c caller) (map[booking.Number]booking.BookedBy, error) {
	v := &bookedByView{key: personKey{c.bucket, c.person}}
	if err := s.booking.View(ctx, v); err != nil {
		return nil, unavailable("read who booked", err)
	}
	return v.all, nil
}

type bookedByView struct {
	key personKey
	all map[booking.Number]booking.BookedBy
}

// Wants names what is read.
func (v *bookedByView) Wants(h *bookingHouse) { h.bookedBy.Want(v.key) }

// Run reads.
func (v *bookedByView) Run(h *bookingHouse) error {
	v.all = map[booking.Number]booking.BookedBy{}
	rows, err := h.bookedBy.Rows(v.key)
	for _, r := range rows {
		v.all[booking.Number(r.number)] = r.bookedBy()
	}
	return err
}
