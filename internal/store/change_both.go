package store

import (
	"time"

	"naru/internal/booking"
	"naru/internal/clinic"
	"naru/internal/gate"
)

// secondPlaces are all the times that a clinic has for dose 2 of a first dose at start,
// best first.
func (s *Store) secondPlaces(p Published, lane gate.Lane, clinicID string, start time.Time) (all []place) {
	d := s.Directory()
	k, err := d.Clinic(clinic.ID(clinicID))
	if err != nil {
		return nil
	}
	t, shares, now := s.timetable(k), lanesOf(p.Campaign), s.now()
	for at := range s.terms(p.Campaign).PlanSecond(t, start, now) {
		if !kept(shares, lane, clinicID, at, now) {
			all = append(all, place{at, t.capacity(at)})
		}
	}
	return all
}

// mayChange asks the rule that the change is under.
func (m change) mayChange(booked booking.Reservation, now time.Time) error {
	if m.both {
		return booked.MayChangeBoth(m.place.start, now, m.terms)
	}
	return booked.MayChange(m.dose, m.place.start, now, m.terms)
}

// moved are the doses as they will be: after the second step of a change of both, what
// was taken.
func (m change) moved(booked booking.Reservation) []booking.Dose {
	doses := booked.Moved(m.dose, m.place.start)
	for i := range doses {
		for _, d := range m.taken {
			if m.both && d.Number == doses[i].Number {
				doses[i].Start = d.Start
			}
		}
	}
	return doses
}

// addSecond books the second dose of a change of both beside the first, and makes a
// change of the second alone that is under way void.
func (a *settleAct) addSecond(h *bookingHouse, rows []*reservationRow, first reservationRow) error {
	if !a.both {
		return nil
	}
	for _, r := range rows {
		if r.number == string(a.number) && r.dose == 2 && r.at() == booking.Moving {
			r.state = string(booking.Overtaken)
			h.reservations.Change(r)
			a.ended = append(a.ended, everyDose(booking.HoldID(r.hold))...)
		}
	}
	for _, d := range a.taken {
		if d.Number == 2 {
			row := first
			row.dose, row.start = 2, d.Start.Unix()
			return h.reservations.Add(&row)
		}
	}
	return errNoStep
}
