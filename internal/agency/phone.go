package agency

import (
	"regexp"
	"strings"

	"golang.org/x/text/unicode/norm"

	"naru/internal/fault"
	"naru/internal/rulefile"
)

// Phone is how mobile numbers are written in the country.
type Phone struct {
	CountryCode string   // digits after the plus sign: "82"
	Trunk       string   // prefix of a number dialled inside the country: "0", or ""
	Example     string   // shown beside the field; fits the pattern
	Display     []string // masks such as "###-####-####", one for each length
	pattern     *regexp.Regexp
}

// maxPhoneBytes bounds what a person may type; full-width digits take three.
const maxPhoneBytes = 64

var (
	digitsForm = regexp.MustCompile(`^[0-9]+$`)
	maskForm   = regexp.MustCompile(`^[# ()-]+$`)
)

// NormalisePhone turns what a person typed into the digits dialled inside the
// country, "01000001234". It takes blanks, hyphens, dots, brackets, full-width
// signs and the international form. Anything else is fault.Invalid with the
// message agency.phone_bad and the value Example; the number is not repeated.
func (a *Agency) NormalisePhone(typed string) (string, error) {
	bad := fault.New(fault.Invalid, "agency.phone_bad").With("Example", a.Phone.Example)
	if len(typed) > maxPhoneBytes {
		return "", bad
	}
	plain := strings.NewReplacer(" ", "", "-", "", "‐", "", "‑", "", "–", "", "−", "", ".", "", "(", "", ")", "").
		Replace(norm.NFKC.String(strings.TrimSpace(typed)))
	if abroad, ok := strings.CutPrefix(plain, "+"); ok {
		local, ours := strings.CutPrefix(abroad, a.Phone.CountryCode)
		if !ours {
			return "", bad
		}
		// +82 (0)10 is often written although the trunk prefix is dropped abroad.
		plain = a.Phone.Trunk + strings.TrimPrefix(local, a.Phone.Trunk)
	}
	if !digitsForm.MatchString(plain) || !a.Phone.pattern.MatchString(plain) {
		return "", bad
	}
	return plain, nil
}

// FormatPhone writes normalised digits as people of the country do; digits of a
// length without a mask stay as they are.
func (a *Agency) FormatPhone(digits string) string {
	for _, mask := range a.Phone.Display {
		if strings.Count(mask, "#") == len(digits) {
			return fill(mask, digits)
		}
	}
	return digits
}

func fill(mask, digits string) string {
	var b strings.Builder
	next := 0
	for _, r := range mask {
		if r == '#' {
			b.WriteByte(digits[next])
			next++
			continue
		}
		b.WriteRune(r)
	}
	return b.String()
}

func phone(m *rulefile.Map) Phone {
	defer m.Close()
	p := Phone{CountryCode: digits(m, "country_code"), Example: m.Text("example"), Display: m.Words("display")}
	if m.Has("trunk") {
		p.Trunk = digits(m, "trunk")
	}
	for i, mask := range p.Display {
		if mask != "" && !maskForm.MatchString(mask) {
			m.FaultAt("display", i, "not a mask", "write # for each digit, with blanks, hyphens or brackets between")
		}
	}
	text := m.Text("pattern")
	pattern, err := regexp.Compile("^(?:" + text + ")$")
	if err != nil {
		m.Fault("pattern", "not a regular expression", "write one that the bare digits must match, for example 010[0-9]{8}")
		return p
	}
	p.pattern = pattern
	if text != "" && p.Example != "" {
		p.checkExample(m)
	}
	return p
}

func (p Phone) checkExample(m *rulefile.Map) {
	a := &Agency{Phone: p}
	normal, err := a.NormalisePhone(p.Example)
	if err != nil {
		m.Fault("example", "the example does not match the pattern", "correct one of the two")
		return
	}
	if a.FormatPhone(normal) != p.Example {
		m.Fault("example", "the example is not written like the mask of its length", "write it as people will see it, or correct display")
	}
}

func digits(m *rulefile.Map, key string) string {
	s := m.Text(key)
	if s != "" && (!digitsForm.MatchString(s) || len(s) > 4) {
		m.Fault(key, "not one to four digits", "write the digits in quotes, for example \"82\"")
	}
	return s
}
