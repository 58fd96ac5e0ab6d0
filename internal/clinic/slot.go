package clinic

import "naru/internal/caldate"

// SlotTime is one bookable time of one day: it starts StartMinute minutes after
// midnight and takes Capacity people, at least one.
type SlotTime struct {
	StartMinute int
	Capacity    int
}

// Slots lists the bookable times of one day in order of time (rule K12). It is
// empty on a holiday and on a weekday the clinic is closed, Sunday as a rule.
// A slot lies wholly inside the opening hours and outside the lunch break. The
// capacities add up to no more than DayCapacity of that weekday and differ by
// at most one; a slot that would take nobody is not listed. The same arguments
// always give the same slots. slotMinutes below 1 is a caller bug and panics.
func (c *Clinic) Slots(date caldate.Date, slotMinutes int, holidays []caldate.Date) []SlotTime {
	return c.SlotsBy(Schedule{}, date, slotMinutes, holidays)
}

func startsIn(open []Span, slotMinutes int) []int {
	var starts []int
	for _, span := range open {
		for at := span.From; at+slotMinutes <= span.To; at += slotMinutes {
			starts = append(starts, at)
		}
	}
	return starts
}

// fill shares the day's capacity out evenly. Rounding is carried along, so the
// day as a whole loses less than one place whatever the slot length.
func (c *Clinic) fill(starts []int, slotMinutes int) []SlotTime {
	n := len(starts)
	total := c.atMostDoctors(c.Capacity.PerHour * n * slotMinutes / 60)
	var slots []SlotTime
	for i, at := range starts {
		if capacity := total*(i+1)/n - total*i/n; capacity > 0 {
			slots = append(slots, SlotTime{StartMinute: at, Capacity: capacity})
		}
	}
	return slots
}
