package store

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"time"

	"naru/internal/fault"
	"naru/internal/gate"
	"naru/internal/person"
)

// Prove takes the code the person read from their phone. The first proof wins
// the session: the token returned has a new id and is bound to this browser
// alone. The same code from the same browser again gives the same session.
func (s *Store) Prove(ctx context.Context, ses gate.Session, c person.Claim, code string) (string, error) {
	l, err := s.line(ses.Campaign)
	if err != nil {
		return "", err
	}
	code, err = person.ParseCode(code)
	if err != nil {
		return "", err
	}
	a := s.proof(c, ses.Browser, code)
	a.campaign, a.ticket, a.lives = ses.Campaign, ses.Ticket, l.published.sessionLife()
	if err := s.inBooking(ctx, a); err != nil {
		return "", err
	}
	if a.refusal != nil {
		return "", a.refusal
	}
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
	a.fresh = person.NewID(a.claims[0].Bucket(), s.now())
	a.name = s.people.Seal("person", "name", string(a.fresh), []byte(c.Name))
	a.born = s.people.Seal("person", "born", string(a.fresh), []byte(c.Born.String()))
	a.mobile = s.people.Seal("person", "mobile", string(a.fresh), []byte(c.Mobile))
	_, _ = rand.Read(a.freshSession[:]) // never fails: see crypto/rand
	return a
}

// proofAct checks a code and finds or makes the person. With a campaign it also
// gives the person's one session there to the new session id.
type proofAct struct {
	claims             []person.Index // newest key first
	browser            [32]byte
	code               person.Index
	fresh              person.ID // the id if the person is new
	freshSession       [16]byte
	name, born, mobile []byte // sealed for the fresh id
	campaign           string // "" for a look-up
	ticket             gate.TicketID
	lives              time.Duration // the campaign's session

	person  person.ID
	session [16]byte
	before  *sessionRow // the session this one replaced, as it was
	refusal error
}

// Wants names what the act reads.
func (a *proofAct) Wants(h *bookingHouse) {
	h.challenges.Want(claimGroup{a.claims[0].Bucket(), a.claims[0].Sum})
	for _, x := range a.claims {
		h.lookups.Want(indexOf(x))
		for _, r := range h.lookups.Peek(indexOf(x)) {
			if a.campaign != "" {
				h.sessions.Want(sessionKey{r.bucket, person.ID(r.person), a.campaign})
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
	if a.campaign == "" {
		return nil
	}
	return a.takeSession(h)
}

func (a *proofAct) findPerson(h *bookingHouse) error {
	id, err := h.personOf(a.claims)
	if err != nil || id != "" {
		a.person = id
		return err
	}
	a.person = a.fresh
	x := a.claims[0]
	k := personKey{x.Bucket(), a.fresh}
	h.reservations.Nothing(k)
	h.answers.Nothing(k)
	return errors.Join(
		h.people.Add(&personRow{
			key: k, name: a.name, born: a.born, mobile: a.mobile, createdAt: h.Now.Unix(),
		}),
		h.lookups.Add(&lookupRow{bucket: x.Bucket(), key: int32(x.Key), claim: x.Sum[:], person: string(a.fresh)}),
	)
}

// personOf finds the person of a claim under any of its keys, "" when there is none.
func (h *bookingHouse) personOf(claims []person.Index) (person.ID, error) {
	for _, x := range claims {
		if r, found, err := h.lookups.One(indexOf(x)); err != nil || found {
			if err != nil {
				return "", err
			}
			return person.ID(r.person), nil
		}
	}
	return "", nil
}

// takeSession makes the new session the person's one session in the campaign.
func (a *proofAct) takeSession(h *bookingHouse) error {
	bucket, err := a.person.Bucket()
	if err != nil {
		return err
	}
	k := sessionKey{bucket, a.person, a.campaign}
	if a.person == a.fresh {
		h.sessions.Nothing(k)
	}
	r, found, err := h.sessions.One(k)
	if err != nil {
		return err
	}
	expires := h.Now.Add(a.lives).Unix()
	if !found {
		return h.sessions.Add(&sessionRow{
			bucket: bucket, person: string(a.person), campaign: a.campaign, session: a.session[:], ticket: a.ticket[:],
			expires: expires, draft: "{}",
		})
	}
	before := *r
	a.before = &before
	r.session, r.ticket, r.expires = a.session[:], a.ticket[:], expires
	h.sessions.Change(r)
	return nil
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

// restoreAct takes back what takeSession wrote when the gate refused the proof:
// the session that was live before is so again.
type restoreAct struct{ a *proofAct }

// Run takes back only what this proof wrote.
func (r restoreAct) Run(h *bookingHouse) error {
	bucket, err := r.a.person.Bucket()
	if err != nil {
		return err
	}
	now, found, err := h.sessions.One(sessionKey{bucket, r.a.person, r.a.campaign})
	if err != nil || !found || !bytes.Equal(now.session, r.a.session[:]) {
		return err
	}
	if b := r.a.before; b != nil {
		now.session, now.ticket, now.expires = b.session, b.ticket, b.expires
		h.sessions.Change(now)
	} else {
		h.sessions.Remove(now)
	}
	return nil
}
