package clinic

import (
	"testing"
	"time"

	"naru/internal/fault"
)

func TestStepsOfADay(t *testing.T) { // rules K26, K28
	t.Parallel()
	zone := time.FixedZone("KST", 9*3600)
	start := time.Date(2021, 7, 26, 9, 0, 0, 0, zone)
	booked := Attendance{Start: start}
	arrived := Attendance{Start: start, Arrived: start}
	given := Attendance{Start: start, Arrived: start, Given: start.Add(time.Minute)}
	missed := Attendance{Start: start, Missed: start.Add(time.Hour)}
	for name, c := range map[string]struct {
		before Attendance
		step   Step
		at     time.Duration // after the start
		now    time.Duration
		want   fault.Code
		after  Attendance
	}{
		"arrives early":              {booked, Arrived, -time.Hour, -time.Hour, "", Attendance{Start: start, Arrived: start.Add(-time.Hour)}},
		"arrives again":              {arrived, Arrived, time.Minute, time.Minute, "", arrived},
		"arrives after all":          {missed, Arrived, 2 * time.Hour, 2 * time.Hour, "", Attendance{Start: start, Arrived: start.Add(2 * time.Hour)}},
		"reported ten minutes later": {booked, Arrived, 0, 10 * time.Minute, "", arrived},
		"reported a day later":       {booked, Arrived, 0, 25 * time.Hour, fault.Invalid, booked},
		"from the future":            {booked, Arrived, 10 * time.Minute, 0, fault.Invalid, booked},
		"a tablet a minute ahead":    {booked, Arrived, time.Minute, 0, "", arrived},
		"the day before":             {booked, Arrived, -10 * time.Hour, -10 * time.Hour, fault.Conflict, booked},
		"given without arriving":     {booked, Given, time.Minute, time.Minute, "", Attendance{Start: start, Arrived: start.Add(time.Minute), Given: start.Add(time.Minute)}},
		"given twice":                {given, Given, time.Hour, time.Hour, fault.Conflict, given},
		"given, then missed":         {given, Missed, time.Hour, time.Hour, fault.Conflict, given},
		"given, then back":           {given, Back, time.Hour, time.Hour, fault.Conflict, given},
		"missed too soon":            {booked, Missed, 14 * time.Minute, 14 * time.Minute, fault.Conflict, booked},
		"missed":                     {booked, Missed, time.Hour, time.Hour, "", missed},
		"missed though here":         {arrived, Missed, time.Hour, time.Hour, fault.Conflict, arrived},
		"arrived by mistake":         {arrived, Back, time.Hour, time.Hour, "", booked},
		"missed by mistake":          {missed, Back, 2 * time.Hour, 2 * time.Hour, "", booked},
		"a step that is none":        {booked, "danced", 0, 0, fault.Invalid, booked},
	} {
		got, err := c.before.Take(c.step, start.Add(c.at), start.Add(c.now), zone)
		if fault.CodeOf(err) != c.want || got != c.after {
			t.Errorf("%s: %v, %+v; want %q, %+v", name, err, got, c.want, c.after)
		}
	}
}

func TestShotsRefused(t *testing.T) { // rule K27
	t.Parallel()
	if shot, err := ParseShot("PFZ", " fe8206 ", "left_arm", 30); err != nil || shot != (Shot{"PFZ", "FE8206", "left_arm", 30}) {
		t.Errorf("%+v, %v", shot, err)
	}
	for name, c := range map[string]struct {
		lot, site string
		watch     int
		field     string
	}{
		"no lot":        {"", "left_arm", 15, "lot"},
		"a long lot":    {"123456789012345678901", "left_arm", 15, "lot"},
		"a formula":     {"=1+1", "left_arm", 15, "lot"},
		"a lot of text": {"로트", "left_arm", 15, "lot"},
		"nowhere":       {"FE8206", "", 15, "site"},
		"the nose":      {"FE8206", "nose", 15, "site"},
		"no minutes":    {"FE8206", "left_arm", 0, "watch"},
	} {
		_, err := ParseShot("PFZ", c.lot, c.site, c.watch)
		if fault.CodeOf(err) != fault.Invalid || fault.Of(err).Args["Field"] != c.field {
			t.Errorf("%s: %v", name, err)
		}
	}
}
