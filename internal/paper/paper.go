// Package paper puts certificates on paper and on the screen: as PDF on A4, as a card and
// in large print, in the language of the reader, with a QR code that does not change.
//
// It promises that only what a trust list has just vouched for is drawn, that what is
// printed is what was signed, and that the same certificate at the same time is the same
// file, byte for byte. Of a name it prints every one of the 11,172 syllables; a name in
// letters that its font lacks is printed in the letters of passports alone. It never
// signs, keeps or sends anything. Rules T60-T64 in docs/rules/paper.md; docs/adr/0041.
package paper

import (
	"strings"
	"time"

	"naru/internal/agency"
	"naru/internal/credential"
	"naru/internal/i18n"
)

// Form is a size of paper.
type Form string

// The forms.
const (
	A4    Form = "a4"    // one page
	Card  Form = "card"  // two sides of 85.6 by 53.98 mm (ISO/IEC 7810 ID-1)
	Large Form = "large" // A4 in letters of 20 points, the code on a page of its own
)

// Forms lists them, the most usual first.
var Forms = []Form{A4, Card, Large}

// Certificate is one that was verified.
type Certificate struct {
	text string // as the QR code has it
	hc1  *credential.HC1
	card *credential.Card
}

// Read verifies the text of a QR code, or the JWS of a card, with trust. The error's
// reason (credential.ReasonOf) says what is wrong or not known.
func Read(text string, trust *credential.Trust, now time.Time) (Certificate, error) {
	parse, code := credential.Parse, text
	if strings.Count(text, ".") == 2 && strings.HasPrefix(text, "ey") { // the head of a JWS
		parse, code = credential.ParseJWS, credential.SHCText(text)
	}
	u, err := parse(text)
	if err != nil {
		return Certificate{}, err
	}
	v, err := u.Verify(trust, now)
	if err != nil {
		return Certificate{}, err
	}
	c := Certificate{text: code}
	if h, ok := v.HC1(); ok {
		c.hc1 = &h
	}
	if k, ok := v.Card(); ok {
		c.card = &k
	}
	return c, nil
}

// Text is what the QR code says.
func (c Certificate) Text() string { return c.text }

// Expires is after when it is good no more; zero: it has no end of its own.
func (c Certificate) Expires() time.Time {
	if c.hc1 != nil {
		return c.hc1.Expires
	}
	return c.card.Expires
}

// Words are how the reader is spoken to.
type Words struct {
	Lang      string // of the agency and the catalogue
	Agency    *agency.Agency
	Catalogue *i18n.Catalogue
	Mock      bool // says that it comes from a simulation
}

func (w Words) say(id string, pairs ...any) string {
	args := map[string]any{}
	for i := 0; i+1 < len(pairs); i += 2 {
		args[pairs[i].(string)] = pairs[i+1] //nolint:forcetypeassert // written in this package
	}
	return w.Catalogue.T(w.Lang, id, w.Agency.Localise(w.Lang, args))
}
