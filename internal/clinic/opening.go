package clinic

import (
	"slices"

	"naru/internal/caldate"
)

// SlotsBy is Slots for a clinic with a schedule of its own (rule K22): a special
// day, else a holiday, else the week, and so many people a slot as it says. However
// many that are, no doctor answers for more than rule K11 allows in a day.
func (c *Clinic) SlotsBy(s Schedule, date caldate.Date, slotMinutes int, holidays []caldate.Date) []SlotTime {
	if slotMinutes < 1 {
		panic("clinic: slots of less than a minute")
	}
	starts := startsIn(c.OpenOn(s, date, holidays), slotMinutes)
	if s.PerSlot == 0 {
		return c.fill(starts, slotMinutes)
	}
	slots, left := make([]SlotTime, 0, len(starts)), c.atMostDoctors(s.PerSlot*len(starts))
	for _, at := range starts {
		if n := min(s.PerSlot, left); n > 0 {
			slots = append(slots, SlotTime{StartMinute: at, Capacity: n})
			left -= n
		}
	}
	return slots
}

// OpenOn is when the clinic is open on a day by its schedule, in order; none: closed.
func (c *Clinic) OpenOn(s Schedule, date caldate.Date, holidays []caldate.Date) []Span {
	for _, d := range s.Days {
		if d.Date == date {
			return d.Open
		}
	}
	if slices.Contains(holidays, date) {
		return nil
	}
	week := Week{c.Hours, c.Lunch}
	if s.Week != nil {
		week = *s.Week
	}
	return week.open(date.Weekday())
}
