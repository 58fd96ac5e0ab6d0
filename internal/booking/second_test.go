package booking_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"naru/examples"
	"naru/internal/agency"
	"naru/internal/booking"
	"naru/internal/caldate"
)

// hours is a clinic's timetable: the same times on every day it is open.
type hours struct {
	zone   *time.Location
	times  []string
	closed map[string]bool // days, and weekdays such as "Sunday"
}

func (h hours) Times(day caldate.Date) []time.Time {
	if h.closed[day.String()] || h.closed[day.Weekday().String()] {
		return nil
	}
	var all []time.Time
	for _, text := range h.times {
		at, err := time.Parse("15:04", text)
		if err != nil {
			panic(err)
		}
		all = append(all, day.At(at.Hour(), at.Minute(), h.zone).UTC())
	}
	return all
}

func zoneOf(t testing.TB, file string) *time.Location {
	t.Helper()
	text := examples.AgencyYAML
	if file == "second" {
		text = examples.SecondAgencyYAML
	}
	a, err := agency.Load(text)
	if err != nil {
		t.Fatal(err)
	}
	return a.Zone
}

var (
	day     = []string{"09:00", "12:00", "15:00"}
	halves  = []string{"08:00", "08:30", "09:00", "09:30", "10:00"}
	weekend = map[string]bool{"Saturday": true, "Sunday": true}
)

// secondDoses read as "a first dose at ..., then these, best first".
var secondDoses = []struct {
	what, agency      string
	times             []string
	closed            map[string]bool
	first             string // on the clock of the zone
	interval, longest int
	want              []string // the first of the list
	days              int      // how many days the list covers
}{
	{
		"the same time first, then by distance, the earlier of two", "korea", day, nil,
		"2021-07-26 12:00", 28, 0,
		[]string{"08-23 12:00", "08-23 09:00", "08-23 15:00", "08-24 12:00", "08-24 09:00"},
		7,
	},
	{
		"a first dose late in the day", "korea", day, nil,
		"2021-07-26 15:00", 28, 0,
		[]string{"08-23 15:00", "08-23 12:00", "08-23 09:00", "08-24 15:00"},
		7,
	},
	{
		"a time the due day does not have", "korea",
		[]string{"09:00", "12:00"},
		nil,
		"2021-07-26 10:00", 28, 0,
		[]string{"08-23 09:00", "08-23 12:00", "08-24 09:00"},
		7,
	},
	{
		"the due day is closed: the next open one", "korea", day,
		map[string]bool{"2021-08-23": true, "2021-08-24": true},
		"2021-07-26 12:00", 28, 0,
		[]string{"08-25 12:00", "08-25 09:00", "08-25 15:00", "08-26 12:00"},
		5,
	},
	{
		"due on a Saturday: Monday", "korea", day, weekend,
		"2021-07-30 09:00", 29, 0,
		[]string{"08-30 09:00", "08-30 12:00", "08-30 15:00", "08-31 09:00"},
		5,
	},
	{
		"the holidays of Chuseok", "korea", day,
		map[string]bool{"2021-09-20": true, "2021-09-21": true, "2021-09-22": true, "Sunday": true},
		"2021-08-09 12:00", 42, 0,
		[]string{"09-23 12:00"},
		3,
	},
	{
		"the longest interval ends the list", "korea", day, nil,
		"2021-07-26 12:00", 28, 30,
		[]string{"08-23 12:00"},
		3,
	},
	{
		"the longest interval is the interval", "korea", day, nil,
		"2021-07-26 12:00", 28, 28,
		[]string{"08-23 12:00", "08-23 09:00", "08-23 15:00"},
		1,
	},
	{
		"closed as long as it could be", "korea", day,
		map[string]bool{"Monday": true, "Tuesday": true, "Wednesday": true, "Thursday": true, "Friday": true, "Saturday": true, "Sunday": true},
		"2021-07-26 12:00", 28, 0, nil, 0,
	},
	{
		"summer time ends between the doses: the same time on the clock", "second", halves, nil,
		"2021-10-05 09:00", 28, 42,
		[]string{"11-02 09:00", "11-02 08:30", "11-02 09:30", "11-02 08:00"},
		7,
	},
	{
		"summer time begins between the doses", "second", halves, nil,
		"2021-03-10 09:00", 21, 42,
		[]string{"03-31 09:00", "03-31 08:30", "03-31 09:30"},
		7,
	},
	{
		"due on the day summer time ends", "second",
		[]string{"00:30", "02:30", "09:00"},
		nil,
		"2021-10-03 09:00", 28, 42,
		[]string{"10-31 09:00", "10-31 02:30", "10-31 00:30"},
		7,
	},
	{
		"due on the country's own holiday", "second", day,
		map[string]bool{"2021-11-01": true},
		"2021-10-04 09:00", 28, 42,
		[]string{"11-02 09:00"},
		6,
	},
}

