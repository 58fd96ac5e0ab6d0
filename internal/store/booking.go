package store

import (
	"context"
	"errors"
	"slices"

	"naru/internal/booking"
	"naru/internal/fault"
	"naru/internal/gate"
	"naru/internal/message"
	"naru/internal/person"
)

// Current is the person's live reservation for the campaign's disease, pending
// or booked, or nil.
func (s *Store) Current(ctx context.Context, ses gate.Session) (*booking.Reservation, error) {
	c, err := callerOf(ses)
	if err != nil {
		return nil, err
	}
	p, err := s.Campaign(ses.Campaign)
	if err != nil {
		return nil, err
	}
	if err := s.stillMine(ctx, c); err != nil {
		return nil, err
	}
	live, err := s.readReservations(ctx, c.bucket, c.person, liveFor(p.Campaign.Disease))
	if err != nil || len(live) == 0 {
		return nil, err
	}
	r := live[0]
	if r.State == booking.Pending {
		if !s.now().Before(r.Expires) {
			return nil, nil
		}
		if r.Doses, err = s.readHeld(ctx, r); err != nil {
			return nil, err
		}
		if len(r.Doses) == 0 { // step 2 has not happened: there is nothing to confirm
			return nil, nil
		}
	}
	return &r, nil
}

// readHeld reads where a hold's doses are; a pending reservation knows only the first.
func (s *Store) readHeld(ctx context.Context, r booking.Reservation) ([]booking.Dose, error) {
	var held []*holdRow
	err := s.booking.Read(ctx, `SELECT `+holdTable.ColumnNames()+` FROM hold WHERE hold_id = $1 AND bucket = $2 ORDER BY dose`,
		holdKey{clinicBucket(r.Clinic), r.HoldID}.Args(), func(scan func(...any) error) error {
			row := &holdRow{}
			held = append(held, row)
			return scan(row.Into()...)
		})
	if err != nil {
		return nil, unavailable("read hold", err)
	}
	return dosesOf(held), nil
}

// ConfirmRequest asks for a hold to become a reservation.
type ConfirmRequest struct {
	Key  booking.Key
	Hold booking.HoldID
	Lang string // of the message
}

// Confirm turns the person's hold into a reservation: one compare-and-set with
// the message and the answer to the key in the same transaction. What it
// returned is on disk. The same key gives the first answer again, whatever has
// become of the reservation since.
func (s *Store) Confirm(ctx context.Context, ses gate.Session, q ConfirmRequest) (booking.Reservation, error) {
	c, err := callerOf(ses)
	if err != nil {
		return booking.Reservation{}, err
	}
	p, err := s.Campaign(ses.Campaign)
	if err != nil {
		return booking.Reservation{}, err
	}
	a := &confirmAct{caller: c, key: q.Key, hold: q.Hold, all: p.Campaign.Doses, body: booking.BodyHash("confirm", string(q.Hold))}
	if err := s.prepare(ctx, a, q.Lang); err != nil {
		return booking.Reservation{}, err
	}
	if err := s.inBooking(ctx, a); err != nil {
		return booking.Reservation{}, err
	}
	if a.refusal != nil {
		return booking.Reservation{}, a.refusal
	}
	s.callPostman()
	s.finishAtGate(ses)
	return a.reservation, nil
}

// prepare reads where the hold's places are, and writes the message to the person.
func (s *Store) prepare(ctx context.Context, a *confirmAct, lang string) error {
	bucket, ok := a.hold.Bucket()
	if !ok {
		return fault.New(fault.Expired, "booking.hold_ended")
	}
	if h, here := s.recent.find(a.hold, a.caller.person); here {
		return s.writeLetters(ctx, a, h.row, h.reservation, h.actor, lang)
	}
	session := a.caller.sessionKey()
	v := &personView{person: personKey{a.caller.bucket, a.caller.person}, hold: holdKey{bucket, a.hold}, session: &session}
	if err := s.booking.View(ctx, v); err != nil {
		return unavailable("read hold", err)
	}
	reserved := gather(v.reserved, ofHold(a.hold))
	if len(reserved) == 0 {
		return fault.New(fault.Expired, "booking.hold_ended")
	}
	r := reserved[0]
	r.Doses = dosesOf(v.held)
	return s.writeLetters(ctx, a, v.row, r, v.actor, lang)
}

// writeLetters tells the person, and the guardian who booked for them (rule B84).
func (s *Store) writeLetters(ctx context.Context, a *confirmAct, row *personRow, r booking.Reservation, actor, lang string) error {
	who, err := s.claimOf(row)
	if err != nil {
		return err
	}
	by, err := booking.ParseActor(actor)
	if err != nil {
		return err
	}
	a.doses, a.letters = r.Doses, nil
	if by.Kind != booking.ByGuardian {
		a.letters = append(a.letters, s.letter(a.caller.bucket, who.Mobile, lang, message.Booked, s.bookingValues(r)))
		return nil
	}
	a.letters, err = s.lettersOfTwo(ctx, a.caller.bucket, who, person.ID(by.ID), lang, message.BookedForYou, message.BookedByYou, s.bookingValues(r))
	return err
}

