// Package person knows who claims to be whom: the identity claim with which a
// person queues, the proof they give after admission, and the keys under which
// both are kept.
//
// It promises that a person is stored under a random id; that names, birth
// dates and phone numbers leave this package only sealed (AES-256-GCM, bound to
// table, column and row) or as keyed lookups (HMAC-SHA-256, one key per
// purpose); and that no national id is taken, hashed or logged. Rules P1-P12 in
// docs/rules/person.md.
package person

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"naru/internal/agency"
	"naru/internal/caldate"
	"naru/internal/fault"
)

// Bounds of a name (rule P1), in characters.
const (
	MinName = 1
	MaxName = 60
)

// Bounds of what is read at all, in bytes: a Korean syllable that is written
// apart takes nine.
const (
	maxNameBytes = 16 * MaxName
	maxBornBytes = 64
)

// Claim is what a person says of themselves to queue: only attributes that
// every enabled identity provider asserts. It is normalised, so that the same
// person who types differently makes the same claim (rule P2).
type Claim struct {
	Name   string       `json:"name"`
	Born   caldate.Date `json:"born"`
	Mobile string       `json:"mobile"` // canonical digits of the agency's phone rule
}

// NewClaim normalises and checks what somebody typed. Every fault is of code
// Invalid and names the field in Args["Field"].
func NewClaim(a *agency.Agency, name, born, mobile string, today caldate.Date) (Claim, error) {
	n, err := normaliseName(name)
	if err != nil {
		return Claim{}, err
	}
	b, err := parseBorn(born, today)
	if err != nil {
		return Claim{}, err
	}
	m, err := a.NormalisePhone(mobile)
	if err != nil {
		return Claim{}, fault.Wrap(fault.Invalid, "person.mobile_invalid", err).
			With("Field", "mobile").With("Example", a.Phone.Example)
	}
	return Claim{Name: n, Born: b, Mobile: m}, nil
}

// canonical is the byte form that lookups are made of (rule P2).
func (c Claim) canonical() []string {
	return []string{foldName(c.Name), c.Born.String(), c.Mobile}
}

func normaliseName(s string) (string, error) {
	bad := fault.New(fault.Invalid, "person.name_invalid").With("Field", "name")
	if !utf8.ValidString(s) || len(s) > maxNameBytes {
		return "", bad
	}
	s = strings.Join(strings.Fields(norm.NFC.String(s)), " ")
	if n := utf8.RuneCountInString(s); n < MinName || n > MaxName {
		return "", bad
	}
	for _, r := range s {
		if !unicode.IsLetter(r) && !unicode.IsMark(r) && !strings.ContainsRune(" -‐‑'.·’,", r) {
			return "", bad
		}
	}
	if !strings.ContainsFunc(foldName(s), unicode.IsLetter) {
		return "", bad
	}
	return s, nil
}

// foldName keeps the letters of a name and what belongs to them. Case, width,
// spaces, hyphens and apostrophes go: keyboards choose among several of them.
func foldName(s string) string {
	letters := func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsMark(r) {
			return r
		}
		return -1
	}
	return norm.NFC.String(strings.Map(letters, strings.ToLower(norm.NFKC.String(s))))
}

// parseBorn takes 1965-03-09, 1965.3.9, 1965/03/09 and 19650309 (rule P3).
func parseBorn(s string, today caldate.Date) (caldate.Date, error) {
	bad := fault.New(fault.Invalid, "person.born_invalid").With("Field", "born")
	if len(s) > maxBornBytes {
		return caldate.Date{}, bad
	}
	d, err := caldate.Parse(spreadDate(norm.NFKC.String(strings.TrimSpace(s))))
	if err != nil {
		return caldate.Date{}, bad
	}
	if d.After(today) || d.Year < today.Year-130 {
		return caldate.Date{}, bad
	}
	return d, nil
}

func spreadDate(s string) string {
	parts := strings.FieldsFunc(s, func(r rune) bool { return strings.ContainsRune(".-/ ", r) })
	if len(parts) == 1 && len(s) == 8 {
		parts = []string{s[:4], s[4:6], s[6:]}
	}
	for i, p := range parts {
		if i > 0 && len(p) == 1 {
			parts[i] = "0" + p
		}
	}
	return strings.Join(parts, "-")
}
