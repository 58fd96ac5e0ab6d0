// Package visit is the entry register: who was where, kept so that nobody can read it
// alone.
//
// It promises that a visit names a facility, a time and a sealed token, and nothing
// else; that a token can be opened by two custodians together and by neither alone;
// that two tokens of one person have nothing in common but the day; and that what is
// older than the days of retention cannot be opened by anybody, because the keys are
// gone. It never knows a name. Rules V1-V5 in docs/rules/visit.md.
package visit

import (
	"time"

	"naru/internal/caldate"
	"naru/internal/fault"
)

// Days of the register (rule V4).
const (
	KeptDays  = 28 // a visit can be opened for so long after its day
	AheadDays = 35 // keys of days are published so far ahead
)

// Day is a day of the register, counted from 1 January 2020; 0 is that day. It is all
// that a sealed token says openly.
type Day uint16

var first = caldate.Date{Year: 2020, Month: time.January, Day: 1}

// DayOf is the day a date is; found is false for one outside of the register's time.
func DayOf(d caldate.Date) (day Day, found bool) {
	n := first.DaysUntil(d)
	return Day(n), n >= 0 && n <= 1<<16-1 //nolint:gosec // bounded beside it
}

// Date is the day in the calendar.
func (d Day) Date() caldate.Date { return first.AddDays(int(d)) }

// DestroyOn is the first day on which the keys of d must no longer exist.
func (d Day) DestroyOn() Day { return d + KeptDays + 1 }

// Span is the days whose keys exist today: those that can still be opened, today, and
// those published ahead.
func Span(today Day) (from, to Day) { return today - min(today, KeptDays), today + AheadDays }

// ID is a visit's own number, made by the scanner that recorded it: what is uploaded
// again is the same visit.
type ID [16]byte

// Visit is one entry, as it is stored.
type Visit struct {
	ID       ID
	Facility string
	At       time.Time // when the person was there, a whole minute
	People   int       // who came in together and showed one code, 1 to MaxPeople
	Token    Token
}

// Bounds of what a scanner uploads.
const (
	MaxPeople = 50  // of a group with one code
	MaxUpload = 500 // visits of one upload
)

// MaxLate is how long after its day a visit may be uploaded; later it could not be
// opened any more.
const MaxLate = KeptDays * 24 * time.Hour

// maxAhead is how far a scanner's clock may be ahead.
const maxAhead = 10 * time.Minute

// Take judges a visit that is uploaded (rule V5). Code Expired for one that is too
// old to be of use, Invalid for a time that has not come.
func (v Visit) Take(now time.Time, zone *time.Location) error {
	day, found := DayOf(caldate.Of(v.At, zone))
	today, _ := DayOf(caldate.Of(now, zone))
	switch {
	case v.At.After(now.Add(maxAhead)) || !found:
		return fault.New(fault.Invalid, "visit.not_yet")
	case today >= day.DestroyOn():
		return fault.New(fault.Expired, "visit.too_old")
	case v.Facility == "":
		return fault.New(fault.Invalid, "visit.no_facility")
	case v.People < 1 || v.People > MaxPeople:
		return fault.New(fault.Invalid, "visit.people_bad").With("Most", MaxPeople)
	case !v.At.Equal(v.At.Truncate(time.Minute)):
		return fault.New(fault.Malformed, "visit.time_bad")
	}
	return v.Token.check(day)
}
