package store

import (
	"context"
	"encoding/hex"
	"errors"
	"iter"
	"strconv"
	"time"

	"naru/internal/booking"
	"naru/internal/caldate"
	"naru/internal/clinic"
	"naru/internal/fault"
	"naru/internal/message"
	"naru/internal/person"
)

// Bounds of looking for another time (rule K25).
const (
	moveWithinDays = 28
	moveTries      = 5 // times that turn out to be full
)

// deal moves or tells one person whom a closing concerns, once.
func (s *Store) deal(ctx context.Context, r *closingRow, k *concernRow, one Comer) error {
	if err := s.inBooking(ctx, &concernAct{*k}); err != nil {
		return err
	}
	var err error
	if s.now().Before(one.Start.Add(-booking.ChangeUntil)) {
		k.outcome, k.after, err = s.moveOrTell(ctx, r, one)
	} else {
		k.outcome = concernByHand
	}
	if err != nil {
		return err
	}
	return s.inBooking(ctx, &concernAct{*k})
}

func (s *Store) moveOrTell(ctx context.Context, r *closingRow, one Comer) (outcome string, after int64, err error) {
	if Remedy(r.remedy) == RemedyMove {
		to, err := s.moveOn(ctx, r, one)
		switch {
		case err != nil:
			return "", 0, err
		case !to.IsZero():
			return concernMoved, to.Unix(), nil
		}
	}
	told, err := s.tell(ctx, r, one)
	if err == nil && !told {
		return concernGone, 0, nil
	}
	return concernTold, 0, err
}

// moveOn changes one dose to the next free time that the rules of a change allow (B15);
// a second dose that would then be too near is changed before. Zero: there is none.
func (s *Store) moveOn(ctx context.Context, r *closingRow, one Comer) (time.Time, error) {
	bucket, err := one.Person.Bucket()
	if err != nil {
		return time.Time{}, err
	}
	c := caller{person: one.Person, bucket: bucket}
	m := change{caller: c.in(one.Campaign), number: one.Number, dose: one.Dose, clinic: r.clinic}
	stands, err := s.standing(ctx, m)
	if err != nil || stands.Number == "" {
		return time.Time{}, err
	}
	probe, err := s.change(m.caller, stands, change{dose: one.Dose}, one.Start)
	if err != nil {
		return time.Time{}, err
	}
	tries := 0
	for at := range s.freeTimes(r.clinic, one.Start) {
		second, ok := s.secondFor(r.clinic, stands, one.Dose, at, probe.terms)
		if !ok {
			continue
		}
		if !second.IsZero() {
			if moved, err := s.moveDose(ctx, r, one, stands, 2, second); err != nil || !moved {
				return time.Time{}, err
			}
			if stands, err = s.standing(ctx, m); err != nil {
				return time.Time{}, err
			}
		}
		moved, err := s.moveDose(ctx, r, one, stands, one.Dose, at)
		if err != nil || moved {
			return at, err
		}
		if tries++; tries >= moveTries {
			break
		}
	}
	return time.Time{}, nil
}

func (s *Store) standing(ctx context.Context, m change) (booking.Reservation, error) {
	all, err := s.readReservations(ctx, m.caller.bucket, m.caller.person, m.stands)
	if err != nil || len(all) == 0 {
		return booking.Reservation{}, err
	}
	return all[0], nil
}

// secondFor says whether a dose may go to a time, and where the second has to go first:
// zero: it may stay.
func (s *Store) secondFor(clinicID string, r booking.Reservation, dose int, at time.Time, t booking.Terms) (second time.Time, ok bool) {
	now := s.now()
	err := r.MayChange(dose, at, now, t)
	if err == nil {
		return time.Time{}, true
	}
	if dose != 1 || len(r.Doses) < 2 || r.Doses[1].Given || fault.Of(err).Message != "booking.change_too_near" {
		return time.Time{}, false
	}
	moved := r
	moved.Doses = r.Moved(1, at)
	due := caldate.Of(at, t.Zone).AddDays(t.Between(at, now).Days)
	local := r.Doses[1].Start.In(t.Zone)
	for later := range s.freeTimes(clinicID, due.At(local.Hour(), local.Minute(), t.Zone)) {
		if moved.MayChange(2, later, now, t) == nil && r.MayChange(2, later, now, t) == nil {
			return later, true
		}
	}
	return time.Time{}, false
}

// freeTimes goes through a clinic's times that seem to have room, from one on: the
// rest of that day, then day by day.
func (s *Store) freeTimes(clinicID string, from time.Time) iter.Seq[time.Time] {
	return func(yield func(time.Time) bool) {
		d := s.Directory()
		if d == nil {
			return
		}
		k, err := d.Clinic(clinic.ID(clinicID))
		if err != nil {
			return
		}
		t := s.timetable(k)
		day := caldate.Of(from, t.zone)
		for range moveWithinDays {
			for _, at := range t.Times(day) {
				free := t.capacity(at) > s.available.Taken(booking.Slot{Clinic: clinicID, Start: at})
				if free && !at.Before(from) && at.After(s.now()) && !yield(at) {
					return
				}
			}
			day = day.AddDays(1)
		}
	}
}

