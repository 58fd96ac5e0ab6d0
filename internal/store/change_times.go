package store

import (
	"iter"
	"slices"
	"time"

	"naru/internal/booking"
	"naru/internal/caldate"
	"naru/internal/clinic"
	"naru/internal/fault"
	"naru/internal/gate"
)

// OtherTimes lists the free times of a reservation's clinic to which a dose may be moved by
// somebody of a lane, as last seen; the change decides. For booking.BothDoses they are the
// times of the first dose from which the second finds a place.
func (s *Store) OtherTimes(r booking.Reservation, dose int, lane gate.Lane) ([]Time, error) {
	p, err := s.Campaign(r.Campaign)
	if err != nil {
		return nil, err
	}
	d := s.Directory()
	if d == nil {
		return nil, fault.New(fault.Unavailable, "clinic.not_imported")
	}
	k, err := d.Clinic(clinic.ID(r.Clinic))
	if err != nil {
		return nil, err
	}
	t, shares, now, terms := s.timetable(k), lanesOf(p.Campaign), s.now(), s.terms(p.Campaign)
	free := func(at time.Time) int {
		if !at.After(now) || kept(shares, lane, r.Clinic, at, now) {
			return 0
		}
		return t.capacity(at) - s.available.Taken(booking.Slot{Clinic: r.Clinic, Start: at})
	}
	may := func(at time.Time) bool { return r.MayChange(dose, at, now, terms) == nil }
	if dose == booking.BothDoses {
		may = func(at time.Time) bool {
			return r.MayChangeBoth(at, now, terms) == nil && anyFree(terms.PlanSecond(t, at, now), free)
		}
	}
	last := terms.Last
	if dose == 2 {
		last = lastSecond(terms)
	}
	var all []Time
	for day := terms.First; !day.After(last); day = day.AddDays(1) {
		for _, start := range t.Times(day) {
			if left := free(start); left > 0 && may(start) {
				all = append(all, Time{Start: start, Capacity: t.capacity(start), Left: left})
			}
		}
	}
	return all, nil
}

// IsClosed says whether the clinic of a dose does not vaccinate at its time any more: it
// has closed it since, or has left the list.
func (s *Store) IsClosed(r booking.Reservation, dose int) bool {
	d := s.Directory()
	i := slices.IndexFunc(r.Doses, func(one booking.Dose) bool { return one.Number == dose })
	if d == nil || i < 0 {
		return false
	}
	k, err := d.Clinic(clinic.ID(r.Clinic))
	return err != nil || s.timetable(k).capacity(r.Doses[i].Start) == 0
}

func anyFree(times iter.Seq[time.Time], free func(time.Time) int) bool {
	for at := range times {
		if free(at) > 0 {
			return true
		}
	}
	return false
}

// lastSecond is the last day on which a second dose can be.
func lastSecond(t booking.Terms) caldate.Date {
	longest := 0
	for _, v := range t.Intervals {
		longest = max(longest, v.Days+max(v.Days, v.Max))
	}
	return t.Last.AddDays(longest)
}
