package web

import (
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

// This file reads calendar files as strictly as RFC 5545 and RFC 5546 write them;
// it shares nothing with the code that makes them.

// icsPart is a component with its properties.
type icsPart struct {
	name  string
	props map[string][]icsProp
	parts []*icsPart
}

type icsProp struct{ params, value string }

// one is a property that stands once.
func (p *icsPart) one(t *testing.T, name string) icsProp {
	t.Helper()
	if len(p.props[name]) != 1 {
		t.Fatalf("%s has %s %d times, want once", p.name, name, len(p.props[name]))
	}
	return p.props[name][0]
}

func (p *icsPart) number(t *testing.T, name string) int {
	t.Helper()
	n, err := strconv.Atoi(p.one(t, name).value)
	if err != nil || n < 0 {
		t.Errorf("%s is no number from 0 up: %q", name, p.one(t, name).value)
	}
	return n
}

var (
	// contentline = name *(";" param) ":" value (RFC 5545 §3.1)
	icsContent = regexp.MustCompile(`^([A-Z][A-Z0-9-]*)((?:;[A-Z][A-Z0-9-]*=(?:"[^"\x00-\x08\x0a-\x1f\x7f]*"|[^";:,\x00-\x08\x0a-\x1f\x7f]*))*):(.*)$`)
	// TEXT: a comma, a semicolon and a backslash are escaped (§3.3.11)
	icsTextForm = regexp.MustCompile(`^(?:[^\\;,\x00-\x08\x0a-\x1f\x7f]|\\[\\;,nN])*$`)
)

// unfold checks what RFC 5545 §3.1 asks of the bytes and joins folded lines.
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

// parseCalendar reads a file of one VCALENDAR and checks it.
func parseCalendar(t *testing.T, file []byte) *icsPart {
	t.Helper()
	var open []*icsPart
	var whole *icsPart
	for _, line := range unfold(t, file) {
		m := icsContent.FindStringSubmatch(line)
		if m == nil {
			t.Fatalf("no content line: %q", line)
		}
		switch name, value := m[1], m[3]; {
		case whole != nil:
			t.Fatalf("%q stands behind the end", line)
		case name == "BEGIN":
			open = append(open, &icsPart{name: value, props: map[string][]icsProp{}})
		case len(open) == 0:
			t.Fatalf("%q stands outside", line)
		case name == "END":
			last := open[len(open)-1]
			if open = open[:len(open)-1]; last.name != value {
				t.Fatalf("END:%s ends %s", value, last.name)
			}
			if len(open) == 0 {
				whole = last
			} else {
				open[len(open)-1].parts = append(open[len(open)-1].parts, last)
			}
		default:
			p := open[len(open)-1]
			p.props[name] = append(p.props[name], icsProp{m[2], value})
		}
	}
	if whole == nil || whole.name != "VCALENDAR" {
		t.Fatalf("no whole VCALENDAR:\n%s", file)
	}
	checkCalendar(t, whole)
	return whole
}

func checkCalendar(t *testing.T, c *icsPart) {
	t.Helper()
	if c.one(t, "VERSION").value != "2.0" || c.one(t, "PRODID").value == "" {
		t.Error("VERSION must be 2.0 and PRODID there (§3.6)")
	}
	seen := map[string]bool{}
	for _, e := range c.parts {
		if e.name != "VEVENT" {
			t.Fatalf("%s is no VEVENT", e.name)
		}
		if id := e.one(t, "UID").value; seen[id] {
			t.Errorf("UID %s stands twice", id)
		} else {
			seen[id] = true
		}
		checkEvent(t, e, c.one(t, "METHOD").value)
	}
}

// checkEvent asks for what §3.6.1 and, by the method, RFC 5546 §3.2.1 and §3.2.5
// ask of an event.
func checkEvent(t *testing.T, e *icsPart, method string) {
	t.Helper()
	instant := func(name string) time.Time {
		at, err := time.Parse("20060102T150405Z", e.one(t, name).value)
		if err != nil || e.one(t, name).params != "" {
			t.Errorf("%s is no instant in UTC (§3.3.5): %q", name, e.one(t, name).value)
		}
		return at
	}
	instant("DTSTAMP")
	if !instant("DTSTART").Before(instant("DTEND")) {
		t.Error("DTEND must be later than DTSTART (§3.8.2.2)")
	}
	for _, name := range []string{"SUMMARY", "LOCATION", "DESCRIPTION"} {
		if v := e.one(t, name).value; !icsTextForm.MatchString(v) {
			t.Errorf("%s is no TEXT: %q", name, v)
		}
	}
	e.number(t, "SEQUENCE")
	if who := e.one(t, "ORGANIZER").value; !strings.Contains(who, ":") {
		t.Errorf("ORGANIZER is no URI: %q", who)
	}
	if want := map[string]string{"PUBLISH": "CONFIRMED", "CANCEL": "CANCELLED"}[method]; e.one(t, "STATUS").value != want {
		t.Errorf("STATUS %s in a file of method %s", e.one(t, "STATUS").value, method)
	}
	for _, a := range e.parts {
		if a.name != "VALARM" || a.one(t, "ACTION").value != "DISPLAY" || a.one(t, "TRIGGER").value != "-P1D" || !icsTextForm.MatchString(a.one(t, "DESCRIPTION").value) {
			t.Errorf("no VALARM of ACTION:DISPLAY with TRIGGER and DESCRIPTION (§3.6.6): %v", a)
		}
	}
}
