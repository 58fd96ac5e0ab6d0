package message_test

import (
	"strings"
	"testing"
	"time"

	"naru/internal/message"
)

var seoul = func() *time.Location {
	zone, err := time.LoadLocation("Asia/Seoul")
	if err != nil {
		panic(err)
	}
	return zone
}()

func at(text string) time.Time {
	v, err := time.ParseInLocation("2006-01-02 15:04:05", text, seoul)
	if err != nil {
		panic(err)
	}
	return v.UTC()
}

// plan has a messenger before the text messages; codes go by text alone.
func plan() message.Plan {
	return message.Plan{
		Providers: []message.Provider{{ID: "talk", Channel: message.Talk}, {ID: "text", Channel: message.Text}},
		Codes:     []message.ProviderID{"text"}, Others: []message.ProviderID{"talk", "text"},
		Quiet: message.Quiet{From: 21 * 60, To: 8 * 60},
	}
}

func TestAfter(t *testing.T) { // rules M4, M5
	t.Parallel()
	noon := at("2021-07-26 12:00:00")
	for _, c := range []struct {
		what     string
		try      message.Try
		answer   message.Answer
		wait     time.Duration
		now      time.Time
		state    message.State
		provider message.ProviderID
		after    time.Duration // until the next try
	}{
		{"taken", message.Try{Kind: message.Booked, Provider: "talk", Attempts: 1}, message.Taken, 0, noon, message.Sent, "talk", 0},
		{"the first time unsure", message.Try{Kind: message.Booked, Provider: "talk", Attempts: 1}, message.Unsure, 0, noon, message.Queued, "talk", 5 * time.Second},
		{"the second", message.Try{Kind: message.Booked, Provider: "talk", Attempts: 2}, message.Unsure, 0, noon, message.Queued, "talk", 15 * time.Second},
		{"the third, and another is there", message.Try{Kind: message.Booked, Provider: "talk", Attempts: 3}, message.Unsure, 0, noon, message.Queued, "text", 0},
		{"refused for good, and another is there", message.Try{Kind: message.Booked, Provider: "talk", Attempts: 1}, message.Refused, 0, noon, message.Queued, "text", 0},
		{"refused for good by the last", message.Try{Kind: message.Booked, Provider: "text", Attempts: 1}, message.Refused, 0, noon, message.Failed, "text", 0},
		{"the last but one try", message.Try{Kind: message.Booked, Provider: "text", Attempts: 7}, message.Busy, 0, noon, message.Queued, "text", time.Hour},
		{"the last try", message.Try{Kind: message.Booked, Provider: "text", Attempts: 8}, message.Busy, 0, noon, message.Failed, "text", 0},
		{"asked to wait", message.Try{Kind: message.Booked, Provider: "text", Attempts: 1}, message.Busy, time.Minute, noon, message.Queued, "text", time.Minute},
		{"asked to wait too long", message.Try{Kind: message.Booked, Provider: "text", Attempts: 1}, message.Busy, 24 * time.Hour, noon, message.Queued, "text", time.Hour},
		{"a code", message.Try{Kind: message.Code, Provider: "text", Attempts: 1, Written: noon}, message.Unsure, 0, noon, message.Queued, "text", 2 * time.Second},
		{"a code, the tenth time", message.Try{Kind: message.Code, Provider: "text", Attempts: 10, Written: noon}, message.Unsure, 0, noon, message.Queued, "text", 10 * time.Second},
		{"a code, just alive", message.Try{Kind: message.Code, Provider: "text", Attempts: 2, Written: noon}, message.Unsure, 0, noon.Add(message.CodeLife - 1), message.Queued, "text", 6 * time.Second},
		{"a code after its life", message.Try{Kind: message.Code, Provider: "text", Attempts: 2, Written: noon}, message.Unsure, 0, noon.Add(message.CodeLife), message.Failed, "text", 0},
		{"somebody's own act, at night", message.Try{Kind: message.Booked, Provider: "text", Attempts: 1}, message.Busy, 0, at("2021-07-26 23:00:00"), message.Queued, "text", 5 * time.Second},
		{"a reminder whose next try is at night", message.Try{Kind: message.DayBefore, Provider: "text", Attempts: 1}, message.Busy, 0, at("2021-07-26 20:59:55"), message.Queued, "text", 11*time.Hour + 5*time.Second},
	} {
		d := plan().After(c.try, c.answer, c.wait, c.now, seoul)
		if d.State != c.state || d.Provider != c.provider || d.State == message.Queued && !d.Due.Equal(c.now.Add(c.after)) {
			t.Errorf("%s: %+v, want %s by %s after %s", c.what, d, c.state, c.provider, c.after)
		}
	}
}

