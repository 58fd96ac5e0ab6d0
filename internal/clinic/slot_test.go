package clinic

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"naru/internal/caldate"
)

// 2021-08-12 is a Thursday; Monday the 16th is a substitute holiday.
var holidays2021 = []caldate.Date{caldate.MustParse("2021-08-15"), caldate.MustParse("2021-08-16")}

func at(clock string) int {
	minutes, ok := clockMinutes(clock, ":")
	if !ok {
		panic("not a time: " + clock)
	}
	return minutes
}

func practice(perHour, doctors int, edit func(*Clinic)) Clinic {
	c := Clinic{
		Kind: Practice, Doctors: doctors, Capacity: Capacity{PerHour: perHour}, Lunch: Span{at("13:00"), at("14:00")},
		Hours: week(Day{at("09:00"), at("18:00")}, Day{at("09:00"), at("13:00")}),
	}
	if edit != nil {
		edit(&c)
	}
	return c
}

func TestSlots(t *testing.T) {
	t.Parallel()
	noLunch := func(c *Clinic) { c.Lunch = Span{} }
	opens := func(open, shut string) func(*Clinic) {
		return func(c *Clinic) { c.Hours[time.Thursday] = Day{at(open), at(shut)} }
	}
	for _, c := range []struct {
		name    string
		clinic  Clinic
		date    string
		minutes int
		want    string // start x capacity
	}{
		{"a weekday with lunch", practice(8, 1, nil), "2021-08-12", 60, "09:00x8 10:00x8 11:00x8 12:00x8 14:00x8 15:00x8 16:00x8 17:00x8"},
		{"Saturday ends before lunch", practice(8, 1, nil), "2021-08-14", 60, "09:00x8 10:00x8 11:00x8 12:00x8"},
		{"Sunday", practice(8, 1, nil), "2021-08-22", 60, ""},
		{"a holiday on a Sunday", practice(8, 1, nil), "2021-08-15", 60, ""},
		{"the substitute holiday on Monday", practice(8, 1, nil), "2021-08-16", 60, ""},
		{"the Monday after", practice(8, 1, opens("09:00", "18:00")), "2021-08-23", 120, "09:00x16 11:00x16 14:00x16 16:00x16"},
		{"half hours halve the capacity", practice(8, 1, opens("09:00", "11:00")), "2021-08-12", 30, "09:00x4 09:30x4 10:00x4 10:30x4"},
		{"uneven minutes leave a rest", practice(12, 1, opens("09:00", "10:30")), "2021-08-12", 25, "09:00x5 09:25x5 09:50x5"},
		{"a slot does not run into lunch", practice(6, 1, opens("12:15", "15:00")), "2021-08-12", 30, "12:15x3 14:00x3 14:30x3"},
		{"rounding is carried along", practice(10, 1, opens("09:00", "10:00")), "2021-08-12", 15, "09:00x2 09:15x3 09:30x2 09:45x3"},
		{"one an hour is one slot an hour", practice(1, 1, opens("09:00", "11:00")), "2021-08-12", 30, "09:30x1 10:30x1"},
		{"opens within lunch", practice(4, 1, opens("13:30", "15:00")), "2021-08-12", 60, "14:00x4"},
		{"closes within lunch", practice(4, 1, opens("12:00", "13:30")), "2021-08-12", 60, "12:00x4"},
		{"open only during lunch", practice(4, 1, opens("13:00", "14:00")), "2021-08-12", 30, ""},
		{"no lunch break", practice(4, 1, func(c *Clinic) { noLunch(c); opens("12:00", "15:00")(c) }), "2021-08-12", 60, "12:00x4 13:00x4 14:00x4"},
		{"shorter than one slot", practice(60, 1, opens("09:00", "09:29")), "2021-08-12", 30, ""},
		{"until midnight", practice(4, 1, opens("22:00", "24:00")), "2021-08-12", 60, "22:00x4 23:00x4"},
		{"one doctor gives 100 a day", practice(60, 1, opens("09:00", "13:00")), "2021-08-12", 60, "09:00x25 10:00x25 11:00x25 12:00x25"},
		{"four doctors of a centre give 600", practice(75, 4, func(c *Clinic) { c.Kind = Centre }), "2021-08-12", 120, "09:00x150 11:00x150 14:00x150 16:00x150"},
		{"three doctors of a centre give 450", practice(75, 3, func(c *Clinic) { c.Kind = Centre }), "2021-08-12", 240, "09:00x225 14:00x225"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			var got []string
			for _, s := range c.clinic.Slots(caldate.MustParse(c.date), c.minutes, holidays2021) {
				got = append(got, fmt.Sprintf("%02d:%02dx%d", s.StartMinute/60, s.StartMinute%60, s.Capacity))
			}
			if s := strings.Join(got, " "); s != c.want {
				t.Errorf("slots\n got %s\nwant %s", s, c.want)
			}
		})
	}
}

func TestSlotsKeepTheirPromises(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		minute := rapid.IntRange(0, minutesPerDay)
		c := Clinic{
			Kind:     rapid.SampledFrom(Kinds).Draw(t, "kind"),
			Doctors:  rapid.IntRange(1, 9).Draw(t, "doctors"),
			Capacity: Capacity{PerHour: rapid.IntRange(1, 200).Draw(t, "per hour")},
			Lunch:    inOrder(minute.Draw(t, "lunch"), minute.Draw(t, "lunch")),
		}
		open := inOrder(minute.Draw(t, "hours"), minute.Draw(t, "hours"))
		c.Hours[time.Thursday] = Day{open.From, open.To}
		length := rapid.IntRange(1, 300).Draw(t, "slot")
		total, end := 0, 0
		for _, s := range c.Slots(caldate.MustParse("2021-08-12"), length, nil) {
			free := s.StartMinute+length <= c.Lunch.From || s.StartMinute >= c.Lunch.To
			if s.Capacity < 1 || s.StartMinute < max(end, open.From) || s.StartMinute+length > open.To || !free {
				t.Fatalf("slot %+v of %d minutes in %v without %v, after %d", s, length, open, c.Lunch, end)
			}
			total, end = total+s.Capacity, s.StartMinute+length
		}
		if most := c.DayCapacity(time.Thursday); total > most {
			t.Fatalf("%d places, the day has %d", total, most)
		}
	})
}

func inOrder(a, b int) Span {
	if a == b {
		return Span{}
	}
	return Span{min(a, b), max(a, b)}
}
