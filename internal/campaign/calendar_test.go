package campaign_test

import (
	"fmt"
	"testing"
	"time"

	"naru/internal/caldate"
	"naru/internal/campaign"
)

// who is one person of the calendar.
type who struct {
	born string
	is   []string // occupations
}

// The calendar of 2021: who may book at each opening and closing, a second before, and
// at the midnights between. "-" is a no without a later time, a time is a no with the
// time from which it is a yes.
var calendar = []struct {
	file  string
	who   who
	times map[string]string
}{
	{"2021-05-06", who{born: "1947-01-01"}, map[string]string{
		"05-05 23:59": "05-06 00:00", "05-06 00:00": "yes", "05-10 00:00": "yes", "06-03 17:59": "yes", "06-03 18:00": "-",
	}},
	{"2021-05-06", who{born: "1946-12-31"}, map[string]string{"05-06 00:00": "-"}},
	{"2021-05-06", who{born: "1980-02-29", is: []string{"respiratory-patient"}}, map[string]string{"05-06 00:00": "yes", "06-03 18:00": "-"}},
	{"2021-05-06", who{born: "1956-12-31"}, map[string]string{
		"05-06 00:00": "05-10 00:00", "05-09 23:59": "05-10 00:00", "05-10 00:00": "yes", "05-13 00:00": "yes", "06-03 18:00": "-",
	}},
	{"2021-05-06", who{born: "1957-01-01"}, map[string]string{"05-10 00:00": "05-13 00:00", "05-12 23:59": "05-13 00:00", "05-13 00:00": "yes"}},
	{"2021-05-06", who{born: "1990-06-15", is: []string{"kindergarten-teacher"}}, map[string]string{"05-12 23:59": "05-13 00:00", "05-13 00:00": "yes"}},
	{"2021-05-06", who{born: "1962-01-01"}, map[string]string{"05-13 00:00": "-"}},
	{"2021-06-01", who{born: "1985-05-05", is: []string{"reservist"}}, map[string]string{
		"05-31 23:59": "06-01 00:00", "06-01 00:00": "yes", "06-01 15:30": "yes", "06-11 17:59": "yes", "06-11 18:00": "-",
	}},
	{"2021-06-01", who{born: "1992-01-01", is: []string{"reservist"}}, map[string]string{"06-01 00:00": "-"}},
	{"2021-06-01", who{born: "1985-05-05"}, map[string]string{"06-01 00:00": "-"}},
	{"2021-07-08", who{born: "1990-01-01", is: []string{"carer"}}, map[string]string{"07-07 23:59": "07-08 00:00", "07-08 00:00": "yes", "07-10 18:00": "-"}},
	{"2021-07-12", who{born: "1966-12-31"}, map[string]string{
		"07-11 23:59": "07-12 00:00", "07-12 00:00": "yes", "07-12 15:30": "yes", "07-13 00:00": "yes", "07-17 17:59": "yes", "07-17 18:00": "-",
	}},
	{"2021-07-12", who{born: "1967-01-01"}, map[string]string{"07-12 00:00": "-"}},
	{"2021-07-14", who{born: "1962-01-01"}, map[string]string{
		"07-14 19:59": "07-14 20:00", "07-14 20:00": "yes", "07-15 00:00": "yes", "07-24 17:59": "yes", "07-24 18:00": "-",
	}},
	// People of 53 and 54: their evening, a pause, and the evening for all. They may
	// book at two and three in the morning.
	{"2021-07-19", who{born: "1968-12-31"}, map[string]string{
		"07-19 19:59": "07-19 20:00", "07-19 20:00": "yes", "07-19 22:00": "yes", "07-20 00:00": "yes", "07-20 02:30": "yes", "07-20 03:00": "yes",
		"07-20 17:59": "yes", "07-20 18:00": "07-21 20:00", "07-20 20:00": "07-21 20:00", "07-21 20:00": "yes", "07-24 18:00": "-",
	}},
	{"2021-07-19", who{born: "1969-01-01"}, map[string]string{
		"07-19 20:00": "07-20 20:00", "07-20 02:30": "07-20 20:00", "07-20 20:00": "yes", "07-21 00:00": "yes", "07-21 02:30": "yes",
		"07-21 18:00": "07-21 20:00", "07-21 20:00": "yes", "07-24 17:59": "yes", "07-24 18:00": "-",
	}},
	{"2021-07-19", who{born: "1972-01-01"}, map[string]string{"07-21 20:00": "-"}},
	// The rotation: the digit is that of the evening, also after midnight.
	{"2021-08-09", who{born: "1980-03-09"}, map[string]string{
		"08-09 19:59": "08-09 20:00", "08-09 20:00": "yes", "08-10 00:00": "yes", "08-10 02:30": "yes", "08-10 17:59": "yes", "08-10 18:00": "08-19 20:00",
	}},
	{"2021-08-09", who{born: "1980-03-10"}, map[string]string{"08-10 00:00": "08-10 20:00", "08-10 20:00": "yes", "08-11 00:00": "yes", "08-11 18:00": "08-19 20:00"}},
	{"2021-08-09", who{born: "1990-08-31"}, map[string]string{"08-10 20:00": "08-11 20:00", "08-11 20:00": "yes", "08-11 18:00": "08-11 20:00", "08-12 18:00": "08-20 20:00"}},
	{"2021-08-09", who{born: "2000-02-29"}, map[string]string{"08-09 20:00": "yes", "08-18 20:00": "08-20 20:00"}},
	{"2021-08-09", who{born: "1985-12-31"}, map[string]string{
		"08-19 19:59": "08-19 20:00", "08-19 20:00": "yes", "08-20 00:00": "yes", "08-20 18:00": "08-21 20:00", "08-21 20:00": "yes", "09-18 17:59": "yes", "09-18 18:00": "-",
	}},
	{"2021-08-09", who{born: "1986-01-01"}, map[string]string{"08-19 20:00": "08-20 20:00", "08-20 20:00": "yes", "08-21 18:00": "08-21 20:00", "08-21 20:00": "yes"}},
	{"2021-09-18", who{born: "1940-01-01"}, map[string]string{"09-18 19:59": "09-18 20:00", "09-18 20:00": "yes", "09-19 00:00": "yes", "09-30 17:59": "yes", "09-30 18:00": "-"}},
	{"2021-09-18", who{born: "2004-01-01"}, map[string]string{"09-18 20:00": "-"}},
}

func TestTheCalendarOf2021(t *testing.T) {
	t.Parallel()
	a := korea(t)
	asked := 0
	for _, c := range calendar {
		k := example(t, a, c.file+".yaml")
		born, err := caldate.Parse(c.who.born)
		if err != nil {
			t.Fatal(err)
		}
		for text, want := range c.times {
			at, err := time.ParseInLocation("2006-01-02 15:04", "2021-"+text, a.Zone)
			if err != nil {
				t.Fatal(err)
			}
			asked++
			if got := answer(k.Eligible(campaign.Facts{Born: born, Occupations: c.who.is}, at), a.Zone); got != want {
				t.Errorf("%s, born %s %v, at %s: %s, want %s", c.file, c.who.born, c.who.is, text, got, want)
			}
		}
	}
	t.Logf("%d questions asked", asked)
}

func answer(d campaign.Decision, zone *time.Location) string {
	switch {
	case d.OK:
		return "yes"
	case d.From.IsZero():
		return "-"
	}
	return fmt.Sprint(d.From.In(zone).Format("01-02 15:04"))
}
