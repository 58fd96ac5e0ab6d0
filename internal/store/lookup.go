package store

import (
	"context"
	"encoding/hex"
	"slices"
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
	claims := s.people.OfClaimAll(person.ForPerson, c)
	v := &numberView{claims: claims, number: n}
	if err := s.booking.View(ctx, v); err != nil {
		return "", unavailable("find reservation", err)
	}
	a := &lookUpAct{claim: claims[0], browser: browser, found: v.person != ""}
	if err := s.inBooking(ctx, a); err != nil {
		return "", err
	}
	if a.refusal != nil {
		return "", a.refusal
	}
	return s.lookUpToken(v.person, browser), nil
}

func (s *Store) lookUpToken(id person.ID, browser [32]byte) string {
	return sealJSON(s.people, "lookup", hex.EncodeToString(browser[:]), lookUpToken{id, s.now().Add(lookUpLife).Unix()})
}

// numberView looks for a number among the reservations of a claim's person, who
// may be in the bucket of another of their claims.
type numberView struct {
	claims []person.Index
	number booking.Number
	person person.ID // whose it is, "" for nobody of this claim
}

// Wants names what is read.
func (v *numberView) Wants(h *bookingHouse) {
	h.wantClaims(v.claims)
	for _, x := range v.claims {
		for _, r := range h.lookups.Peek(indexOf(x)) {
			if bucket, err := person.ID(r.person).Bucket(); err == nil {
				h.reservations.Want(personKey{bucket, person.ID(r.person)})
			}
		}
	}
}

// Run reads.
func (v *numberView) Run(h *bookingHouse) error {
	v.person = ""
	id, err := h.personOf(v.claims)
	if err != nil || id == "" {
		return err
	}
	bucket, err := id.Bucket()
	if err != nil {
		return err
	}
	rows, err := h.reservations.Rows(personKey{bucket, id})
	for _, r := range rows {
		if r.number == string(v.number) {
			v.person = id
		}
	}
	return err
}

// lookUpAct counts a wrong try of a browser with a claim.
type lookUpAct struct {
	claim   person.Index
	browser [32]byte
	found   bool // the claim and the number belong together
	refusal error
}

// Wants names what the act reads.
func (a *lookUpAct) Wants(h *bookingHouse) { h.tries.WantOr(a.row()) }

func (a *lookUpAct) row() *tryRow {
	return &tryRow{bucket: a.claim.Bucket(), claim: a.claim.Sum[:], browser: a.browser[:]}
}

