package web

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

func TestCalendarFile(t *testing.T) {
	t.Parallel()
	start := time.Date(2021, 7, 26, 9, 30, 0, 0, time.FixedZone("KST", 9*3600))
	file := calendarFile("ko", []appointment{{
		id: "0A1B2C3D4E5F/1", start: start, length: 10 * time.Minute, created: start.Add(-time.Hour),
		title: "예방접종 1차: " + strings.Repeat("가상의원", 20), place: "서울특별시, 가상로 1; 2층",
		text: "예약번호 0A1B\\2\n문의 1339\x07", reminder: "내일 예방접종",
	}})
	lines := unfold(t, file)
	for _, want := range []string{
		"BEGIN:VCALENDAR", "VERSION:2.0", "METHOD:PUBLISH", "BEGIN:VEVENT",
		"DTSTAMP:20210725T233000Z", "DTSTART:20210726T003000Z", "DTEND:20210726T004000Z",
		"SUMMARY:예방접종 1차: " + strings.Repeat("가상의원", 20),
		`LOCATION:서울특별시\, 가상로 1\; 2층`, `DESCRIPTION:예약번호 0A1B\\2\n문의 1339`,
		"BEGIN:VALARM", "TRIGGER:-P1D", "DESCRIPTION:내일 예방접종", "END:VALARM", "END:VEVENT", "END:VCALENDAR",
	} {
		if !has(lines, want) {
			t.Errorf("the line %q is missing in\n%s", want, file)
		}
	}
	if strings.Contains(string(file), "0A1B2C3D4E5F/1") {
		t.Error("the UID gives the number away")
	}
}

func TestCalendarKnowsTheSameAppointmentAgain(t *testing.T) {
	t.Parallel()
	first, again := uid("a/1"), uid("a/1")
	if first != again || first == uid("a/2") {
		t.Error("one appointment must always have one UID, and another one another")
	}
}

// unfold checks what RFC 5545 asks of the bytes and joins folded lines.
func unfold(t *testing.T, file []byte) []string {
	t.Helper()
	text := string(file)
	if !utf8.ValidString(text) || !strings.HasSuffix(text, "\r\n") {
		t.Errorf("the file must be UTF-8 and end with CR LF: %q", text)
	}
	var lines []string
	for _, l := range strings.Split(strings.TrimSuffix(text, "\r\n"), "\r\n") {
		if len(l) > 75 || strings.ContainsAny(l, "\r\n") || l == "" || !utf8.ValidString(l) {
			t.Errorf("bad physical line of %d bytes: %q", len(l), l)
		}
		if rest, folded := strings.CutPrefix(l, " "); folded && len(lines) > 0 {
			lines[len(lines)-1] += rest
			continue
		}
		lines = append(lines, l)
	}
	return lines
}

func has(lines []string, want string) bool {
	for _, l := range lines {
		if l == want {
			return true
		}
	}
	return false
}

func FuzzCalendarText(f *testing.F) {
	f.Add("가상의원; 2층, \\ \n\r", "x")
	f.Fuzz(func(t *testing.T, title, place string) {
		if !utf8.ValidString(title) || !utf8.ValidString(place) {
			t.Skip() // names come from lists that are checked when imported
		}
		lines := unfold(t, calendarFile("en", []appointment{{id: "x", title: title, place: place}}))
		if len(lines) != 21 {
			t.Errorf("a value broke out of its line: %d lines", len(lines))
		}
	})
}
