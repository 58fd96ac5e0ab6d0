package clinic

import (
	"slices"
	"strings"
	"time"

	"naru/internal/fault"
)

// Times of a vaccination day (rules K26, K27).
const (
	MissedAfter  = 15 * time.Minute // nobody is called missed sooner after their time
	LatestReport = 24 * time.Hour   // what a tablet kept while it was cut off is taken this long after it happened
	clockSkew    = 2 * time.Minute  // how far a tablet's clock may be ahead
)

// Step is what a clinic reports of one booked dose.
type Step string

// The steps.
const (
	Arrived Step = "arrived"
	Given   Step = "given"
	Missed  Step = "missed"
	Back    Step = "back" // arrived or missed was pressed by mistake
)

// Attendance is what is known of a booked dose on its day; a zero time is not yet.
type Attendance struct {
	Start                  time.Time // as booked
	Arrived, Given, Missed time.Time
}

// Take decides a step that happened at a time, in the agency's zone (rule K26). A
// step that is reported again changes nothing. Codes: Invalid (the time), Conflict.
func (a Attendance) Take(step Step, at, now time.Time, zone *time.Location) (Attendance, error) {
	if at.After(now.Add(clockSkew)) || at.Before(now.Add(-LatestReport)) {
		return a, fault.New(fault.Invalid, "clinic.step_time").With("Field", "at")
	}
	if at.After(now) {
		at = now
	}
	if at.In(zone).Format(time.DateOnly) != a.Start.In(zone).Format(time.DateOnly) {
		return a, fault.New(fault.Conflict, "clinic.another_day")
	}
	if !a.Given.IsZero() && step != Arrived && step != Given {
		return a, fault.New(fault.Conflict, "clinic.dose_given")
	}
	switch step {
	case Arrived:
		if a.Arrived.IsZero() {
			a.Arrived, a.Missed = at, time.Time{}
		}
	case Given:
		if !a.Given.IsZero() {
			return a, fault.New(fault.Conflict, "clinic.dose_given")
		}
		a.Given, a.Missed = at, time.Time{}
		if a.Arrived.IsZero() {
			a.Arrived = at
		}
	case Missed:
		if !a.Arrived.IsZero() {
			return a, fault.New(fault.Conflict, "clinic.has_arrived")
		}
		if at.Before(a.Start.Add(MissedAfter)) {
			return a, fault.New(fault.Conflict, "clinic.missed_early")
		}
		if a.Missed.IsZero() {
			a.Missed = at
		}
	case Back:
		a.Arrived, a.Missed = time.Time{}, time.Time{}
	default:
		return a, fault.New(fault.Invalid, "clinic.step_unknown").With("Field", "step")
	}
	return a, nil
}

// Sites are where a dose is given, as forms offer them.
var Sites = []string{"left_arm", "right_arm", "left_thigh", "right_thigh"}

// Watches are how many minutes people are observed after a dose: 15, or 30 for who
// reacted before (rule K27).
var Watches = []int{15, 30}

// Shot is what is written down of a dose.
type Shot struct {
	Vaccine string
	Lot     string
	Site    string
	Watch   int // minutes
}

// maxLot is the longest lot number, in signs.
const maxLot = 20

// ParseShot takes what was typed: the lot as printed on the vial (letters, digits,
// hyphen), site and minutes as offered. Code Invalid with its Field.
func ParseShot(vaccine, lot, site string, watch int) (Shot, error) {
	lot = strings.ToUpper(strings.TrimSpace(lot))
	odd := strings.ContainsFunc(lot, func(r rune) bool {
		return (r < '0' || r > '9') && (r < 'A' || r > 'Z') && r != '-'
	})
	if lot == "" || len(lot) > maxLot || odd {
		return Shot{}, fault.New(fault.Invalid, "clinic.lot_bad").With("Field", "lot")
	}
	if !slices.Contains(Sites, site) {
		return Shot{}, fault.New(fault.Invalid, "clinic.site_bad").With("Field", "site")
	}
	if !slices.Contains(Watches, watch) {
		return Shot{}, fault.New(fault.Invalid, "clinic.watch_bad").With("Field", "watch")
	}
	return Shot{vaccine, lot, site, watch}, nil
}

// Watched is until when somebody is observed; zero: no dose yet.
func (a Attendance) Watched(minutes int) time.Time {
	if a.Given.IsZero() {
		return time.Time{}
	}
	return a.Given.Add(time.Duration(minutes) * time.Minute)
}
