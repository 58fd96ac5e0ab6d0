package store

import (
	"context"
	"errors"

	"naru/internal/booking"
)

// settle is step 3, and step 4 after it. The letters tell both doses: when the
// other one has moved meanwhile, they are written anew.
func (s *Store) settle(ctx context.Context, m change, r booking.Reservation, write func(booking.Reservation) []letter) (booking.Reservation, error) {
	for {
		a := &settleAct{change: m, told: r, letters: write(r)}
		if err := s.inBooking(ctx, a); err != nil {
			return booking.Reservation{}, err
		}
		if a.stale {
			r = a.reservation
			continue
		}
		s.callPostman()
		if len(a.ended) > 0 {
			s.giveBack(ctx, m.clinic, a.ended)
		}
		return a.reservation, a.refusal
	}
}

// settleAct is step 3: old and new time change places.
type settleAct struct {
	change
	told    booking.Reservation // what the letters say
	letters []letter
	stale   bool // the letters would not be true: nothing was written
	outcome
	ended []booking.Dose // whose places are to be given back
}

// Wants names what the act reads.
func (a *settleAct) Wants(h *bookingHouse) { a.want(h) }

// Run looks at the other dose again: it may have moved since step 1 (B16).
func (a *settleAct) Run(h *bookingHouse) error {
	a.outcome, a.stale, a.ended = outcome{}, false, nil
	rows, err := h.reservations.Rows(a.person())
	if err != nil {
		return err
	}
	answer, _, err := h.answered(a.caller, a.key, a.body)
	if err != nil {
		return err
	}
	row := a.row(rows, a.hold)
	if row == nil || answer == "" {
		return errNoStep
	}
	if row.at() != booking.Moving {
		a.outcome = a.became(rows, answer)
		return nil
	}
	booked := a.booked(rows)
	booked.Changes = 0 // this one was counted when it began
	if a.mayChange(booked, h.Now) != nil {
		return a.end(h, rows, row, booking.Overtaken)
	}
	if !h.Now.Before(unix(row.expires)) {
		return a.end(h, rows, row, booking.Expired)
	}
	return a.write(h, rows, row, booked)
}

// end takes step 1 back.
func (a *settleAct) end(h *bookingHouse, rows []*reservationRow, row *reservationRow, to booking.State) error {
	row.state = string(to)
	h.reservations.Change(row)
	a.ended = everyDose(a.hold)
	a.outcome = a.became(rows, a.hold)
	return nil
}

func (a *settleAct) write(h *bookingHouse, rows []*reservationRow, row *reservationRow, booked booking.Reservation) error {
	doses := a.moved(booked)
	if a.stale = !sameTimes(doses, a.told.Doses); a.stale {
		a.reservation = booked
		a.reservation.Doses = doses
		return nil
	}
	for i, d := range booked.Doses {
		if d.Number != a.dose && !a.both {
			continue
		}
		doses[i].HoldID = a.hold
		old := a.rowOf(rows, d.Number, d.HoldID)
		old.state = string(booking.Moved)
		h.reservations.Change(old)
		a.ended = append(a.ended, d)
	}
	// The database lets one row of a dose be booked at a time. Rows are changed in
	// no certain order, but all of them before any is added.
	fresh := *row
	fresh.state = string(booking.Booked)
	h.reservations.Remove(row)
	if err := h.reservations.Add(&fresh); err != nil {
		return err
	}
	if err := a.addSecond(h, rows, fresh); err != nil {
		return err
	}
	rows, err := h.reservations.Rows(a.person())
	if err != nil {
		return err
	}
	a.outcome = a.became(rows, answerOf(doses))
	if err := h.answerAnew(a.caller, a.key, answerOf(doses)); err != nil {
		return err
	}
	return h.postAll(a.letters)
}

func sameTimes(a, b []booking.Dose) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i].Number != b[i].Number || !a[i].Start.Equal(b[i].Start) {
			return false
		}
	}
	return true
}

// answerAnew writes down what a key that was taken before has led to.
func (h *bookingHouse) answerAnew(c caller, key booking.Key, hold booking.HoldID) error {
	r, err := h.answerTo(c, key)
	if err != nil || r == nil {
		return errors.Join(err, errNoAnswer)
	}
	fresh := *r
	fresh.hold = string(hold)
	h.answers.Remove(r)
	return h.answers.Add(&fresh)
}

var errNoAnswer = errors.New("a key without its answer")

// drop takes step 1 back when step 2 found no place. What counts is what the row
// says then: a repeat of the request may have found one.
func (s *Store) drop(ctx context.Context, m change, to booking.State) (booking.Reservation, error) {
	a := &dropAct{change: m, to: to}
	if err := s.inBooking(ctx, a); err != nil {
		return booking.Reservation{}, err
	}
	if a.refusal != nil {
		s.giveBack(ctx, m.clinic, everyDose(m.hold))
	}
	return a.reservation, a.refusal
}

type dropAct struct {
	change
	to booking.State
	outcome
}

// Wants names what the act reads.
func (a *dropAct) Wants(h *bookingHouse) { a.want(h) }

// Run ends what is still moving.
func (a *dropAct) Run(h *bookingHouse) error {
	a.outcome = outcome{}
	rows, err := h.reservations.Rows(a.person())
	if err != nil {
		return err
	}
	answer, _, err := h.answered(a.caller, a.key, a.body)
	if err != nil {
		return err
	}
	if row := a.row(rows, a.hold); row != nil && row.at() == booking.Moving {
		row.state = string(a.to)
		h.reservations.Change(row)
	}
	a.outcome = a.became(rows, answer)
	return nil
}
