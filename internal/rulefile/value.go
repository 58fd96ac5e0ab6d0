package rulefile

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"naru/internal/caldate"
)

// Text reads a required, non-empty text of one line without blanks at its ends.
func (m *Map) Text(key string) string { return m.text(m.value(key), m.at(key)) }

// Words reads a required list of texts; an empty list or a text that is there
// twice is a fault.
func (m *Map) Words(key string) []string {
	var words []string
	for i, n := range m.list(key) {
		w := m.text(n, fmt.Sprintf("%s[%d]", m.at(key), i))
		if w != "" && slices.Contains(words, w) {
			m.FaultAt(key, i, fmt.Sprintf("%q is in the list twice", w), "keep one")
		}
		words = append(words, w)
	}
	return words
}

func (m *Map) text(n *yaml.Node, path string) string {
	if n == nil || !m.scalar(n, path, "a text") {
		return ""
	}
	if n.Tag != "!!str" && n.Tag != "!!timestamp" {
		m.note(n, path, "this is "+kindName(n)+", not a text", "put it in quotes: "+strconv.Quote(n.Value))
		return ""
	}
	if s := strings.TrimSpace(n.Value); s == "" || s != n.Value || strings.ContainsAny(s, "\r\n\t") {
		m.note(n, path, "the text is empty, has blanks at its ends or is longer than one line", "write one line of text")
		return ""
	}
	return n.Value
}

// Choice reads a required text that must be one of the given words.
func (m *Map) Choice(key string, words ...string) string {
	s := m.Text(key)
	if s == "" || slices.Contains(words, s) {
		return s
	}
	mend := "write one of: " + strings.Join(words, ", ")
	if near, ok := Nearest(s, words); ok {
		mend = fmt.Sprintf("did you mean %q?", near)
	}
	m.Fault(key, fmt.Sprintf("%q is not known here", s), mend)
	return ""
}

// Int reads a required whole number within the bounds, written in plain digits.
func (m *Map) Int(key string, low, high int) int {
	n := m.value(key)
	if n == nil || !m.scalar(n, m.at(key), "a whole number") {
		return 0
	}
	v, err := strconv.Atoi(n.Value)
	if err != nil || n.Tag != "!!int" || strconv.Itoa(v) != n.Value {
		m.wrong(n, m.at(key), "a whole number in plain digits")
		return 0
	}
	if v < low || v > high {
		m.note(n, m.at(key), fmt.Sprintf("%d is out of bounds", v), fmt.Sprintf("write a number from %d to %d", low, high))
		return 0
	}
	return v
}

// Bool reads a required true or false.
func (m *Map) Bool(key string) bool {
	n := m.value(key)
	if n == nil {
		return false
	}
	if n.Tag != "!!bool" || n.Value != "true" && n.Value != "false" {
		m.wrong(n, m.at(key), "true or false")
	}
	return n.Value == "true"
}

// Duration reads a required span such as 30m or 1h30m within the bounds.
func (m *Map) Duration(key string, low, high time.Duration) time.Duration {
	s := m.Text(key)
	if s == "" {
		return 0
	}
	d, err := time.ParseDuration(s)
	if err != nil || d < low || d > high {
		m.Fault(key, fmt.Sprintf("%q is not a span from %s to %s", s, low, high), "write for example 30m, 90s or 1h30m")
		return 0
	}
	return d
}

// Date reads a required day that exists, written YYYY-MM-DD (rule C3).
func (m *Map) Date(key string) caldate.Date {
	s := m.Text(key)
	if s == "" {
		return caldate.Date{}
	}
	d, err := caldate.Parse(s)
	if err != nil {
		m.Fault(key, err.Error(), "write a day that exists as YYYY-MM-DD")
	}
	return d
}

// Clock reads a required time of day written HH:MM, 00:00 to 23:59.
func (m *Map) Clock(key string) (hour, minute int) {
	s := m.Text(key)
	if s == "" {
		return 0, 0
	}
	return m.clock(key, s)
}

// LocalTime reads a required "YYYY-MM-DD HH:MM" on the clock of the zone. A
// time that the change of summer time skips or repeats is a fault (rule C3).
// With a nil zone, already reported elsewhere, only the form is checked.
func (m *Map) LocalTime(key string, zone *time.Location) time.Time {
	s := m.Text(key)
	if s == "" {
		return time.Time{}
	}
	day, clock, ok := strings.Cut(s, " ")
	date, err := caldate.Parse(day)
	if !ok || err != nil {
		m.Fault(key, fmt.Sprintf("%q is not a local time", s), "write a day that exists and a time as \"YYYY-MM-DD HH:MM\", without zone or seconds")
		return time.Time{}
	}
	hour, minute := m.clock(key, clock)
	if hour < 0 {
		return time.Time{}
	}
	return m.Instant(key, date, hour, minute, zone)
}

// Instant is the one instant of that local time, or a fault at key.
func (m *Map) Instant(key string, date caldate.Date, hour, minute int, zone *time.Location) time.Time {
	if zone == nil || date.IsZero() || hour < 0 {
		return time.Time{}
	}
	t, err := date.Clock(hour, minute, zone)
	if err != nil {
		m.Fault(key, fmt.Sprintf("%s %02d:%02d in %s: %v", date, hour, minute, zone, err), "choose a time that the clock shows exactly once")
		return time.Time{}
	}
	return t
}

func (m *Map) clock(key, s string) (hour, minute int) {
	t, err := time.Parse("15:04", s)
	if err != nil || t.Format("15:04") != s {
		m.Fault(key, fmt.Sprintf("%.20q is not a time of day", s), "write HH:MM from 00:00 to 23:59; for 24:00 write 00:00 of the next day")
		return -1, -1
	}
	return t.Hour(), t.Minute()
}

// Zone reads a required IANA zone name such as Asia/Seoul.
func (m *Map) Zone(key string) *time.Location {
	s := m.Text(key)
	if s == "" {
		return nil
	}
	loc, err := time.LoadLocation(s)
	if err != nil || s == "Local" {
		m.Fault(key, fmt.Sprintf("%q is not a known time zone", s), "write a name of the IANA list, for example Asia/Seoul")
		return nil
	}
	return loc
}

func (m *Map) scalar(n *yaml.Node, path, want string) bool {
	switch {
	case n.Kind != yaml.ScalarNode:
		m.wrong(n, path, want)
	case n.Tag == "!!null":
		m.note(n, path, "no value is given", "write "+want+" here")
	default:
		return true
	}
	return false
}
