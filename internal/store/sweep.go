package store

import (
	"context"
	"errors"
	"slices"
	"sync"

	"naru/internal/booking"
	"naru/internal/person"
)

// giveBack frees the places of doses that have ended at once, and what bookings that
// are over took of a quota; what fails here is left to the sweeper.
func (s *Store) giveBack(ctx context.Context, clinicID string, doses []booking.Dose, over ...ending) {
	if err := s.free(ctx, clinicID, doses, over...); err != nil {
		s.opts.Log.Warn("places are left to the sweeper", "error", err)
	}
}

// bringBack gives back again what the person let go before and may itself be what their
// new choice found no room for: a crash came between the two steps, or the clinic's could
// not be written. The sweeper does so too, but only after the hold's time (rule B2).
func (s *Store) bringBack(ctx context.Context, a *reserveAct, p places) (again bool) {
	for _, r := range a.left {
		if p.counted.limited() || r.Clinic == p.clinic {
			s.giveBack(ctx, r.Clinic, everyDose(r.HoldID), ending{r.Number, r.HoldID})
			again = true
		}
	}
	return again
}

// everyDose names all places of a hold that was never confirmed: the clinic alone
// knows how many there are.
func everyDose(hold booking.HoldID) []booking.Dose { return []booking.Dose{{HoldID: hold}} }

// meant says that a dose, or every one, is meant.
func meant(d booking.Dose, dose int32) bool { return d.Number == 0 || d.Number == int(dose) }

func (s *Store) free(ctx context.Context, clinicID string, doses []booking.Dose, over ...ending) error {
	a := &freeAct{clinic: clinicID, doses: doses}
	if s.anyLimited() {
		a.over = over
	}
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
	for range sweepRounds {
		over, err := s.sweepOver(ctx, before)
		freed, errFree := s.sweepEnded(ctx, before) // also when a hold cannot be ended: others are not its fault
		if err := errors.Join(err, errFree); err != nil || max(over, freed) < sweepLimit {
			return err
		}
	}
	return nil
}

// sweepOver ends the holds whose time is over, and says of how many doses it read.
func (s *Store) sweepOver(ctx context.Context, before int64) (int, error) {
	over, n, err := s.readHolds(ctx, before, `state IN ('pending', 'moving')`)
	if err != nil {
		return 0, err
	}
	return n, together(over, func(h sweptHold) error { return s.inBooking(ctx, expireAct{h}) })
}

