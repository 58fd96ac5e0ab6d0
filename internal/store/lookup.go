package store

import (
	"context"
	"encoding/hex"
	"time"

	"naru/internal/booking"
	"naru/internal/fault"
	"naru/internal/person"
)

// Bounds of the look-up.
const (
	lookUpLife   = 15 * time.Minute
	lookUpTries  = 10 // wrong ones, per claim, browser and lookUpWindow; a number has 50 random bits
	lookUpWindow = time.Hour
)

// lookUpToken is what a look-up token says once opened. It is sealed, and bound
// to the browser that made the look-up.
type lookUpToken struct {
	Person  person.ID
	Expires int64
}

// LookUp finds a reservation by its number and the claim of its owner, and
// gives a token with which that browser may see, change and cancel the owner's
// reservations for 15 minutes. It never queues. Wrong tries are limited per browser;
// people who do not exist and wrong numbers are answered alike.
func (s *Store) LookUp(ctx context.Context, c person.Claim, n booking.Number, browser [32]byte) (string, error) {
	a := &lookUpAct{claims: s.people.OfClaimAll(person.ForPerson, c), number: n, browser: browser}
	if err := s.booking.do(ctx, a); err != nil {
		return "", err
	}
	if a.refusal != nil {
		return "", a.refusal
	}
	return s.lookUpToken(a.person, browser), nil
}

func (s *Store) lookUpToken(id person.ID, browser [32]byte) string {
	return sealJSON(s.people, "lookup", hex.EncodeToString(browser[:]), lookUpToken{id, s.now().Add(lookUpLife).Unix()})
}

type lookUpAct struct {
	claims  []person.Index
	number  booking.Number
	browser [32]byte
	person  person.ID
	refusal error
}

func (a *lookUpAct) run(t *tx) error {
	a.person, a.refusal = "", nil
	since, tries, err := t.lookUpTries(a.claims[0], a.browser)
	if err != nil {
		return err
	}
	if tries >= lookUpTries {
		a.refusal = fault.New(fault.TooMany, "booking.lookup_too_many")
		return nil
	}
	if err := a.find(t); err != nil || a.refusal == nil {
		return err
	}
	return t.countLookUp(a.claims[0], a.browser, since, tries+1)
}

func (a *lookUpAct) find(t *tx) error {
	a.refusal = unknownPerson()
	for _, x := range a.claims {
		var id person.ID
		if found, err := t.personOf(x, &id); err != nil {
			return err
		} else if found {
			return a.match(t, id)
		}
	}
	return nil
}

func (a *lookUpAct) match(t *tx, id person.ID) error {
	bucket, err := id.Bucket()
	if err != nil {
		return err
	}
	var one int
	found, err := t.row(`SELECT 1 FROM reservation WHERE bucket = ?1 AND person_id = ?2 AND number = ?3 AND dose = 1`,
		[]any{bucket, id, a.number}, &one)
	if found {
		a.person, a.refusal = id, nil
	}
	return err
}

// lookUpTries is how many wrong tries a browser has had with a claim, and since when.
func (t *tx) lookUpTries(claim person.Index, browser [32]byte) (since int64, tries int, err error) {
	_, err = t.row(`SELECT since, tries FROM lookup_try WHERE bucket = ?1 AND claim = ?2 AND browser = ?3`,
		[]any{claim.Bucket(), claim.Sum[:], browser[:]}, &since, &tries)
	if since <= t.now.Add(-lookUpWindow).Unix() {
		since, tries = t.now.Unix(), 0
	}
	return since, tries, err
}

func (t *tx) countLookUp(claim person.Index, browser [32]byte, since int64, tries int) error {
	_, err := t.exec(`INSERT INTO lookup_try (bucket, claim, browser, since, tries) VALUES (?1, ?2, ?3, ?4, ?5)
	    ON CONFLICT (bucket, claim, browser) DO UPDATE SET since = excluded.since, tries = excluded.tries`,
		claim.Bucket(), claim.Sum[:], browser[:], since, tries)
	return err
}

// LookUpSendCode sends a code to somebody who lost the number. It answers
// alike whether or not the person has booked, and sends only to those who have
// proved themselves before, so that it cannot be used to send codes to anybody.
func (s *Store) LookUpSendCode(ctx context.Context, c person.Claim, browser [32]byte, lang string) error {
	known, err := s.isKnown(ctx, c)
	if err != nil {
		return err
	}
	return s.sendCode(ctx, c, browser, lang, known)
}

