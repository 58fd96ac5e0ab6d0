package clinic

import (
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"naru/internal/caldate"
	"naru/internal/fault"
)

func thursday() caldate.Date { return caldate.MustParse("2021-08-12") }

func starts(slots []SlotTime) string {
	var all []string
	for _, s := range slots {
		all = append(all, time.Time{}.Add(time.Duration(s.StartMinute)*time.Minute).Format("15:04"))
	}
	return strings.Join(all, " ")
}

func TestAScheduleStandsOverTheList(t *testing.T) { // rule K22
	t.Parallel()
	c := practice(8, 1, nil)
	short := week(Day{at("10:00"), at("12:00")}, Day{})
	half := []Span{{at("09:00"), at("11:00")}}
	for name, x := range map[string]struct {
		schedule Schedule
		date     string
		want     string
	}{
		"silent":                   {Schedule{}, "2021-08-12", "09:00 10:00 11:00 12:00 14:00 15:00 16:00 17:00"},
		"its own week":             {Schedule{Week: &Week{Hours: short}}, "2021-08-12", "10:00 11:00"},
		"its own Saturday":         {Schedule{Week: &Week{Hours: short}}, "2021-08-14", ""},
		"a special day":            {Schedule{Days: []SpecialDay{{thursday(), half}}}, "2021-08-12", "09:00 10:00"},
		"the day after it":         {Schedule{Days: []SpecialDay{{thursday(), half}}}, "2021-08-13", "09:00 10:00 11:00 12:00 14:00 15:00 16:00 17:00"},
		"closed that day":          {Schedule{Days: []SpecialDay{{Date: thursday()}}}, "2021-08-12", ""},
		"a substitute holiday":     {Schedule{Week: &Week{Hours: short}}, "2021-08-16", ""},
		"opened on a holiday":      {Schedule{Days: []SpecialDay{{caldate.MustParse("2021-08-16"), half}}}, "2021-08-16", "09:00 10:00"},
		"more than doctors can do": {Schedule{PerSlot: 30}, "2021-08-12", "09:00 10:00 11:00 12:00"},
	} {
		if got := starts(c.SlotsBy(x.schedule, caldate.MustParse(x.date), 60, holidays2021)); got != x.want {
			t.Errorf("%s: %s, want %s", name, got, x.want)
		}
	}
	if got := c.SlotsBy(Schedule{PerSlot: 3}, thursday(), 60, nil); len(got) != 8 || got[0].Capacity != 3 || got[7].Capacity != 3 {
		t.Errorf("three a slot gives %v", got)
	}
}

