package store

import (
	"context"
	"errors"
	"sync"

	"naru/internal/booking"
	"naru/internal/person"
)

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
	if err := s.inBooking(ctx, a); err != nil {
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
	over, err := s.readHolds(ctx, `state = 'pending' AND expires_at <= $1`, before)
	if err != nil {
		return err
	}
	if err := together(over, func(h sweptHold) error { return s.inBooking(ctx, expireAct{h}) }); err != nil {
		return err
	}
	ended, err := s.readHolds(ctx, `NOT freed AND state IN ('expired', 'released', 'cancelled') AND expires_at <= $1`, before)
	if err != nil {
		return err
	}
	return together(ended, func(h sweptHold) error {
		if err := s.free(ctx, h.clinic, h.hold); err != nil {
			return err
		}
		return s.inBooking(ctx, freedAct{personKey{h.bucket, h.person}, h.hold})
	})
}

// together runs the steps of many holds at once, so that they share transactions.
func together(holds []sweptHold, step func(sweptHold) error) error {
	errs := make([]error, len(holds))
	var wg sync.WaitGroup
	for i, h := range holds {
		wg.Go(func() { errs[i] = step(h) })
	}
	wg.Wait()
	return errors.Join(errs...)
}

type sweptHold struct {
	bucket int16
	person person.ID
	hold   booking.HoldID
	clinic string
}

func (s *Store) readHolds(ctx context.Context, where string, args ...any) ([]sweptHold, error) {
	var all []sweptHold
	err := s.booking.Read(ctx, `SELECT bucket, person_id, hold_id, clinic_id FROM reservation WHERE dose = 1 AND `+where+` LIMIT `+sweepLimit, args,
		func(scan func(...any) error) error {
			var h sweptHold
			err := scan(&h.bucket, &h.person, &h.hold, &h.clinic)
			all = append(all, h)
			return err
		})
	return all, err
}

// sweepLimit bounds one sweep, so that it never holds the writer for long.
const sweepLimit = "500"

// expireAct ends a hold if it is still pending and over: a compare-and-set, so
// that a confirm that came first wins.
type expireAct struct{ h sweptHold }

// Wants names what the act reads.
func (a expireAct) Wants(h *bookingHouse) { h.reservations.Want(personKey{a.h.bucket, a.h.person}) }

// Run ends what is over.
func (a expireAct) Run(h *bookingHouse) error {
	rows, err := h.reservations.Rows(personKey{a.h.bucket, a.h.person})
	for _, r := range rows {
		if r.hold == string(a.h.hold) && r.state == string(booking.Pending) && r.expires <= h.Now.Add(-booking.SweepGrace).Unix() {
			r.state = string(booking.Expired)
			h.reservations.Change(r)
		}
	}
	return err
}

// reconcile reads every slot's count for display.
func (s *Store) reconcile(ctx context.Context) error {
	at := s.now()
	taken := map[booking.Slot]int{}
	err := s.booking.Read(ctx, `SELECT clinic_id, start, taken FROM slot WHERE taken > 0 AND start > $1`, []any{at.Unix()},
		func(scan func(...any) error) error {
			var slot booking.Slot
			var start int64
			var n int
			if err := scan(&slot.Clinic, &start, &n); err != nil {
				return err
			}
			slot.Start = unix(start)
			taken[slot] = n
			return nil
		})
	if err != nil {
		return err
	}
	s.available.Replace(taken, at)
	return nil
}

// freeAct gives a hold's places back to the clinic. The rows are deleted and
// counted down together, so it can be repeated.
type freeAct struct {
	clinic string
	hold   booking.HoldID
	freed  []booking.Dose
}

func (a *freeAct) key() holdKey { return holdKey{clinicBucket(a.clinic), a.hold} }

// Wants names what the act reads: the places, then their slots.
func (a *freeAct) Wants(h *bookingHouse) {
	h.holds.Want(a.key())
	for _, r := range h.holds.Peek(a.key()) {
		h.slots.Want(slotKey{r.bucket, r.clinic, r.start})
	}
}

// Run frees what is held.
func (a *freeAct) Run(h *bookingHouse) error {
	a.freed = nil
	held, err := h.holds.Rows(a.key())
	if err != nil {
		return err
	}
	for _, r := range held {
		slot, found, err := h.slots.One(slotKey{r.bucket, r.clinic, r.start})
		if err != nil || !found {
			return errors.Join(err, errNoSlot)
		}
		slot.taken--
		h.slots.Change(slot)
		h.holds.Remove(r)
	}
	a.freed = dosesOf(held)
	return nil
}

var errNoSlot = errors.New("a place without its slot")

// freedAct notes in the person's bucket that the places were given back.
type freedAct struct {
	person personKey
	hold   booking.HoldID
}

// Wants names what the act reads.
func (a freedAct) Wants(h *bookingHouse) { h.reservations.Want(a.person) }

// Run notes it for a reservation that has ended.
func (a freedAct) Run(h *bookingHouse) error {
	rows, err := h.reservations.Rows(a.person)
	for _, r := range rows {
		live := r.state == string(booking.Pending) || r.state == string(booking.Booked)
		if r.hold == string(a.hold) && !live && !r.freed {
			r.freed = true
			h.reservations.Change(r)
		}
	}
	return err
}
