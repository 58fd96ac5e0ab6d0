package campaign_test

import (
	"bytes"
	"math"
	"strings"
	"testing"

	"naru/examples"
	"naru/internal/caldate"
	"naru/internal/campaign"
)

func residents(t *testing.T) campaign.Population {
	t.Helper()
	p, err := campaign.ParsePopulation(bytes.NewReader(examples.BirthYearsCSV))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestForecastOf12July(t *testing.T) { // rule C18
	t.Parallel()
	c := example(t, korea(t), "2021-07-12.yaml")
	a := campaign.DefaultAssumptions()
	a.DosesPerDay, a.MeasuredLimit = 100_000, 5000
	f := c.Forecast(a)
	if f.People != 3_524_000 || f.Estimated || f.Unknown || f.BusiestWindow != "opening" || f.BusiestPeople != f.People {
		t.Errorf("people: %+v", f)
	}
	// 40 % of 3,524,000 in 1,800 seconds.
	if math.Round(f.BookingsPerSecond) != 783 || math.Round(f.RequestsPerSecond) != 15662 || f.AdmittedRequests != 2000 || math.Round(f.AdmissionHours*10) != 98 {
		t.Errorf("load: %+v", f)
	}
	if f.ShotDays != 13 || f.Doses == nil || *f.Doses != 1_300_000 || f.DosesEnough == nil || *f.DosesEnough {
		t.Errorf("doses: %+v", f)
	}
	if f.DemandWithin == nil || *f.DemandWithin || f.AdmittedWithin == nil || !*f.AdmittedWithin {
		t.Errorf("limit: %+v", f)
	}
}

func TestForecastFromThePopulation(t *testing.T) { // rule C18
	t.Parallel()
	text := strings.Replace(string(file(t, "2021-07-12.yaml")), "    people: 3524000\n", "", 1)
	c, err := campaign.Parse([]byte(text), korea(t))
	if err != nil {
		t.Fatal(err)
	}
	if f := c.Forecast(campaign.Assumptions{Population: residents(t), FirstShare: 0.4, FirstSpan: 1e9}); !f.Estimated || f.Unknown || f.People < 4_100_000 || f.People > 4_200_000 {
		t.Errorf("people born 1962 to 1966 are estimated as %d, want about 4.15 million", f.People)
	}
	if f := c.Forecast(campaign.DefaultAssumptions()); !f.Unknown || f.People != 0 || f.DemandWithin != nil || f.DosesEnough != nil {
		t.Errorf("without a table nothing may be claimed: %+v", f)
	}
}

func TestForecastOfARotation(t *testing.T) { // rule C18
	t.Parallel()
	f := example(t, korea(t), "2021-08-09.yaml").Forecast(campaign.DefaultAssumptions())
	// Second chances are for people already counted. Digit 1 has 43 days of a
	// year; the agency said in 2021 that at most about 1.9 million come a day.
	if f.People != 16_210_000 || f.BusiestWindow != "by-digit-2021-08-11" || f.BusiestPeople != 1_909_671 || f.Unknown {
		t.Errorf("%+v", f)
	}
}

func TestQuotaLimitsTheDoses(t *testing.T) { // rule C18
	t.Parallel()
	c := example(t, ferrania(t), "second-country.yaml")
	quota := 40_000
	c.Quota = &quota
	a := campaign.DefaultAssumptions()
	if f := c.Forecast(a); f.Doses == nil || *f.Doses != 40000 || *f.DosesEnough {
		t.Errorf("%+v", f)
	}
	a.DosesPerDay = 100
	if f := c.Forecast(a); *f.Doses != 4100 {
		t.Errorf("%d doses, want 41 days of 100", *f.Doses)
	}
}

func TestPopulation(t *testing.T) {
	t.Parallel()
	p := campaign.Population{2000: 366, 2001: 365}
	day := func(s string) *caldate.Date { d := caldate.MustParse(s); return &d }
	for _, l := range []struct {
		from, to *caldate.Date
		want     int
	}{
		{nil, nil, 731},
		{day("2000-02-29"), day("2000-02-29"), 1},
		{day("2000-12-31"), day("2001-01-01"), 2},
		{day("2001-01-01"), nil, 365},
		{nil, day("1999-12-31"), 0},
	} {
		if got := p.Born(l.from, l.to); got != l.want {
			t.Errorf("born %v to %v: %d, want %d", l.from, l.to, got, l.want)
		}
	}
}

func TestPopulationRefusesBadTables(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ text, want string }{
		"empty":          {"", "header"},
		"no rows":        {"year,n\n", "no rows"},
		"three columns":  {"year,n\n2000,1,2\n", "wrong number of fields"},
		"not a year":     {"year,n\n2000,1\nabc,5\n", "line 3"},
		"year twice":     {"year,n\n2000,1\n2000,5\n", "line 3"},
		"fewer than 0":   {"year,n\n2000,-1\n", "line 2"},
		"not a number":   {"year,n\n2000,many\n", "line 2"},
		"year of no one": {"year,n\n12,5\n", "line 2"},
	} {
		if _, err := campaign.ParsePopulation(strings.NewReader(c.text)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
}

func FuzzParsePopulation(f *testing.F) {
	f.Add(examples.BirthYearsCSV)
	f.Add([]byte("year,n\n2000,\"1\"\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		if p, err := campaign.ParsePopulation(bytes.NewReader(data)); err == nil && (len(p) == 0 || p.Born(nil, nil) < 0) {
			t.Errorf("accepted %v", p)
		}
	})
}
