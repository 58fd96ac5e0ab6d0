package booking_test

import (
	"slices"
	"testing"
	"time"

	"naru/examples"
	"naru/internal/agency"
	"naru/internal/booking"
	"naru/internal/caldate"
)

// What people were given between their doses in 2021, and to what they could change it
// [DOMAIN §2.4]: "a first dose on ..., booked or changed on ...".
var intervals2021 = []struct {
	what, vaccine string
	first, today  string
	want          agency.Interval
}{
	{"AZ in spring: eleven weeks", "AZ", "2021-04-01", "2021-03-20", agency.Interval{Days: 77, Min: 77, Max: 84}},
	{"AZ, the day before people could change it", "AZ", "2021-08-10", "2021-09-27", agency.Interval{Days: 77, Min: 77, Max: 84}},
	{"AZ, from then on 4 to 12 weeks", "AZ", "2021-08-10", "2021-09-28", agency.Interval{Days: 56, Min: 28, Max: 84}},
	{"Pfizer in July: three weeks", "PFZ", "2021-07-13", "2021-07-08", agency.Interval{Days: 21, Min: 21}},
	{"Pfizer on the last day of three weeks", "PFZ", "2021-08-15", "2021-08-10", agency.Interval{Days: 21, Min: 21}},
	{"Pfizer on the first day of six weeks", "PFZ", "2021-08-16", "2021-08-10", agency.Interval{Days: 42, Min: 21}},
	{"Pfizer for that day, booked before it was decided", "PFZ", "2021-08-16", "2021-08-08", agency.Interval{Days: 21, Min: 21}},
	{"before the list begins", "PFZ", "2021-01-01", "2021-01-01", agency.Interval{Days: 21, Min: 21}},
	{"Moderna, a campaign of its own", "MOD", "2021-08-14", "2021-08-10", agency.Interval{Days: 28, Min: 28}},
	{"Moderna from then on", "MOD", "2021-08-16", "2021-08-10", agency.Interval{Days: 42, Min: 28, Max: 56}},
}

func TestIntervalsOf2021(t *testing.T) { // rules B60, A11, C28
	t.Parallel()
	a, err := agency.Load(examples.AgencyYAML)
	if err != nil {
		t.Fatal(err)
	}
	moderna := agency.Intervals{
		{Days: 28, Min: 28},
		{From: caldate.MustParse("2021-08-09"), FirstFrom: caldate.MustParse("2021-08-16"), Days: 42, Min: 28, Max: 56},
	}
	for _, c := range intervals2021 {
		all := a.Vaccines[c.vaccine].Intervals
		if c.vaccine == "MOD" {
			all = moderna
		}
		terms := booking.Terms{Zone: a.Zone, Intervals: all}
		first := caldate.MustParse(c.first).At(9, 0, a.Zone)
		got := terms.Between(first, caldate.MustParse(c.today).At(12, 0, a.Zone))
		got.From, got.FirstFrom = caldate.Date{}, caldate.Date{}
		if got != c.want {
			t.Errorf("%s: %+v, want %+v", c.what, got, c.want)
		}
	}
}

// The second dose is planned by the interval of the first dose's day, and a change of
// the first asks whether the second still fits the interval of the new day.
func TestPlanSecondByTheDay(t *testing.T) { // rules B3, B60
	t.Parallel()
	zone := zoneOf(t, "korea")
	at := func(text string) time.Time { return clockTime(t, zone, text) }
	terms := booking.Terms{
		First: caldate.MustParse("2021-08-09"), Last: caldate.MustParse("2021-08-28"), Zone: zone,
		Intervals: agency.Intervals{
			{Days: 21, Min: 21, Max: 42},
			{From: caldate.MustParse("2021-08-01"), FirstFrom: caldate.MustParse("2021-08-16"), Days: 42, Min: 35, Max: 42},
		},
	}
	for first, want := range map[string]string{"08-13 12:00": "09-03 12:00", "08-16 12:00": "09-27 12:00"} {
		all := slices.Collect(terms.PlanSecond(hours{zone: zone, times: day}, at(first), at("08-02 12:00")))
		if len(all) == 0 || !all[0].Equal(at(want)) {
			t.Errorf("first dose %s: second %v, want %s", first, all, want)
		}
	}
	r := booking.Reservation{State: booking.Booked, Doses: []booking.Dose{{Number: 1, Start: at("08-13 12:00")}, {Number: 2, Start: at("09-03 12:00")}}}
	if err := r.MayChange(1, at("08-12 12:00"), at("08-02 12:00"), terms); err != nil {
		t.Errorf("a day earlier: %v", err)
	}
	if err := r.MayChange(1, at("08-17 12:00"), at("08-02 12:00"), terms); err == nil {
		t.Error("the first dose moved to where six weeks hold, and the second stayed after three")
	}
	if err := r.MayChangeBoth(at("08-17 12:00"), at("08-02 12:00"), terms); err != nil {
		t.Errorf("both together: %v", err)
	}
	if err := r.MayChangeBoth(at("08-29 12:00"), at("08-02 12:00"), terms); err == nil {
		t.Error("both together, after the last day")
	}
	if err := (booking.Reservation{State: booking.Booked, Doses: r.Doses[:1]}).MayChangeBoth(at("08-17 12:00"), at("08-02 12:00"), terms); err == nil {
		t.Error("both of one")
	}
}
