package web

import (
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"naru/internal/booking"
)

func TestCalendarFile(t *testing.T) {
	t.Parallel()
	start := time.Date(2021, 7, 26, 9, 30, 0, 0, time.FixedZone("KST", 9*3600))
	c := calendar{lang: "ko", organiser: `가상 "보건" 기관; 1`, address: "https://booking.example/", now: start.Add(-time.Hour), all: []appointment{{
		id: "0A1B2C3D4E5F/1", start: start, length: 10 * time.Minute, version: 7,
		title: "예방접종 1차: " + strings.Repeat("가상의원", 20), place: "서울특별시, 가상로 1; 2층",
		text: "예약번호 0A1B\\2\n문의 1339\x07", reminder: "내일 예방접종",
	}}}
	file := c.file()
	parseCalendar(t, file)
	lines := unfold(t, file)
	for _, want := range []string{
		"BEGIN:VCALENDAR", "VERSION:2.0", "METHOD:PUBLISH", "BEGIN:VEVENT",
		"SEQUENCE:7", `ORGANIZER;CN="가상 보건 기관; 1":https://booking.example/`,
		"DTSTAMP:20210725T233000Z", "DTSTART:20210726T003000Z", "DTEND:20210726T004000Z",
		"SUMMARY:예방접종 1차: " + strings.Repeat("가상의원", 20),
		`LOCATION:서울특별시\, 가상로 1\; 2층`, `DESCRIPTION:예약번호 0A1B\\2\n문의 1339`,
		"BEGIN:VALARM", "TRIGGER:-P1D", "DESCRIPTION:내일 예방접종", "END:VALARM", "END:VEVENT", "END:VCALENDAR",
	} {
		if !slices.Contains(lines, want) {
			t.Errorf("the line %q is missing in\n%s", want, file)
		}
	}
	if strings.Contains(string(file), "0A1B2C3D4E5F/1") {
		t.Error("the UID gives the number away")
	}
}

func TestACancelledAppointmentIsTakenOut(t *testing.T) {
	t.Parallel()
	start := time.Date(2021, 7, 26, 0, 30, 0, 0, time.UTC)
	c := calendar{lang: "ko", organiser: "가상", address: "https://booking.example/", now: start.Add(-time.Hour), all: []appointment{
		{id: "n/1", start: start, length: time.Minute, version: 7, title: "1차"}, {id: "n/2", start: start, length: time.Minute, version: 0, title: "2차"},
	}}
	before := parseCalendar(t, c.file())
	c.cancelled = true
	after := parseCalendar(t, c.file())
	if before.one(t, "METHOD").value != "PUBLISH" || after.one(t, "METHOD").value != "CANCEL" || len(after.parts) != 2 {
		t.Fatalf("methods %s and %s", before.one(t, "METHOD").value, after.one(t, "METHOD").value)
	}
	for i, was := range before.parts {
		is := after.parts[i]
		if is.one(t, "UID") != was.one(t, "UID") || is.number(t, "SEQUENCE") <= was.number(t, "SEQUENCE") {
			t.Error("a cancellation must name the same UID with a higher SEQUENCE")
		}
		if is.one(t, "STATUS").value != "CANCELLED" || len(is.parts) > 0 {
			t.Error("a cancelled event has its status and no alarm")
		}
	}
}

func TestCalendarKnowsTheSameAppointmentAgain(t *testing.T) {
	t.Parallel()
	first, again := uid("a/1"), uid("a/1")
	if first != again || first == uid("a/2") {
		t.Error("one appointment must always have one UID, and another one another")
	}
}

func FuzzCalendarText(f *testing.F) {
	f.Add("가상의원; 2층, \\ \n\r", "x")
	f.Fuzz(func(t *testing.T, title, place string) {
		if !utf8.ValidString(title) || !utf8.ValidString(place) {
			t.Skip() // names come from lists that are checked when imported
		}
		lines := unfold(t, calendar{lang: "en", organiser: title, address: "https://booking.example/", all: []appointment{{id: "x", title: title, place: place}}}.file())
		if len(lines) != 23 {
			t.Errorf("a value broke out of its line: %d lines", len(lines))
		}
	})
}

func TestAChangedDoseHasAHigherSequence(t *testing.T) {
	t.Parallel()
	at := time.Date(2021, 7, 12, 0, 0, 5, 0, time.UTC)
	res := booking.Reservation{CreatedAt: at}
	first := booking.Dose{HoldID: booking.NewHoldID(1, at.Add(-time.Second))} // the node's clock was behind
	once := booking.Dose{HoldID: booking.NewHoldID(1, at.Add(time.Hour))}
	twice := booking.Dose{HoldID: booking.NewHoldID(1, at.Add(2*time.Hour))}
	if a, b, c := calendarVersion(res, first), calendarVersion(res, once), calendarVersion(res, twice); a != 0 || b <= a || c <= b {
		t.Errorf("versions %d, %d, %d", a, b, c)
	}
}
