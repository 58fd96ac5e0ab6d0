package drill

import "strings"

// jar holds the cookies of one device. The standard jar keeps Secure cookies
// from a plain http address; on a loopback address browsers do send them.
type jar struct{ cookies []cookie }

type cookie struct{ name, value string }

// take reads one Set-Cookie header; an age below 1 drops the cookie.
func (j *jar) take(header string) {
	pair, rest, _ := strings.Cut(header, ";")
	name, value, found := strings.Cut(strings.TrimSpace(pair), "=")
	if !found {
		return
	}
	j.drop(name)
	for attribute := range strings.SplitSeq(rest, ";") {
		key, age, _ := strings.Cut(strings.TrimSpace(attribute), "=")
		if strings.EqualFold(key, "Max-Age") && (age == "0" || strings.HasPrefix(age, "-")) {
			return
		}
	}
	j.cookies = append(j.cookies, cookie{name, value})
}

func (j *jar) drop(name string) {
	for i, c := range j.cookies {
		if c.name == name {
			j.cookies = append(j.cookies[:i], j.cookies[i+1:]...)
			return
		}
	}
}

// value is the cookie whose name begins with prefix, or "".
func (j *jar) value(prefix string) string {
	for _, c := range j.cookies {
		if strings.HasPrefix(c.name, prefix) {
			return c.value
		}
	}
	return ""
}

// copyWith is the jar with the value of one cookie changed.
func (j *jar) copyWith(prefix string, change func(string) string) *jar {
	other := &jar{}
	for _, c := range j.cookies {
		if strings.HasPrefix(c.name, prefix) {
			c.value = change(c.value)
		}
		other.cookies = append(other.cookies, c)
	}
	return other
}

// header is the Cookie header, "" without cookies.
func (j *jar) header() string {
	var b strings.Builder
	for i, c := range j.cookies {
		if i > 0 {
			b.WriteString("; ")
		}
		b.WriteString(c.name)
		b.WriteByte('=')
		b.WriteString(c.value)
	}
	return b.String()
}
