package store

import (
	"context"
	"errors"
	"time"

	"naru/internal/booking"
	"naru/internal/fault"
	"naru/internal/gate"
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
	live, err := s.readReservations(ctx, c.bucket, c.person,
		`AND disease = ?3 AND state IN ('pending', 'booked') ORDER BY hold_id, dose`, p.Campaign.Disease)
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
	var doses []booking.Dose
	rows, err := s.booking.readRows(ctx, `SELECT dose, start FROM hold WHERE bucket = ?1 AND hold_id = ?2 ORDER BY dose`,
		clinicBucket(r.Clinic), r.HoldID)
	err = scanRows(rows, err)(func(scan func(...any) error) error {
		var d booking.Dose
		var start int64
		if err := scan(&d.Number, &start); err != nil {
			return err
		}
		d.Start = unix(start)
		doses = append(doses, d)
		return nil
	})
	if err != nil {
		return nil, unavailable("read hold", err)
	}
	return doses, nil
}

// ConfirmRequest asks for a hold to become a reservation.
type ConfirmRequest struct {
	Key  booking.Key
	Hold booking.HoldID
	Lang string // of the message
}

// Confirm turns the person's hold into a reservation: one compare-and-set with
// the message and the answer to the key in the same transaction. What it
// returned is on disk. The same key gives the same answer.
func (s *Store) Confirm(ctx context.Context, ses gate.Session, q ConfirmRequest) (booking.Reservation, error) {
	c, err := callerOf(ses)
	if err != nil {
		return booking.Reservation{}, err
	}
	held, err := s.readReservations(ctx, c.bucket, c.person, `AND hold_id = ?3 ORDER BY dose`, q.Hold)
	if err != nil {
		return booking.Reservation{}, err
	}
	if len(held) == 0 {
		return booking.Reservation{}, fault.New(fault.Expired, "booking.hold_ended")
	}
	who, err := s.readPerson(ctx, c.person)
	if err != nil {
		return booking.Reservation{}, err
	}
	a := &confirmAct{caller: c, key: q.Key, hold: q.Hold, body: booking.BodyHash("confirm", string(q.Hold))}
	if a.doses, err = s.readHeld(ctx, held[0]); err != nil {
		return booking.Reservation{}, err
	}
	r := held[0]
	r.Doses = a.doses
	a.letter = s.letter(c.bucket, who.Mobile, q.Lang, messageBooked, s.bookingValues(r))
	if err := s.booking.do(ctx, a); err != nil {
		return booking.Reservation{}, err
	}
	if a.refusal != nil {
		return booking.Reservation{}, a.refusal
	}
	s.callPostman()
	if err := s.finishAtGate(ctx, ses); err != nil {
		s.opts.Log.Warn("the seat of a finished session is left to end by itself", "error", err)
	}
	return a.reservation, nil
}

type confirmAct struct {
	caller      caller
	key         booking.Key
	hold        booking.HoldID
	body        [32]byte
	doses       []booking.Dose // where the hold's places are
	letter      letter
	reservation booking.Reservation
	refusal     error
}

func (a *confirmAct) run(t *tx) error {
	a.reservation, a.refusal = booking.Reservation{}, nil
	hold, refusal, err := t.answered(a.caller, a.key, a.body)
	if err != nil || refusal != nil {
		a.refusal = refusal
		return err
	}
	if a.reservation, err = t.reservation(a.caller.bucket, a.caller.person, a.hold); err != nil || hold != "" {
		return err // a repeat gets its answer also after the session
	}
	if a.reservation.State == booking.Booked {
		a.refusal = a.reservation.MayConfirm(t.now)
		return nil
	}
	if _, refusal, err = a.caller.session(t); err != nil || refusal != nil {
		a.refusal = refusal
		return err
	}
	if a.refusal = a.reservation.MayConfirm(t.now); a.refusal == nil && len(a.doses) != len(a.reservation.Doses) {
		a.refusal = fault.New(fault.Expired, "booking.hold_ended")
	}
	if a.refusal != nil {
		return nil
	}
	return a.write(t)
}

func (a *confirmAct) write(t *tx) error {
	for _, d := range a.doses {
		n, err := t.exec(`UPDATE reservation SET state = 'booked', start = ?1
		    WHERE bucket = ?2 AND person_id = ?3 AND disease = ?4 AND dose = ?5 AND hold_id = ?6 AND state = 'pending'`,
			d.Start.Unix(), a.caller.bucket, a.caller.person, a.reservation.Disease, d.Number, a.hold)
		if err != nil {
			return err
		}
		if n != 1 {
			return errors.New("confirm: a dose was not pending")
		}
	}
	a.reservation.State, a.reservation.Doses = booking.Booked, a.doses
	if err := t.answer(a.caller, a.key, a.body, a.hold); err != nil {
		return err
	}
	if err := t.endSession(a.caller); err != nil { // its seat is given back: it books no more
		return err
	}
	return t.post(a.letter)
}

// Release gives the person's hold back, so that they can choose again. A hold
// that has ended already is no fault; one that was confirmed is of code
// Conflict and keeps its places (rule B13).
func (s *Store) Release(ctx context.Context, ses gate.Session, hold booking.HoldID) error {
	c, err := callerOf(ses)
	if err != nil {
		return err
	}
	held, err := s.readReservations(ctx, c.bucket, c.person, `AND hold_id = ?3 ORDER BY dose`, hold)
	if err != nil || len(held) == 0 {
		return err
	}
	return s.release(ctx, c, held[0], false)
}