func TestReported(t *testing.T) { // rule M7
	t.Parallel()
	now := at("2021-07-26 12:00:00")
	for _, c := range []struct {
		what    string
		by      message.ProviderID
		state   message.State
		arrived bool
		want    message.State
		next    message.ProviderID
	}{
		{"arrived", "talk", message.Sent, true, message.Delivered, "talk"},
		{"arrived before its sending was noted", "talk", message.Queued, true, message.Delivered, "talk"},
		{"did not arrive: the next", "talk", message.Sent, false, message.Queued, "text"},
		{"did not arrive, nobody is left", "text", message.Sent, false, message.Failed, "text"},
		{"said twice", "talk", message.Delivered, false, "", ""},
		{"given up before", "text", message.Failed, true, "", ""},
	} {
		d, changed := plan().Reported(message.Try{Kind: message.Booked, Provider: c.by, Attempts: 1}, c.state, c.arrived, now, seoul)
		if changed != (c.want != "") || d.State != c.want || d.Provider != c.next {
			t.Errorf("%s: %+v (%v)", c.what, d, changed)
		}
	}
}

func TestQuietHours(t *testing.T) { // rule M8
	t.Parallel()
	night, noon := message.Quiet{From: 21 * 60, To: 8 * 60}, message.Quiet{From: 12 * 60, To: 13 * 60}
	for _, c := range []struct {
		quiet      message.Quiet
		when, want string
	}{
		{night, "2021-07-26 20:59:59", "2021-07-26 20:59:59"},
		{night, "2021-07-26 21:00:00", "2021-07-27 08:00:00"},
		{night, "2021-07-31 23:59:59", "2021-08-01 08:00:00"},
		{night, "2021-07-26 00:00:00", "2021-07-26 08:00:00"},
		{night, "2021-07-26 07:59:59", "2021-07-26 08:00:00"},
		{night, "2021-07-26 08:00:00", "2021-07-26 08:00:00"},
		{noon, "2021-07-26 12:30:00", "2021-07-26 13:00:00"},
		{noon, "2021-07-26 13:00:00", "2021-07-26 13:00:00"},
		{message.Quiet{}, "2021-07-26 03:00:00", "2021-07-26 03:00:00"},
	} {
		if got := c.quiet.Until(at(c.when), seoul); !got.Equal(at(c.want)) {
			t.Errorf("%v at %s: %s, want %s", c.quiet, c.when, got.In(seoul), c.want)
		}
	}
	p, late := plan(), at("2021-07-26 22:00:00")
	if !p.Due(message.Changed, late, seoul).Equal(late) || p.Due(message.ClinicMoved, late, seoul).Equal(late) {
		t.Error("what somebody did just now is told at once, what the system did in the morning")
	}
}