// moveDose changes one dose for its person; false: it found no place, or the person
// has changed something meanwhile.
func (s *Store) moveDose(ctx context.Context, r *closingRow, one Comer, stands booking.Reservation, dose int, at time.Time) (bool, error) {
	key := closingKeyOf(r.id, "move", one, dose, at)
	bucket, err := one.Person.Bucket()
	if err != nil {
		return false, err
	}
	m, err := s.change(caller{person: one.Person, bucket: bucket}.in(one.Campaign), stands, change{dose: dose, key: key}, at)
	if err != nil {
		return false, err
	}
	before := one.Start
	for _, d := range stands.Doses {
		if d.Number == dose {
			before, m.only = d.Start, d.HoldID
		}
	}
	if dose == one.Dose {
		m.only = one.HoldID // who has moved since is not moved again
	}
	_, err = s.carryOut(ctx, m, func(after booking.Reservation) []letter {
		v := s.closingValues(after, r, dose, before)
		v["After"] = at.UTC().Format(time.RFC3339)
		return []letter{s.letter(bucket, one.Claim.Mobile, s.opts.Agency.DefaultLanguage(), message.ClinicMoved, v)}
	})
	switch fault.CodeOf(err) {
	case "":
		return true, nil
	case fault.Unavailable, fault.UnknownOutcome, fault.Internal:
		return false, err
	}
	return false, nil
}

func (s *Store) closingValues(after booking.Reservation, r *closingRow, dose int, before time.Time) map[string]string {
	v := s.bookingValues(after)
	v["Nth"], v["Before"], v["Why"] = strconv.Itoa(dose), before.UTC().Format(time.RFC3339), "clinic.why_"+r.why
	return v
}

// closingKeyOf is the idempotency key of one step of a closing for one person: a
// closing that goes on after a crash takes the same step again.
func closingKeyOf(closing, what string, one Comer, dose int, at time.Time) booking.Key {
	sum := booking.BodyHash("closing", closing, what, string(one.HoldID), strconv.Itoa(dose), strconv.FormatInt(at.Unix(), 10))
	return booking.Key("closing-" + hex.EncodeToString(sum[:20]))
}

// tell says to one person that their time is closed, once; false: they are no longer
// booked there.
func (s *Store) tell(ctx context.Context, r *closingRow, one Comer) (bool, error) {
	bucket, err := one.Person.Bucket()
	if err != nil {
		return false, err
	}
	values := s.closingValues(booking.Reservation{Number: one.Number, Clinic: r.clinic}, r, one.Dose, one.Start)
	a := &tellAct{
		caller: caller{person: one.Person, bucket: bucket}.in(one.Campaign), hold: one.HoldID, dose: one.Dose,
		key:    closingKeyOf(r.id, "tell", one, one.Dose, one.Start),
		letter: s.letter(bucket, one.Claim.Mobile, s.opts.Agency.DefaultLanguage(), message.ClinicClosed, values),
	}
	if err := s.inBooking(ctx, a); err != nil {
		return false, err
	}
	s.callPostman()
	return a.told, nil
}

// tellAct posts the letter that a closed time needs.
type tellAct struct {
	caller caller
	hold   booking.HoldID
	dose   int
	key    booking.Key
	letter letter
	told   bool
}

// Bucket says where the act belongs.
func (a *tellAct) Bucket() int16 { return a.caller.bucket }

// Wants names what the act reads.
func (a *tellAct) Wants(h *bookingHouse) { h.wantPerson(a.caller, a.key) }

// Run posts it to who is still booked there.
func (a *tellAct) Run(h *bookingHouse) error {
	a.told = false
	rows, err := h.reservations.Rows(personKey{a.caller.bucket, a.caller.person})
	if err != nil {
		return err
	}
	body := booking.BodyHash("tell", string(a.hold), strconv.Itoa(a.dose))
	before, refusal, err := h.answered(a.caller, a.key, body)
	if err != nil || refusal != nil {
		return errors.Join(err, refusal)
	}
	if before != "" {
		a.told = true
		return nil
	}
	for _, row := range rows {
		if row.hold == string(a.hold) && int(row.dose) == a.dose && row.at() == booking.Booked {
			a.told = true
			if err := h.answer(a.caller, a.key, body, a.hold); err != nil {
				return err
			}
			return h.post(a.letter)
		}
	}
	return nil
}

// sawMoved writes the outcome of somebody who was being moved when a crash came, or
// has acted themselves.
func (s *Store) sawMoved(ctx context.Context, k *concernRow) error {
	id := person.ID(k.person)
	bucket, err := id.Bucket()
	if err != nil {
		return err
	}
	all, err := s.readReservations(ctx, bucket, id, inState(booking.Number(k.number), booking.Booked))
	if err != nil {
		return err
	}
	k.outcome = concernGone
	for _, r := range all {
		for _, d := range r.Doses {
			if d.Number == int(k.dose) && d.Start.Unix() != k.before {
				k.outcome, k.after = concernMoved, d.Start.Unix()
			}
		}
	}
	return s.inBooking(ctx, &concernAct{*k})
}