func TestSecondDoses(t *testing.T) { // rule B3
	t.Parallel()
	for _, c := range secondDoses {
		t.Run(c.what, func(t *testing.T) {
			t.Parallel()
			zone := zoneOf(t, c.agency)
			first, err := time.ParseInLocation("2006-01-02 15:04", c.first, zone)
			if err != nil {
				t.Fatal(err)
			}
			all := slices.Collect(booking.SecondDoses(hours{zone, c.times, c.closed}, first.UTC(), zone, c.interval, c.longest))
			var got []string
			days := map[string]bool{}
			for _, at := range all {
				got = append(got, at.In(zone).Format("01-02 15:04"))
				days[at.In(zone).Format("01-02")] = true
			}
			if len(got) < len(c.want) || !slices.Equal(got[:len(c.want)], c.want) || len(days) != c.days {
				t.Errorf("%d days: %s\nwant %d days: %s ...", len(days), strings.Join(got, ", "), c.days, strings.Join(c.want, ", "))
			}
		})
	}
}

// Whatever the clinic's hours, no second dose lies before the interval or after
// the longest one, none is there twice, and earlier days come first.
func TestSecondDosesKeepTheInterval(t *testing.T) { // rule B3
	t.Parallel()
	zones := []*time.Location{zoneOf(t, "korea"), zoneOf(t, "second")}
	minute := rapid.IntRange(0, 24*60-1)
	rapid.Check(t, func(rt *rapid.T) {
		zone := rapid.SampledFrom(zones).Draw(rt, "zone")
		h := hours{zone: zone, closed: map[string]bool{rapid.SampledFrom([]string{"Sunday", "Monday", ""}).Draw(rt, "closed"): true}}
		for _, m := range rapid.SliceOfNDistinct(minute, 1, 8, rapid.ID[int]).Draw(rt, "times") {
			h.times = append(h.times, time.Unix(int64(m)*60, 0).UTC().Format("15:04"))
		}
		slices.Sort(h.times)
		day := caldate.Date{Year: 2021, Month: 1, Day: 1}.AddDays(rapid.IntRange(0, 364).Draw(rt, "day"))
		first := day.At(rapid.IntRange(0, 23).Draw(rt, "hour"), 0, zone)
		interval, over := rapid.IntRange(1, 84).Draw(rt, "interval"), rapid.IntRange(0, 14).Draw(rt, "over")
		seen, before := map[time.Time]bool{}, interval
		for at := range booking.SecondDoses(h, first, zone, interval, interval+over) {
			days := caldate.Of(first, zone).DaysUntil(caldate.Of(at, zone))
			if days < interval || days > interval+min(over, 6) || days < before {
				rt.Fatalf("%s is %d days after %s; interval %d to %d, the one before %d", at, days, first, interval, interval+over, before)
			}
			before = days
			if seen[at] && h.zone == zones[0] { // a skipped clock time may fall on another one
				rt.Fatalf("%s is there twice", at)
			}
			seen[at] = true
		}
	})
}
