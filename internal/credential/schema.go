package credential

import (
	"fmt"
	"strings"
	"time"
	"unicode/utf8"
)

// Violation is one place where a certificate breaks the DCC schema 1.3.
type Violation struct {
	Path string // as in the schema: v[0].dn
	Want string
}

// Error says the path and what belongs there; never the value: it may be a name.
func (v Violation) Error() string { return v.Path + ": " + v.Want }

// longest is how many signs the schema allows a text.
const longest = 80

// checker collects the violations.
type checker struct{ found []Violation }

func (c *checker) must(ok bool, path, want string) {
	if !ok {
		c.found = append(c.found, Violation{path, want})
	}
}

// CheckSchema returns every violation of the DCC schema 1.3 (an exemption is
// held to the same habits). What is issued has none. What is verified may have
// some: real countries issue such certificates, and verifiers take them (rule
// T14); only what changes the meaning is refused, see Verify.
func CheckSchema(d *DCC) []Violation {
	c := &checker{}
	c.must(isVersion(d.Version), "ver", "a version such as 1.3.0")
	c.text("nam.fn", d.Name.Family)
	c.text("nam.gn", d.Name.Given)
	c.must(isStandardised(d.Name.FamilyStandard), "nam.fnt", "A to Z and <, at most 80")
	c.must(isStandardised(d.Name.GivenStandard), "nam.gnt", "A to Z and <, at most 80")
	c.must(d.Name.FamilyStandard != "" || d.Name.GivenStandard != "", "nam", "fnt or gnt")
	c.must(isBirth(d.Born), "dob", "a date from 1900 to 2099, its month or year, or empty")
	c.must(d.events() == 1, "v, t, r", "exactly one entry in all")
	for i := range d.Vaccinations {
		c.vaccination(fmt.Sprintf("v[%d].", i), &d.Vaccinations[i])
	}
	for i := range d.Tests {
		c.test(fmt.Sprintf("t[%d].", i), &d.Tests[i])
	}
	for i := range d.Recoveries {
		c.recovery(fmt.Sprintf("r[%d].", i), &d.Recoveries[i])
	}
	for i := range d.Exemptions {
		c.exemption(fmt.Sprintf("ve[%d].", i), &d.Exemptions[i])
	}
	return c.found
}

func (c *checker) vaccination(at string, v *Vaccination) {
	c.codes(at, map[string]string{"tg": v.Target, "vp": v.Prophylaxis, "mp": v.Product, "ma": v.Manufacturer})
	c.must(v.Dose >= 1, at+"dn", "a whole number from 1")
	c.must(v.Doses >= 1, at+"sd", "a whole number from 1")
	c.must(isDate(v.Date), at+"dt", "a date")
	c.who(at, v.Country, v.Issuer, v.ID)
}

func (c *checker) test(at string, t *Test) {
	c.codes(at, map[string]string{"tg": t.Target, "tt": t.Type, "tr": t.Result})
	c.text(at+"nm", t.Name)
	c.text(at+"tc", t.Centre)
	c.must(isTime(t.Sampled), at+"sc", "a date and time with its offset")
	c.who(at, t.Country, t.Issuer, t.ID)
}

func (c *checker) recovery(at string, r *Recovery) {
	c.codes(at, map[string]string{"tg": r.Target})
	c.must(isDate(r.Positive), at+"fr", "a date")
	c.must(isDate(r.From), at+"df", "a date")
	c.must(isDate(r.Until), at+"du", "a date")
	c.who(at, r.Country, r.Issuer, r.ID)
}

func (c *checker) exemption(at string, e *Exemption) {
	c.codes(at, map[string]string{"tg": e.Target})
	c.must(e.From == "" || isDate(e.From), at+"df", "a date, or nothing")
	c.must(e.Until == "" || isDate(e.Until), at+"du", "a date, or nothing")
	c.who(at, e.Country, e.Issuer, e.ID)
}

func (c *checker) who(at, country, issuer, id string) {
	c.must(isCountry(country), at+"co", "a country of two letters")
	c.must(issuer != "", at+"is", "a text of 1 to 80 signs")
	c.text(at+"is", issuer)
	c.must(id != "", at+"ci", "a text of 1 to 80 signs")
	c.text(at+"ci", id)
}

func (c *checker) codes(at string, codes map[string]string) {
	for name, code := range codes {
		c.must(code != "" && utf8.RuneCountInString(code) <= longest, at+name, "a code of its value set")
	}
}

func (c *checker) text(path, s string) {
	c.must(utf8.RuneCountInString(s) <= longest && utf8.ValidString(s), path, "a text of at most 80 signs")
}

func isStandardised(s string) bool {
	return len(s) <= longest && strings.Trim(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ<") == ""
}

// isVersion is digits, a dot, digits, a dot, digits.
func isVersion(s string) bool {
	parts := strings.Split(strings.TrimPrefix(s, "AT-"), ".")
	for _, p := range parts {
		if p == "" || strings.Trim(p, "0123456789") != "" {
			return false
		}
	}
	return len(parts) == 3
}

func isBirth(s string) bool {
	if s == "" {
		return true
	}
	if len(s) > 10 || len(s) < 4 || (s[:2] != "19" && s[:2] != "20") {
		return false
	}
	_, err := time.Parse("2006-01-02"[:len(s)], s)
	return err == nil && (len(s) == 4 || len(s) == 7 || len(s) == 10)
}

func isDate(s string) bool {
	_, err := time.Parse(time.DateOnly, s)
	return err == nil
}

// isTime takes the offsets that ISO 8601 knows: Z, +09:00, +0900 and +09.
func isTime(s string) bool {
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04:05Z0700", "2006-01-02T15:04:05Z07"} {
		if _, err := time.Parse(layout, s); err == nil {
			return true
		}
	}
	return false
}
