// Package caldate is a day of the calendar without a time or a zone: a birth
// date, a day of vaccination, a holiday.
//
// It promises that a parsed date exists in the proleptic Gregorian calendar
// (ISO 8601, years 1 to 9999) and that arithmetic counts days, never hours, so
// a change of summer time cannot move a date. It never asks what day it is
// today and never guesses a zone: both are given by the caller.
package caldate

import (
	"cmp"
	"fmt"
	"time"
)

// Date is one day. The zero value is no date at all; see IsZero. Two dates are
// the same day exactly when they are ==.
type Date struct {
	Year  int
	Month time.Month
	Day   int
}

// Of returns the day that the clock on the wall in loc shows at instant t.
func Of(t time.Time, loc *time.Location) Date {
	y, m, d := t.In(loc).Date()
	return Date{y, m, d}
}

// IsZero reports that no date was given.
func (d Date) IsZero() bool { return d == Date{} }

// Valid reports whether the day exists, so 2021-02-30 and the zero date do not.
func (d Date) Valid() bool {
	if d.Year < 1 || d.Year > 9999 {
		return false
	}
	y, m, day := d.noon().Date()
	return Date{y, m, day} == d
}

// String writes the date as 2021-07-12, and the zero date as nothing.
func (d Date) String() string {
	if d.IsZero() {
		return ""
	}
	return fmt.Sprintf("%04d-%02d-%02d", d.Year, int(d.Month), d.Day)
}

// Compare is -1 when d is earlier than other, 0 on the same day, +1 when later.
func (d Date) Compare(other Date) int {
	return cmp.Or(
		cmp.Compare(d.Year, other.Year),
		cmp.Compare(d.Month, other.Month),
		cmp.Compare(d.Day, other.Day),
	)
}

// Before reports whether d is an earlier day than other.
func (d Date) Before(other Date) bool { return d.Compare(other) < 0 }

// After reports whether d is a later day than other.
func (d Date) After(other Date) bool { return d.Compare(other) > 0 }

// AddDays returns the day n days later, or earlier when n is negative.
func (d Date) AddDays(n int) Date { return Of(d.noon().AddDate(0, 0, n), time.UTC) }

// DaysUntil counts the days from d to other: 0 on the same day, negative when
// other is earlier.
func (d Date) DaysUntil(other Date) int {
	return int((other.noon().Unix() - d.noon().Unix()) / (24 * 60 * 60))
}

// Weekday is the day of the week.
func (d Date) Weekday() time.Weekday { return d.noon().Weekday() }

// At is the instant at which the clock in loc shows hour:min on this day. An
// hour of 24 is the midnight that ends the day. When summer time skips or
// repeats that clock time the answer is one of the possible instants, as
// time.Date defines; use Clock where that must be refused.
func (d Date) At(hour, min int, loc *time.Location) time.Time {
	return time.Date(d.Year, d.Month, d.Day, hour, min, 0, 0, loc)
}

// noon in UTC is an hour that no time zone rule can move to another day.
func (d Date) noon() time.Time {
	return time.Date(d.Year, d.Month, d.Day, 12, 0, 0, 0, time.UTC)
}
