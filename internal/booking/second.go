package booking

import (
	"iter"
	"slices"
	"time"

	"naru/internal/agency"
	"naru/internal/caldate"
)

// Timetable answers which times a clinic offers on a day, in the agency's zone.
// It is a value made from the clinic's own hours; it never asks a store.
type Timetable interface {
	// Times returns the beginnings of that day's slots in order, none when closed.
	Times(day caldate.Date) []time.Time
}

// secondDoseDays is how many days after the due day a second dose may be moved
// when the due day is closed or full (rule B3).
const secondDoseDays = 6

// SecondDoses goes through the times for dose 2 of a first dose at start, best first
// (rule B3): the due day at the same time, then the other times of that day by
// distance, then the same for the following days. intervalDays is the
// campaign's interval; maxDays, when not 0, is the vaccine's longest.
func SecondDoses(t Timetable, start time.Time, zone *time.Location, intervalDays, maxDays int) iter.Seq[time.Time] {
	first := caldate.Of(start, zone)
	local := start.In(zone)
	last := intervalDays + secondDoseDays
	if maxDays > 0 {
		last = min(last, maxDays)
	}
	return func(yield func(time.Time) bool) {
		for days := intervalDays; days <= last; days++ {
			day := first.AddDays(days)
			for _, at := range byDistance(t.Times(day), day.At(local.Hour(), local.Minute(), zone)) {
				if !yield(at) {
					return
				}
			}
		}
	}
}

// Between is what holds between the doses of a first dose at a time, for who books or
// changes now (rule B60).
func (t Terms) Between(first, now time.Time) agency.Interval {
	return t.Intervals.At(caldate.Of(first, t.Zone), caldate.Of(now, t.Zone))
}

// PlanSecond goes through the times for dose 2 of a first dose at a time that is booked
// now, best first, by the interval that holds (rules B3, B60).
func (t Terms) PlanSecond(at Timetable, first, now time.Time) iter.Seq[time.Time] {
	v := t.Between(first, now)
	return SecondDoses(at, first, t.Zone, v.Days, v.Max)
}

// byDistance orders times, which come in order, by how far they are from the
// wished one; the earlier of two equals comes first.
func byDistance(times []time.Time, wish time.Time) []time.Time {
	sorted := make([]time.Time, 0, len(times))
	late, _ := slices.BinarySearchFunc(times, wish, time.Time.Compare)
	for early := late - 1; len(sorted) < len(times); {
		if early >= 0 && (late == len(times) || wish.Sub(times[early]) <= times[late].Sub(wish)) {
			sorted = append(sorted, times[early])
			early--
		} else {
			sorted = append(sorted, times[late])
			late++
		}
	}
	return sorted
}
