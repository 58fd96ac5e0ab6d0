package booking

import (
	"slices"
	"time"

	"naru/internal/agency"
	"naru/internal/caldate"
	"naru/internal/fault"
)

// Bounds of changes.
const (
	ChangeUntil = CancelUntil // a dose can be moved until this long before it (rule B15)
	ChangesMost = 30          // tries for one reservation, the ones that found no place among them (rule B15)
)

// BothDoses, in the place of a dose's number, says that the first moves and the second
// with it (rule B61).
const BothDoses = 0

// Terms are what a campaign and its vaccine say about the days of doses.
type Terms struct {
	First, Last caldate.Date // the days of first doses, both inclusive
	Zone        *time.Location
	Intervals   agency.Intervals // between the doses
}

// MayChange decides whether one dose may move to start, another time of the same
// clinic. It looks at the days and at the other dose; whether the clinic has
// room then is the clinic's to say. Refusals are of code Conflict (not booked),
// Expired (the dose is too near), TooMany and Invalid (Field "start").
func (r Reservation) MayChange(dose int, start, now time.Time, t Terms) error {
	if err := r.mayMove(dose, start, now, t); err != nil {
		return err
	}
	return t.apart(r.Moved(dose, start), now)
}

// MayChangeBoth decides whether the first dose may move to start and the second with it,
// to a time that PlanSecond finds (rule B61). Refusals are those of MayChange, and of code
// NotFound where there are not two.
func (r Reservation) MayChangeBoth(start, now time.Time, t Terms) error {
	if len(r.Doses) != 2 {
		return fault.New(fault.NotFound, "booking.not_found")
	}
	return r.mayMove(1, start, now, t)
}

// mayMove decides about one dose without a look at the other.
func (r Reservation) mayMove(dose int, start, now time.Time, t Terms) error {
	i, err := r.open(dose, now)
	switch {
	case err != nil:
		return err
	case start.Equal(r.Doses[i].Start):
		return then(fault.New(fault.Invalid, "booking.change_same_time"))
	case !start.After(now):
		return then(fault.New(fault.Invalid, "booking.no_such_time"))
	}
	if day := caldate.Of(start, t.Zone); dose == 1 && (day.Before(t.First) || day.After(t.Last)) {
		return then(fault.New(fault.Invalid, "booking.no_such_time"))
	}
	return nil
}

// Open decides whether a dose, or BothDoses, may be moved at all, wherever to. Refusals are
// those of MayChange without Invalid.
func (r Reservation) Open(dose int, now time.Time) error {
	if dose != BothDoses {
		_, err := r.open(dose, now)
		return err
	}
	if len(r.Doses) != 2 {
		return fault.New(fault.NotFound, "booking.not_found")
	}
	_, err := r.open(1, now)
	return err
}

// open is Open for one dose, and where it is among the doses.
func (r Reservation) open(dose int, now time.Time) (int, error) {
	if r.State != Booked {
		return 0, fault.New(fault.Conflict, "booking.not_booked")
	}
	i := slices.IndexFunc(r.Doses, func(d Dose) bool { return d.Number == dose })
	switch {
	case i < 0:
		return 0, fault.New(fault.NotFound, "booking.not_found")
	case r.Doses[i].Given:
		return 0, fault.New(fault.Conflict, "booking.dose_given")
	case !now.Before(r.Doses[i].Start.Add(-ChangeUntil)):
		return 0, fault.New(fault.Expired, "booking.change_too_late")
	case r.Changes >= ChangesMost:
		return 0, fault.New(fault.TooMany, "booking.change_too_often")
	}
	return i, nil
}

// Moved is the reservation's doses with one of them at another time.
func (r Reservation) Moved(dose int, start time.Time) []Dose {
	doses := slices.Clone(r.Doses)
	for i := range doses {
		if doses[i].Number == dose {
			doses[i].Start = start
		}
	}
	return doses
}

// apart refuses doses that are too near each other, or too far apart (rules B3, B60).
func (t Terms) apart(doses []Dose, now time.Time) error {
	if len(doses) == 0 {
		return nil
	}
	v := t.Between(doses[0].Start, now)
	for i := 1; i < len(doses); i++ {
		days := caldate.Of(doses[i-1].Start, t.Zone).DaysUntil(caldate.Of(doses[i].Start, t.Zone))
		switch {
		case days < v.Min:
			return then(fault.New(fault.Invalid, "booking.change_too_near").With("Days", v.Min))
		case v.Max > 0 && days > v.Max:
			return then(fault.New(fault.Invalid, "booking.change_too_far").With("Days", v.Max))
		}
	}
	return nil
}

// then says that it is the chosen time that is refused.
func then(f *fault.Error) error { return f.With("Field", "start") }
