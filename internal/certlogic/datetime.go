package certlogic

import (
	"fmt"
	"regexp"
	"strconv"
	"time"
)

// maxAmount is the most years, months, days or hours that a rule may add.
const maxAmount = 1_000_000

// plusTime reads a date and adds to it.
type plusTime struct {
	of     node
	amount int
	unit   string
}

func (n plusTime) eval(data any) (any, error) {
	v, err := n.of.eval(data)
	if err != nil {
		return nil, err
	}
	text, ok := v.(string)
	if !ok {
		return nil, fmt.Errorf("certlogic: date of \"plusTime\" must be a string, it is %s", kind(v))
	}
	t, err := parseTime(text)
	if err != nil {
		return nil, err
	}
	switch n.unit {
	case "year":
		return t.AddDate(n.amount, 0, 0), nil
	case "month":
		return t.AddDate(0, n.amount, 0), nil
	case "day":
		return t.AddDate(0, 0, n.amount), nil
	}
	return t.AddDate(0, 0, n.amount/24).Add(time.Duration(n.amount%24) * time.Hour), nil
}

// dateOfBirth is the last day that fits what is known of a birthday.
type dateOfBirth struct{ of node }

func (n dateOfBirth) eval(data any) (any, error) {
	v, err := n.of.eval(data)
	if err != nil {
		return nil, err
	}
	text, ok := v.(string)
	if !ok {
		return nil, fmt.Errorf("certlogic: operand of \"dccDateOfBirth\" must be a string, it is %s", kind(v))
	}
	m := dates.FindStringSubmatch(text)
	if m == nil {
		return nil, fmt.Errorf("certlogic: no date of birth: %d characters", len(text))
	}
	return day(m[1], m[2], m[3])
}

var (
	dates     = regexp.MustCompile(`^(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?$`)
	dateTimes = regexp.MustCompile(`^(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2}):(\d{2})(?:\.(\d+))?(Z|[+-]\d{1,4}|[+-]\d{1,2}:\d{2})?$`)
)

// parseTime reads one of the formats that the specification lists.
func parseTime(text string) (time.Time, error) {
	if m := dates.FindStringSubmatch(text); m != nil {
		return day(m[1], m[2], m[3])
	}
	m := dateTimes.FindStringSubmatch(text)
	if m == nil {
		return time.Time{}, fmt.Errorf("certlogic: no date-time: %d characters", len(text))
	}
	t, err := day(m[1], m[2], m[3])
	if err != nil {
		return t, err
	}
	hour, minute, second := digits(m[4]), digits(m[5]), digits(m[6])
	if hour > 24 || minute > 59 || second > 59 || hour == 24 && (minute > 0 || second > 0) {
		return t, fmt.Errorf("certlogic: no time of day: %s:%s:%s", m[4], m[5], m[6])
	}
	t = t.Add(time.Duration(hour)*time.Hour + time.Duration(minute)*time.Minute + time.Duration(second)*time.Second)
	t = t.Add(time.Duration(milliseconds(m[7])) * time.Millisecond)
	return t.Add(-offset(m[8])), nil
}

// day is a date, or the last day of a month or a year.
func day(y, m, d string) (time.Time, error) {
	year, month := digits(y), 12
	if m != "" {
		month = digits(m)
	}
	last := time.Date(year, time.Month(month)+1, 0, 0, 0, 0, 0, time.UTC)
	if month < 1 || month > 12 {
		return last, fmt.Errorf("certlogic: no month: %s", m)
	}
	if d == "" {
		return last, nil
	}
	if n := digits(d); n < 1 || n > last.Day() {
		return last, fmt.Errorf("certlogic: no day: %s-%s-%s", y, m, d)
	}
	return time.Date(year, time.Month(month), digits(d), 0, 0, 0, 0, time.UTC), nil
}

// milliseconds are the first three decimals; the others are cut off.
func milliseconds(decimals string) int { return digits((decimals + "000")[:3]) }

// offset is how far a zone is ahead of UTC: Z, +h, +hh, +hmm, +hhmm, +h:mm, +hh:mm.
func offset(zone string) time.Duration {
	if zone == "" || zone == "Z" {
		return 0
	}
	var bare []byte
	for i := 1; i < len(zone); i++ {
		if zone[i] != ':' {
			bare = append(bare, zone[i])
		}
	}
	hours, minutes := string(bare), ""
	if len(bare) > 2 {
		hours, minutes = string(bare[:len(bare)-2]), string(bare[len(bare)-2:])
	}
	d := time.Duration(digits(hours))*time.Hour + time.Duration(digits(minutes))*time.Minute
	if zone[0] == '-' {
		return -d
	}
	return d
}

// digits is a number of at most four digits, 0 for none.
func digits(s string) int {
	n, _ := strconv.Atoi(s) // a pattern let digits through alone
	return n
}
