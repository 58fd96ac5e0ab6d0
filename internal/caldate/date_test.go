package caldate

import (
	"encoding/json"
	"errors"
	"testing"
	"time"
	_ "time/tzdata"
)

func TestParse(t *testing.T) {
	t.Parallel()
	for text, ok := range map[string]bool{
		"2021-07-12": true, "2000-02-29": true, "0001-01-01": true, "9999-12-31": true,
		"2021-02-30": false, "1900-02-29": false, "2021-13-01": false, "2021-00-10": false,
		"2021-7-12": false, "2021-07-12 ": false, "20210712": false, "2021/07/12": false,
		"": false, "0000-01-01": false, "２０２１-07-12": false, "+021-07-12": false,
	} {
		d, err := Parse(text)
		if (err == nil) != ok {
			t.Errorf("Parse(%q) = %v, %v; want accepted %v", text, d, err, ok)
		}
		if ok && d.String() != text {
			t.Errorf("Parse(%q) is written back as %q", text, d)
		}
	}
}

func TestArithmetic(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		from string
		days int
		to   string
	}{
		{"2021-07-12", 0, "2021-07-12"},
		{"2021-07-31", 1, "2021-08-01"},
		{"2021-03-01", -1, "2021-02-28"},
		{"2020-02-28", 1, "2020-02-29"},
		{"2021-07-26", 28, "2021-08-23"},
		{"2021-12-31", 1, "2022-01-01"},
		{"1600-01-01", 146097, "2000-01-01"},
	} {
		from, to := MustParse(c.from), MustParse(c.to)
		if got := from.AddDays(c.days); got != to {
			t.Errorf("%s + %d days = %s, want %s", from, c.days, got, to)
		}
		if got := from.DaysUntil(to); got != c.days {
			t.Errorf("from %s to %s are %d days, want %d", from, to, got, c.days)
		}
		if got := from.Compare(to); c.days > 0 && got != -1 || c.days < 0 && got != 1 || c.days == 0 && got != 0 {
			t.Errorf("Compare(%s, %s) = %d", from, to, got)
		}
	}
	if got := MustParse("2021-07-26").Weekday(); got != time.Monday {
		t.Errorf("2021-07-26 is a %s, want Monday", got)
	}
}

func TestOfAsksTheZone(t *testing.T) {
	t.Parallel()
	seoul := zone(t, "Asia/Seoul")
	at := time.Date(2021, 7, 11, 15, 0, 0, 0, time.UTC)
	if got := Of(at, seoul); got != MustParse("2021-07-12") {
		t.Errorf("midnight in Seoul is on %s", got)
	}
	if got := Of(at.Add(-time.Second), seoul); got != MustParse("2021-07-11") {
		t.Errorf("the second before midnight in Seoul is on %s", got)
	}
	if got := MustParse("2021-07-12").At(24, 0, seoul); !got.Equal(at.Add(24 * time.Hour)) {
		t.Errorf("24:00 is %s", got)
	}
}

func TestClockAtChangesOfSummerTime(t *testing.T) {
	t.Parallel()
	helsinki, seoul := zone(t, "Europe/Helsinki"), zone(t, "Asia/Seoul")
	for _, c := range []struct {
		day       string
		hour, min int
		loc       *time.Location
		want      error
	}{
		{"2021-03-28", 2, 59, helsinki, nil},
		{"2021-03-28", 3, 0, helsinki, ErrSkipped},
		{"2021-03-28", 3, 59, helsinki, ErrSkipped},
		{"2021-03-28", 4, 0, helsinki, nil},
		{"2021-10-31", 2, 59, helsinki, nil},
		{"2021-10-31", 3, 0, helsinki, ErrRepeated},
		{"2021-10-31", 3, 59, helsinki, ErrRepeated},
		{"2021-10-31", 4, 0, helsinki, nil},
		{"2021-03-28", 3, 0, seoul, nil},
	} {
		at, err := MustParse(c.day).Clock(c.hour, c.min, c.loc)
		if !errors.Is(err, c.want) || (err != nil) != (c.want != nil) {
			t.Errorf("%s %02d:%02d in %s: error %v, want %v", c.day, c.hour, c.min, c.loc, err, c.want)
		}
		if err == nil && (at.Hour() != c.hour || Of(at, c.loc) != MustParse(c.day)) {
			t.Errorf("%s %02d:%02d in %s came out as %s", c.day, c.hour, c.min, c.loc, at)
		}
	}
}

func TestJSON(t *testing.T) {
	t.Parallel()
	var in struct{ A, B Date }
	if err := json.Unmarshal([]byte(`{"A":"2021-07-12","B":""}`), &in); err != nil || in.A != MustParse("2021-07-12") || !in.B.IsZero() {
		t.Errorf("read %+v, %v", in, err)
	}
	if out, err := json.Marshal(in); err != nil || string(out) != `{"A":"2021-07-12","B":""}` {
		t.Errorf("wrote %s, %v", out, err)
	}
	if err := json.Unmarshal([]byte(`{"A":"2021-02-30"}`), &in); err == nil {
		t.Error("an impossible date in JSON was accepted")
	}
}

func TestZeroIsNoDate(t *testing.T) {
	t.Parallel()
	if (Date{}).Valid() || !(Date{}).IsZero() || (Date{2021, 2, 30}).Valid() || !MustParse("2024-02-29").Valid() {
		t.Error("the zero date and 30 February must not be valid, 29 February 2024 must")
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"2021-07-12", "2021-02-30", "0000-00-00", "", "９"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if d, err := Parse(s); err == nil && (!d.Valid() || d.String() != s) {
			t.Errorf("Parse(%q) accepted %v", s, d)
		}
	})
}

func zone(t *testing.T, name string) *time.Location {
	t.Helper()
	loc, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return loc
}
