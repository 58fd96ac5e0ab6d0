package web

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"
)

// An appointment is one entry of a calendar file.
type appointment struct {
	id       string // the same for the same appointment, so that a second import replaces it
	start    time.Time
	length   time.Duration
	title    string
	place    string
	text     string
	created  time.Time
	reminder string // spoken a day before
}

const icsTime = "20060102T150405Z"

// calendarFile writes appointments as iCalendar (RFC 5545, rule W42): instants
// in UTC, lines of at most 75 bytes, each ended by CR LF.
func calendarFile(lang string, all []appointment) []byte {
	var b strings.Builder
	icsLine(&b, "BEGIN:VCALENDAR")
	icsLine(&b, "VERSION:2.0")
	icsLine(&b, "PRODID:-//Naru//Vaccination booking//"+strings.ToUpper(lang))
	icsLine(&b, "CALSCALE:GREGORIAN")
	icsLine(&b, "METHOD:PUBLISH")
	for _, a := range all {
		icsEvent(&b, a)
	}
	icsLine(&b, "END:VCALENDAR")
	return []byte(b.String())
}

func icsEvent(b *strings.Builder, a appointment) {
	icsLine(b, "BEGIN:VEVENT")
	icsLine(b, "UID:"+uid(a.id))
	icsLine(b, "DTSTAMP:"+a.created.UTC().Format(icsTime))
	icsLine(b, "DTSTART:"+a.start.UTC().Format(icsTime))
	icsLine(b, "DTEND:"+a.start.Add(a.length).UTC().Format(icsTime))
	icsLine(b, "SUMMARY:"+icsText(a.title))
	icsLine(b, "LOCATION:"+icsText(a.place))
	icsLine(b, "DESCRIPTION:"+icsText(a.text))
	icsLine(b, "STATUS:CONFIRMED")
	icsLine(b, "BEGIN:VALARM")
	icsLine(b, "ACTION:DISPLAY")
	icsLine(b, "TRIGGER:-P1D")
	icsLine(b, "DESCRIPTION:"+icsText(a.reminder))
	icsLine(b, "END:VALARM")
	icsLine(b, "END:VEVENT")
}

// uid is a name of the appointment that does not give its number away.
func uid(id string) string {
	sum := sha256.Sum256([]byte("naru/calendar/1" + id))
	h := hex.EncodeToString(sum[:16])
	return fmt.Sprintf("%s-%s-%s-%s-%s", h[:8], h[8:12], h[12:16], h[16:20], h[20:])
}

// icsText escapes a text value (RFC 5545 §3.3.11). Control characters have no
// place in one and are left out.
func icsText(s string) string {
	s = strings.Map(func(r rune) rune {
		if r < ' ' && r != '\n' || r == 0x7f {
			return -1
		}
		return r
	}, s)
	return strings.NewReplacer(`\`, `\\`, ";", `\;`, ",", `\,`, "\n", `\n`).Replace(s)
}

// icsLine writes one content line, folded so that no physical line is longer than
// 75 bytes and no character is cut (RFC 5545 §3.1).
func icsLine(b *strings.Builder, s string) {
	room := 75
	for len(s) > room {
		cut := room
		for !utf8.RuneStart(s[cut]) {
			cut--
		}
		b.WriteString(s[:cut])
		b.WriteString("\r\n ")
		s = s[cut:]
		room = 74 // the space that marks the fold counts
	}
	b.WriteString(s)
	b.WriteString("\r\n")
}
