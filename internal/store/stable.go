package store

import (
	"context"
	"crypto/rand"
	"errors"

	"naru/internal/fault"
	"naru/internal/gate"
	"naru/internal/person"
)

// ProveAs takes the answer of a provider that named the human: stable is its
// identifier, which stays whatever name or phone they give, and all attributes
// were the claim's. The first proof wins the session, as with a code. The person
// follows the identifier, so that two claims of one human are one person with
// one session (rules I9, G26).
func (s *Store) ProveAs(ctx context.Context, ses gate.Session, c person.Claim, stable string) (string, error) {
	l, err := s.line(ses.Campaign)
	if err != nil {
		return "", err
	}
	if err := s.mayProve(ctx, ses); err != nil {
		return "", err
	}
	a, err := s.follows(ctx, c, stable)
	if err != nil {
		return "", err
	}
	a.campaign, a.ticket, a.lives = ses.Campaign, ses.Ticket, l.published.sessionLife()
	if err := s.inBooking(ctx, a); err != nil {
		return "", err
	}
	return s.give(ctx, l, ses, a)
}

// followTries bounds how often a decision is made anew because somebody else has
// proved the same claim meanwhile.
const followTries = 3

// follows finds or makes the person of an identifier and a claim, in three steps
// of one bucket each: where does the claim lead; whose is the identifier, which is
// written for good; the claim leads there. A crash between two of them leaves an
// identifier or a claim that the next proof goes on from.
func (s *Store) follows(ctx context.Context, c person.Claim, stable string) (*sessionAct, error) {
	claims := s.people.OfClaimAll(person.ForPerson, c)
	fresh := person.NewID(claims[0].Bucket(), s.now())
	for range followTries {
		v := &claimView{claims: claims}
		if err := s.booking.View(ctx, v); err != nil {
			return nil, unavailable("read claim", err)
		}
		b := &bindAct{stable: s.people.Lookups(person.ForStable, stable)[0], claim: v.facts, fresh: fresh}
		if err := s.inBooking(ctx, b); err != nil || b.refusal != nil {
			return nil, errors.Join(err, b.refusal)
		}
		recorded, err := s.hasRecord(ctx, v.facts.ByClaim)
		if err != nil {
			return nil, err
		}
		a := &followAct{claims: claims, saw: v.facts.ByClaim, recorded: recorded, person: b.person, owner: s.sealPerson(b.person, c)}
		if err := s.inBooking(ctx, a); err != nil || a.refusal != nil {
			return nil, errors.Join(err, a.refusal)
		}
		if a.stale {
			continue
		}
		t := &sessionAct{person: b.person, owner: a.owner, known: func(r *personRow) bool {
			was, err := s.claimOf(r)
			return err == nil && was == c
		}}
		_, _ = rand.Read(t.session[:]) // never fails: see crypto/rand
		return t, nil
	}
	return nil, fault.New(fault.Unavailable, "store.unavailable")
}

// claimView reads where a claim leads.
type claimView struct {
	claims []person.Index
	facts  person.FollowFacts
}

// Wants names what is read.
func (v *claimView) Wants(h *bookingHouse) { h.wantClaims(v.claims) }

// Run reads.
func (v *claimView) Run(h *bookingHouse) error {
	v.facts = person.FollowFacts{}
	r, err := h.lookup(v.claims)
	if r != nil {
		v.facts.ByClaim, v.facts.Named = person.ID(r.person), r.stable
	}
	return err
}

func (h *bookingHouse) wantClaims(claims []person.Index) {
	for _, x := range claims {
		h.lookups.Want(indexOf(x))
	}
}

// bindAct finds the person of an identifier, or gives it to the claim's.
type bindAct struct {
	stable  person.Index
	claim   person.FollowFacts // of the claim alone
	fresh   person.ID
	person  person.ID
	refusal error
}

// Wants names what the act reads.
func (a *bindAct) Wants(h *bookingHouse) { h.stables.Want(stableOf(a.stable)) }

