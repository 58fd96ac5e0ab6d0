package clinic

import (
	"encoding/json"
	"errors"
	"io"
	"slices"
	"strings"

	"naru/internal/caldate"
	"naru/internal/fault"
)

// Bounds of a schedule (rule K21).
const (
	MaxPerSlot  = 500 // people a slot
	MaxDays     = 400 // special days
	MaxSpans    = 4   // parts of one special day
	MaxVaccines = 20
	MaxPerVial  = 20
	maxSchedule = 64 << 10 // bytes
)

// Week is a clinic's ordinary opening.
type Week struct {
	Hours [7]Day `json:"hours"` // by time.Weekday, Sunday first
	Lunch Span   `json:"lunch"`
}

// SpecialDay is one day that is unlike its weekday. It also opens a holiday.
type SpecialDay struct {
	Date caldate.Date `json:"date"`
	Open []Span       `json:"open"` // in order; none: closed all day
}

// Vial is a vaccine the clinic gives, and how many people one vial serves.
type Vial struct {
	Vaccine string `json:"vaccine"`
	Doses   int    `json:"doses"`
}

// Schedule is what a clinic lays down about itself. Where it is silent the list
// holds: the zero schedule changes nothing (rule K22).
type Schedule struct {
	Week    *Week        `json:"week,omitempty"`     // nil: as in the list
	PerSlot int          `json:"per_slot,omitempty"` // people a slot; 0: as in the list
	Days    []SpecialDay `json:"days,omitempty"`     // in order of date, each once
	Vials   []Vial       `json:"vials,omitempty"`
}

// ParseSchedule reads what Schedule.Text wrote. Code Invalid.
func ParseSchedule(text string) (Schedule, error) {
	var s Schedule
	d := json.NewDecoder(strings.NewReader(text))
	d.DisallowUnknownFields()
	err := d.Decode(&s)
	if err == nil {
		if _, more := d.Token(); !errors.Is(more, io.EOF) {
			err = errors.New("more than one schedule")
		}
	}
	if err != nil || len(text) > maxSchedule {
		return Schedule{}, fault.Wrap(fault.Invalid, "clinic.schedule_bad", err)
	}
	return s, s.Valid()
}

// Text writes the schedule for ParseSchedule.
func (s Schedule) Text() string {
	text, err := json.Marshal(s)
	if err != nil {
		panic(err) // numbers, dates and strings
	}
	return string(text)
}

// Valid refuses a schedule that is not whole: code Invalid, Field names the part.
func (s Schedule) Valid() error {
	bad := func(field, message string) error { return fault.New(fault.Invalid, message).With("Field", field) }
	if s.Week != nil && !s.Week.valid() {
		return bad("week", "clinic.week_bad")
	}
	if s.PerSlot < 0 || s.PerSlot > MaxPerSlot {
		return bad("per_slot", "clinic.per_slot_bad")
	}
	if len(s.Days) > MaxDays || !slices.IsSortedFunc(s.Days, byDate) {
		return bad("days", "clinic.days_bad")
	}
	for i, d := range s.Days {
		if !d.Date.Valid() || i > 0 && s.Days[i-1].Date == d.Date || len(d.Open) > MaxSpans || !oneAfterAnother(d.Open) {
			return bad("days", "clinic.days_bad")
		}
	}
	if len(s.Vials) > MaxVaccines {
		return bad("vials", "clinic.vials_bad")
	}
	for _, v := range s.Vials {
		if v.Vaccine == "" || len(v.Vaccine) > 20 || v.Doses < 1 || v.Doses > MaxPerVial {
			return bad("vials", "clinic.vials_bad")
		}
	}
	return nil
}

func byDate(a, b SpecialDay) int { return a.Date.Compare(b.Date) }

func (w *Week) valid() bool {
	for _, d := range w.Hours {
		if !d.Closed() && (d.Open < 0 || d.Open >= d.Close || d.Close > minutesPerDay) {
			return false
		}
	}
	return w.Lunch.IsZero() || oneAfterAnother([]Span{w.Lunch})
}

// oneAfterAnother reports that spans follow one another inside one day.
func oneAfterAnother(spans []Span) bool {
	end := 0
	for _, s := range spans {
		if s.From < end || s.From >= s.To || s.To > minutesPerDay {
			return false
		}
		end = s.To
	}
	return true
}

// Closed is the schedule with a part of a day taken out: what is open then is
// cut, what else the day has stays. holidays are the agency's.
func (s Schedule) Closed(c *Clinic, date caldate.Date, part Span, holidays []caldate.Date) Schedule {
	var left []Span
	for _, open := range c.OpenOn(s, date, holidays) {
		if early := (Span{open.From, min(open.To, part.From)}); early.From < early.To {
			left = append(left, early)
		}
		if late := (Span{max(open.From, part.To), open.To}); late.From < late.To {
			left = append(left, late)
		}
	}
	return s.With(SpecialDay{Date: date, Open: left})
}

// With is the schedule with one special day put in, in place of any other of that date.
func (s Schedule) With(day SpecialDay) Schedule {
	s.Days = append(s.without(day.Date), day)
	slices.SortFunc(s.Days, byDate)
	return s
}

// Without is the schedule in which a date is an ordinary day again.
func (s Schedule) Without(date caldate.Date) Schedule {
	s.Days = s.without(date)
	return s
}

func (s Schedule) without(date caldate.Date) []SpecialDay {
	var days []SpecialDay
	for _, d := range s.Days {
		if d.Date != date {
			days = append(days, d)
		}
	}
	return days
}

// PerVial is how many people a vial of the vaccine serves here; 0: not stated.
func (s Schedule) PerVial(vaccine string) int {
	for _, v := range s.Vials {
		if v.Vaccine == vaccine {
			return v.Doses
		}
	}
	return 0
}
