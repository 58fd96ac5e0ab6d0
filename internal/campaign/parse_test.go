package campaign_test

import (
	"errors"
	"io/fs"
	"strings"
	"testing"
	"time"

	"naru/examples"
	"naru/internal/agency"
	"naru/internal/caldate"
	"naru/internal/campaign"
	"naru/internal/rulefile"
)

func TestShippedCampaigns(t *testing.T) {
	t.Parallel()
	names, err := fs.Glob(examples.Campaigns, "campaigns/*.yaml")
	if err != nil || len(names) < 4 {
		t.Fatalf("%d campaigns are in the program, %v; want 4 or more", len(names), err)
	}
	for _, name := range names {
		a := korea(t)
		if strings.HasSuffix(name, "second-country.yaml") {
			a = ferrania(t)
		}
		c := example(t, a, strings.TrimPrefix(name, "campaigns/"))
		consistent(t, c, a)
	}
}

func TestCampaignOf12July(t *testing.T) {
	t.Parallel()
	c := example(t, korea(t), "2021-07-12.yaml")
	if c.ID != "covid19-2021-07-12" || c.Vaccine != "MOD" || c.Doses != 2 || c.IntervalDays != 28 || c.Supply != campaign.Limited || c.Guardian || c.Quota != nil || len(c.SHA256) != 64 {
		t.Errorf("the head is read as %+v", c)
	}
	if c.Shots != (campaign.Shots{First: caldate.MustParse("2021-07-26"), Last: caldate.MustParse("2021-08-07")}) {
		t.Errorf("the shots are read as %+v", c.Shots)
	}
	if opens, closes := c.Gate.Lobby(c.Windows[0]); !opens.Equal(at(t, c.Zone, "2021-07-11 23:30:00")) || !closes.Equal(at(t, c.Zone, "2021-07-11 23:58:00")) {
		t.Errorf("the lobby is %s to %s", opens, closes)
	}
}

func TestRotationIsExpandedWithItsDigits(t *testing.T) { // rule C14
	t.Parallel()
	c := example(t, korea(t), "2021-08-09.yaml")
	digits := ""
	for _, w := range c.Windows[:10] {
		digits += string(rune('0' + w.Rotation.Digit))
		if w.Closes.Sub(w.Opens) != 22*time.Hour || w.Name != "by-digit-"+caldate.Of(w.Opens, c.Zone).String() {
			t.Errorf("window %s is %s long", w.Name, w.Closes.Sub(w.Opens))
		}
	}
	if digits != "9012345678" || len(c.Windows) != 13 {
		t.Errorf("%d windows with the digits %s", len(c.Windows), digits)
	}
}

func TestLongestIDIsAccepted(t *testing.T) { // rule C2
	t.Parallel()
	text, err := examples.Campaigns.ReadFile("campaigns/2021-07-12.yaml")
	if err != nil {
		t.Fatal(err)
	}
	long := strings.Replace(string(text), "id: covid19-2021-07-12", "id: covid19-2021-07-12-people-of-559", 1)
	c, err := campaign.Parse([]byte(long), korea(t))
	if err != nil || len(c.ID) != 32 {
		t.Errorf("an id of 32 signs: %v, %v", c, err)
	}
}

// faulty is a change to a shipped file and the fault it must give.
type faulty struct{ rule, name, file, from, to, want string }