func TestPace(t *testing.T) { // rule M6
	t.Parallel()
	now := at("2021-07-26 12:00:00")
	var p message.Pace
	take := func(what string, want int, urgent bool, now time.Time, n int) {
		t.Helper()
		var got int
		if got, p = p.Take(100, want, urgent, now); got != n {
			t.Errorf("%s: %d of %d, want %d", what, got, want, n)
		}
	}
	take("most of a second", 200, false, now, 75)
	take("the rest of it is for codes", 200, false, now, 0)
	take("codes", 200, true, now, 25)
	take("nothing is left", 1, true, now, 0)
	take("half a second later", 200, true, now.Add(time.Second/2), 50)
	take("much later", 200, true, now.Add(time.Hour), 100)
	p = p.Rest(time.Minute, now.Add(time.Hour))
	take("while it rests", 1, true, now.Add(time.Hour+58*time.Second), 0)
	take("after its rest", 1, true, now.Add(time.Hour+time.Minute), 1)
	if n, _ := (message.Pace{}).Take(1, 5, false, now); n != 1 {
		t.Errorf("one a second: %d", n)
	}
	if n, _ := (message.Pace{}).Take(0, 5000, false, now); n != 5000 {
		t.Errorf("no bound: %d", n)
	}
}

func TestReminderWindow(t *testing.T) { // rule M9
	t.Parallel()
	before, same := message.Reminder{Days: 1, At: 10 * 60}, message.Reminder{Days: 0, At: 8 * 60}
	for _, c := range []struct {
		r             message.Reminder
		now, from, to string
	}{
		{before, "2021-07-26 09:59:59", "", ""},
		{before, "2021-07-26 10:00:00", "2021-07-27 00:00:00", "2021-07-28 00:00:00"},
		{before, "2021-07-26 18:00:00", "2021-07-27 00:00:00", "2021-07-28 00:00:00"},
		{before, "2021-07-26 18:00:01", "", ""},
		{same, "2021-07-26 08:00:00", "2021-07-26 08:30:00", "2021-07-27 00:00:00"},
		{same, "2021-07-26 10:15:00", "2021-07-26 10:45:00", "2021-07-27 00:00:00"},
	} {
		from, to, _ := c.r.Window(at(c.now), seoul)
		if c.from == "" {
			if !from.IsZero() {
				t.Errorf("%+v at %s: from %s", c.r, c.now, from.In(seoul))
			}
			continue
		}
		if !from.Equal(at(c.from)) || !to.Equal(at(c.to)) {
			t.Errorf("%+v at %s: %s to %s", c.r, c.now, from.In(seoul), to.In(seoul))
		}
	}
}

func TestIDsNameTheirBucket(t *testing.T) { // rule M2
	t.Parallel()
	due := at("2021-07-26 10:00:00")
	r := message.Reminder{Days: 1, At: 600}
	id := message.ReminderID(r, "hold", 1, due, 513)
	if b, ok := message.BucketOf(id); !ok || b != 513 {
		t.Errorf("%s is of bucket %d", id, b)
	}
	if message.ReminderID(r, "hold", 1, due, 513) != id || message.ReminderID(r, "hold", 2, due, 513) == id || message.ReminderID(r, "held", 1, due, 513) == id ||
		message.ReminderID(r, "hold", 1, due.AddDate(0, 0, 1), 513) == id || message.ReminderID(message.Reminder{At: 600}, "hold", 1, due, 513) == id {
		t.Error("a reminder has one id, and no other has it")
	}
	for _, bad := range []string{"", "zz", strings.ToUpper(id), id + "00", id[2:]} {
		if _, ok := message.BucketOf(bad); ok && bad != strings.ToLower(bad) || ok && len(bad) != 32 {
			t.Errorf("%q is taken for an id", bad)
		}
	}
}

func TestShort(t *testing.T) { // rule M10
	t.Parallel()
	for text, want := range map[string]bool{
		strings.Repeat("a", 90): true, strings.Repeat("a", 91): false,
		strings.Repeat("가", 45): true, strings.Repeat("가", 45) + "a": false,
		"좋아요 😀": false,
	} {
		if message.Short(text) != want {
			t.Errorf("%q: short is %v", text, !want)
		}
	}
}
