package booking_test

import (
	"testing"
	"time"

	"naru/internal/agency"
	"naru/internal/booking"
	"naru/internal/caldate"
	"naru/internal/fault"
)

func clockTime(t *testing.T, zone *time.Location, text string) time.Time {
	t.Helper()
	v, err := time.ParseInLocation("2006-01-02 15:04", "2021-"+text, zone)
	if err != nil {
		t.Fatal(err)
	}
	return v.UTC()
}

// A first dose on 26 July at noon, the second 28 days later; first doses are
// given from 26 July to 7 August, the doses 28 to 42 days apart.
func TestMayChange(t *testing.T) { // rules B15, B3
	t.Parallel()
	zone := zoneOf(t, "korea")
	at := func(text string) time.Time { return clockTime(t, zone, text) }
	terms := booking.Terms{
		First: caldate.Date{Year: 2021, Month: 7, Day: 26}, Last: caldate.Date{Year: 2021, Month: 8, Day: 7},
		Zone: zone, Intervals: agency.Intervals{{Days: 28, Min: 28, Max: 42}},
	}
	pair := func(first, second string) booking.Reservation {
		return booking.Reservation{State: booking.Booked, Doses: []booking.Dose{{Number: 1, Start: at(first)}, {Number: 2, Start: at(second)}}}
	}
	usual, late := pair("07-26 12:00", "08-23 12:00"), pair("07-26 12:00", "09-02 12:00")
	one := booking.Reservation{State: booking.Booked, Doses: usual.Doses[:1]}
	change := func(what string, r booking.Reservation, dose int, to string, terms booking.Terms, when time.Time, want fault.Code, message string) {
		t.Helper()
		err := r.MayChange(dose, at(to), when, terms)
		wantCode(t, what, err, want)
		if err != nil && fault.Of(err).Message != message {
			t.Errorf("%s: %v, want %s", what, err, message)
		}
	}
	const tooNear, tooFar, noTime = "booking.change_too_near", "booking.change_too_far", "booking.no_such_time"
	change("the second later", usual, 2, "08-30 09:00", terms, now, "", "")
	change("the second another hour of its first possible day", usual, 2, "08-23 00:30", terms, now, "", "")
	change("the second a day too early", usual, 2, "08-22 23:30", terms, now, fault.Invalid, tooNear)
	change("the second on its last possible day", usual, 2, "09-06 23:30", terms, now, "", "")
	change("the second a day too late", usual, 2, "09-07 00:00", terms, now, fault.Invalid, tooFar)
	any := terms
	any.Intervals = agency.Intervals{{Days: 28, Min: 28}}
	change("the second much later, nothing is laid down", usual, 2, "12-01 12:00", any, now, "", "")
	change("the first another hour", usual, 1, "07-26 15:00", terms, now, "", "")
	change("the first nearer to the second than the interval", usual, 1, "07-27 12:00", terms, now, fault.Invalid, tooNear)
	change("the first nearer to a later second", late, 1, "08-05 12:00", terms, now, "", "")
	change("the first a day nearer still", late, 1, "08-06 12:00", terms, now, fault.Invalid, tooNear)
	change("the first of one, on the last day", one, 1, "08-07 23:30", terms, now, "", "")
	change("the first after the last day", one, 1, "08-08 00:00", terms, now, fault.Invalid, noTime)
	change("the first before the first day", one, 1, "07-25 23:30", terms, now, fault.Invalid, noTime)
	change("a dose that is not there", one, 2, "08-23 12:00", terms, now, fault.NotFound, "booking.not_found")
	change("the same time", usual, 1, "07-26 12:00", terms, now, fault.Invalid, "booking.change_same_time")

	change("just in time", usual, 1, "07-26 15:00", terms, at("07-26 11:30").Add(-time.Nanosecond), "", "")
	change("half an hour before", usual, 1, "07-26 15:00", terms, at("07-26 11:30"), fault.Expired, "booking.change_too_late")
	change("the second after the first was given", usual, 2, "08-30 12:00", terms, at("08-01 12:00"), "", "")
	given := usual
	given.Doses = append([]booking.Dose{}, usual.Doses...)
	given.Doses[0].Given = true
	change("the first once it was given", given, 1, "07-27 12:00", terms, now, fault.Conflict, "booking.dose_given") // rule B19
	change("to a time that has passed", usual, 1, "07-26 09:00", terms, at("07-26 09:00"), fault.Invalid, noTime)
	often := usual
	often.Changes = booking.ChangesMost - 1
	change("once more", often, 2, "08-30 12:00", terms, now, "", "")
	often.Changes++
	change("too often", often, 2, "08-30 12:00", terms, now, fault.TooMany, "booking.change_too_often")
	for _, s := range states {
		if r := usual; s != booking.Booked {
			r.State = s
			change("state "+string(s), r, 2, "08-30 12:00", terms, now, fault.Conflict, "booking.not_booked")
		}
	}
}

// Days are counted on the calendar, so the night in which summer time ends does
// not make an interval shorter.
func TestMayChangeCountsCalendarDays(t *testing.T) { // rule B3
	t.Parallel()
	zone := zoneOf(t, "second")
	first := time.Date(2021, 10, 5, 9, 0, 0, 0, zone)
	terms := booking.Terms{First: caldate.Date{Year: 2021, Month: 10, Day: 1}, Last: caldate.Date{Year: 2021, Month: 10, Day: 30}, Zone: zone, Intervals: agency.Intervals{{Days: 28, Min: 28, Max: 28}}}
	r := booking.Reservation{State: booking.Booked, Doses: []booking.Dose{{Number: 1, Start: first}, {Number: 2, Start: first.AddDate(0, 0, 28)}}}
	for _, hour := range []int{0, 8, 23} {
		to := time.Date(2021, 11, 2, hour, 30, 0, 0, zone)
		wantCode(t, to.String(), r.MayChange(2, to, first.AddDate(0, 0, -7), terms), "")
	}
}

func TestMovedLeavesTheReservationAsItIs(t *testing.T) {
	t.Parallel()
	r := booking.Reservation{Doses: []booking.Dose{{Number: 1, Start: now}, {Number: 2, Start: now.Add(time.Hour)}}}
	moved := r.Moved(2, now.Add(2*time.Hour))
	if !moved[1].Start.Equal(now.Add(2*time.Hour)) || !moved[0].Start.Equal(now) || !r.Doses[1].Start.Equal(now.Add(time.Hour)) {
		t.Errorf("moved %v, was %v", moved, r.Doses)
	}
}
