// Package clinic is where a person can be vaccinated: the regions of a country,
// the clinics, hospitals and centres in them, their opening hours and what they
// can give in a day.
//
// It promises that a list is read row by row, that each row it cannot use is
// named with its line and the reason, and that the same input always gives the
// same files, byte for byte. It never opens a file, never asks what time it is,
// and never counts who has booked: that is package booking. The files it builds
// are static and complete, so a person can choose a region and a clinic while
// every database is away (rule K14).
//
// The rules are numbered in docs/rules/clinic.md; how capacity is derived for a
// list that has none is docs/adr/0007-derive-clinic-capacity.md.
package clinic

import "time"

// ID names one facility. It is unique in a directory (rule K8).
type ID string

// Kind is what sort of facility it is.
type Kind string

// The kinds of facility.
const (
	Practice Kind = "clinic"   // 위탁의료기관: a doctor's practice under contract
	Hospital Kind = "hospital" // a hospital under contract
	Centre   Kind = "centre"   // 예방접종센터: set up for the campaign
)

// Kinds lists every kind, in the order in which summaries show them.
var Kinds = []Kind{Practice, Hospital, Centre}

// minutesPerDay is also the latest closing time: 24:00.
const minutesPerDay = 24 * 60

// Span is a part of a day in minutes after midnight, From included, To not.
// The zero span is none.
type Span struct {
	From int `json:"from"`
	To   int `json:"to"`
}

// IsZero reports that there is no such span.
func (s Span) IsZero() bool { return s == Span{} }

// Day is the opening time of one weekday in minutes after midnight; a closing
// time of 1440 is midnight. The zero day is closed.
type Day struct {
	Open  int `json:"open"`
	Close int `json:"close"`
}

// Closed reports that the clinic does not vaccinate on that weekday.
func (d Day) Closed() bool { return d == Day{} }

// Capacity is how many injections the facility gives in an hour it is open.
type Capacity struct {
	PerHour int  `json:"per_hour"`
	Derived bool `json:"derived,omitempty"` // worked out by rule K10, not stated by the facility
}

// Clinic is one facility. Values made by Parse, Generate or Read satisfy every
// rule of docs/rules/clinic.md; readers share them and must not change them.
type Clinic struct {
	ID           ID         `json:"id"`
	Name         string     `json:"name"`
	Kind         Kind       `json:"kind"`
	RegionCode   RegionCode `json:"region"`  // the lowest region known: 읍면동, or the 시군구 itself
	SigunguCode  RegionCode `json:"sigungu"` // the region of the second level
	Address      string     `json:"address,omitempty"`
	Lat          float64    `json:"lat"`
	Lon          float64    `json:"lon"`
	Hours        [7]Day     `json:"hours"` // by time.Weekday, Sunday first
	HoursAssumed bool       `json:"hours_assumed,omitempty"`
	Lunch        Span       `json:"lunch"`
	Capacity     Capacity   `json:"capacity"`
	Doctors      int        `json:"doctors"`
}

// The most one doctor answers for in a day (rule K11).
const (
	doctorDayLimit       = 100
	centreDoctorDayLimit = 150
)

// DayCapacity is the most injections the facility gives on such a weekday that
// is no holiday. Slots never offers more (rule K11).
func (c *Clinic) DayCapacity(day time.Weekday) int {
	minutes := 0
	for _, s := range c.openSpans(day) {
		minutes += s.To - s.From
	}
	return c.atMostDoctors(c.Capacity.PerHour * minutes / 60)
}

func (c *Clinic) atMostDoctors(injections int) int {
	perDoctor := doctorDayLimit
	if c.Kind == Centre {
		perDoctor = centreDoctorDayLimit
	}
	return min(injections, perDoctor*c.Doctors)
}

// openSpans is the opening time of a weekday without the lunch break.
func (c *Clinic) openSpans(day time.Weekday) []Span { return Week{c.Hours, c.Lunch}.open(day) }

func (w Week) open(day time.Weekday) []Span {
	d := w.Hours[day]
	if d.Closed() {
		return nil
	}
	if w.Lunch.IsZero() || w.Lunch.To <= d.Open || w.Lunch.From >= d.Close {
		return []Span{{d.Open, d.Close}}
	}
	var spans []Span
	if d.Open < w.Lunch.From {
		spans = append(spans, Span{d.Open, w.Lunch.From})
	}
	if w.Lunch.To < d.Close {
		spans = append(spans, Span{w.Lunch.To, d.Close})
	}
	return spans
}