type confirmAct struct {
	caller      caller
	key         booking.Key
	hold        booking.HoldID
	all         int // doses of the campaign
	body        [32]byte
	doses       []booking.Dose // where the hold's places are
	letters     []letter
	reservation booking.Reservation
	refusal     error
}

// Bucket says where the act belongs.
func (a *confirmAct) Bucket() int16 { return a.caller.bucket }

// Wants names what the act reads.
func (a *confirmAct) Wants(h *bookingHouse) { h.wantPerson(a.caller, a.key) }

// Run decides by the person's own rows (B5, B6, B9).
func (a *confirmAct) Run(h *bookingHouse) error {
	a.reservation, a.refusal = booking.Reservation{}, nil
	session, refused, err := h.session(a.caller)
	if err != nil {
		return err
	}
	hold, refusal, err := h.answered(a.caller, a.key, a.body)
	if err != nil || refusal != nil {
		a.refusal = refusal
		return err
	}
	if hold != "" { // a repeat gets its answer also after the session
		return a.again(h, hold)
	}
	if a.reservation, err = h.standing(a.caller, a.hold); err != nil {
		return err
	}
	if a.reservation.State != booking.Booked {
		a.refusal = refused
	}
	if a.refusal == nil {
		a.refusal = a.reservation.MayConfirm(h.Now)
	}
	if a.refusal == nil && len(a.doses) != a.all {
		a.refusal = fault.New(fault.Expired, "booking.hold_ended")
	}
	if a.refusal != nil {
		return nil
	}
	return a.write(h, session)
}

// again gives the first answer.
func (a *confirmAct) again(h *bookingHouse, answer booking.HoldID) error {
	rows, err := h.reservations.Rows(personKey{a.caller.bucket, a.caller.person})
	a.reservation = firstAnswer(rows, answer, booking.Booked)
	return err
}

func (a *confirmAct) write(h *bookingHouse, session *sessionRow) error {
	rows, err := h.reservations.Rows(personKey{a.caller.bucket, a.caller.person})
	if err != nil {
		return err
	}
	i := slices.IndexFunc(rows, func(r *reservationRow) bool { return r.hold == string(a.hold) && r.at() == booking.Pending })
	if i < 0 {
		return errors.New("confirm: nothing was pending")
	}
	rows[i].state = string(booking.Booked)
	h.reservations.Change(rows[i])
	for _, d := range a.doses[1:] {
		row := *rows[i]
		row.dose, row.start = int32(d.Number), d.Start.Unix() //nolint:gosec // two
		if err := h.reservations.Add(&row); err != nil {
			return err
		}
	}
	a.reservation.State, a.reservation.Doses = booking.Booked, a.doses
	if err := h.answer(a.caller, a.key, a.body, a.hold); err != nil {
		return err
	}
	if err := h.noteActor(session, a.reservation.Number, h.Now); err != nil {
		return err
	}
	h.endSession(session) // its seat is given back: it books no more
	return h.postAll(a.letters)
}

// Release gives the person's hold back, so that they can choose again. A hold
// that has ended already is no fault; one that was confirmed is of code
// Conflict and keeps its places (rule B13).
func (s *Store) Release(ctx context.Context, ses gate.Session, hold booking.HoldID) error {
	c, err := callerOf(ses)
	if err != nil {
		return err
	}
	held, err := s.readReservations(ctx, c.bucket, c.person, ofHold(hold))
	if err != nil || len(held) == 0 {
		return err
	}
	return s.release(ctx, c, held[0], false)
}

// release moves a pending reservation to released and frees its places.
func (s *Store) release(ctx context.Context, c caller, r booking.Reservation, untaken bool) error {
	a := &releaseAct{caller: c, hold: r.HoldID, untaken: untaken}
	if err := s.inBooking(ctx, a); err != nil {
		return err
	}
	if a.refusal == nil {
		s.giveBack(ctx, r.Clinic, everyDose(r.HoldID), ending{r.Number, r.HoldID})
	}
	return a.refusal
}

type releaseAct struct {
	caller  caller
	hold    booking.HoldID
	untaken bool // step 2 found no place: no session is needed to take step 1 back
	refusal error
}

// Bucket says where the act belongs.
func (a *releaseAct) Bucket() int16 { return a.caller.bucket }

// Wants names what the act reads.
func (a *releaseAct) Wants(h *bookingHouse) { h.wantPerson(a.caller, "") }

// Run refuses a reservation that is booked: its places are no longer a hold's.
func (a *releaseAct) Run(h *bookingHouse) error {
	a.refusal = nil
	_, refusal, err := h.session(a.caller)
	if err != nil {
		return err
	}
	if a.refusal = refusal; refusal != nil && !a.untaken {
		return nil
	}
	a.refusal = nil
	r, err := h.standing(a.caller, a.hold)
	if err != nil {
		return err
	}
	if r.State == booking.Booked {
		a.refusal = fault.New(fault.Conflict, "booking.already_booked")
		return nil
	}
	return h.setState(personKey{a.caller.bucket, a.caller.person}, a.hold, booking.Pending, booking.Released)
}