// Run decides by what the claim led to when it was read; followAct looks again.
func (a *bindAct) Run(h *bookingHouse) error {
	a.person, a.refusal = "", nil
	r, found, err := h.stables.One(stableOf(a.stable))
	if err != nil {
		return err
	}
	if found {
		a.person = person.ID(r.person)
		return nil
	}
	do, refusal := person.Following(a.claim)
	if refusal != nil {
		a.refusal = refusal
		return nil
	}
	if a.person = a.fresh; do == person.FollowBind {
		a.person = a.claim.ByClaim
	}
	x := a.stable
	return h.stables.Add(&stableRow{bucket: x.Bucket(), key: int32(x.Key), stable: x.Sum[:], person: string(a.person)})
}

// followAct lets the claim lead to the person of the identifier.
type followAct struct {
	claims   []person.Index
	saw      person.ID // where the claim led when the identifier was bound
	recorded bool      // the person it led to has an immunisation record
	person   person.ID
	owner    *personRow
	stale    bool // it leads elsewhere by now: to be decided again
	refusal  error
}

// Wants names what the act reads.
func (a *followAct) Wants(h *bookingHouse) { h.wantClaims(a.claims) }

// Run decides with the claim's row locked.
func (a *followAct) Run(h *bookingHouse) error {
	a.stale, a.refusal = false, nil
	r, err := h.lookup(a.claims)
	if err != nil {
		return err
	}
	f := person.FollowFacts{ByStable: a.person}
	if r != nil {
		f.ByClaim, f.Named = person.ID(r.person), r.stable
	}
	if a.stale = f.ByClaim != a.saw; a.stale {
		return nil
	}
	if r != nil && f.ByClaim != a.person && !f.Named {
		if f.Bound, err = h.bound(r); err != nil {
			return err
		}
		f.Bound = f.Bound || a.recorded
	}
	do, refusal := person.Following(f)
	if refusal != nil {
		a.refusal = refusal
		return nil
	}
	return a.write(h, r, do)
}

func (a *followAct) write(h *bookingHouse, r *lookupRow, do person.Follow) error {
	switch do {
	case person.FollowAdd:
		if err := h.lookups.Add(lookupTo(a.claims[0], a.person, true)); err != nil || a.owner.key.bucket != a.claims[0].Bucket() {
			return err
		}
		return (&sessionAct{owner: a.owner, known: func(*personRow) bool { return true }}).writeOwner(h)
	case person.FollowKeep:
		if !r.stable {
			r.stable = true
			h.lookups.Change(r)
		}
	case person.FollowMove:
		if err := h.forgetPerson(r); err != nil {
			return err
		}
		r.person, r.stable = string(a.person), true
		h.lookups.Change(r)
	}
	return nil
}

// bound says whether the person whom this claim alone leads to has anything that
// would be lost with them.
func (h *bookingHouse) bound(r *lookupRow) (bool, error) {
	var reservations, sessions int
	args := []any{r.person, r.bucket}
	if _, err := h.Row(`SELECT count(*) FROM reservation WHERE person_id = $1 AND bucket = $2`, args, &reservations); err != nil {
		return false, err
	}
	_, err := h.Row(`SELECT count(*) FROM person_session WHERE person_id = $1 AND bucket = $2 AND expires_at > $3`,
		append(args, h.Now.Unix()), &sessions)
	return reservations+sessions > 0, err
}

// forgetPerson removes a person who has nothing. They were made by the claim that
// leads to them, so they are in its bucket.
func (h *bookingHouse) forgetPerson(r *lookupRow) error {
	id := person.ID(r.person)
	if _, err := h.Exec(`DELETE FROM person_session WHERE person_id = $1 AND bucket = $2`, r.person, r.bucket); err != nil {
		return err
	}
	row, found, err := h.people.One(personKey{r.bucket, id})
	if err == nil && found {
		h.people.Remove(row)
	}
	return err
}