var faults = []faulty{
	{"C1", "anchor", "2021-07-12.yaml", "doses: 2", "doses: &d 2", "an anchor"},
	{"C2", "unknown key", "2021-07-12.yaml", "supply: limited", "suply: limited", `suply: unknown key "suply"; did you mean "supply"?`},
	{"C2", "unknown key in a cohort", "2021-07-12.yaml", "prior_doses:", "prior_dose:", `cohorts[0].prior_dose: unknown key "prior_dose"; did you mean "prior_doses"?`},
	{"C2", "key twice", "2021-07-12.yaml", "doses: 2", "doses: 2\ndoses: 2", `the key "doses" is here twice`},
	{"C2", "empty list of cohorts", "2021-07-12.yaml", "cohorts: [born-1962-1966]", "cohorts: []", "windows[0].cohorts: the list is empty"},
	{"C2", "empty list of occupations", "2021-07-08.yaml", "[kindergarten-teacher, day-care-teacher, grade-1-2-teacher, carer]", "[]", "cohorts[0].occupations: the list is empty"},
	{"C2", "title in one language", "2021-07-12.yaml", "  en: COVID-19 vaccination booking for people of 55 to 59\n", "", `title.en: the key "en" is missing`},
	{"C2", "id too long for the waiting room", "2021-07-12.yaml", "id: covid19-2021-07-12", "id: covid19-2021-07-12-people-of-55-9", "3:5: id: the id has 33 signs, the most is 32; shorten it"},
	{"C3", "impossible birth date", "2021-07-12.yaml", "to: 1966-12-31", "to: 1966-02-30", `"1966-02-30" is not a day of the calendar`},
	{"C3", "impossible shot date", "2021-07-12.yaml", "last: 2021-08-07", "last: 2021-08-32", `"2021-08-32" is not a day of the calendar`},
	{"C3", "impossible opening", "2021-07-12.yaml", "2021-07-12 00:00", "2021-02-30 00:00", "not a local time"},
	{"C3", "opening in the hour that comes twice", "second-country.yaml", "2021-11-05 08:00", "2021-10-31 03:30", "the clock shows this time twice"},
	{"C3", "opening in the hour that is skipped", "second-country.yaml", "2021-11-20 18:00", "2022-03-27 03:30", "the clock skips this time"},
	{"C3", "year that cannot be meant", "2021-07-12.yaml", "from: 1962-01-01", "from: 0962-01-01", "the year of 0962-01-01 cannot be meant"},
	{"C4", "missing zone", "2021-07-12.yaml", "zone: Asia/Seoul\n", "", `zone: the key "zone" is missing`},
	{"C4", "zone of another country", "2021-07-12.yaml", "Asia/Seoul", "Asia/Tokyo", "the zone is Asia/Tokyo, the agency's is Asia/Seoul"},
	{"C5", "unknown vaccine", "2021-07-12.yaml", "vaccine: MOD", "vaccine: MDO", `the agency has no vaccine "MDO"; did you mean "MOD"?`},
	{"C5", "other disease", "2021-07-12.yaml", "disease: covid-19", "disease: measles", "MOD is a vaccine against covid-19, not measles"},
	{"C5", "interval below the label", "2021-07-12.yaml", "interval_days: 28", "interval_days: 27", "27 days is not within the label of MOD; write 28 days or more"},
	{"C5", "interval above the label", "second-country.yaml", "interval_days: 28", "interval_days: 43", "write 21 to 42 days"},
	{"C5", "too many doses", "2021-07-12.yaml", "doses: 2", "doses: 3", "3 doses, but the series of MOD has 2"},
	{"C28", "a later interval below the label", "2021-07-12.yaml", "interval_days: 28", "interval_days: 28\nintervals:\n  - { from: 2021-08-09, first_dose_from: 2021-08-16, days: 42, min: 27 }", "not within the label of MOD"},
	{"C28", "later intervals without a first", "2021-07-08.yaml", "interval_days: 21", "intervals:\n  - { from: 2021-08-09, first_dose_from: 2021-08-16, days: 42 }", "there is nothing that they change"},
	{"C5", "interval missing", "2021-07-12.yaml", "interval_days: 28\n", "", `the key "interval_days" is missing`},
	{"C5", "interval of a single dose", "2021-07-12.yaml", "doses: 2", "doses: 1", "a single dose has no interval"},
	{"C6", "closes before it opens", "2021-07-12.yaml", "closes: \"2021-07-17", "closes: \"2021-07-11", "the window closes before it opens"},
	{"C6", "closes when it opens", "2021-07-12.yaml", "closes: \"2021-07-17 18:00", "closes: \"2021-07-12 00:00", "the window closes before it opens"},
	{"C6", "overlap of two windows", "2021-08-09.yaml", "opens: \"2021-08-21 20:00", "opens: \"2021-08-19 17:59", `while "by-digit-2021-08-18" is open for the same cohort "born-1972-2003" until 2021-08-19 18:00`},
	{"C6", "daily beside opens", "2021-08-09.yaml", "rotation: day-of-birth-digit", "rotation: day-of-birth-digit\n    opens: \"2021-08-09 20:00\"", "daily stands beside opens"},
	{"C6", "series backwards", "2021-08-09.yaml", "last: 2021-08-18, opens", "last: 2021-08-08, opens", "is not 1 to 62 days"},
	{"C7", "cohort without a window", "2021-08-09.yaml", "cohorts: [age-36-49]", "cohorts: [age-18-35]", `the cohort "age-36-49" has no window`},
	{"C7", "digits without a day", "second-country.yaml", "  - name: everyone\n    opens: \"2021-11-05 08:00\"\n    closes: \"2021-11-20 18:00\"\n    cohorts: [age-60-and-over]\n", "", `people of "age-60-and-over" whose day of birth ends in 4 have no window`},
	{"C7", "unknown cohort", "2021-07-12.yaml", "cohorts: [born-1962-1966]", "cohorts: [born-1962-1967]", `there is no cohort "born-1962-1967"; did you mean "born-1962-1966"?`},
	{"C7", "cohort that is everybody", "2021-07-12.yaml", "    born: { from: 1962-01-01, to: 1966-12-31 }\n    prior_doses: { exactly: 0 }\n", "", "the cohort has no criterion"},
	{"C7", "cohort of nobody", "2021-07-12.yaml", "to: 1966-12-31", "to: 1961-12-31", "so nobody is in the cohort"},
	{"C7", "last dose of people without one", "2021-07-12.yaml", "{ exactly: 0 }", "{ exactly: 0, since_days: 9 }", "people without a dose have no last dose"},
	{"C8", "shot on the day of the opening", "2021-07-12.yaml", "first: 2021-07-26", "first: 2021-07-12", "the first shot is not after the day of the first opening, 2021-07-12; choose 2021-07-13 or later"},
	{"C8", "shots backwards", "2021-07-12.yaml", "last: 2021-08-07", "last: 2021-07-25", "the last day of the shots is before the first"},
	{"C9", "lobby closes before it opens", "2021-07-12.yaml", "lobby_opens: 30m", "lobby_opens: 1m", "the lobby closes before it opens"},
	{"C9", "no capacity", "2021-07-12.yaml", "cap: 2000", "cap: 0", "0 is out of bounds"},
	{"C9", "beacon before the roll is closed", "second-country.yaml", "round_at: \"2021-10-25 19:58\"", "round_at: \"2021-10-25 19:57\"", "is not between the closing of the lobby and the first opening; choose a time from 19:58:00 to 20:00"},
	{"C9", "round beside round_at", "second-country.yaml", "round_at:", "round: 1\n  round_at:", "round stands beside round_at"},
	{"C22", "lane twice", "2021-08-09.yaml", "lane: assisted", "lane: phone", `the lane "phone" is there twice`},
	{"C22", "unknown lane", "2021-08-09.yaml", "lane: assisted", "lane: fax", "fax"},
	{"C22", "too large a share", "2021-08-09.yaml", "share_percent: 5", "share_percent: 70", "the lanes together have more than 80 percent"},
	{"C22", "no release", "2021-08-09.yaml", `, release: "2021-08-15 18:00" }`, " }", `the key "release" is missing`},
	{"C22", "release after the close", "2021-08-09.yaml", "2021-08-15 18:00", "2031-08-15 18:00", "the times are released before the opening or after the close"},
	{"C9", "quota of nothing", "second-country.yaml", "supply: enough\n", "supply: enough\nquota: 0\n", "0 is out of bounds"},
	{"C19", "quota without a next step", "2021-07-12.yaml", "doses: 2\n", "doses: 2\nquota: 9\n", "people are not told what to do when the quota is used up"},
	{"C19", "next step without a quota", "2021-07-12.yaml", "doses: 2\n", "doses: 2\nafter_quota: { next: { ko: 나중에, en: later } }\n", "after_quota stands without a quota"},
	{"C19", "next opening before this one", "2021-07-12.yaml", "doses: 2\n", "doses: 2\nquota: 9\nafter_quota: { next: { ko: 나중에, en: later }, opens: \"2021-07-11 00:00\" }\n", "the next opening is not after the first opening"},
	{"C19", "quota of campaign and window", "2021-07-08.yaml", "  - name: opening\n", "  - name: opening\n    quota: 9\n", "people are not told what to do"},
}

