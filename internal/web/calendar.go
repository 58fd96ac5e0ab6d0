package web

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strconv"
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
	version  int    // grows with every change (SEQUENCE)
	reminder string // spoken a day before
}

// A calendar is one calendar file (rules W42, X20 to X22).
type calendar struct {
	lang      string
	organiser string // who gives the appointments, as people call them
	address   string // of the organiser, a URI
	now       time.Time
	cancelled bool // the appointments are called off: the file takes them out
	all       []appointment
}

const icsTime = "20060102T150405Z"

// file writes the calendar as iCalendar (RFC 5545): instants in UTC, lines of at
// most 75 bytes, each ended by CR LF. Its method is PUBLISH, or CANCEL (RFC 5546
// §3.2.1, §3.2.5).
func (c calendar) file() []byte {
	var b strings.Builder
	icsLine(&b, "BEGIN:VCALENDAR")
	icsLine(&b, "VERSION:2.0")
	icsLine(&b, "PRODID:-//Naru//Vaccination booking//"+strings.ToUpper(c.lang))
	icsLine(&b, "CALSCALE:GREGORIAN")
	method := "PUBLISH"
	if c.cancelled {
		method = "CANCEL"
	}
	icsLine(&b, "METHOD:"+method)
	for _, a := range c.all {
		c.event(&b, a)
	}
	icsLine(&b, "END:VCALENDAR")
	return []byte(b.String())
}

func (c calendar) event(b *strings.Builder, a appointment) {
	status := "CONFIRMED"
	if c.cancelled {
		status, a.version = "CANCELLED", a.version+1
	}
	icsLine(b, "BEGIN:VEVENT")
	icsLine(b, "UID:"+uid(a.id))
	icsLine(b, "DTSTAMP:"+c.now.UTC().Format(icsTime))
	icsLine(b, "SEQUENCE:"+strconv.Itoa(a.version))
	icsLine(b, "ORGANIZER;CN="+icsParameter(c.organiser)+":"+c.address)
	icsLine(b, "DTSTART:"+a.start.UTC().Format(icsTime))
	icsLine(b, "DTEND:"+a.start.Add(a.length).UTC().Format(icsTime))
	icsLine(b, "SUMMARY:"+icsText(a.title))
	icsLine(b, "LOCATION:"+icsText(a.place))
	icsLine(b, "DESCRIPTION:"+icsText(a.text))
	icsLine(b, "STATUS:"+status)
	if !c.cancelled {
		icsAlarm(b, a)
	}
	icsLine(b, "END:VEVENT")
}

func icsAlarm(b *strings.Builder, a appointment) {
	icsLine(b, "BEGIN:VALARM")
	icsLine(b, "ACTION:DISPLAY")
	icsLine(b, "TRIGGER:-P1D")
	icsLine(b, "DESCRIPTION:"+icsText(a.reminder))
	icsLine(b, "END:VALARM")
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

// icsParameter quotes the value of a parameter, in which quotation marks and
// control characters cannot stand (RFC 5545 §3.1).
func icsParameter(s string) string {
	return `"` + strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r == '"' {
			return -1
		}
		return r
	}, s) + `"`
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
