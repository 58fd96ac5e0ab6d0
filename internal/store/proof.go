package store

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"

	"naru/internal/booking"
	"naru/internal/fault"
	"naru/internal/gate"
	"naru/internal/person"
)

// Prove takes the code the person read from their phone. The first proof wins
// the session: the token returned has a new id and is bound to this browser
// alone. The same code from the same browser again gives the same session.
func (s *Store) Prove(ctx context.Context, ses gate.Session, c person.Claim, code string) (string, error) {
	return s.proveBy(ctx, ses, c, code, booking.Actor{})
}

// proveBy is Prove for whoever sits at the keys.
func (s *Store) proveBy(ctx context.Context, ses gate.Session, c person.Claim, code string, by booking.Actor) (string, error) {
	l, err := s.line(ses.Campaign)
	if err != nil {
		return "", err
	}
	code, err = person.ParseCode(code)
	if err != nil {
		return "", err
	}
	a := s.proof(c, ses.Browser, code)
	a.campaign, a.ticket, a.lives, a.actor = ses.Campaign, ses.Ticket, l.published.sessionLife(), by.String()
	if err := s.inBooking(ctx, a); err != nil {
		return "", err
	}
	if a.refusal != nil {
		return "", a.refusal
	}
	if bucket, err := a.person.Bucket(); err != nil || bucket != a.claims[0].Bucket() { // found by another of their claims
		if err := errors.Join(err, s.inBooking(ctx, &a.sessionAct)); err != nil {
			return "", err
		}
	}
	return s.give(ctx, l, ses, &a.sessionAct)
}

// give gives a person who has taken the session in booking theirs at the gate
// too. When the gate refuses, the session that was live before is so again.
func (s *Store) give(ctx context.Context, l *line, ses gate.Session, a *sessionAct) (string, error) {
	expires, done, err := s.proveAtGate(ctx, ses, a.person, a.session, a.lives, a.before)
	if fault.CodeOf(err) == fault.Conflict || fault.CodeOf(err) == fault.Expired {
		return "", errors.Join(err, s.inBooking(ctx, restoreAct{a}))
	}
	if err != nil {
		return "", err
	}
	proven := gate.Session{
		Campaign: ses.Campaign, Epoch: ses.Epoch, ID: a.session, Ticket: ses.Ticket, Browser: ses.Browser,
		Proven: true, Lane: ses.Lane, Person: string(a.person), Expires: expires,
	}
	if done {
		if err := s.inBooking(ctx, endAct{proven}); err != nil {
			return "", err
		}
	}
	return l.keys.SealSession(proven), nil
}

func (s *Store) proof(c person.Claim, browser [32]byte, code string) *proofAct {
	a := &proofAct{
		claims: s.people.OfClaimAll(person.ForPerson, c), browser: browser, code: s.codeIndex(c, browser, code),
	}
	a.fresh = s.sealPerson(person.NewID(a.claims[0].Bucket(), s.now()), c)
	_, _ = rand.Read(a.freshSession[:]) // never fails: see crypto/rand
	return a
}

// sealPerson is the row of a person with this claim.
func (s *Store) sealPerson(id person.ID, c person.Claim) *personRow {
	bucket, _ := id.Bucket() // made here, or read from the database
	return &personRow{
		key:    personKey{bucket, id},
		name:   s.people.Seal("person", "name", string(id), []byte(c.Name)),
		born:   s.people.Seal("person", "born", string(id), []byte(c.Born.String())),
		mobile: s.people.Seal("person", "mobile", string(id), []byte(c.Mobile)),
	}
}

// proofAct checks a code and finds or makes the person. With a campaign it also
// gives the person's one session there to the new session id; a person of another
// bucket takes it in an act of their own.
type proofAct struct {
	claims       []person.Index // newest key first
	browser      [32]byte
	code         person.Index
	fresh        *personRow // the person if they are new
	freshSession [16]byte
	refusal      error

	sessionAct // campaign "" for a look-up or an early proof
}