func TestFaultsOfCampaignFiles(t *testing.T) {
	t.Parallel()
	for _, c := range faults {
		t.Run(c.rule+" "+c.name, func(t *testing.T) {
			t.Parallel()
			a := korea(t)
			if c.file == "second-country.yaml" {
				a = ferrania(t)
			}
			whole := string(file(t, c.file))
			text := strings.Replace(whole, c.from, c.to, 1)
			if text == whole {
				t.Fatal("the case changes nothing")
			}
			got, err := campaign.Parse([]byte(text), a)
			var found rulefile.Faults
			if got != nil || !errors.As(err, &found) || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v\nwant a fault with %q", err, c.want)
			}
		})
	}
}

// A daily window of a whole day ends as the next begins: they touch and do not
// overlap, because the closing instant is not part of a window.
func TestWindowsMayTouch(t *testing.T) { // rules C6, C10
	t.Parallel()
	text := strings.Replace(string(file(t, "2021-08-09.yaml")), `closes: "18:00" }`, `closes: "20:00" }`, 1)
	c, err := campaign.Parse([]byte(text), korea(t))
	if err != nil {
		t.Fatal(err)
	}
	if open := c.OpenWindows(c.Windows[1].Opens); len(open) != 1 || open[0].Name != c.Windows[1].Name {
		t.Errorf("at the change of windows %d are open", len(open))
	}
}