// sweepEnded gives back the places of what has ended, and says of how many doses it read.
func (s *Store) sweepEnded(ctx context.Context, before int64) (int, error) {
	ended, n, err := s.readHolds(ctx, before, `state NOT IN ('pending', 'moving')`)
	if err != nil {
		return 0, err
	}
	return n, together(ended, func(h sweptHold) error {
		if err := s.free(ctx, h.clinic, h.doses, h.over...); err != nil {
			return err
		}
		return s.inBooking(ctx, freedAct{personKey{h.bucket, h.person}, h.doses})
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

// sweptHold is what one hold has that is to be ended or freed: every dose of one
// that was never confirmed; of one that was, those that ended. After a change the
// other dose of the same hold may still be booked.
type sweptHold struct {
	bucket int16
	person person.ID
	hold   booking.HoldID
	clinic string
	doses  []booking.Dose
	over   []ending // bookings that ended with it
}

// readHolds reads what is due by then and in one of the states, n doses of it.
func (s *Store) readHolds(ctx context.Context, before int64, states string) (all []sweptHold, n int, err error) {
	at := map[booking.HoldID]int{}
	err = s.booking.Read(ctx, `SELECT bucket, person_id, hold_id, clinic_id, CASE WHEN state IN ('expired', 'released', 'overtaken') THEN 0 ELSE dose END, number, state
	    FROM reservation WHERE due > 0 AND due <= $1 AND `+states+` ORDER BY due LIMIT $2`, []any{before, int64(sweepLimit)}, func(scan func(...any) error) error {
		n++
		var h sweptHold
		var dose int
		var number booking.Number
		var state booking.State
		if err := scan(&h.bucket, &h.person, &h.hold, &h.clinic, &dose, &number, &state); err != nil {
			return err
		}
		i, known := at[h.hold]
		if !known {
			i = len(all)
			at[h.hold], all = i, append(all, h)
		}
		all[i].doses = append(all[i].doses, booking.Dose{Number: dose, HoldID: h.hold})
		switch state {
		case booking.Expired, booking.Released: // of a change that ended the hold is another, and nothing is given back
			all[i].over = append(all[i].over, ending{number, h.hold})
		case booking.Cancelled:
			all[i].over = append(all[i].over, ending{number: number})
		}
		return nil
	})
	return all, n, err
}

// Bounds of one sweep: the doses of a round share transactions with people's own acts, so
// that it never holds the writer for long; after so many rounds it is looked again
// whether this node still leads.
const (
	sweepLimit  = 1000
	sweepRounds = 20
)

// expireAct ends a hold if it is still pending, or moving, and over: a
// compare-and-set, so that a confirm or a change that came first wins.
type expireAct struct{ h sweptHold }

// Bucket says where the act belongs.
func (a expireAct) Bucket() int16 { return a.h.bucket }

// Wants names what the act reads.
func (a expireAct) Wants(h *bookingHouse) { h.reservations.Want(personKey{a.h.bucket, a.h.person}) }

// Run ends what is over.
func (a expireAct) Run(h *bookingHouse) error {
	rows, err := h.reservations.Rows(personKey{a.h.bucket, a.h.person})
	for _, r := range rows {
		held := booking.Reservation{State: r.at(), Expires: unix(r.expires)}
		if r.hold == string(a.h.hold) && held.Swept(h.Now) {
			r.state = string(booking.Expired)
			h.reservations.Change(r)
		}
	}
	return err
}

// freeAct gives the places of doses back to the clinic. The rows are deleted and
// counted down together, so it can be repeated.
type freeAct struct {
	clinic string
	doses  []booking.Dose // whose places: hold and dose say so; dose 0 is every one
	over   []ending       // what to give back of quotas
	freed  []booking.Dose
}

func (a *freeAct) key(d booking.Dose) holdKey { return holdKey{clinicBucket(a.clinic), d.HoldID} }

// Bucket says where the act belongs.
func (a *freeAct) Bucket() int16 { return clinicBucket(a.clinic) }

// Wants names what the act reads: the places, then their slots.
func (a *freeAct) Wants(h *bookingHouse) {
	for _, d := range a.doses {
		h.holds.Want(a.key(d))
		for _, r := range h.holds.Peek(a.key(d)) {
			h.slots.Want(slotKey{r.bucket, r.clinic, r.start})
		}
	}
	for _, e := range a.over {
		h.uses.Want(e.key(a.clinic))
		for _, r := range h.uses.Peek(e.key(a.clinic)) {
			h.shards.Want(quotaKey{r.bucket, r.quota})
		}
	}
}

// Run frees what is held for the doses, and for no other.
func (a *freeAct) Run(h *bookingHouse) error {
	a.freed = nil
	for _, e := range a.over {
		if err := h.uncount(a.clinic, e); err != nil {
			return err
		}
	}
	for _, d := range a.doses {
		held, err := h.holds.Rows(a.key(d))
		if err != nil {
			return err
		}
		for _, r := range held {
			if !meant(d, r.dose) {
				continue
			}
			if err := a.free(h, r); err != nil {
				return err
			}
		}
	}
	return nil
}

func (a *freeAct) free(h *bookingHouse, r *holdRow) error {
	slot, found, err := h.slots.One(slotKey{r.bucket, r.clinic, r.start})
	if err != nil || !found {
		return errors.Join(err, errNoSlot)
	}
	slot.taken--
	h.slots.Change(slot)
	h.holds.Remove(r)
	a.freed = append(a.freed, r.place())
	return nil
}

var errNoSlot = errors.New("a place without its slot")

// freedAct notes in the person's bucket that places were given back.
type freedAct struct {
	person personKey
	doses  []booking.Dose
}

// Bucket says where the act belongs.
func (a freedAct) Bucket() int16 { return a.person.bucket }

// Wants names what the act reads.
func (a freedAct) Wants(h *bookingHouse) { h.reservations.Want(a.person) }

// Run notes it for the doses that were freed, if they have ended.
func (a freedAct) Run(h *bookingHouse) error {
	rows, err := h.reservations.Rows(a.person)
	for _, r := range rows {
		mine := slices.ContainsFunc(a.doses, func(d booking.Dose) bool { return d.HoldID == booking.HoldID(r.hold) && meant(d, r.dose) })
		if mine && r.at().Ended() && !r.freed {
			r.freed = true
			h.reservations.Change(r)
		}
	}
	return err
}
