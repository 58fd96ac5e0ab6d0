package agency

import (
	"fmt"

	"naru/internal/caldate"
	"naru/internal/rulefile"
)

// Interval says how many days lie between two doses, from a day on (rule A11).
type Interval struct {
	From      caldate.Date // the day on which somebody books or changes, and later
	FirstFrom caldate.Date // the day of their first dose, and later
	Days      int          // what is booked
	Min, Max  int          // to what people may change it; Max 0: nothing is laid down
}

// Intervals are dated: they changed while people were between their doses. They are in
// order of From, and of those that hold the last counts.
type Intervals []Interval

// At is what holds for a first dose on a day when somebody books or changes today;
// before the first of the list, the first.
func (all Intervals) At(first, today caldate.Date) Interval {
	if len(all) == 0 {
		return Interval{}
	}
	at := all[0]
	for _, i := range all[1:] {
		if !today.Before(i.From) && !first.Before(i.FirstFrom) {
			at = i
		}
	}
	return at
}

// ReadIntervals reads the list under "intervals" of a file: within the label, in order,
// with bounds around what is booked. min is days and max is the label's where they are
// not written.
func ReadIntervals(m *rulefile.Map, v Vaccine) (all Intervals) {
	for _, block := range m.Maps("intervals") {
		i := readInterval(block, v)
		if n := len(all); n > 0 && i.From.Before(all[n-1].From) {
			block.Fault("from", fmt.Sprintf("%s is before the entry above it", i.From), "write the entries in order of their days")
		}
		all = append(all, i)
	}
	return all
}

func readInterval(m *rulefile.Map, v Vaccine) Interval {
	defer m.Close()
	i := Interval{From: m.Date("from"), FirstFrom: m.Date("first_dose_from"), Days: m.Int("days", 1, 3650)}
	i.Min, i.Max = i.Days, v.MaxIntervalDays
	if m.Has("min") {
		i.Min = m.Int("min", 1, 3650)
	}
	if m.Has("max") {
		i.Max = m.Int("max", 1, 3650)
	}
	switch {
	case i.Days == 0 || i.Min == 0:
	case i.Min > i.Days || i.Max > 0 && i.Max < i.Days:
		m.Fault("days", fmt.Sprintf("%d days is not from min to max", i.Days), "correct one of the three")
	case i.Min < v.MinIntervalDays || v.MaxIntervalDays > 0 && i.Max > v.MaxIntervalDays:
		m.Fault("days", "this is not within the label of "+v.Code, "write min and max within it")
	}
	return i
}