func TestAPartOfADayIsClosed(t *testing.T) { // rule K23
	t.Parallel()
	c := practice(8, 1, nil)
	for name, x := range map[string]struct{ from, to, want string }{
		"the afternoon":   {"14:00", "24:00", "09:00 10:00 11:00 12:00"},
		"the middle":      {"11:00", "16:00", "09:00 10:00 16:00 17:00"},
		"all of it":       {"00:00", "24:00", ""},
		"only the lunch":  {"13:00", "14:00", "09:00 10:00 11:00 12:00 14:00 15:00 16:00 17:00"},
		"half of a slot":  {"09:30", "10:00", "10:00 11:00 12:00 14:00 15:00 16:00 17:00"},
		"after it closed": {"18:00", "20:00", "09:00 10:00 11:00 12:00 14:00 15:00 16:00 17:00"},
	} {
		s := Schedule{}.Closed(&c, thursday(), Span{at(x.from), at(x.to)}, holidays2021)
		if err := s.Valid(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if got := starts(c.SlotsBy(s, thursday(), 60, holidays2021)); got != x.want {
			t.Errorf("%s: %s, want %s", name, got, x.want)
		}
	}
	s := Schedule{}.Closed(&c, thursday(), Span{0, at("11:00")}, nil).Closed(&c, thursday(), Span{at("17:00"), at("18:00")}, nil)
	if got := starts(c.SlotsBy(s, thursday(), 60, nil)); got != "11:00 12:00 14:00 15:00 16:00" || len(s.Days) != 1 {
		t.Errorf("closed twice: %s in %d days", got, len(s.Days))
	}
	if s = s.Without(thursday()); len(s.Days) != 0 {
		t.Errorf("an ordinary day again: %v", s.Days)
	}
}

func TestSchedulesRefused(t *testing.T) { // rule K21
	t.Parallel()
	day := func(spans ...Span) Schedule { return Schedule{Days: []SpecialDay{{thursday(), spans}}} }
	for name, s := range map[string]Schedule{
		"fewer than nobody":      {PerSlot: -1},
		"a crowd a slot":         {PerSlot: MaxPerSlot + 1},
		"closes before it opens": {Week: &Week{Hours: week(Day{600, 540}, Day{})}},
		"a day of 25 hours":      {Week: &Week{Hours: week(Day{600, 1500}, Day{})}},
		"lunch backwards":        {Week: &Week{Lunch: Span{840, 780}}},
		"spans that overlap":     day(Span{540, 700}, Span{660, 800}),
		"spans out of order":     day(Span{840, 900}, Span{540, 600}),
		"an empty span":          day(Span{540, 540}),
		"no date":                {Days: []SpecialDay{{}}},
		"a date twice":           {Days: []SpecialDay{{Date: thursday()}, {Date: thursday()}}},
		"dates out of order":     {Days: []SpecialDay{{Date: thursday()}, {Date: thursday().AddDays(-1)}}},
		"a vial of none":         {Vials: []Vial{{"PFZ", 0}}},
		"a vial of nothing":      {Vials: []Vial{{"", 6}}},
	} {
		if err := s.Valid(); fault.CodeOf(err) != fault.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, text := range map[string]string{
		"nothing": "", "no object": "[]", "two": "{}{}", "a field nobody knows": `{"lunch":1}`, "a date that is none": `{"days":[{"date":"2021-02-30","open":[]}]}`,
	} {
		if _, err := ParseSchedule(text); fault.CodeOf(err) != fault.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Whatever is closed, what is left is offered as before and nothing is added.
func TestClosingOnlyTakesAway(t *testing.T) { // rule K23
	t.Parallel()
	c := practice(8, 1, nil)
	rapid.Check(t, func(t *rapid.T) {
		var s Schedule
		before := starts(c.SlotsBy(s, thursday(), 30, nil))
		for range rapid.IntRange(1, 2).Draw(t, "closings") {
			from := rapid.IntRange(0, minutesPerDay-1).Draw(t, "from")
			s = s.Closed(&c, thursday(), Span{from, rapid.IntRange(from+1, minutesPerDay).Draw(t, "to")}, nil)
		}
		again, err := ParseSchedule(s.Text())
		if err != nil && len(s.Days[0].Open) <= MaxSpans {
			t.Fatalf("%v of %s", err, s.Text())
		}
		for _, slot := range c.SlotsBy(again, thursday(), 30, nil) {
			if slot.StartMinute%30 == 0 && !strings.Contains(before, starts([]SlotTime{slot})) {
				t.Fatalf("%s is offered, and was not: %s", starts([]SlotTime{slot}), before)
			}
		}
	})
}

func FuzzParseSchedule(f *testing.F) {
	f.Add(`{"week":{"hours":[{"open":0,"close":0},{"open":540,"close":1080},{"open":0,"close":0},{"open":0,"close":0},{"open":0,"close":0},{"open":0,"close":0},{"open":0,"close":0}],"lunch":{"from":780,"to":840}},"per_slot":3,"days":[{"date":"2021-08-12","open":[]}],"vials":[{"vaccine":"PFZ","doses":6}]}`)
	f.Fuzz(func(t *testing.T, text string) {
		s, err := ParseSchedule(text)
		if err != nil {
			return
		}
		again, err := ParseSchedule(s.Text())
		if err != nil || again.Text() != s.Text() {
			t.Fatalf("%q is read back as %q (%v)", s.Text(), again.Text(), err)
		}
		c := practice(8, 1, nil)
		for _, slot := range c.SlotsBy(s, thursday(), 30, nil) {
			if slot.Capacity < 1 {
				t.Fatal("a slot for nobody")
			}
		}
	})
}