func TestAllFaultsOfACampaignAtOnce(t *testing.T) { // rule C2
	t.Parallel()
	text := string(file(t, "2021-07-12.yaml"))
	for _, change := range [][2]string{
		{"zone: Asia/Seoul\n", ""},
		{"vaccine: MOD", "vaccine: XXX"},
		{"supply: limited", "supply: much"},
		{"1966-12-31", "1966-13-31"},
		{"18:00", "25:00"},
		{"cohorts: [born-1962-1966]", "cohorts: []"},
		{"cap: 2000", "cap: many"},
		{"round: 1", "rnd: 1"},
	} {
		text = strings.Replace(text, change[0], change[1], 1)
	}
	_, err := campaign.Parse([]byte(text), korea(t))
	var found rulefile.Faults
	if !errors.As(err, &found) {
		t.Fatalf("got %v", err)
	}
	last := 0
	for _, f := range found {
		if f.Line < last {
			t.Errorf("line %d comes after line %d", f.Line, last)
		}
		last = f.Line
	}
	for _, path := range []string{"zone", "vaccine", "supply", "cohorts[0].born.to", "windows[0].closes", "windows[0].cohorts", "gate.cap", "draw.rnd", "draw.round"} {
		if !strings.Contains(err.Error(), ": "+path+": ") {
			t.Errorf("no fault at %s in\n%v", path, err)
		}
	}
}

// consistent holds an accepted campaign to rules C3 to C9.
func consistent(t testing.TB, c *campaign.Campaign, a *agency.Agency) {
	t.Helper()
	if c.ID == "" || c.Zone == nil || c.Zone.String() != a.Zone.String() || len(c.Cohorts) == 0 || len(c.Windows) == 0 || c.Doses < 1 || c.Gate.Cap < 1 {
		t.Fatalf("an incomplete campaign was accepted: %+v", c)
	}
	v, ok := a.Vaccines[c.Vaccine]
	if !ok || c.Doses > 1 && (c.IntervalDays < v.MinIntervalDays || v.MaxIntervalDays > 0 && c.IntervalDays > v.MaxIntervalDays) {
		t.Errorf("vaccine %q with %d days was accepted", c.Vaccine, c.IntervalDays)
	}
	if c.Shots.Last.Before(c.Shots.First) || !caldate.Of(c.OpeningAt(), c.Zone).Before(c.Shots.First) {
		t.Errorf("shots %v after the opening %s were accepted", c.Shots, c.OpeningAt())
	}
	open := map[string]time.Time{}
	for _, w := range c.Windows {
		if !w.Opens.Before(w.Closes) || len(w.Cohorts) == 0 || w.Rotation != nil && (w.Rotation.Digit < 0 || w.Rotation.Digit > 9) {
			t.Errorf("window %+v was accepted", w)
		}
		for _, name := range w.Cohorts {
			if _, ok := c.Cohort(name); !ok || w.Opens.Before(open[name]) {
				t.Errorf("window %s: cohort %s is unknown or its windows overlap", w.Name, name)
			}
			open[name] = w.Closes
		}
	}
	for _, k := range c.Cohorts {
		if open[k.Name].IsZero() {
			t.Errorf("cohort %s without a window was accepted", k.Name)
		}
	}
}

func FuzzParseCampaign(f *testing.F) {
	a, err := agency.Load(examples.SecondAgencyYAML)
	if err != nil {
		f.Fatal(err)
	}
	names, _ := fs.Glob(examples.Campaigns, "campaigns/*.yaml")
	for _, name := range names {
		data, _ := fs.ReadFile(examples.Campaigns, name)
		f.Add(data)
	}
	for _, c := range faults {
		data, _ := fs.ReadFile(examples.Campaigns, "campaigns/second-country.yaml")
		f.Add([]byte(strings.Replace(string(data), c.from, c.to, 1)))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := campaign.Parse(data, a)
		if err != nil {
			if c != nil {
				t.Error("a campaign was returned together with an error")
			}
			return
		}
		consistent(t, c, a)
		for _, now := range []time.Time{c.OpeningAt(), c.OpeningAt().Add(-time.Second), c.ClosesAt()} {
			for _, born := range []caldate.Date{{}, caldate.MustParse("1950-03-30"), caldate.MustParse("1988-02-29")} {
				whole(t, c.Eligible(campaign.Facts{Born: born, Doses: []campaign.Dose{{Vaccine: "ONE"}}}, now), now)
			}
		}
		c.Forecast(campaign.DefaultAssumptions())
	})
}