// Wants names what the act reads.
func (a *proofAct) Wants(h *bookingHouse) {
	h.challenges.Want(claimGroup{a.claims[0].Bucket(), a.claims[0].Sum})
	for _, x := range a.claims {
		h.lookups.Want(indexOf(x))
		for _, r := range h.lookups.Peek(indexOf(x)) {
			if bucket, err := person.ID(r.person).Bucket(); err == nil && bucket == r.bucket && a.campaign != "" {
				h.sessions.Want(sessionKey{bucket, person.ID(r.person), a.campaign})
			}
		}
	}
}

// Run checks the code, and counts a wrong one (P9).
func (a *proofAct) Run(h *bookingHouse) error {
	a.person, a.session, a.before, a.refusal = "", [16]byte{}, nil, nil
	r, err := h.challenge(a.claims[0], a.browser)
	if err != nil {
		return err
	}
	if r == nil {
		a.refusal = fault.New(fault.Expired, "person.code_expired")
		return nil
	}
	ch := person.Challenge{
		Browser: a.browser, SentAt: unix(r.sentAt), Tries: int(r.tries),
		Code: person.Index{Key: uint16(r.codeKey), Sum: [32]byte(r.code)}, //nolint:gosec // written from a uint16
	}
	if a.refusal = ch.Check(a.browser, a.code, h.Now); a.refusal != nil {
		if fault.CodeOf(a.refusal) == fault.Invalid {
			r.tries++
			h.challenges.Change(r)
		}
		return nil
	}
	a.session = a.freshSession
	if before, err := hex.DecodeString(r.answer); err == nil && len(before) == 16 {
		a.session = [16]byte(before)
	}
	if err := a.findPerson(h); err != nil {
		return err
	}
	r.answer = hex.EncodeToString(a.session[:])
	h.challenges.Change(r)
	if bucket, err := a.person.Bucket(); a.campaign == "" || err != nil || bucket != a.claims[0].Bucket() {
		return err
	}
	return a.takeSession(h, a.person == a.fresh.key.person)
}

func (a *proofAct) findPerson(h *bookingHouse) error {
	id, err := h.personOf(a.claims)
	if err != nil || id != "" {
		a.person = id
		return err
	}
	a.person = a.fresh.key.person
	return errors.Join(h.addPerson(a.fresh), h.lookups.Add(lookupTo(a.claims[0], a.fresh.key.person, false)))
}

// addPerson adds a person nobody has known.
func (h *bookingHouse) addPerson(r *personRow) error {
	h.reservations.Nothing(r.key)
	h.answers.Nothing(r.key)
	fresh := *r
	fresh.createdAt = h.Now.Unix()
	return h.people.Add(&fresh)
}

// lookupTo leads from a claim to a person.
func lookupTo(x person.Index, id person.ID, stable bool) *lookupRow {
	return &lookupRow{bucket: x.Bucket(), key: int32(x.Key), claim: x.Sum[:], person: string(id), stable: stable}
}

// personOf finds the person of a claim under any of its keys, "" when there is none.
func (h *bookingHouse) personOf(claims []person.Index) (person.ID, error) {
	r, err := h.lookup(claims)
	if err != nil || r == nil {
		return "", err
	}
	return person.ID(r.person), nil
}

// lookup is the row of a claim under any of its keys, nil when there is none.
func (h *bookingHouse) lookup(claims []person.Index) (*lookupRow, error) {
	for _, x := range claims {
		if r, found, err := h.lookups.One(indexOf(x)); err != nil || found {
			return r, err
		}
	}
	return nil, nil
}

// endAct lets a session without a seat only read.
type endAct struct{ ses gate.Session }

// Run ends the session for booking.
func (a endAct) Run(h *bookingHouse) error {
	c, err := callerOf(a.ses)
	if err != nil {
		return err
	}
	r, _, err := h.session(c)
	if err == nil && r != nil {
		h.endSession(r)
	}
	return err
}