// release moves a pending reservation to released and frees its places.
func (s *Store) release(ctx context.Context, c caller, r booking.Reservation, untaken bool) error {
	a := &releaseAct{caller: c, hold: r.HoldID, untaken: untaken}
	if err := s.booking.do(ctx, a); err != nil {
		return err
	}
	if a.refusal == nil {
		s.freeAll(ctx, []booking.Reservation{r})
	}
	return a.refusal
}

type releaseAct struct {
	caller  caller
	hold    booking.HoldID
	untaken bool // step 2 found no place: no session is needed to take step 1 back
	refusal error
}

// run refuses a reservation that is booked: its places are no longer a hold's.
func (a *releaseAct) run(t *tx) error {
	a.refusal = nil
	if !a.untaken {
		_, refusal, err := a.caller.session(t)
		if err != nil || refusal != nil {
			a.refusal = refusal
			return err
		}
	}
	r, err := t.reservation(a.caller.bucket, a.caller.person, a.hold)
	if err != nil {
		return err
	}
	if r.State == booking.Booked {
		a.refusal = fault.New(fault.Conflict, "booking.already_booked")
		return nil
	}
	return t.setState(a.caller, a.hold, booking.Pending, booking.Released)
}

// freeAll gives the places of ended holds back at once; what fails here is left
// to the sweeper.
func (s *Store) freeAll(ctx context.Context, ended []booking.Reservation) {
	for _, r := range ended {
		if err := s.free(ctx, r.Clinic, r.HoldID); err != nil {
			s.opts.Log.Warn("places are left to the sweeper", "error", err)
		}
	}
}

func (s *Store) free(ctx context.Context, clinicID string, hold booking.HoldID) error {
	a := &freeAct{clinic: clinicID, hold: hold}
	if err := s.booking.do(ctx, a); err != nil {
		return err
	}
	for _, d := range a.freed {
		s.available.Add(booking.Slot{Clinic: clinicID, Start: d.Start}, -1)
	}
	return nil
}

// Sweep ends holds whose time is over and gives back the places of every ended
// reservation: first the person's row, then the clinic's, then a note that it
// is done, so that a crash between any two is made good by the next sweep. The
// note waits for the end of the hold's time, also when the person gave it back
// before: until then its second step may still be on its way (rule B7).
func (s *Store) Sweep(ctx context.Context) error {
	before := s.now().Add(-booking.SweepGrace).Unix()
	over, err := s.readHolds(ctx, `state = 'pending' AND expires_at <= ?1`, before)
	if err != nil {
		return err
	}
	for _, h := range over {
		if err := s.booking.do(ctx, expireAct{h}); err != nil {
			return err
		}
	}
	ended, err := s.readHolds(ctx, `freed = 0 AND state IN ('expired', 'released', 'cancelled') AND expires_at <= ?1`, before)
	if err != nil {
		return err
	}
	for _, h := range ended {
		if err := s.free(ctx, h.clinic, h.hold); err != nil {
			return err
		}
		if err := s.booking.do(ctx, freedAct{h.bucket, h.person, h.hold}); err != nil {
			return err
		}
	}
	return nil
}

type sweptHold struct {
	bucket int16
	person person.ID
	hold   booking.HoldID
	clinic string
}

func (s *Store) readHolds(ctx context.Context, where string, args ...any) ([]sweptHold, error) {
	var all []sweptHold
	rows, err := s.booking.readRows(ctx,
		`SELECT bucket, person_id, hold_id, clinic_id FROM reservation WHERE dose = 1 AND `+where+` LIMIT `+sweepLimit, args...)
	err = scanRows(rows, err)(func(scan func(...any) error) error {
		var h sweptHold
		if err := scan(&h.bucket, &h.person, &h.hold, &h.clinic); err != nil {
			return err
		}
		all = append(all, h)
		return nil
	})
	return all, err
}

// sweepLimit bounds one sweep, so that it never holds the writer for long.
const sweepLimit = "500"

// expireAct ends a hold if it is still pending and over: a compare-and-set, so
// that a confirm that came first wins.
type expireAct struct{ h sweptHold }

func (a expireAct) run(t *tx) error {
	_, err := t.exec(`UPDATE reservation SET state = 'expired' WHERE bucket = ?1 AND person_id = ?2 AND hold_id = ?3
	    AND state = 'pending' AND expires_at <= ?4`,
		a.h.bucket, a.h.person, a.h.hold, t.now.Add(-booking.SweepGrace).Unix())
	return err
}

// reconcile reads every slot's count for display.
func (s *Store) reconcile(ctx context.Context) error {
	at := s.now()
	taken := map[booking.Slot]int{}
	rows, err := s.booking.readRows(ctx, `SELECT clinic_id, start, taken FROM slot WHERE taken > 0 AND start > ?1`, at.Unix())
	err = scanRows(rows, err)(func(scan func(...any) error) error {
		var slot booking.Slot
		var start int64
		var n int
		if err := scan(&slot.Clinic, &start, &n); err != nil {
			return err
		}
		slot.Start = time.Unix(start, 0).UTC()
		taken[slot] = n
		return nil
	})
	if err != nil {
		return err
	}
	s.available.Replace(taken, at)
	return nil
}