func (s *Store) isKnown(ctx context.Context, c person.Claim) (bool, error) {
	for _, x := range s.people.OfClaimAll(person.ForPerson, c) {
		var n int
		err := s.booking.readRow(ctx,
			`SELECT count(*) FROM person_lookup WHERE bucket = ?1 AND key_id = ?2 AND claim = ?3`,
			x.Bucket(), x.Key, x.Sum[:]).Scan(&n)
		if err != nil {
			return false, unavailable("find person", err)
		}
		if n > 0 {
			return true, nil
		}
	}
	return false, nil
}

// LookUpProve takes the code instead of the number.
func (s *Store) LookUpProve(ctx context.Context, c person.Claim, browser [32]byte, code string) (string, error) {
	code, err := person.ParseCode(code)
	if err != nil {
		return "", err
	}
	a := s.proof(c, browser, code)
	if err := s.booking.do(ctx, a); err != nil {
		return "", err
	}
	if a.refusal != nil {
		return "", a.refusal
	}
	return s.lookUpToken(a.person, browser), nil
}

// openLookUp checks a look-up token and the browser it is bound to.
func (s *Store) openLookUp(token string, browser [32]byte) (caller, error) {
	var l lookUpToken
	if err := openJSON(s.people, "lookup", hex.EncodeToString(browser[:]), token, &l); err != nil {
		return caller{}, fault.Wrap(fault.Unauthenticated, "booking.lookup_again", err)
	}
	if s.now().Unix() >= l.Expires {
		return caller{}, fault.New(fault.Expired, "booking.lookup_again")
	}
	bucket, err := l.Person.Bucket()
	return caller{person: l.Person, bucket: bucket}, err
}

// Reservations are what the person of a look-up has booked and cancelled, the
// newest first, and their claim.
func (s *Store) Reservations(ctx context.Context, token string, browser [32]byte) ([]booking.Reservation, person.Claim, error) {
	c, err := s.openLookUp(token, browser)
	if err != nil {
		return nil, person.Claim{}, err
	}
	who, err := s.readPerson(ctx, c.person)
	if err != nil {
		return nil, person.Claim{}, err
	}
	all, err := s.readReservations(ctx, c.bucket, c.person,
		`AND state IN ('booked', 'cancelled') ORDER BY created_at DESC, hold_id, dose`)
	return all, who, err
}

// Cancel cancels a booked reservation, both doses, tells the person, and gives
// the places back. The same key gives the same answer.
func (s *Store) Cancel(ctx context.Context, token string, browser [32]byte, n booking.Number, key booking.Key, lang string) (booking.Reservation, error) {
	c, err := s.openLookUp(token, browser)
	if err != nil {
		return booking.Reservation{}, err
	}
	found, err := s.readReservations(ctx, c.bucket, c.person,
		`AND number = ?3 AND state IN ('booked', 'cancelled') ORDER BY hold_id, dose`, n)
	if err != nil {
		return booking.Reservation{}, err
	}
	if len(found) == 0 {
		return booking.Reservation{}, unknownPerson()
	}
	who, err := s.readPerson(ctx, c.person)
	if err != nil {
		return booking.Reservation{}, err
	}
	a := &cancelAct{caller: c, hold: found[0].HoldID, key: key, body: booking.BodyHash("cancel", string(n))}
	a.letter = s.letter(c.bucket, who.Mobile, lang, messageCancelled, s.bookingValues(found[0]))
	if err := s.booking.do(ctx, a); err != nil {
		return booking.Reservation{}, err
	}
	if a.refusal != nil {
		return booking.Reservation{}, a.refusal
	}
	s.callPostman()
	s.freeAll(ctx, []booking.Reservation{a.reservation})
	return a.reservation, nil
}

type cancelAct struct {
	caller      caller
	hold        booking.HoldID
	key         booking.Key
	body        [32]byte
	letter      letter
	reservation booking.Reservation
	refusal     error
}

func (a *cancelAct) run(t *tx) error {
	a.reservation, a.refusal = booking.Reservation{}, nil
	hold, refusal, err := t.answered(a.caller, a.key, a.body)
	if err != nil || refusal != nil {
		a.refusal = refusal
		return err
	}
	if a.reservation, err = t.reservation(a.caller.bucket, a.caller.person, a.hold); err != nil || hold != "" {
		return err
	}
	if a.refusal = a.reservation.MayCancel(t.now); a.refusal != nil {
		return nil
	}
	if err := t.setState(a.caller, a.hold, booking.Booked, booking.Cancelled); err != nil {
		return err
	}
	a.reservation.State = booking.Cancelled
	if err := t.answer(a.caller, a.key, a.body, a.hold); err != nil {
		return err
	}
	return t.post(a.letter)
}
