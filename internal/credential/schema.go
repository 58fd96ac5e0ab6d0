package credential

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// Violation is one place where a certificate breaks the DCC schema 1.3.
type Violation struct {
	Path string `json:"path"` // as in the schema: v[0].dn
	Want string `json:"want"`
}

// Error says the path and what belongs there; never the value: it may be a name.
func (v Violation) Error() string { return v.Path + ": " + v.Want }

// field is one property of the schema.
type field struct {
	name     string
	required bool
	want     string
	ok       func(any) bool
}

const (
	must = true
	may  = false
)

var (
	code   = field{want: "a text", ok: isText(math.MaxInt)}
	text80 = field{want: "a text of at most 80 signs", ok: isText(80)}
	latin  = field{want: "A to Z and <, at most 80", ok: check(isStandardised)}
	day    = field{want: "a date", ok: check(isDate)}
	count  = field{want: "a whole number from 1", ok: isCount}
)

func (f field) called(name string, required bool) field {
	f.name, f.required = name, required
	return f
}

// The schema 1.3.3 (eHealth Network, DCC.combined-schema), and the exemption
// after Austria's habit.
var (
	certificateFields = []field{
		field{want: "a version such as 1.3.0", ok: check(isVersion)}.called("ver", must),
		field{want: "a date from 1900 to 2099, its month or year, or empty", ok: check(isBirth)}.called("dob", must),
		field{want: "a name", ok: func(v any) bool { _, ok := v.(map[any]any); return ok }}.called("nam", must),
	}
	nameFields = []field{text80.called("fn", may), latin.called("fnt", may), text80.called("gn", may), latin.called("gnt", may)}
	whoFields  = []field{code.called("tg", must), code.called("co", must), text80.called("is", must), text80.called("ci", must)}

	entryFields = map[string][]field{
		"v": append(slices.Clone(whoFields), code.called("vp", must), code.called("mp", must), code.called("ma", must),
			count.called("dn", must), count.called("sd", must), day.called("dt", must)),
		"t": append(slices.Clone(whoFields), code.called("tt", must), text80.called("nm", may), code.called("ma", may),
			field{want: "a date and time with its offset", ok: check(isTime)}.called("sc", must), code.called("tr", must), text80.called("tc", may)),
		"r":  append(slices.Clone(whoFields), day.called("fr", must), day.called("df", must), day.called("du", must)),
		"ve": append(slices.Clone(whoFields), day.called("df", may), day.called("du", may)),
	}
	groups = []string{"v", "t", "r", "ve"}
)

// CheckSchema returns every violation of the DCC schema 1.3 in the CBOR of a
// health certificate, in the schema's order. What is verified may have some: real
// countries issue such certificates, and verifiers take them (rule T14); only
// what changes the meaning is refused, see Verify.
func CheckSchema(dcc []byte) []Violation {
	var raw map[any]any
	if err := decoding.Unmarshal(dcc, &raw); err != nil {
		return []Violation{{"", "a map in CBOR"}}
	}
	found := checkFields(nil, "", raw, certificateFields)
	if name, ok := raw["nam"].(map[any]any); ok {
		found = checkFields(found, "nam.", name, nameFields)
		if name["fnt"] == nil && name["gnt"] == nil {
			found = append(found, Violation{"nam", "fnt or gnt"})
		}
	}
	some := 0
	for _, g := range groups {
		value, there := raw[g]
		if !there {
			continue
		}
		some++
		entries, ok := value.([]any)
		if !ok || len(entries) != 1 {
			found = append(found, Violation{g, "one entry"})
		}
		for i, e := range entries {
			entry, ok := e.(map[any]any)
			if !ok {
				found = append(found, Violation{fmt.Sprintf("%s[%d]", g, i), "an entry"})
			}
			found = checkFields(found, fmt.Sprintf("%s[%d].", g, i), entry, entryFields[g])
		}
	}
	if some != 1 {
		found = append(found, Violation{"v, t, r", "one of them"})
	}
	return found
}

func checkFields(found []Violation, at string, m map[any]any, fields []field) []Violation {
	for _, f := range fields {
		value, there := m[f.name]
		if there && !f.ok(value) || !there && f.required {
			found = append(found, Violation{at + f.name, f.want})
		}
	}
	return found
}

func check(ok func(string) bool) func(any) bool {
	return func(v any) bool { s, text := v.(string); return text && ok(s) }
}

func isText(longest int) func(any) bool {
	return check(func(s string) bool { return utf8.RuneCountInString(s) <= longest })
}

// isCount takes 2.0 as JSON Schema does.
func isCount(v any) bool {
	switch n := v.(type) {
	case uint64:
		return n >= 1
	case float64:
		return n >= 1 && n == math.Trunc(n)
	}
	return false
}

func isStandardised(s string) bool {
	return len(s) <= 80 && strings.Trim(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ<") == ""
}

// isVersion is three numbers with dots between; a national form may say whose it
// is before them.
func isVersion(s string) bool {
	if len(s) > 3 && isCountry(s[:2]) && s[2] == '-' {
		s = s[3:]
	}
	parts := strings.Split(s, ".")
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
	if len(s) != 4 && len(s) != 7 && len(s) != 10 || s[:2] != "19" && s[:2] != "20" {
		return false
	}
	_, err := time.Parse("2006-01-02"[:len(s)], s)
	return err == nil
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

// isFull says whether an entry of ours leaves no code out: the schema's letter
// lets an empty text through, a border does not.
func (d *DCC) isFull() bool {
	var codes []string
	for _, v := range d.Vaccinations {
		codes = append(codes, v.Target, v.Prophylaxis, v.Product, v.Manufacturer, v.Issuer, v.ID, v.Country)
	}
	for _, t := range d.Tests {
		codes = append(codes, t.Target, t.Type, t.Result, t.Issuer, t.ID, t.Country)
	}
	for _, r := range d.Recoveries {
		codes = append(codes, r.Target, r.Issuer, r.ID, r.Country)
	}
	for _, e := range d.Exemptions {
		codes = append(codes, e.Target, e.Issuer, e.ID, e.Country)
	}
	return !slices.Contains(codes, "") && d.Name.FamilyStandard+d.Name.GivenStandard != ""
}