// Run refuses when too many were wrong, also the right one.
func (a *lookUpAct) Run(h *bookingHouse) error {
	a.refusal = nil
	try, err := h.tries.OneOr(a.row())
	if err != nil {
		return err
	}
	if try.since <= h.Now.Add(-lookUpWindow).Unix() {
		try.since, try.tries = h.Now.Unix(), 0
	}
	switch {
	case try.tries >= lookUpTries:
		a.refusal = fault.New(fault.TooMany, "booking.lookup_too_many")
	case !a.found:
		a.refusal = unknownPerson()
		try.tries++
		h.tries.Change(try)
	}
	return nil
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
		err := s.booking.ReadRow(ctx, `SELECT count(*) FROM person_lookup WHERE bucket = $1 AND key_id = $2 AND claim = $3`,
			indexOf(x).Args(), &n)
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
	if err := s.inBooking(ctx, a); err != nil {
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

// in is the owner of a reservation as a caller in its campaign. They hold no
// session, but its row is what the acts of a person wait for: locked first, it
// lets each of them see the rows that the one before has added.
func (c caller) in(campaign string) caller {
	c.ses.Campaign = campaign
	return c
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
	all, err := s.readReservations(ctx, c.bucket, c.person, everBooked)
	slices.Reverse(all)
	return all, who, err
}

// everBooked keeps what was booked, cancelled since or not, at its last times.
func everBooked(r *reservationRow) bool {
	return r.at() == booking.Booked || r.at() == booking.Cancelled || r.at().Attended()
}

// Cancel cancels a booked reservation, both doses, tells the person, and gives
// the places back. A change that is under way is void. The same key gives the
// same answer.
func (s *Store) Cancel(ctx context.Context, token string, browser [32]byte, n booking.Number, key booking.Key, lang string) (booking.Reservation, error) {
	c, err := s.openLookUp(token, browser)
	if err != nil {
		return booking.Reservation{}, err
	}
	return s.cancel(ctx, c, n, key, lang)
}

// cancel is Cancel for whoever may act: the person, an agent at their word, or the
// guardian who booked (rule B83).
func (s *Store) cancel(ctx context.Context, c caller, n booking.Number, key booking.Key, lang string) (booking.Reservation, error) {
	r, who, err := s.bookedOnce(ctx, c, n)
	if err != nil {
		return booking.Reservation{}, err
	}
	for {
		a := &cancelAct{caller: c.in(r.Campaign), number: n, key: key, body: booking.BodyHash("cancel", string(n)), told: r.Doses}
		if a.letters, err = s.cancelLetters(ctx, c, who, lang, r); err != nil {
			return booking.Reservation{}, err
		}
		if err := s.inBooking(ctx, a); err != nil {
			return booking.Reservation{}, err
		}
		if a.refusal != nil {
			return booking.Reservation{}, a.refusal
		}
		if a.stale {
			r = a.reservation
			continue
		}
		s.callPostman()
		s.giveBack(ctx, r.Clinic, a.ended, ending{number: n})
		return a.reservation, nil
	}
}

// bookedOnce reads a reservation that is booked, or was until it was cancelled,
// and whose it is. Nobody else's number is found.
func (s *Store) bookedOnce(ctx context.Context, c caller, n booking.Number) (booking.Reservation, person.Claim, error) {
	found, err := s.readReservations(ctx, c.bucket, c.person, func(r *reservationRow) bool {
		return everBooked(r) && r.number == string(n)
	})
	if err != nil {
		return booking.Reservation{}, person.Claim{}, err
	}
	if len(found) == 0 {
		return booking.Reservation{}, person.Claim{}, unknownPerson()
	}
	who, err := s.readPerson(ctx, c.person)
	return found[0], who, err
}

type cancelAct struct {
	caller      caller
	number      booking.Number
	key         booking.Key
	body        [32]byte
	letters     []letter
	told        []booking.Dose // what the letter says
	stale       bool           // the doses have moved meanwhile: nothing was written, the letter is to be written anew
	reservation booking.Reservation
	ended       []booking.Dose // whose places are to be given back
	refusal     error
}

// Wants names what the act reads.
func (a *cancelAct) Wants(h *bookingHouse) {
	h.wantPerson(a.caller, a.key)
	h.bookedBy.Want(personKey{a.caller.bucket, a.caller.person})
}

// Run decides by the person's own rows (B9, B11).
func (a *cancelAct) Run(h *bookingHouse) error {
	a.reservation, a.ended, a.stale, a.refusal = booking.Reservation{}, nil, false, nil
	rows, err := h.reservations.Rows(personKey{a.caller.bucket, a.caller.person})
	if err != nil {
		return err
	}
	before, refusal, err := h.answered(a.caller, a.key, a.body)
	if err != nil || refusal != nil {
		a.refusal = refusal
		return err
	}
	if before != "" {
		a.reservation = firstAnswer(slices.DeleteFunc(slices.Clone(rows), func(r *reservationRow) bool { return r.at().Attended() }), before, booking.Cancelled)
		a.ended = a.reservation.Doses
		return nil
	}
	if booked := gather(rows, inState(a.number, booking.Booked)); len(booked) > 0 {
		a.reservation = booked[0]
	}
	if a.refusal = a.reservation.MayCancel(h.Now); a.refusal != nil {
		return nil
	}
	if a.stale = !slices.Equal(a.told, a.reservation.Doses); a.stale {
		return nil
	}
	if a.refusal, err = h.touch(a.caller, a.number); err != nil || a.refusal != nil {
		return err
	}
	return a.write(h, rows)
}

func (a *cancelAct) write(h *bookingHouse, rows []*reservationRow) error {
	for _, r := range rows {
		to := map[booking.State]booking.State{booking.Booked: booking.Cancelled, booking.Moving: booking.Overtaken}[r.at()]
		if r.number == string(a.number) && to != "" {
			r.state = string(to)
			h.reservations.Change(r)
			if to == booking.Overtaken { // of a change of both doses too
				a.ended = append(a.ended, everyDose(booking.HoldID(r.hold))...)
				continue
			}
			a.ended = append(a.ended, r.place())
		}
	}
	a.reservation.State = booking.Cancelled
	if err := h.answer(a.caller, a.key, a.body, answerOf(a.reservation.Doses)); err != nil {
		return err
	}
	return h.postAll(a.letters)
}
